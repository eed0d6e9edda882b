//! The imports and processes of the model "FP&A Hub".

use super::super::super::tenant::Outcome;
use super::super::super::tenant::{
    Import, ImportSource, ImportTarget, ListColumn, Model, ModuleColumn, Process, SourceFile,
};

/// Adds files, imports and processes.
pub(super) fn add(model: Model) -> Model {
    let column = |name: &str, column| (name.to_owned(), column);
    let dimension = |name: &str| ModuleColumn::Dimension(name.to_owned());
    let mut ledger =
        SourceFile::new("ledger.txt", &["Entity", "Account", "Period", "Version", "Amount"]);
    ledger.separator = "\t".to_owned();
    ledger.encoding = "ISO-8859-1".to_owned();
    ledger.decimal_separator = ",".to_owned();
    // Latin-1: the é of Café is one byte.
    let mut rows = b"Entity\tAccount\tPeriod\tVersion\tAmount\r\n\
        Kaffeemaschinen AG\tTravel\tJul 26\tForecast\t1234,50\r\n\
        Caf\xE9 France SAS\tTravel\tJul 26\tForecast\t-88,00\r\n\
        Caf\xE9 France SAS\tTavern\tJul 26\tForecast\t5,00\r\n"
        .to_vec();
    rows.extend_from_slice(b"Kaffeemaschinen AG\tTravel\tJan 26\tVariance\t1,00\r\n");
    model
        .file(ledger.default_file(rows))
        .file(SourceFile::new("cost centres.csv", &["Code", "Name", "Department", "Manager"]))
        .import(Import::from_file(
            "GL adjustments",
            "ledger.txt",
            ImportTarget::Module {
                module: "PL01 Profit & Loss".to_owned(),
                columns: vec![
                    column("Entity", dimension("Legal Entities")),
                    column("Account", dimension("Accounts")),
                    column("Period", dimension("Time")),
                    column("Version", dimension("Versions")),
                    column("Amount", ModuleColumn::LineItem("Adjustment".to_owned())),
                ],
            },
        ))
        .import(Import::from_file(
            "Cost centres",
            "cost centres.csv",
            ImportTarget::List {
                list: "Cost Centres".to_owned(),
                columns: vec![
                    ("Code".to_owned(), ListColumn::Code),
                    ("Name".to_owned(), ListColumn::Name),
                    ("Department".to_owned(), ListColumn::Parent),
                    ("Manager".to_owned(), ListColumn::Property("Manager".to_owned())),
                ],
            },
        ))
        .import(Import {
            id: String::new(),
            name: "Revenue from Sales Planning".to_owned(),
            source: ImportSource::View {
                model: "Sales Planning".to_owned(),
                module: "REV02 Revenue Plan".to_owned(),
                view: "Revenue by Region".to_owned(),
            },
            target: ImportTarget::Module {
                module: "PL01 Profit & Loss".to_owned(),
                columns: vec![
                    column("Time", dimension("Time")),
                    column("Versions", dimension("Versions")),
                ],
            },
            prompts: Vec::new(),
            outcome: Outcome::failure("The source view is not mapped to the module's dimensions."),
        })
        .process(Process::new("Close month", &["GL adjustments", "P&L"]))
        .process(Process::new(
            "Nightly: all loads",
            &["Cost centres", "Revenue from Sales Planning", "GL adjustments"],
        ))
}
