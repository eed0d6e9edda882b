//! A made-up past: the same events for the same day of the calendar, in every run.

use serde_json::{Value, json};

use super::super::ids;
use super::super::random::Random;
use super::super::tenant::{Model, Role, Tenant, User, Workspace};
use super::event::Event;
use super::kind::{self, Kind};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const SEED: u64 = 71;

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Anaplan-Connect/4.3.2",
    "python-httpx/0.28.1",
];

/// Copies what a tenant's past is made from: its users, and its models with no more than their exports.
pub(super) fn past_of(tenant: &Tenant) -> Tenant {
    if tenant.history_days == 0 {
        return Tenant::default();
    }
    let model = |model: &Model| Model {
        no_access: model.no_access,
        no_access_for: model.no_access_for.clone(),
        exports: model.exports.clone(),
        ..Model::new(&model.name).id(&model.id)
    };
    let workspace = |workspace: &Workspace| Workspace {
        models: workspace.models.iter().map(model).collect(),
        ..Workspace::new(&workspace.name).id(&workspace.id)
    };
    Tenant {
        users: tenant.users.clone(),
        workspaces: tenant.workspaces.iter().map(workspace).collect(),
        history_days: tenant.history_days,
        ..Tenant::default()
    }
}

/// Returns the events of the days before `started` that lie in a window, both ends included.
pub(super) fn between(tenant: &Tenant, started: i64, from: i64, to: i64) -> Vec<Event> {
    let oldest = started.saturating_sub(i64::from(tenant.history_days).saturating_mul(DAY_MS));
    let from = from.max(oldest);
    let to = to.min(started.saturating_sub(1));
    if from > to {
        return Vec::new();
    }
    (from.div_euclid(DAY_MS)..=to.div_euclid(DAY_MS))
        .flat_map(|day| Day::new(tenant, day).events())
        .filter(|event| (from..=to).contains(&event.at))
        .collect()
}

/// One day in the making.
struct Day<'t> {
    tenant: &'t Tenant,
    number: i64,
    random: Random,
    events: Vec<Event>,
}

impl<'t> Day<'t> {
    fn new(tenant: &'t Tenant, number: i64) -> Self {
        let random = Random::at(SEED, number.unsigned_abs());
        Self { tenant, number, random, events: Vec::new() }
    }

    fn events(mut self) -> Vec<Event> {
        // The first day of 1970 was a Thursday.
        let weekend = matches!((self.number + 3).rem_euclid(7), 5 | 6);
        let tenant = self.tenant;
        for user in tenant.users.iter().filter(|user| user.active) {
            if !weekend || self.random.chance(15) {
                self.visit(user);
            }
        }
        self.nightly();
        if !weekend {
            self.administration();
        }
        let numbered = |(number, event): (usize, Event)| event.numbered(number as u64);
        self.events.into_iter().enumerate().map(numbered).collect()
    }

    /// A user signs in, works for some hours, and sometimes signs out.
    fn visit(&mut self, user: &User) {
        let begin = self.random.between(6 * 3600, 10 * 3600);
        let end = begin + self.random.between(1800, 8 * 3600);
        let agent = self.random.pick(&AGENTS).copied().unwrap_or_default();
        let ip = format!("203.0.113.{}", self.random.between(2, 250));
        let place = Place { user, agent, ip: &ip };
        if self.random.chance(12) {
            let failed = place.event(kind::SIGN_IN_FAILED, self.at(begin - 40)).failed("401");
            self.events.push(failed);
        }
        let signed_in = place.event(kind::SIGNED_IN, self.at(begin));
        // One in some has null for its attributes.
        let attributes =
            if self.random.chance(8) { Value::Null } else { json!({"clientName": "Anaplan"}) };
        self.events.push(signed_in.attributes(attributes));
        for _ in 0..self.random.between(2, 9) {
            let at = self.random.between(begin, end);
            self.work(&place, at);
        }
        if self.random.chance(40) {
            self.events.push(place.event(kind::SIGNED_OUT, self.at(end)));
        }
    }

