//! Workspaces: sizes, people, deleting models; and the details of models and users.

use serde_json::{Value, json};

use super::super::{Model, Role, Simulator, Tenant, User, Workspace};
use super::client::Session;

/// Two workspaces, and a user of every kind.
fn tenant() -> Tenant {
    Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .user(User::new("bob@example.com", "concealed").standard())
        .user(
            User::new("wil@example.com", "builder")
                .standard()
                .role(Role::WorkspaceAdmin)
                .only(&["First"]),
        )
        .user(User::new("pat.ner@other.example", "guest").visitor().only(&["Second"]))
        .user(User::new("eve.old@example.com", "gone").inactive())
        .workspace(
            Workspace::new("First")
                .model(
                    Model::new("Alpha").category("Department", "Finance").category("Use", "Plan"),
                )
                .model(Model::new("Beta"))
                .model(Model::new("Gamma").state("ARCHIVED")),
        )
        .workspace(Workspace::new("Second").model(Model::new("Other")))
}

fn workspace(simulator: &Simulator, name: &str) -> String {
    let id = simulator.tenant().find_workspace(name).expect("workspace").id.clone();
    format!("/2/0/workspaces/{id}")
}

fn model(simulator: &Simulator, name: &str) -> String {
    simulator.tenant().find_model(name).expect("model").id.clone()
}

async fn session<'a>(simulator: &'a Simulator, name: &str, password: &str) -> Session<'a> {
    Session::new(simulator, &format!("{name}@example.com"), password).await
}

#[tokio::test]
async fn admins_and_visitors_are_for_tenant_administrators() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let first = workspace(&simulator, "First");
    let answer = ann.get(&format!("{first}/admins/")).await.json();
    assert_eq!(answer["meta"]["schema"], "https://api.anaplan.com/2/0/objects/admin");
    assert_eq!(answer["meta"]["paging"]["totalSize"], 3);
    assert_eq!(
        answer["admins"],
        json!([
            {"firstName": "Ann", "lastName": "Lee", "email": "ann.lee@example.com", "active": true,
             "otherWorkspaces": ["Second"]},
            {"firstName": "Wil", "lastName": "User", "email": "wil@example.com", "active": true,
             "otherWorkspaces": []},
            {"firstName": "Eve", "lastName": "Old", "email": "eve.old@example.com", "active": false,
             "otherWorkspaces": ["Second"]},
        ])
    );
    let page = ann.get(&format!("{first}/admins?limit=1&offset=1")).await.json();
    assert_eq!(page["admins"][0]["email"], "wil@example.com");
    assert!(ann.get(&format!("{first}/visitors")).await.json().get("visitors").is_none());
    let second = workspace(&simulator, "Second");
    let visitors = ann.get(&format!("{second}/visitors")).await.json();
    assert_eq!(visitors["visitors"][0]["email"], "pat.ner@other.example");
    assert_eq!(ann.get("/2/0/workspaces/none/admins").await.status, 404);
    assert_eq!(ann.call("POST", &format!("{first}/admins"), "{}").await.status, 405);

    // Whoever administers the tenant need not see the workspace.
    simulator.edit(|tenant| {
        let root = User::new("root@example.com", "toor").standard().only(&[]);
        tenant.users.push(root.role(Role::TenantAdmin));
    });
    let root = session(&simulator, "root", "toor").await;
    let admins = root.get(&format!("{second}/admins")).await.json();
    assert_eq!(admins["meta"]["paging"]["totalSize"], 2);

    // An administrator of the workspace isn't enough, and learns it from a server error.
    let wil = session(&simulator, "wil", "builder").await;
    for tail in ["admins", "visitors"] {
        let answer = wil.get(&format!("{first}/{tail}")).await;
        assert_eq!((answer.status, answer.json()["status"]["code"].as_u64()), (500, Some(500)));
    }
}

