//! The imports, actions and processes of the model "Sales Planning".

use super::super::super::tenant::{
    Action, ActionKind, Import, ImportTarget, ListColumn, Model, ModuleColumn, Process, SourceFile,
};

/// Adds files, imports, actions and processes.
pub(super) fn add(model: Model) -> Model {
    model
        .file(
            SourceFile::new("products.csv", &["Product", "Code", "Family", "Price", "Launch"])
                .default_file(
                    "Product,Code,Family,Price,Launch\n\
                     Barista One,SKU-100,Machines,499.00,2025-02-01\n\
                     Travel Press,SKU-180,Accessories,39.90,2026-04-01\n",
                ),
        )
        .file(SourceFile::new("customers.csv", &["Name", "Code", "Segment", "Region", "Limit"]))
        .file(
            // Three of the rows can't be imported, each for a reason of its own.
            SourceFile::new(
                "revenue.csv",
                &["Region", "SKU", "Month", "Version", "Revenue", "Note"],
            )
            .default_file(
                "Region,SKU,Month,Version,Revenue,Note\n\
                     DACH,SKU-100,Jul 26,Forecast,125000.50,\"launch, phase 2\"\n\
                     Atlantis,SKU-100,Jul 26,Forecast,10,unknown region\n\
                     France,SKU-105,Aug 26,Forecast,many,no number\n\
                     France,SKU-105,Aug 26,Forecast,98000,\n\
                     DACH,SKU-100,Smarch 26,Forecast,1,unknown month\n",
            ),
        )
        .import(Import::from_file(
            "Products from products.csv",
            "products.csv",
            ImportTarget::List {
                list: "Products".to_owned(),
                columns: vec![
                    ("Product".to_owned(), ListColumn::Name),
                    ("Code".to_owned(), ListColumn::Code),
                    ("Family".to_owned(), ListColumn::Parent),
                    ("Price".to_owned(), ListColumn::Property("List Price".to_owned())),
                    ("Launch".to_owned(), ListColumn::Property("Launched".to_owned())),
                ],
            },
        ))
        .import(Import::from_file(
            "Customers from customers.csv",
            "customers.csv",
            ImportTarget::List {
                list: "Customers".to_owned(),
                columns: vec![
                    ("Name".to_owned(), ListColumn::Name),
                    ("Code".to_owned(), ListColumn::Code),
                    ("Segment".to_owned(), ListColumn::Parent),
                    ("Region".to_owned(), ListColumn::Property("Region".to_owned())),
                    ("Limit".to_owned(), ListColumn::Property("Credit Limit".to_owned())),
                ],
            },
        ))
        .import(Import::from_file(
            "Revenue from revenue.csv",
            "revenue.csv",
            ImportTarget::Module {
                module: "REV02 Revenue Plan".to_owned(),
                columns: vec![
                    ("Region".to_owned(), ModuleColumn::Dimension("Regions".to_owned())),
                    ("SKU".to_owned(), ModuleColumn::Dimension("Products".to_owned())),
                    ("Month".to_owned(), ModuleColumn::Dimension("Time".to_owned())),
                    ("Version".to_owned(), ModuleColumn::Dimension("Versions".to_owned())),
                    ("Revenue".to_owned(), ModuleColumn::LineItem("Revenue".to_owned())),
                    ("Note".to_owned(), ModuleColumn::LineItem("Note".to_owned())),
                ],
            },
        ))
        .action(Action::new(
            "Delete inactive customers",
            ActionKind::DeleteBySelection {
                list: "Customers".to_owned(),
                property: "Delete?".to_owned(),
            },
        ))
        .action(Action::new(
            "Sort sales people",
            ActionKind::OrderHierarchy { list: "Sales People".to_owned() },
        ))
        .action(Action::new("Next month", ActionKind::UpdateCurrentPeriod))
        .action(Action::new(
            "Copy forecast to budget",
            ActionKind::BulkCopy { from: "Forecast".to_owned(), to: "Budget".to_owned() },
        ))
        .process(Process::new(
            "Monthly load",
            &[
                "Products from products.csv",
                "Revenue from revenue.csv",
                "Sort sales people",
                "Revenue by Region",
            ],
        ))
        .process(Process::new("Clean up", &["Delete inactive customers", "Sort sales people"]))
}
