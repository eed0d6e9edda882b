//! Imports: their definitions, and what they do to a model.

use serde_json::{Value, json};

use super::super::{Import, ImportTarget, ListColumn, Outcome, SourceFile};
use super::client::Session;
use super::loading::{self, cells, items, kind, model_of, path, plan};

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[tokio::test]
async fn definitions_and_metadata() {
    let simulator = loading::start().await;
    simulator.edit(|tenant| {
        let target = ImportTarget::list("Regions", &[("Products", ListColumn::Name)]);
        let import = Import::from_view("From view", "Plan", "Sales", "Units only", target);
        tenant.model_mut("Plan").expect("model").imports.push(import);
    });
    let ann = Session::ann(&simulator).await;
    let list = ann.get(&format!("{}/imports/", plan(&simulator))).await.json();
    assert_eq!(list["meta"]["paging"]["totalSize"], 5);
    assert_eq!(
        list["imports"][0],
        json!({
            "id": "112000000001", "name": "Load products", "importDataSourceId": "113000000001",
            "importType": "HIERARCHY_DATA",
        })
    );
    assert_eq!(list["imports"][1]["importType"], "MODULE_DATA");
    let view = model_of(&simulator).find_module("Sales").expect("module").views[0].id.clone();
    assert_eq!(list["imports"][4]["importDataSourceId"], view, "no id of a file");
    let one = ann.get(&path(&simulator, "Load sales")).await.json();
    assert_eq!(
        one["importMetadata"],
        json!({"name": "Load sales", "type": "FILE", "source": {
            "textEncoding": "ISO-8859-1", "columnSeparator": "\t", "textDelimiter": "'",
            "headerRow": 1, "firstDataRow": 2, "decimalSeparator": ",",
            "headerNames": ["Product", "Month", "Units", "Remark"], "columnCount": 4,
        }})
    );
    let one = ann.get(&path(&simulator, "From view")).await.json();
    assert_eq!(one["importMetadata"], json!({"name": "From view", "type": "MODEL"}));
    let fabricated = ann.get(&format!("{}/imports/112000000999", plan(&simulator))).await;
    assert_eq!((fabricated.status, &fabricated.json()["status"]["code"]), (500, &json!(500)));
}

#[tokio::test]
async fn a_list_gets_new_items_and_changed_ones() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let file = "Code,Name,Region,Price,Core\n\
                T,Green tea,S,2.50,true\n\
                I,,,,\n\
                \n\
                C,Coffee,north,3,1\n\
                B,\"Beans, roasted\",,,no\n";
    let result = ann.load("products.csv", file, "Load products").await;
    assert_eq!(
        result,
        json!({
            "successful": true, "failureDumpAvailable": false,
            "objectId": "112000000001", "objectName": "Load products",
            "details": [{
                "type": "hierarchyRowsProcessed", "occurrences": 0,
                "localMessageText": "Products: 4 (2/2) rows successful, 1 ignored",
                "values": [
                    "hierarchyName", "Products", "successRowCount", "4", "successCreateCount", "2",
                    "successUpdateCount", "2", "warningsRowCount", "0", "warningsCreateCount", "0",
                    "warningsUpdateCount", "0", "failedCount", "0", "ignoredCount", "1",
                    "totalRowCount", "5", "totalCreateCount", "2", "totalUpdateCount", "2",
                    "invalidCount", "0", "updatedCount", "2", "renamedCount", "1",
                    "createdCount", "2",
                ],
            }],
        })
    );
    assert_eq!(
        items(&simulator, "Products"),
        [
            "Green tea|T|South|2.5|2020-01-31|false|+",
            // A blank value clears, a blank parent moves nothing.
            "Ice|I|South|||true|-",
            "Coffee|C|North|3|||+",
            "Beans, roasted|B|||||-",
        ]
    );
    let ids: Vec<String> = model_of(&simulator)
        .find_list("Products")
        .expect("list")
        .items
        .iter()
        .map(|item| item.id.clone())
        .collect();
    assert_eq!(ids, ["202000000001", "202000000002", "202000000003", "202000000004"]);
}

