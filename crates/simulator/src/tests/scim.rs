//! SCIM: who may call it, what it tells of itself, users listed and found.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::{Role, Simulator, Tenant, User, Workspace};
use super::client::{Answer, Session, send};

pub(super) const USERS: &str = "/scim/1/0/v2/Users";
pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn tenant() -> Tenant {
    let many = (0..120).map(|number| {
        User::new(&format!("user{number:03}@example.com"), "x").name("Uma", "Many").standard()
    });
    let first = Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .user(User::new("bob@example.com", "concealed").standard().only(&["Second"]))
        .user(User::new("ida@example.com", "admin").standard().role(Role::UserAdmin).only(&[]))
        .user(User::new("pat@other.example", "guest").visitor());
    many.fold(first, Tenant::user)
        .workspace(Workspace::new("First"))
        .workspace(Workspace::new("Second"))
        .workspace(Workspace::new("Third, with comma"))
}

pub(super) async fn start() -> Simulator {
    Simulator::start(tenant()).await.expect("start")
}

pub(super) async fn ida(simulator: &Simulator) -> Session<'_> {
    Session::new(simulator, "ida@example.com", "admin").await
}

pub(super) fn user(simulator: &Simulator, name: &str) -> User {
    simulator.tenant().find_user(name).expect("user").clone()
}

pub(super) fn workspace(simulator: &Simulator, name: &str) -> String {
    simulator.tenant().find_workspace(name).expect("workspace").id.clone()
}

/// Status, SCIM's word and detail of an error.
pub(super) fn error(answer: &Answer) -> (u16, Option<String>, String) {
    let body = answer.json();
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(body["status"], answer.status.to_string().as_str(), "as text");
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    let detail = body["detail"].as_str().expect("a detail").to_owned();
    (answer.status, body["scimType"].as_str().map(str::to_owned), detail)
}

fn escape(filter: &str) -> String {
    filter.replace('%', "%25").replace(' ', "%20").replace('"', "%22").replace('+', "%2B")
}

#[tokio::test]
async fn a_user_is_shown_in_full() {
    let simulator = start().await;
    let ida = ida(&simulator).await;
    let bob = user(&simulator, "bob@example.com");
    let second = workspace(&simulator, "Second");
    let answer = ida.get(&format!("{USERS}/{}/", bob.id)).await;
    let location = format!("{}{USERS}/{}", simulator.url(), bob.id);
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    assert_eq!(
        answer.json(),
        json!({
            "schemas": [USER],
            "meta": {
                "resourceType": "User",
                "created": bob.created,
                "lastModified": bob.modified,
                "location": location,
            },
            "id": bob.id,
            "externalId": "",
            "userName": "bob@example.com",
            "name": {"familyName": "User", "givenName": "Bob", "formatted": "Bob User"},
            "displayName": "Bob User",
            "active": true,
            "emails": [{"value": "bob@example.com", "type": "work", "primary": true}],
            "entitlements": [
                {"value": second, "display": "Second", "type": "WORKSPACE", "primary": true},
                {"value": second, "type": "WORKSPACE_IDS"},
                {"value": "\"Second\"", "type": "WORKSPACE_NAMES"},
            ],
        })
    );
    assert!(chrono::DateTime::parse_from_rfc3339(&bob.created).is_ok());
    let ann = ida.get(&format!("{USERS}/{}", user(&simulator, "ann.lee@example.com").id)).await;
    let entitlements = ann.json()["entitlements"].clone();
    assert_eq!(entitlements.as_array().map(Vec::len), Some(5));
    assert_eq!(entitlements[4]["value"], "\"First\",\"Second\",\"Third, with comma\"");
    let id = user(&simulator, "ida@example.com").id;
    assert!(ida.get(&format!("{USERS}/{id}")).await.json().get("entitlements").is_none());
    let visitor = user(&simulator, "pat@other.example").id;
    for absent in [visitor.as_str(), "none"] {
        let answer = ida.get(&format!("{USERS}/{absent}")).await;
        assert_eq!(error(&answer), (404, None, format!("Resource {absent} not found")));
    }
}

#[tokio::test]
async fn every_scheme_is_taken_and_the_role_is_needed() {
    let simulator = start().await;
    let ida = ida(&simulator).await;
    let basic = format!("Basic {}", STANDARD.encode("ida@example.com:admin"));
    let wrong = format!("Basic {}", STANDARD.encode("ida@example.com:wrong"));
    let stranger = format!("Basic {}", STANDARD.encode("bob@example.com:concealed"));
    let (own, bearer) =
        (format!("AnaplanAuthToken {}", ida.token), format!("Bearer {}", ida.token));
    for (header, status) in [
        (own.as_str(), 200),
        (bearer.as_str(), 200),
        (basic.as_str(), 200),
        (wrong.as_str(), 401),
        (stranger.as_str(), 403),
        ("AnaplanApiKey x", 401),
        ("Bearer dead", 401),
    ] {
        for accept in ["application/json", "application/scim+json"] {
            let headers = [("Authorization", header), ("Accept", accept)];
            let answer = send(&simulator, "GET", USERS, &headers, "").await.expect("an answer");
            assert_eq!(answer.status, status, "{header}");
            if status != 200 {
                error(&answer);
            }
        }
    }
    let headers = [("Authorization", own.as_str()), ("Accept", "text/html")];
    assert_eq!(send(&simulator, "GET", USERS, &headers, "").await.expect("answer").status, 406);
    let headers = [("Authorization", own.as_str()), ("Content-Type", "text/plain")];
    assert_eq!(send(&simulator, "POST", USERS, &headers, "{}").await.expect("answer").status, 415);
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    for (method, path) in [("GET", USERS.to_owned()), ("DELETE", format!("{USERS}/x"))] {
        assert_eq!(error(&bob.call(method, &path, "").await).0, 403);
    }
    let id = user(&simulator, "bob@example.com").id;
    assert_eq!(error(&ida.call("DELETE", &format!("{USERS}/{id}"), "").await).0, 501);
    let answer = ida.call("PUT", USERS, "{}").await;
    assert_eq!((error(&answer).0, answer.header("allow")), (405, Some("GET, POST")));
    assert_eq!(ida.get("/scim/1/0/v2/Groups").await.header("content-type"), Some("text/html"));
}