    /// One thing that a user does in a model.
    fn work(&mut self, place: &Place<'_>, second: i64) {
        let Some((workspace, model)) = self.model(place.user) else { return };
        let at = self.at(second);
        let mut attributes = json!({"workspaceId": workspace.id, "modelId": model.id});
        let export =
            self.random.pick(&model.exports).map(|export| (export.id.clone(), export.name.clone()));
        let name = model.name.clone();
        let (kind, extra): (Kind, Vec<(&str, String)>) = match (self.random.below(20), export) {
            (0..=5, Some((id, name))) => (kind::EXPORT_RUN, vec![("actionId", id), ("name", name)]),
            (6..=7, Some((id, name))) => (kind::DATA_TAKEN, vec![("fileId", id), ("name", name)]),
            (8..=9, _) => (kind::MODULE_IMPORTED, vec![("actionId", "112000000001".to_owned())]),
            (10, _) => (kind::LIST_IMPORTED, vec![("actionId", "112000000002".to_owned())]),
            (11, _) => (kind::PROCESS_RUN, vec![("actionId", "118000000001".to_owned())]),
            (12, _) => (kind::DASHBOARD_OPENED, vec![("objectTypeId", "115".to_owned())]),
            (13..=14, _) => (kind::BOARD_OPENED, vec![("pageName", format!("{name} overview"))]),
            (15, _) => (kind::COMMENT_ADDED, Vec::new()),
            _ => (kind::MODEL_OPENED, vec![("name", name)]),
        };
        if let Some(fields) = attributes.as_object_mut() {
            fields.extend(extra.into_iter().map(|(key, value)| (key.to_owned(), value.into())));
        }
        let mut event = place.event(kind, at).attributes(attributes);
        event.object_id = match kind {
            kind::COMMENT_ADDED => None,
            kind::BOARD_OPENED => {
                Some(format!("{}/{}", ids::dashed(1, 7), ids::dashed(self.random.below(5), 8)))
            }
            _ => Some(model.id.to_lowercase()),
        };
        if kind == kind::MODEL_OPENED {
            "NA".clone_into(&mut event.ip);
            if place.user.is_shut_out(model) {
                event.kind = kind::MODEL_REFUSED;
                event = event.failed("404").agent("NA");
            }
        }
        self.events.push(event);
    }

    /// Integrations that run by themselves, weekends included.
    fn nightly(&mut self) {
        for number in 1..=2_u64 {
            let second = 2 * 3600 + self.random.between(0, 600);
            let user = format!("INTERNAL_{}", 4_000_000 + number);
            let id = ids::lower_hex(&format!("integration\u{1f}{number}"));
            let name = if number == 1 { "Load actuals" } else { "Send forecast" };
            let mut event = Event::new(kind::INTEGRATION_RUN, &user, self.at(second))
                .object(&id)
                .agent("Anaplan-CloudWorks")
                .attributes(json!({"name": name, "type": "PROCESS"}));
            if self.random.chance(6) {
                event = event.failed("500");
            }
            self.events.push(event);
        }
    }

    /// What administrators do now and then, and what the service notes about rights.
    fn administration(&mut self) {
        let tenant = self.tenant;
        let Some(admin) = tenant.own_users().find(|user| user.has(Role::UserAdmin)) else { return };
        let place = Place { user: admin, agent: AGENTS[0], ip: "203.0.113.9" };
        for _ in 0..self.random.between(2, 6) {
            let second = self.random.between(7 * 3600, 17 * 3600);
            let at = self.at(second);
            let Some(user) = self.random.pick(&tenant.users) else { return };
            let granted = user.has(Role::TenantAuditor);
            let kind = if granted { kind::ACCESS_GRANTED } else { kind::ACCESS_DENIED };
            let role = json!({"roleId": "TENANT_AUDITOR", "roleName": Role::TenantAuditor.name()});
            let mut event = Event::new(kind, &user.id, at).object(&user.id).attributes(role);
            event.success = granted;
            self.events.push(event);
        }
        if self.random.chance(20)
            && let Some(user) = self.random.pick(&tenant.users)
        {
            let second = 11 * 3600 + self.random.between(0, 3600);
            let at = self.at(second);
            let role = Role::WorkspaceAdmin;
            let attributes = json!({"roleId": "WORKSPACE_ADMIN", "roleName": role.name()});
            let event = place.event(kind::ROLE_ASSIGNED, at).object(&user.id);
            self.events.push(event.attributes(attributes));
        }
        if self.random.chance(10) {
            let second = 15 * 3600 + self.random.between(0, 3600);
            let mut event = place.event(kind::CONNECTION_CHANGED, self.at(second));
            let connection = ids::lower_hex("connection").get(..16).map(|id| format!("con_{id}"));
            event.object_id = connection;
            self.events.push(event);
        }
    }

    /// Picks one of the models that a user sees.
    fn model(&mut self, user: &User) -> Option<(&'t Workspace, &'t Model)> {
        let seen = self.tenant.workspaces.iter().filter(|workspace| user.sees(workspace));
        let models: Vec<_> = seen
            .flat_map(|workspace| workspace.models.iter().map(move |model| (workspace, model)))
            .collect();
        self.random.pick(&models).copied()
    }

    fn at(&self, second: i64) -> i64 {
        self.number.saturating_mul(DAY_MS).saturating_add(second.saturating_mul(1000))
    }
}

/// Who works where, and with what.
struct Place<'a> {
    user: &'a User,
    agent: &'a str,
    ip: &'a str,
}

impl Place<'_> {
    fn event(&self, kind: Kind, at: i64) -> Event {
        let mut event = Event::new(kind, &self.user.id, at).object(&self.user.id).agent(self.agent);
        self.ip.clone_into(&mut event.ip);
        event
    }
}