#[tokio::test]
async fn rows_that_do_not_fit_a_list_are_counted() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let file = "Name,Code,Region,Core,Price,Else\n\
                Coffee,C,Nowhere,,1,x\n\
                Tea,X,,,,\n\
                Milk,M,North,,cheap,\n\
                Juice,M,North,,1,\n\
                ,,North,,,\n\
                Tea,T,All Regions,maybe,1e3,\n\
                Ice,I,Tea,,,\n\
                Tea,I,,,,\n";
    let result = ann.load("products.csv", file, "Load products").await;
    assert_eq!(
        (&result["successful"], &result["failureDumpAvailable"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        kind(&result),
        (
            "hierarchyRowsProcessedWithFailures",
            "Products: 1 (0/1) rows successful, 2 (1/1) successful with warnings, 5 failed, 0 ignored"
        )
    );
    assert_eq!(
        items(&simulator, "Products"),
        ["Tea|T||1000|2020-01-31|false|-", "Ice|I|Tea|||true|-", "Milk|M|North||||-"]
    );
    // An item can't hang from one that hangs from it.
    let result =
        ann.load("products.csv", "Code,Name,Region,Price,Core\nT,,Ice,,\n", "Load products").await;
    assert_eq!(kind(&result).1, "Products: 0 (0/0) rows successful, 1 failed, 0 ignored");
    let nothing = ann.load("products.csv", "Code,Name,Region,Price,Core\n", "Load products").await;
    assert_eq!(kind(&nothing).0, "hierarchyNoChanges");
}

#[tokio::test]
async fn numbered_items_are_found_by_code_and_named_by_the_list() {
    let simulator = loading::start().await;
    simulator.edit(|tenant| {
        let columns = [
            ("Deal", ListColumn::Code),
            ("Title", ListColumn::Name),
            ("Amount", ListColumn::property("Amount")),
        ];
        let model = tenant.model_mut("Plan").expect("model");
        model.files.push(SourceFile::new("deals.csv", &[]));
        let target = ImportTarget::list("Deals", &columns);
        model.imports.push(Import::from_file("Load deals", "deals.csv", target));
    });
    let ann = Session::ann(&simulator).await;
    let file = "Deal,Title,Amount\nD1,Big,10\nD2,Big,20\n,Lost,1\n";
    let result = ann.load("deals.csv", file, "Load deals").await;
    assert_eq!(kind(&result).1, "Deals: 2 (2/0) rows successful, 1 failed, 0 ignored");
    ann.load("deals.csv", "Deal,Title,Amount\nd2,Small,5\n", "Load deals").await;
    let deals = model_of(&simulator).find_list("Deals").expect("list").items.clone();
    let seen: Vec<_> =
        deals.iter().map(|it| (it.name.as_str(), it.label(), it.properties[0].as_str())).collect();
    assert_eq!(seen, [("#1", "Big", "10"), ("#2", "Small", "5")]);
}

#[tokio::test]
async fn a_module_gets_values_from_columns() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let text = "Product\tMonth\tUnits\tRemark\n\
                T\tJan 26\t1234,5\t'tabs\there'\n\
                Ice\tfeb 26\t7\tgrün\n\
                Ice\tfeb 26\t8\tspäter\n";
    let bytes: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    ann.upload("sales.txt", &bytes).await;
    let import = path(&simulator, "Load sales");
    let prompt = json!({"localeName": "en_US", "connectorParameters": {"x": 1}, "mappingParameters": [
        {"entityType": "Version", "entityName": "forecast"},
    ]});
    let task = ann.run_with(&import, &prompt).await;
    assert_eq!(
        task["result"]["details"],
        json!([{
            "type": "lineItemRowsProcessed", "occurrences": 0,
            "localMessageText": "Sales: 3 rows successful, 0 ignored",
            "values": ["moduleName", "Sales", "successRowCount", "3", "failedCount", "0",
                "ignoredCount", "0", "totalRowCount", "3", "updatedCount", "3", "createdCount", "0"],
        }])
    );
    assert_eq!(cells(&simulator, "Units"), ["Ice|Feb 26|Forecast=8", "Tea|Jan 26|Forecast=1234.5"]);
    assert_eq!(
        cells(&simulator, "Remark"),
        ["Ice|Feb 26|Forecast=später", "Tea|Jan 26|Forecast=tabs\there"]
    );
}

