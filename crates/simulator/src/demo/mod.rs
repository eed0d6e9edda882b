//! The demo tenant: a maker of coffee machines plans its sales, its profit and its demand.
//!
//! Everything is generated from fixed seeds, so the same query gives the same figures everywhere.

mod documents;
mod finance;
mod help;
mod names;
mod operations;
mod people;
mod sales;

pub use help::demo_help;

use super::tenant::{OAuthClient, Tenant, Workspace};

impl Tenant {
    /// Makes the demo tenant: workspaces Finance and Operations, three models, exports in every
    /// layout, an OAuth client of each kind.
    pub fn demo() -> Self {
        people::users(Self::new())
            .history(60)
            .workspace(
                Workspace::new("Finance")
                    .model(sales::model().category("Department", "Sales"))
                    .model(finance::model().category("Department", "Finance")),
            )
            .oauth_client(
                code_client("0dec0de0000000000000000000000001")
                    .name("Demo program")
                    .rotatable(true),
            )
            .oauth_client(
                code_client("0dec0de0000000000000000000000002")
                    .name("Demo service")
                    .rotatable(false),
            )
            .oauth_client(
                OAuthClient::device("0dec0de0000000000000000000000003").name("Demo device"),
            )
            .workspace(Workspace::new("Operations").model(operations::model()))
    }
}

/// Makes a client with the redirect URIs that all demo clients have.
fn code_client(id: &str) -> OAuthClient {
    [
        "http://localhost:8721/callback",
        "https://localhost:8721/callback",
        "http://127.0.0.1:8721/callback",
        "https://planner.example/callback",
    ]
    .into_iter()
    .fold(OAuthClient::code(id, "demo-secret"), OAuthClient::redirect_uri)
}

/// Picks the member at a position that runs through a list again and again.
fn member<'a>(list: &[&'a str], position: u64) -> &'a str {
    let length = (list.len() as u64).max(1);
    let place = usize::try_from(position % length).unwrap_or(0);
    list.get(place).copied().unwrap_or_default()
}
