//! Users and what they may see.

use std::fmt;

use super::certificate::Certificate;
use super::model::{Model, Workspace};
use super::role::Role;

/// A password that no `Debug` shows.
#[derive(Clone, Default)]
pub struct Password(String);

impl Password {
    /// Tells whether `given` is this password. A user without a password has none that fits.
    pub fn is(&self, given: &str) -> bool {
        !self.0.is_empty() && self.0 == given
    }

    /// Returns the password itself, for the text that tells a person how to sign in to the demo.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A user of the tenant.
#[derive(Clone, Debug)]
pub struct User {
    /// 32 lower-case hex digits; empty until the user is added to a tenant.
    pub id: String,
    /// The name to sign in with.
    pub email: String,
    /// The password for basic authentication and for the login page.
    pub password: Password,
    /// The certificates that are registered for the user.
    pub certificates: Vec<Certificate>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Whether the user may sign in.
    pub active: bool,
    /// Whether the user holds every [`Role`].
    pub admin: bool,
    /// The roles of a user who doesn't hold them all.
    pub roles: Vec<Role>,
    /// Whether the user is at home in another tenant and only visits workspaces of this one.
    pub visitor: bool,
    /// Names or ids of the workspaces the user sees; `None` for all.
    pub workspaces: Option<Vec<String>>,
    /// When the user last signed in, as the service prints it.
    pub last_login: Option<String>,
    /// The id that the provisioning client gave the user; empty if none.
    pub external_id: String,
    /// When the user was created, as SCIM prints it.
    pub created: String,
    /// When the user was last changed, as SCIM prints it.
    pub modified: String,
}

impl User {
    /// Makes an active administrator who sees every workspace.
    pub fn new(email: &str, password: &str) -> Self {
        let name = email.split('@').next().unwrap_or(email);
        let (first, last) = name.split_once('.').unwrap_or((name, "User"));
        Self {
            id: String::new(),
            email: email.to_owned(),
            password: password.into(),
            certificates: Vec::new(),
            first_name: capital(first),
            last_name: capital(last),
            active: true,
            admin: true,
            roles: Vec::new(),
            visitor: false,
            workspaces: None,
            last_login: Some("2026-01-12T08:30:00.000+0000".to_owned()),
            external_id: String::new(),
            created: "2024-02-05T09:14:31.000+00:00".to_owned(),
            modified: "2025-11-03T15:40:02.000+00:00".to_owned(),
        }
    }

    /// Sets first and last name.
    #[must_use]
    pub fn name(mut self, first: &str, last: &str) -> Self {
        first.clone_into(&mut self.first_name);
        last.clone_into(&mut self.last_name);
        self
    }

    /// Registers a certificate that the user may sign in with.
    #[must_use]
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Makes the user a standard user, without any role.
    #[must_use]
    pub fn standard(mut self) -> Self {
        self.admin = false;
        self.roles.clear();
        self
    }

    /// Gives a standard user one role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.roles.push(role);
        self
    }

    /// Makes the user a visitor: a standard user of another tenant, in no listing of this tenant's users.
    #[must_use]
    pub fn visitor(mut self) -> Self {
        self.visitor = true;
        self.standard()
    }

    /// Makes the user inactive: signing in fails.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }

    /// Lets the user see these workspaces only, given by name or id.
    #[must_use]
    pub fn only(mut self, workspaces: &[&str]) -> Self {
        self.workspaces = Some(workspaces.iter().map(|&name| name.to_owned()).collect());
        self
    }

    /// Tells whether the user holds a role.
    pub fn has(&self, role: Role) -> bool {
        self.admin || self.roles.contains(&role)
    }

    /// Tells whether the user sees a workspace.
    pub fn sees(&self, workspace: &Workspace) -> bool {
        self.workspaces.as_ref().is_none_or(|only| {
            only.iter().any(|name| *name == workspace.id || *name == workspace.name)
        })
    }

    /// Tells whether the user's role in a model is NO ACCESS.
    pub(crate) fn is_shut_out(&self, model: &Model) -> bool {
        model.no_access
            || model.no_access_for.iter().any(|who| *who == self.email || *who == self.id)
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