#[tokio::test]
async fn roles_decide_on_single_workspaces_sizes_and_search() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let wil = session(&simulator, "wil", "builder").await;
    let bob = session(&simulator, "bob", "concealed").await;
    let first = workspace(&simulator, "First");
    for (who, status) in [(&ann, 200), (&wil, 200), (&bob, 404)] {
        assert_eq!(who.get(&first).await.status, status);
    }
    let details = wil.get(&format!("{first}?tenantDetails=true")).await.json();
    assert_eq!(details["workspace"]["sizeAllowance"], 1_073_741_824);
    assert_eq!(details["workspace"]["currentSize"], 3 * 10_485_760);
    let listed = bob.get("/2/0/workspaces?tenantDetails=true").await.json();
    assert!(listed["workspaces"][0]["sizeAllowance"].is_u64());
    assert!(listed["workspaces"][0].get("currentSize").is_none(), "for administrators only");
    assert!(ann.get(&first).await.json()["workspace"].get("currentSize").is_none());

    let count = |answer: Value, key: &str| answer[key].as_array().map_or(0, Vec::len);
    assert_eq!(count(ann.get("/2/0/models?s=alph").await.json(), "models"), 1);
    assert_eq!(count(wil.get("/2/0/models?s=alph").await.json(), "models"), 3, "ignored");
    assert_eq!(count(wil.get("/2/0/users?s=ann").await.json(), "users"), 1);
    assert_eq!(count(bob.get("/2/0/users?s=ann").await.json(), "users"), 4, "ignored");
}

#[tokio::test]
async fn visitors_are_in_no_listing_of_users() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let users = ann.get("/2/0/users?sort=-lastName,%2BfirstName").await.json();
    let names: Vec<&str> = users["users"]
        .as_array()
        .expect("users")
        .iter()
        .filter_map(|user| user["firstName"].as_str())
        .collect();
    assert_eq!(names, ["Bob", "Wil", "Eve", "Ann"].map(|name| name).to_vec().as_slice());
    assert_eq!(
        users["users"][3],
        json!({
            "id": simulator.tenant().find_user("ann.lee@example.com").expect("ann").id,
            "active": true,
            "email": "ann.lee@example.com",
            "emailOptIn": true,
            "firstName": "Ann",
            "lastName": "Lee",
            "customerId": simulator.tenant().customer_id,
            "lastLoginDate": "2026-01-12T08:30:00.000+0000",
        })
    );
    let pat = Session::new(&simulator, "pat.ner@other.example", "guest").await;
    let id = simulator.tenant().find_user("pat.ner@other.example").expect("pat").id.clone();
    assert_eq!(ann.get(&format!("/2/0/users/{id}")).await.status, 404);
    assert_eq!(pat.get("/2/0/users/me").await.json()["user"]["id"], id.as_str());
    let page = ann.get("/2/0/users/?limit=2&offset=2").await.json();
    assert_eq!(page["meta"]["paging"]["currentPageSize"], 2);
    assert!(page["meta"]["paging"]["previous"].is_string());
}

#[tokio::test]
async fn models_have_all_their_details() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let id = model(&simulator, "Alpha");
    let answer = ann.get(&format!("/2/0/models/{id}?modelDetails=true")).await.json();
    let alpha = &answer["model"];
    let tenant = simulator.tenant();
    let categories = alpha["categoryValues"].as_array().expect("categories");
    assert_eq!(categories.len(), 2);
    assert_eq!(categories[0]["categoryName"], "Department");
    assert_eq!(categories[0]["attribute"], "Finance");
    assert_eq!(categories[0]["customerId"], tenant.customer_id.as_str());
    assert!(categories[0]["id"].is_string() && categories[0]["categoryId"].is_string());
    assert_eq!(alpha["lastModifiedByUserGuid"], tenant.users[0].id.as_str());
    for text in ["isoCreationDate", "lastModified", "modelUrl"] {
        assert!(alpha[text].is_string(), "{text}");
    }
    assert_eq!(alpha["memoryUsage"], 10_485_760);
    let listed = ann.get("/2/0/models?modelDetails=true&sort=%2Bname").await.json();
    let gamma = &listed["models"][2];
    assert_eq!((gamma["name"].as_str(), gamma.get("memoryUsage")), (Some("Gamma"), None));
    assert!(listed["models"][0].get("modelTransactionRunning").is_none(), "of a single one only");
    let plain = ann.get(&format!("/2/0/models/{id}")).await.json();
    assert!(plain["model"].get("memoryUsage").is_none());
    assert!(plain["model"]["categoryValues"].is_array());
}

