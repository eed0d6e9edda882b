//! Users and workspaces.

use super::super::super::tenant::{Certificate, OAuthClient, Role, User, Workspace};
use super::super::fields::Fields;
use super::{Build, names};

impl Build<'_> {
    pub(super) fn workspaces(&mut self, root: Fields<'_>) {
        for fields in root.tables("workspaces") {
            let name = fields.text("name").unwrap_or_default();
            if self.tenant.workspaces.iter().any(|it| it.name == name) && !fields.has("id") {
                let problem = format!("there is a workspace `{name}` already");
                self.problems.add(fields.place("name"), problem);
            }
            let mut workspace = Workspace::new(name);
            fields.text("id").unwrap_or_default().clone_into(&mut workspace.id);
            workspace.active = fields.flag("active").unwrap_or(true);
            if let Some(size) = fields.whole("size_allowance") {
                workspace.size_allowance = size;
            }
            self.tenant.workspaces.push(workspace);
        }
    }

    pub(super) fn users(&mut self, root: Fields<'_>) {
        let all = root.tables("users");
        if all.is_empty() && self.tenant.users.is_empty() {
            self.tenant.users.push(User::new("demo@anaplan-sql.example", "demo"));
        }
        for fields in all {
            let email = fields.text("email").unwrap_or_default();
            if self.tenant.users.iter().any(|it| it.email.eq_ignore_ascii_case(email)) {
                let problem = format!("there is a user `{email}` already");
                self.problems.add(fields.place("email"), problem);
            }
            let user = self.user(fields, email);
            self.tenant.users.push(user);
        }
    }

    pub(super) fn oauth_clients(&mut self, root: Fields<'_>) {
        for fields in root.tables("oauth_clients") {
            let id = fields.text("id").unwrap_or_default();
            if self.tenant.find_oauth_client(id).is_some() {
                let problem = format!("there is an OAuth client `{id}` already");
                self.problems.add(fields.place("id"), problem);
            }
            let mut client = match fields.text("secret") {
                Some(secret) => fields
                    .texts("redirect_uris")
                    .iter()
                    .fold(OAuthClient::code(id, secret), |client, uri| client.redirect_uri(uri)),
                None => OAuthClient::device(id),
            };
            if fields.has("secret") != fields.has("redirect_uris") {
                let problem = "`secret` and `redirect_uris` go together";
                self.problems.add(fields.at, problem);
            }
            if let Some(name) = fields.text("name") {
                client = client.name(name);
            }
            client.rotatable = fields.flag("rotatable").unwrap_or(true);
            client.refresh_lifetime =
                fields.duration("refresh_lifetime").unwrap_or(client.refresh_lifetime);
            client.repeats_refresh_token = fields.flag("repeats_refresh_token").unwrap_or(true);
            self.tenant.oauth_clients.push(client);
        }
    }

    fn certificates(&mut self, fields: Fields<'_>) -> Vec<Certificate> {
        let mut all = Vec::new();
        for node in fields.array("certificates") {
            let path = node.text().unwrap_or_default();
            let Some(bytes) = self.read_file(path, node.at) else { continue };
            match Certificate::parse(&bytes) {
                Ok(certificate) => all.push(certificate),
                Err(error) => self.problems.add(node.at, format!("{path}: {error}")),
            }
        }
        all
    }

    fn user(&mut self, fields: Fields<'_>, email: &str) -> User {
        let mut user = User::new(email, fields.text("password").unwrap_or_default());
        fields.text("id").unwrap_or_default().clone_into(&mut user.id);
        if let Some(name) = fields.text("first_name") {
            name.clone_into(&mut user.first_name);
        }
        if let Some(name) = fields.text("last_name") {
            name.clone_into(&mut user.last_name);
        }
        user.active = fields.flag("active").unwrap_or(true);
        user.visitor = fields.flag("visitor").unwrap_or(false);
        user.admin = fields.flag("admin").unwrap_or(!fields.has("roles") && !user.visitor);
        user.roles = fields.texts("roles").iter().map(|word| role(word)).collect();
        if user.admin && fields.has("roles") {
            self.problems.add(fields.place("roles"), "an admin holds every role already");
        }
        user.certificates = self.certificates(fields);
        fields.text("external_id").unwrap_or_default().clone_into(&mut user.external_id);
        if let Some(text) = fields.text("last_login") {
            user.last_login = Some(text.to_owned());
        }
        if fields.has("workspaces") {
            for node in fields.array("workspaces") {
                let name = node.text().unwrap_or_default();
                if self.tenant.find_workspace(name).is_none() {
                    let known = names(&self.tenant.workspaces, |it| &it.name);
                    self.no_such_at(node.at, "workspace", name, &known);
                }
            }
            user.workspaces = Some(fields.texts("workspaces"));
        }
        user
    }
}

fn role(word: &str) -> Role {
    match word {
        "tenant_admin" => Role::TenantAdmin,
        "tenant_auditor" => Role::TenantAuditor,
        "user_admin" => Role::UserAdmin,
        _ => Role::WorkspaceAdmin,
    }
}
