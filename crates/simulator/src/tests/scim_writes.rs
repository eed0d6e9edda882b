//! SCIM: users created, replaced and patched.

use serde_json::{Value, json};

use super::super::Workspace;
use super::client::{Session, sign_in};
use super::scim::{USER, USERS, error, ida, start, user, workspace};

fn patch_body(operations: &Value) -> String {
    let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    json!({"schemas": [schema], "Operations": operations}).to_string()
}

#[tokio::test]
async fn a_user_is_created() {
    let simulator = start().await;
    let ida = ida(&simulator).await;
    let third = workspace(&simulator, "Third, with comma");
    let body = json!({
        "schemas": [USER],
        "userName": "new.one@example.com",
        "externalId": "E1",
        "name": {"givenName": "New", "familyName": "One"},
        "entitlements": [{"display": "First"}, {"value": third, "type": "WORKSPACE"}],
    });
    let answer = ida.call("POST", USERS, &body.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let created = answer.json();
    let id = created["id"].as_str().expect("an id");
    assert_eq!(answer.header("location"), created["meta"]["location"].as_str());
    assert_eq!(created["displayName"], "New One");
    assert_eq!(created["active"], true);
    assert_eq!(created["entitlements"].as_array().map(Vec::len), Some(4));
    assert_eq!(ida.get(&format!("{USERS}/{id}")).await.json(), created);
    let ann = Session::ann(&simulator).await;
    let listed = ann.get(&format!("/2/0/users/{id}")).await.json();
    assert_eq!(listed["user"]["lastName"], "One", "the other APIs know the user too");
    assert!(listed["user"].get("lastLoginDate").is_none());
    for password in ["", "x"] {
        let answer = sign_in(&simulator, "new.one@example.com", password).await;
        assert_eq!(answer.status, 401, "without a password, nobody signs in");
    }
    let again = ida.call("POST", USERS, &body.to_string().replace("new.one", "New.One")).await;
    assert_eq!((error(&again).0, error(&again).1.as_deref()), (409, Some("uniqueness")));

    let name = json!({"givenName": "A", "familyName": "B"});
    let many: Vec<Value> = (0..51).map(|number| json!({"display": format!("W{number}")})).collect();
    simulator.edit(|tenant| {
        tenant.workspaces.extend((0..51).map(|number| Workspace::new(&format!("W{number}"))));
    });
    for (bad, word) in [
        (json!([]), "invalidSyntax"),
        (json!({"name": name}), "invalidValue"),
        (json!({"userName": "a@b.example"}), "invalidValue"),
        (json!({"userName": "nobody", "name": name}), "invalidValue"),
        (json!({"userName": "a@b.example", "name": name, "active": "perhaps"}), "invalidValue"),
        (
            json!({"userName": "a@b.example", "name": name, "entitlements": [{"value": "none"}]}),
            "invalidValue",
        ),
        (json!({"userName": "a@b.example", "name": name, "entitlements": many}), "invalidValue"),
    ] {
        let answer = ida.call("POST", USERS, &bad.to_string()).await;
        assert_eq!(error(&answer).1.as_deref(), Some(word), "{bad}");
    }
    assert!(simulator.tenant().find_user("a@b.example").is_none());
    let events = ann.get("/audit/api/1/events?type=user_activity").await.json();
    let of_user = |event: &&Value| event["objectId"] == id;
    let codes: Vec<&str> = events["response"]
        .as_array()
        .expect("events")
        .iter()
        .filter(of_user)
        .filter_map(|event| event["eventTypeId"].as_str())
        .collect();
    assert_eq!(codes[..3], ["USR-1", "USR-21", "USR-21"]);
}

#[tokio::test]
async fn a_user_is_replaced_and_what_is_left_out_is_gone() {
    let simulator = start().await;
    let ida = ida(&simulator).await;
    let bob = user(&simulator, "bob@example.com");
    let path = format!("{USERS}/{}", bob.id);
    let mut body = json!({
        "id": bob.id,
        "userName": "bob@example.com",
        "name": {"givenName": "Robert", "familyName": "User"},
        "active": "False",
        "entitlements": [{"value": "\"Third, with comma\",\"First\"", "type": "WORKSPACE_NAMES"}],
    });
    let answer = ida.call("PUT", &path, &body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["active"], false);
    let changed = user(&simulator, "bob@example.com");
    assert_eq!((changed.first_name.as_str(), changed.active), ("Robert", false));
    assert_ne!(changed.modified, bob.modified);
    assert_eq!(changed.created, bob.created);
    let expected = [workspace(&simulator, "Third, with comma"), workspace(&simulator, "First")];
    assert_eq!(changed.workspaces.as_deref(), Some(expected.as_slice()));
    assert_eq!(sign_in(&simulator, "bob@example.com", "concealed").await.status, 401);

    body["entitlements"] = Value::Null;
    body["active"] = Value::Null;
    let answer = ida.call("PUT", &path, &body.to_string()).await.json();
    assert!(answer.get("entitlements").is_none());
    assert_eq!(answer["active"], false, "the switch stays where it is");
    for (key, value) in [("userName", "robert@example.com"), ("id", "8a00")] {
        let mut bad = body.clone();
        bad[key] = value.into();
        let answer = ida.call("PUT", &path, &bad.to_string()).await;
        assert_eq!(error(&answer).1.as_deref(), Some("mutability"), "{key}");
    }
    assert_eq!(error(&ida.call("PUT", &format!("{USERS}/none"), &body.to_string()).await).0, 404);
    let ann = Session::ann(&simulator).await;
    let events = ann.get("/audit/api/1/events").await.json();
    let codes: Vec<&str> = events["response"]
        .as_array()
        .expect("events")
        .iter()
        .filter(|event| event["objectId"] == bob.id.as_str())
        .filter_map(|event| event["eventTypeId"].as_str())
        .collect();
    // First the new name, switched off, from Second to the others; a failed sign-in; then from those to none.
    assert_eq!(
        codes,
        [
            "USR-5", "USR-27", "USR-4", "USR-21", "USR-22", "USR-21", "USR-9", "USR-5", "USR-22",
            "USR-22"
        ]
    );
}

#[tokio::test]
async fn single_attributes_are_patched() {
    let simulator = start().await;
    let ida = ida(&simulator).await;
    let id = user(&simulator, "bob@example.com").id;
    let path = format!("{USERS}/{id}");
    let [first, second] = ["First", "Second"].map(|name| workspace(&simulator, name));
    let patch = async |operations: Value| {
        let answer = ida.call("PATCH", &path, &patch_body(&operations)).await;
        assert_eq!(answer.status, 200, "{operations}: {}", answer.text());
        assert!(answer.header("location").is_some());
        answer.json()
    };
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let answer = patch(json!([
        {"op": "replace", "path": "active", "value": false},
        {"op": "Add", "path": "externalId", "value": "B7"},
        {"op": "replace", "path": "name.givenName", "value": "Rob"},
    ]))
    .await;
    assert_eq!(
        (answer["active"].as_bool(), answer["displayName"].as_str()),
        (Some(false), Some("Rob User"))
    );
    assert_eq!(answer["externalId"], "B7");
    assert_eq!(bob.get("/2/0/users/me").await.status, 401, "signed out by it");
    let answer = patch(json!([
        {"op": "Replace", "value": {"active": "True", "name": {"familyName": "Ross"}}},
        {"op": "remove", "path": "externalId"},
    ]))
    .await;
    assert_eq!(answer["name"]["formatted"], "Rob Ross");
    assert_eq!((answer["active"].as_bool(), answer["externalId"].as_str()), (Some(true), Some("")));
    assert_eq!(bob.get("/2/0/users/me").await.json()["user"]["lastName"], "Ross");

    let ids = |answer: &Value| -> Vec<String> {
        let entries = answer["entitlements"].as_array().map(Vec::as_slice).unwrap_or_default();
        let own = entries.iter().filter(|entry| entry["type"] == "WORKSPACE");
        own.filter_map(|entry| entry["value"].as_str().map(str::to_owned)).collect()
    };
    let entry = json!([{"value": first, "type": "WORKSPACE"}]);
    let one = patch(json!([{"op": "add", "path": "entitlements", "value": entry}])).await;
    assert_eq!(ids(&one), [first.clone(), second.clone()]);
    let of_id = format!(r#"entitlements[value eq "{second}"]"#);
    let one = patch(json!([{"op": "remove", "path": of_id}])).await;
    assert_eq!(ids(&one), [first]);
    let of_type = r#"entitlements[type eq "WORKSPACE"]"#;
    let entry = json!([{"value": second, "type": "WORKSPACE_IDS"}]);
    let one = patch(json!([{"op": "replace", "path": of_type, "value": entry}])).await;
    assert_eq!(ids(&one), [second]);
    let one = patch(json!([{"op": "remove", "path": of_type}])).await;
    assert!(ids(&one).is_empty());
    assert!(bob.get("/2/0/workspaces").await.json().get("workspaces").is_none());
}

#[tokio::test]
async fn bad_patches_change_nothing() {
    let simulator = start().await;
    let ida = ida(&simulator).await;
    let before = user(&simulator, "bob@example.com");
    let path = format!("{USERS}/{}", before.id);
    for (operation, word) in [
        (json!({"op": "replace", "path": "userName", "value": "x@example.com"}), "mutability"),
        (json!({"op": "replace", "path": "displayName", "value": "x"}), "mutability"),
        (json!({"op": "remove", "path": "active"}), "mutability"),
        (json!({"op": "replace", "path": "nickName", "value": "x"}), "invalidPath"),
        (json!({"op": "replace", "path": "name[x]", "value": "x"}), "invalidPath"),
        (json!({"op": "remove", "path": "entitlements[display eq \"x\"]"}), "invalidPath"),
        (
            json!({"op": "add", "path": "entitlements", "value": [{"value": "none"}]}),
            "invalidValue",
        ),
        (json!({"op": "replace", "path": "active", "value": 7}), "invalidValue"),
        (json!({"op": "replace", "path": "name.givenName", "value": ""}), "invalidValue"),
        (json!({"op": "move", "path": "active", "value": true}), "invalidSyntax"),
        (json!({"op": "replace", "value": "x"}), "noTarget"),
    ] {
        let good = json!({"op": "replace", "path": "name.familyName", "value": "Changed"});
        let answer = ida.call("PATCH", &path, &patch_body(&json!([good, operation]))).await;
        assert_eq!(
            (error(&answer).0, error(&answer).1.as_deref()),
            (400, Some(word)),
            "{operation}"
        );
    }
    for bad in ["", "[]", "{}", r#"{"Operations":[{"op":"remove","path":"externalId"}]}"#] {
        assert_eq!(error(&ida.call("PATCH", &path, bad).await).1.as_deref(), Some("invalidSyntax"));
    }
    let answer = ida.call("PATCH", &path, &patch_body(&json!([]))).await;
    assert_eq!(error(&answer).1.as_deref(), Some("invalidSyntax"));
    let after = user(&simulator, "bob@example.com");
    assert_eq!((after.last_name, after.modified), (before.last_name, before.modified));
    let body = patch_body(&json!([{"op": "remove", "path": "externalId"}]));
    assert_eq!(error(&ida.call("PATCH", &format!("{USERS}/none"), &body).await).0, 404);
}