#[tokio::test]
async fn closed_models_are_deleted_and_others_are_not() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let wil = session(&simulator, "wil", "builder").await;
    let path = format!("{}/bulkDeleteModels", workspace(&simulator, "First"));
    let [alpha, beta, gamma] = ["Alpha", "Beta", "Gamma"].map(|name| model(&simulator, name));
    let other = model(&simulator, "Other");
    // Reading its content opens a model.
    assert_eq!(wil.get(&format!("/2/0/models/{beta}/exports")).await.status, 200);
    let body = json!({"modelIdsToDelete": [alpha, beta, other, "NONE", alpha]}).to_string();
    let answer = wil.call("POST", &path, &body).await;
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert_eq!(answer["modelsDeleted"], 1);
    let absent = "Model ID does not exist.";
    assert_eq!(
        answer["bulkDeleteModelsFailures"],
        json!([
            {"modelId": beta, "message": "Model is open. Please close the model before trying again."},
            {"modelId": other, "message": absent},
            {"modelId": "NONE", "message": absent},
            {"modelId": alpha, "message": absent},
        ])
    );
    assert_eq!(wil.get(&format!("/2/0/models/{alpha}")).await.status, 404);
    assert!(simulator.tenant().find_model("Alpha").is_none());

    assert_eq!(wil.call("POST", &format!("/2/0/models/{beta}/close"), "").await.status, 204);
    simulator.clock().advance(super::LONG_ENOUGH);
    let body = json!({"modelIdsToDelete": [beta, gamma]}).to_string();
    let answer = wil.call("POST", &path, &body).await.json();
    assert_eq!(answer["modelsDeleted"], 2);
    assert!(answer.get("bulkDeleteModelsFailures").is_none(), "no failures, no key");
    assert_eq!(answer["meta"]["schema"], "https://api.anaplan.com/2/0/objects/bulkDeleteModels");
    let left = wil.get(&format!("{}/models", workspace(&simulator, "First"))).await;
    assert!(left.json().get("models").is_none());
}

#[tokio::test]
async fn bodies_of_a_deletion_are_checked() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let path = format!("{}/bulkDeleteModels", workspace(&simulator, "First"));
    let unknown = "Identified an unrecognized 'modelIds'. Amend the content so it only contains applicable fields.";
    let missing = "Expected mandatory field 'modelIdsToDelete' to be present and not empty.";
    for (body, message) in [
        (r#"{"modelIds":["A"]}"#, unknown),
        ("{}", missing),
        (r#"{"modelIdsToDelete":[]}"#, missing),
        (r#"{"modelIdsToDelete":[7]}"#, "Malformed JSON request"),
        ("[]", "Malformed JSON request"),
        ("", "Malformed JSON request"),
    ] {
        let answer = ann.call("POST", &path, body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["status"]["message"], message, "{body}");
    }
    assert_eq!(ann.get(&path).await.header("allow"), Some("POST"));
    let alpha = model(&simulator, "Alpha");
    let body = json!({"modelIdsToDelete": [alpha]}).to_string();
    let elsewhere = format!("{}/bulkDeleteModels", workspace(&simulator, "Second"));
    assert_eq!(ann.call("POST", &elsewhere, &body).await.json()["modelsDeleted"], 0);
    // Who may not delete is told that there is nothing to delete.
    let bob = session(&simulator, "bob", "concealed").await;
    let answer = bob.call("POST", &path, &body).await.json();
    assert_eq!(answer["bulkDeleteModelsFailures"][0]["message"], "Model ID does not exist.");
    let wil = session(&simulator, "wil", "builder").await;
    assert_eq!(wil.call("POST", &elsewhere, &body).await.status, 404);
    assert!(simulator.tenant().find_model("Alpha").is_some());
}