#[tokio::test]
async fn what_there_is_is_told_to_anybody() {
    let simulator = start().await;
    let get = async |name: &str| {
        let path = format!("/scim/1/0/v2/{name}");
        let answer = send(&simulator, "GET", &path, &[], "").await.expect("an answer");
        assert_eq!(answer.status, 200, "{name}");
        answer.json()
    };
    let config = get("ServiceProviderConfig").await;
    assert_eq!(config["filter"], json!({"supported": false, "maxResults": 100}));
    assert_eq!(config["bulk"]["supported"], false);
    assert_eq!(config["authenticationSchemes"].as_array().map(Vec::len), Some(2));
    let types = get("ResourceTypes").await;
    assert_eq!(types["Resources"][0]["endpoint"], "/Users");
    assert_eq!(types["totalResults"], 1);
    let schemas = get("Schemas").await;
    assert_eq!(schemas["Resources"][0]["id"], USER);
    let attributes = schemas["Resources"][0]["attributes"].as_array().expect("attributes").clone();
    let names: Vec<&str> = attributes.iter().filter_map(|entry| entry["name"].as_str()).collect();
    assert_eq!(
        names,
        ["id", "externalId", "userName", "name", "displayName", "active", "entitlements", "emails"]
    );
    assert_eq!(attributes[2]["mutability"], "readOnly");
    assert_eq!(attributes[3]["subAttributes"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn pages_count_from_one() {
    let simulator = start().await;
    let ida = ida(&simulator).await;
    let get = async |query: &str| ida.get(&format!("{USERS}?{query}")).await;
    let first = get("").await.json();
    assert_eq!(first["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    assert_eq!(first["totalResults"], 123, "without the visitor");
    assert_eq!((first["startIndex"].as_u64(), first["itemsPerPage"].as_u64()), (Some(1), Some(50)));
    let names = |page: &Value| -> Vec<String> {
        let users = page["Resources"].as_array().map(Vec::as_slice).unwrap_or_default();
        users.iter().filter_map(|user| user["userName"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(names(&first)[0], "ann.lee@example.com");
    let last = get("startIndex=101&count=100").await.json();
    assert_eq!((names(&last).len(), last["startIndex"].as_u64()), (23, Some(101)));
    assert_eq!(names(&get("startIndex=2&count=1").await.json()), ["bob@example.com"]);
    assert_eq!(names(&get("startIndex=0&count=1").await.json()), ["ann.lee@example.com"]);
    let none = get("startIndex=200").await.json();
    assert_eq!(none["totalResults"], 123);
    assert!(none.get("Resources").is_none(), "an empty page has no key");
    assert!(get("count=0").await.json().get("Resources").is_none());
    for bad in ["count=101", "count=x", "startIndex=x"] {
        assert_eq!(error(&get(bad).await).1.as_deref(), Some("invalidValue"), "{bad}");
    }
}

#[tokio::test]
async fn filters_find_users() {
    let simulator = start().await;
    let ida = ida(&simulator).await;
    simulator.edit(|tenant| tenant.users[1].external_id = "b+1".to_owned());
    let id = user(&simulator, "bob@example.com").id;
    let get =
        async |filter: &str| ida.get(&format!("{USERS}?count=100&filter={}", escape(filter))).await;
    for (filter, total) in [
        (r#"userName eq "BOB@example.com""#, 1),
        (r#"name.familyName Eq "many""#, 120),
        (r#"(userName eq "bob@example.com") and (active eq true)"#, 1),
        (r#"userName lt "b" or externalId eq "b+1""#, 2),
        ("externalId pr", 1),
        ("active eq false", 0),
        (r#"name.familyName ne "Many""#, 3),
        (r#"userName ge "user118@example.com""#, 2),
    ] {
        let answer = get(filter).await;
        assert_eq!(answer.json()["totalResults"], total, "{filter}");
    }
    let found = get(&format!(r#"id eq "{id}""#)).await.json();
    assert_eq!(found["Resources"][0]["userName"], "bob@example.com");
    let detail = "The specified filter syntax was invalid, or the specified attribute and filter comparison combination is not supported";
    for bad in [
        r#"userName co "bob""#,
        r#"not (active eq true)"#,
        r#"displayName eq "Bob""#,
        r#"emails[type eq "work"]"#,
        "userName",
    ] {
        let expected = (400, Some("invalidValue".to_owned()), detail.to_owned());
        assert_eq!(error(&get(bad).await), expected, "{bad}");
    }
}

#[tokio::test]
async fn calls_count_for_the_rate_limit() {
    let builder = Simulator::builder(tenant()).requests_per_minute(Some(2));
    let simulator = builder.start().await.expect("start");
    let ida = ida(&simulator).await;
    assert_eq!(ida.get("/scim/1/0/v2/Schemas").await.status, 200);
    assert_eq!(ida.get(USERS).await.status, 200);
    let answer = ida.get(USERS).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
}
