//! Listings: both path forms, paging, sort, search.

use serde_json::Value;

use super::super::{Model, Simulator, Tenant, User, Workspace};
use super::client::Session;
use super::{path_of, tenant};

fn names(answer: &Value, key: &str) -> Vec<String> {
    let entries = answer[key].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().map(|entry| entry["name"].as_str().expect("a name").to_owned()).collect()
}

fn many() -> Tenant {
    let models = (0..45).map(|number| Model::new(&format!("Model {number:02}")));
    let workspace = models.fold(Workspace::new("Big"), Workspace::model);
    Tenant::new().user(User::new("ann.lee@example.com", "secret")).workspace(workspace)
}

#[tokio::test]
async fn pages_are_found_by_total_size_only() {
    let simulator = Simulator::builder(many()).page_cap(20).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let answer = ann.get(&format!("/2/0/models?offset={}", seen.len())).await.json();
        let paging = &answer["meta"]["paging"];
        assert!(paging["next"].is_string(), "next is spurious on every page");
        assert_eq!(paging.get("previous").is_some(), pages > 0);
        assert_eq!(paging["offset"], seen.len());
        seen.extend(names(&answer, "models"));
        pages += 1;
        if seen.len() as u64 >= paging["totalSize"].as_u64().expect("a number") {
            break;
        }
    }
    assert_eq!((pages, seen.len()), (3, 45));
    let answer = ann.get("/2/0/models?limit=7&offset=42").await.json();
    assert_eq!(answer["meta"]["paging"]["currentPageSize"], 3);
    let answer = ann.get("/2/0/models?offset=45").await.json();
    assert!(answer.get("models").is_none(), "an empty collection has no key");
    for bad in ["limit=x", "limit=-1", "offset=x", "limit=0", "offset=99999999999999999999"] {
        assert_eq!(ann.get(&format!("/2/0/models?{bad}")).await.status, 400, "{bad}");
    }
    assert_eq!(
        ann.get("/2/0/models?limit=9000").await.json()["meta"]["paging"]["currentPageSize"],
        20
    );
}

#[tokio::test]
async fn both_path_forms_answer_the_same() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let workspace = simulator.tenant().find_workspace("First").expect("workspace").id.clone();
    let short = path_of(&simulator, "Open", "Sales");
    let long = short.replace("/2/0/", &format!("/2/0/workspaces/{workspace}/"));
    ann.run(&long).await;
    for tail in ["", "/tasks", "/"] {
        let (one, two) =
            (ann.get(&format!("{short}{tail}")).await, ann.get(&format!("{long}{tail}")).await);
        assert_eq!((one.status, two.status), (200, 200));
        let (mut one, mut two) = (one.json(), two.json());
        for answer in [&mut one, &mut two] {
            answer["meta"]["paging"]["next"].take();
        }
        assert_eq!(one, two);
    }
    assert_eq!(simulator.count("GET", "/2/0/models/*/exports/*"), 4);
    assert_eq!(simulator.count("POST", "/2/0/models/*/exports/*/tasks"), 1);
}