#[tokio::test]
async fn prompts_must_be_answered() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    ann.upload("sales.txt", "Product\tMonth\tUnits\tRemark\nT\tJan 26\t1\t\n").await;
    let import = path(&simulator, "Load sales");
    let run = async |mappings: Value| {
        let body = json!({"localeName": "en_US", "mappingParameters": mappings});
        ann.run_with(&import, &body).await["result"].clone()
    };
    let missing = run(json!([])).await;
    assert_eq!(missing["successful"], false);
    assert_eq!(kind(&missing), ("importFailedGeneralError", "No mapping was given for Version."));
    let other =
        json!([{"entityType": "Version", "entityName": "Actual", "importId": "112000000001"}]);
    assert_eq!(run(other).await["successful"], false, "it is for another import");
    let unknown = run(json!([{"entityType": "Version", "entityName": "Dream"}])).await;
    assert_eq!(kind(&unknown), ("failedToLocateEntity", "Versions has no item Dream."));
    let id = import.rsplit('/').next().expect("an id");
    let own = json!([{"entityType": "Version", "entityName": "Actual", "importId": id}]);
    assert_eq!(run(own).await["successful"], true);
    for wrong in [json!("Version"), json!([{"entityType": "Version"}]), json!([1])] {
        let body = json!({"localeName": "en_US", "mappingParameters": wrong}).to_string();
        assert_eq!(ann.call("POST", &format!("{import}/tasks"), &body).await.status, 400);
    }
}

#[tokio::test]
async fn a_module_gets_values_from_rows_and_refuses_those_that_do_not_fit() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let text = "\u{feff}a title, which is no header\r\n\
                Product,Month,Version,Item,Value\r\n\
                units,to,ignore,,\r\n\
                Tea,Jan 26,Actual,Units,5\r\n\
                Tea,Jan 26,Actual,Promoted,yes\r\n\
                Tea,Jan 26,Actual,Revenue,5\r\n\
                North,Jan 26,Actual,Units,5\r\n\
                Tea,Q1 FY26,Actual,Units,5\r\n\
                Tea,Jan 26,Gap,Units,5\r\n\
                Tea,Jan 31,Actual,Units,5\r\n\
                Tea,Jan 26,Actual,Unit,5\r\n\
                Tea,Jan 26,Actual,Units,five\r\n\
                ,Jan 26,Actual,Units,5\r\n\
                ,,,,\r\n";
    let result = ann.load("facts.csv", utf16(text), "Load facts").await;
    assert_eq!(
        kind(&result),
        ("lineItemRowsProcessedWithFailures", "Sales: 2 rows successful, 8 failed, 1 ignored")
    );
    assert_eq!(cells(&simulator, "Units"), ["Tea|Jan 26|Actual=5"]);
    assert_eq!(cells(&simulator, "Promoted"), ["Tea|Jan 26|Actual=true"]);
    let dump = format!("{}/tasks", path(&simulator, "Load facts"));
    let task = ann.get(&dump).await.json()["tasks"][0]["taskId"].as_str().expect("id").to_owned();
    let dump = ann.get(&format!("{dump}/{task}/dump")).await.text();
    assert_eq!(
        dump,
        "\"_Status_\",\"Product\",\"Month\",\"Version\",\"Item\",\"Value\",\"_Line_\",\"_Error_1_\"\n\
         \"E\",\"Tea\",\"Jan 26\",\"Actual\",\"Revenue\",\"5\",\"6\",\"Revenue: the cell is calculated.\"\n\
         \"E\",\"North\",\"Jan 26\",\"Actual\",\"Units\",\"5\",\"7\",\"Units: the cell is calculated.\"\n\
         \"E\",\"Tea\",\"Q1 FY26\",\"Actual\",\"Units\",\"5\",\"8\",\"Units: the cell is calculated.\"\n\
         \"E\",\"Tea\",\"Jan 26\",\"Gap\",\"Units\",\"5\",\"9\",\"Units: the cell is calculated.\"\n\
         \"E\",\"Tea\",\"Jan 31\",\"Actual\",\"Units\",\"5\",\"10\",\"Time: Jan 31 was not found.\"\n\
         \"E\",\"Tea\",\"Jan 26\",\"Actual\",\"Unit\",\"5\",\"11\",\"The line item Unit was not found.\"\n\
         \"E\",\"Tea\",\"Jan 26\",\"Actual\",\"Units\",\"five\",\"12\",\"Units: five is no value of the format NUMBER.\"\n\
         \"E\",\"\",\"Jan 26\",\"Actual\",\"Units\",\"5\",\"13\",\"Products: the key is blank.\"\n"
    );
}

