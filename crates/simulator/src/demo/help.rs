//! What the program prints about the demo tenant, made from the tenant itself.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::super::tenant::{ClientGrant, Data, Export, OAuthClient, Tenant, User};

/// Returns a text about the demo tenant: users and passwords, OAuth clients, workspaces, models, a line for each export.
pub fn demo_help() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| describe(&Tenant::demo()));
    &TEXT
}

fn describe(tenant: &Tenant) -> String {
    let mut text = String::from("Users\n");
    for user in &tenant.users {
        line(
            &mut text,
            format_args!("  {} (password: {}){}", user.email, user.password.reveal(), scope(user)),
        );
    }
    line(&mut text, format_args!("\nOAuth clients"));
    for client in &tenant.oauth_clients {
        line(&mut text, format_args!("  {} ({})", client.id, registration(client)));
        if let ClientGrant::AuthorizationCode { redirect_uris, .. } = &client.grant {
            for uri in redirect_uris {
                line(&mut text, format_args!("    may redirect to {uri}"));
            }
        }
    }
    for workspace in &tenant.workspaces {
        line(&mut text, format_args!("\nWorkspace \"{}\"", workspace.name));
        for model in &workspace.models {
            line(&mut text, format_args!("  Model \"{}\"", model.name));
            for export in &model.exports {
                line(&mut text, format_args!("    {}: {}", export.name, content(export)));
            }
        }
    }
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a String can't fail.
    let _ = writeln!(text, "{content}");
}

fn scope(user: &User) -> String {
    let mut notes = Vec::new();
    if !user.active {
        notes.push("may not sign in".to_owned());
    }
    if user.visitor {
        notes.push("a visitor".to_owned());
    }
    notes.extend(user.roles.iter().map(|role| role.name().to_owned()));
    if let Some(names) = &user.workspaces {
        let names = if names.is_empty() {
            "sees no workspace".to_owned()
        } else {
            format!("sees {} only", names.join(", "))
        };
        notes.push(names);
    }
    notes.iter().map(|note| format!(", {note}")).collect()
}

fn registration(client: &OAuthClient) -> String {
    let refresh = if client.rotatable { "rotatable" } else { "non-rotatable" };
    match &client.grant {
        ClientGrant::AuthorizationCode { secret, .. } => {
            format!("authorization code, {refresh} refresh tokens, secret: {}", secret.reveal())
        }
        ClientGrant::Device => format!("device, {refresh} refresh tokens, no secret"),
    }
}

fn content(export: &Export) -> String {
    if let Some((module, view)) = &export.view {
        let view = if view.is_empty() { "default".to_owned() } else { format!("\"{view}\"") };
        return format!("{}, the view {view} of the module \"{module}\"", export.export_type);
    }
    let what = match &*export.data {
        Data::Bytes(_) => return format!("a file of the type {}", export.format),
        Data::Grid(grid) => {
            let names = |axes: &[super::super::tenant::Axis]| {
                axes.iter().map(|axis| axis.name.as_str()).collect::<Vec<_>>().join(" and ")
            };
            let pages = if grid.pages.is_empty() {
                String::new()
            } else {
                format!(", pages {}", names(&grid.pages))
            };
            format!("{} by {}{pages}", names(&grid.rows), names(&grid.columns))
        }
        Data::Rows(_) | Data::Generated { .. } => {
            export.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
        }
    };
    let encoding =
        if export.encoding == "UTF-8" { String::new() } else { format!(", {}", export.encoding) };
    format!("{}{encoding}, {} rows ({what})", export.export_type, export.row_count())
}