#[tokio::test]
async fn workspaces_and_models_have_their_details() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let plain = ann.get("/2/0/workspaces").await.json();
    assert_eq!(names(&plain, "workspaces"), ["First", "Second"]);
    assert!(plain["workspaces"][0].get("sizeAllowance").is_none());
    let details = ann.get("/2/0/workspaces?tenantDetails=true").await.json();
    assert!(details["workspaces"][0]["sizeAllowance"].is_u64());
    let id = plain["workspaces"][0]["id"].as_str().expect("an id");
    assert!(id.len() == 32 && id.starts_with("8a") && id == id.to_lowercase());
    assert_eq!(
        ann.get(&format!("/2/0/workspaces/{id}")).await.json()["workspace"]["name"],
        "First"
    );
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    assert_eq!(
        bob.get(&format!("/2/0/workspaces/{id}")).await.status,
        404,
        "for administrators only"
    );

    let models = ann.get(&format!("/2/0/workspaces/{id}/models?modelDetails=true")).await.json();
    assert_eq!(models["models"].as_array().expect("models").len(), 6);
    assert!(models["models"][0]["lastSavedSerialNumber"].is_string());
    let model = models["models"][0]["id"].as_str().expect("an id");
    assert!(model.len() == 32 && model == model.to_uppercase());
    let single = ann.get(&format!("/2/0/models/{model}?modelDetails=true")).await.json();
    assert_eq!(single["model"]["modelTransactionRunning"], false);
    assert!(single["model"]["lastSavedSerialNumber"].is_number());
    let without = ann.get("/2/0/models?archived=false").await.json();
    assert!(!names(&without, "models").contains(&"Archived".to_owned()));
    assert_eq!(names(&without, "models").len(), 6);

    let empty = simulator.tenant().find_model("Empty").expect("model").id.clone();
    let exports = ann.get(&format!("/2/0/models/{empty}/exports")).await.json();
    assert!(exports.get("exports").is_none());
    assert_eq!(exports["meta"]["paging"]["totalSize"], 0);
}

#[tokio::test]
async fn sort_is_strict_above_and_lenient_inside_a_model() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let answer = ann.get("/2/0/models?sort=-name").await.json();
    assert_eq!(names(&answer, "models").first().map(String::as_str), Some("Secret"));
    let answer = ann.get("/2/0/models?sort=%2BactiveState,-name").await.json();
    assert_eq!(names(&answer, "models").first().map(String::as_str), Some("Archived"));
    let bare = ann.get("/2/0/workspaces?sort=name").await;
    assert_eq!(bare.status, 400);
    let message = "Bad sort order format: 'name'. Please follow (-){column_name_1},(+){column_name_2}.. format";
    assert_eq!(bare.json()["status"]["message"], message);
    assert_eq!(
        ann.get("/2/0/workspaces?sort=+name").await.status,
        400,
        "a plus that wasn't escaped is a blank"
    );
    let unknown = ann.get("/2/0/users?sort=-shoeSize").await;
    assert_eq!(
        (unknown.status, unknown.json()["status"]["message"].as_str()),
        (400, Some("Failed to parse sort parameter"))
    );

    let exports = path_of(&simulator, "Open", "Sales");
    let exports = exports.rsplit_once('/').expect("a path").0;
    for (sort, first) in [
        ("name", "Costs"),
        ("%2Bname", "Costs"),
        ("-name", "Sales"),
        ("shoeSize", "Sales"),
        ("-id", "Costs"),
    ] {
        let answer = ann.get(&format!("{exports}?sort={sort}")).await.json();
        assert_eq!(names(&answer, "exports").first().map(String::as_str), Some(first), "{sort}");
    }
}

#[tokio::test]
async fn search_is_for_administrators() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    assert_eq!(names(&ann.get("/2/0/models?s=LOCK").await.json(), "models"), ["Locked"]);
    assert_eq!(names(&ann.get("/2/0/models?s=o_h%25r").await.json(), "models"), ["Other"]);
    assert_eq!(names(&bob.get("/2/0/models?s=LOCK").await.json(), "models").len(), 7);
    assert_eq!(
        ann.get("/2/0/users?s=ann").await.json()["users"].as_array().expect("users").len(),
        1
    );
    assert!(ann.get("/2/0/workspaces?s=zzz").await.json().get("workspaces").is_none());
}

#[tokio::test]
async fn a_running_tenant_can_be_edited() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let path = path_of(&simulator, "Open", "Sales");
    ann.run(&path).await;
    simulator.edit(|tenant| {
        if let Some(model) = tenant.model_mut("Open") {
            model.exports.retain(|export| export.name != "Sales");
            model.name = "Renamed".to_owned();
        }
    });
    assert_eq!(ann.get(&path).await.status, 404);
    assert_eq!(ann.get(&path.replace("/exports/", "/files/")).await.status, 404);
    assert!(names(&ann.get("/2/0/models").await.json(), "models").contains(&"Renamed".to_owned()));
}