#[tokio::test]
async fn a_source_that_does_not_fit_fails_the_import() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let import = path(&simulator, "Load products");
    let none = ann.run(&import).await["result"].clone();
    assert_eq!(
        (&none["successful"], kind(&none).0),
        (&json!(false), "uploadedFileNoLongerAvailable")
    );
    let lacks = ann.load("products.csv", "Code;Name\nT;Tea\n", "Load products").await;
    assert_eq!(
        kind(&lacks),
        ("missingFields", "The source lacks these columns: Code, Name, Region, Price, Core.")
    );
    assert_eq!(
        lacks["details"][0]["values"],
        json!(["missingFields", "Code, Name, Region, Price, Core"])
    );
    // The default file is there for those who have none of their own.
    let regions = ann.run(&path(&simulator, "Load regions")).await["result"].clone();
    assert_eq!(kind(&regions).1, "Regions: 2 (2/0) rows successful, 0 ignored");
    simulator.edit(|tenant| {
        let model = tenant.model_mut("Plan").expect("model");
        model.lists.retain(|list| list.name != "Regions");
        model.modules.clear();
        model.imports[0].outcome = Outcome::failure("Forced.");
    });
    let gone = ann.run(&path(&simulator, "Load regions")).await["result"].clone();
    assert_eq!((&gone["successful"], kind(&gone).0), (&json!(false), "failedToLocateHierarchy"));
    let gone = ann.load("facts.csv", "x", "Load facts").await;
    assert_eq!(kind(&gone).0, "failedToLocateModule");
    let forced = ann.run(&import).await["result"].clone();
    assert_eq!(kind(&forced), ("actionFailed", "Forced."));
}

#[tokio::test]
async fn users_versions_and_line_items_are_imported() {
    let simulator = loading::start().await;
    simulator.edit(|tenant| {
        let model = tenant.model_mut("Plan").expect("model");
        for name in ["users", "versions", "items"] {
            model.files.push(SourceFile::new(name, &[]));
        }
        let items = ImportTarget::LineItems { module: "Empty".to_owned() };
        model.imports.push(Import::from_file("Load users", "users", ImportTarget::Users));
        model.imports.push(Import::from_file("Load versions", "versions", ImportTarget::Versions));
        model.imports.push(Import::from_file("Load items", "items", items));
    });
    let ann = Session::ann(&simulator).await;
    let list = ann.get(&format!("{}/imports?sort=-id", plan(&simulator))).await.json();
    let types: Vec<&str> = list["imports"].as_array().expect("imports")[..3]
        .iter()
        .map(|it| it["importType"].as_str().expect("a type"))
        .collect();
    assert_eq!(types, ["LINE_ITEM_DEFINITION", "VERSIONS", "USERS"]);

    let users =
        "Email,First Name,Last Name\nnew.one@example.com,Nia,\nBOB@example.com,Bert,B\nbad,,\n";
    let result = ann.load("users", users, "Load users").await;
    assert_eq!(
        kind(&result),
        ("usersRowsProcessed", "Users: 2 rows successful, 1 failed, 0 ignored")
    );
    let known = ann.get("/2/0/users").await.json();
    let names: Vec<String> = known["users"]
        .as_array()
        .expect("users")
        .iter()
        .map(|user| {
            format!(
                "{} {}",
                user["firstName"].as_str().expect("a name"),
                user["lastName"].as_str().expect("a name")
            )
        })
        .collect();
    assert_eq!(names, ["Ann Lee", "Bert B", "Nia One"]);
    let id = known["users"][2]["id"].as_str().expect("an id");
    assert_eq!(
        ann.get(&format!("/2/0/users/{id}")).await.json()["user"]["email"],
        "new.one@example.com"
    );

    let result =
        ann.load("versions", "Name,Notes\nBudget,first\nActual,seen\n", "Load versions").await;
    assert_eq!(kind(&result), ("versionsRowsProcessed", "Versions: 2 rows successful, 0 ignored"));
    let versions = model_of(&simulator).versions;
    let seen: Vec<_> =
        versions.iter().map(|it| (it.id.as_str(), it.name.as_str(), it.notes.as_deref())).collect();
    assert_eq!(seen[0], ("107000000001", "Actual", Some("seen")));
    assert_eq!(seen[3], ("107000000004", "Budget", Some("first")));

    let lines =
        "Name,Format,Formula\nHeads,NUMBER,\nTwice,,Heads * 2\nBest,LIST: products,\nOdd,COLOUR,\n";
    let result = ann.load("items", lines, "Load items").await;
    assert_eq!(
        kind(&result),
        ("lineItemRowsProcessedWithFailures", "Empty: 3 rows successful, 1 failed, 0 ignored")
    );
    let made = model_of(&simulator).find_module("Empty").expect("module").line_items.clone();
    let seen: Vec<_> =
        made.iter().map(|it| (it.name.as_str(), it.format.name(), it.formula.as_deref())).collect();
    assert_eq!(
        seen,
        [("Heads", "NUMBER", None), ("Twice", "NUMBER", Some("Heads * 2")), ("Best", "LIST", None)]
    );
    assert!(made.iter().all(|item| !item.id.is_empty()));
}
