//! What the service tells about itself to anybody.

use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// `GET /ServiceProviderConfig`: it denies filters and patches, which work all the same.
pub(super) fn service(url: &str) -> Value {
    let scheme = |kind: &str, name: &str, description: &str| {
        json!({
            "type": kind,
            "name": name,
            "description": description,
            "specUri": "https://www.rfc-editor.org/info/rfc7644",
            "documentationUri": format!("{url}/scim/1/0/v2/docs"),
        })
    };
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "created": "2019-08-01T00:00:00.000+00:00",
            "lastModified": "2019-08-01T00:00:00.000+00:00",
            "location": format!("{url}/scim/1/0/v2/ServiceProviderConfig"),
        },
        "documentationUri": format!("{url}/scim/1/0/v2/docs"),
        "patch": {"supported": false},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": false, "maxResults": 100},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": false},
        "authenticationSchemes": [
            scheme("httpbasic", "HTTP Basic", "Name and password of a user."),
            scheme("oauthbearertoken", "Anaplan token", "A token of the authentication service."),
        ],
    })
}

/// `GET /ResourceTypes`
pub(super) fn resource_types(url: &str) -> Value {
    list(&json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{url}/scim/1/0/v2/ResourceTypes/User"),
        },
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "User Account",
        "schema": USER,
    }))
}

/// `GET /Schemas`
pub(super) fn schemas(url: &str) -> Value {
    let name = many(
        "name",
        "The parts of the name.",
        "readWrite",
        false,
        &[
            text("familyName", "Last name.", true, "readWrite"),
            text("givenName", "First name.", true, "readWrite"),
            text("formatted", "The whole name.", false, "readOnly"),
        ],
    );
    let entitlements = many(
        "entitlements",
        "The workspaces of the user.",
        "readWrite",
        true,
        &[
            text(
                "value",
                "The id of the workspace, or a list of ids or names.",
                false,
                "readWrite",
            ),
            text("display", "The name of the workspace.", false, "readWrite"),
            text("type", "WORKSPACE, WORKSPACE_IDS or WORKSPACE_NAMES.", false, "readOnly"),
            flag("primary", "Without a meaning.", "readOnly"),
        ],
    );
    let emails = many(
        "emails",
        "The email addresses of the user.",
        "readWrite",
        true,
        &[
            text("value", "The address.", false, "readWrite"),
            text("type", "Always work.", false, "readOnly"),
            flag("primary", "Whether it is the first one.", "readOnly"),
        ],
    );
    list(&json!({
        "meta": {
            "resourceType": "Schema",
            "location": format!("{url}/scim/1/0/v2/Schemas/{USER}"),
        },
        "id": USER,
        "name": "User",
        "description": "User Account",
        "attributes": [
            text("id", "The id that the service gave.", true, "readOnly"),
            text("externalId", "The id that the client gave.", false, "readWrite"),
            text("userName", "The name to sign in with.", true, "readOnly"),
            name,
            text("displayName", "First and last name.", false, "readOnly"),
            flag("active", "Whether the user may sign in.", "readWrite"),
            entitlements,
            emails,
        ],
    }))
}

/// Wraps the one resource there is. The page is said to hold ten.
fn list(only: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 1,
        "startIndex": 1,
        "itemsPerPage": 10,
        "Resources": [only],
    })
}

fn text(name: &str, description: &str, required: bool, mutability: &str) -> Value {
    attribute(name, "string", description, required, mutability)
}

fn flag(name: &str, description: &str, mutability: &str) -> Value {
    attribute(name, "boolean", description, false, mutability)
}

fn many(
    name: &str,
    description: &str,
    mutability: &str,
    multi_valued: bool,
    parts: &[Value],
) -> Value {
    let mut attribute = attribute(name, "complex", description, !multi_valued, mutability);
    attribute["multiValued"] = multi_valued.into();
    attribute["subAttributes"] = parts.into();
    attribute
}

fn attribute(name: &str, kind: &str, description: &str, required: bool, mutability: &str) -> Value {
    json!({
        "name": name,
        "type": kind,
        "multiValued": false,
        "description": description,
        "required": required,
        "caseExact": false,
        "mutability": mutability,
        "returned": if name == "id" { "always" } else { "default" },
        "uniqueness": if matches!(name, "id" | "userName") { "server" } else { "none" },
    })
}
