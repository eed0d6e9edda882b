//! `/users`.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::page::{page, search, single, sort_strictly};
use super::super::reply::Reply;
use super::super::tenant::{Role, User};
use super::{Call, Refusal};

const SCHEMA: &str = "objects/user";

/// `GET /users`
pub(super) fn list(call: &Call<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let mut users: Vec<Value> =
        tenant.own_users().map(|user| entry(user, &tenant.customer_id)).collect();
    search(call, Role::WorkspaceAdmin, &["email", "firstName", "lastName", "id"], &mut users);
    sort_strictly(
        &call.query,
        &["firstName", "lastName", "email", "active", "lastLoginDate"],
        &mut users,
    )?;
    Ok(Reply::json(StatusCode::OK, &page(call, SCHEMA, "users", users)?))
}

/// `GET /users/me`
pub(super) fn me(call: &Call<'_>) -> Result<Reply, Refusal> {
    one(call, &call.user.id)
}

/// `GET /users/{id}`
pub(super) fn one(call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    // A visitor is at home in another tenant: nobody but themselves finds them.
    let user = tenant
        .users
        .iter()
        .find(|user| user.id == id && (!user.visitor || user.id == call.user.id))
        .ok_or_else(Refusal::not_found)?;
    Ok(Reply::json(StatusCode::OK, &single(SCHEMA, "user", entry(user, &tenant.customer_id))))
}

fn entry(user: &User, customer_id: &str) -> Value {
    let mut entry = json!({
        "id": user.id,
        "active": user.active,
        "email": user.email,
        "emailOptIn": true,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "customerId": customer_id,
    });
    if let (Some(date), Some(object)) = (&user.last_login, entry.as_object_mut()) {
        object.insert("lastLoginDate".to_owned(), date.clone().into());
    }
    entry
}
