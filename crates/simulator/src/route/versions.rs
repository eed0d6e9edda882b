//! `…/versions` and `…/dashboards`.

use chrono::NaiveDate;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::page::{envelope, page, single};
use super::super::reply::Reply;
use super::super::tenant::{Calendar, Version};
use super::calendar::{date, day, json_body};
use super::models::Access;
use super::{Call, Refusal};

/// `GET …/versions`
pub(super) fn list(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    call.administrators_only()?;
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let versions: Vec<Value> =
        model.versions.iter().map(|version| version_entry(&model.calendar, version)).collect();
    let schema = "objects/version";
    let answer = if versions.is_empty() {
        envelope(schema)
    } else {
        single(schema, "versionMetadata", versions.into())
    };
    Ok(Reply::json(StatusCode::OK, &answer))
}

/// `PUT …/versions/{v}/switchover`: a day in the fiscal year, not before the present switchover; a blank one resets.
pub(super) fn set_switchover(
    call: &Call<'_>,
    access: Access<'_>,
    id: &str,
) -> Result<Reply, Refusal> {
    call.administrators_only()?;
    let mut tenant = call.state.tenant_mut();
    let model_id = access.enter_to_change(call, &tenant)?.id.clone();
    let (model, _) = tenant.parts_mut(&model_id).ok_or_else(Refusal::not_found)?;
    let calendar = &model.calendar;
    let version = model.versions.iter_mut().find(|version| version.id == id);
    let version = version.ok_or_else(Refusal::not_found)?;
    if version.is_actual {
        return Err(Refusal::bad("The actual version has no switchover"));
    }
    let wanted = date(&json_body(call)?)?.ok_or_else(|| Refusal::bad("date must be provided"))?;
    let day = day(&wanted)?;
    if let Some(day) = day {
        let (first, last) = calendar.model_year();
        if day < first || last < day {
            return Err(Refusal::bad(&format!(
                "Specified date '{wanted}' is out of timescale range {first} - {last}"
            )));
        }
        if let Some(present) = version.switchover.filter(|present| day < *present) {
            return Err(Refusal::bad(&format!(
                "Specified date '{wanted}' is before the current switchover date {present}"
            )));
        }
    }
    version.switchover = day.map(|day| calendar.period_of(day).map_or(day, |period| period.first));
    let mut entry = version
        .switchover
        .map_or_else(|| json!({"periodText": "", "date": ""}), |day| period_entry(calendar, day));
    if let Some(entry) = entry.as_object_mut() {
        entry.insert("calendarType".to_owned(), calendar.kind.name().into());
    }
    Ok(Reply::json(StatusCode::OK, &single("objects/switchover", "versionSwitchover", entry)))
}

/// `GET …/dashboards`
pub(super) fn dashboards(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let dashboards: Vec<Value> =
        model.dashboards.iter().map(|it| json!({"id": it.id, "name": it.name})).collect();
    let schema = format!("models/{}/objects/dashboard", model.id);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "dashboards", dashboards)?))
}

fn period_entry(calendar: &Calendar, day: NaiveDate) -> Value {
    json!({"periodText": calendar.period_text(day), "date": day.to_string()})
}

/// A version. What isn't set is missing.
fn version_entry(calendar: &Calendar, version: &Version) -> Value {
    let mut entry = Map::new();
    let mut set = |key: &str, value: Value| entry.insert(key.to_owned(), value);
    set("id", version.id.clone().into());
    set("name", version.name.clone().into());
    set("isCurrent", version.is_current.into());
    set("isActual", version.is_actual.into());
    set(
        "editFrom",
        version.edit_from.map_or_else(
            || json!({"periodText": "Start of Timescale", "date": "1900-01-01"}),
            |day| period_entry(calendar, day),
        ),
    );
    set(
        "editTo",
        version.edit_to.map_or_else(
            || json!({"periodText": "End of Timescale", "date": "2399-12-31"}),
            |day| period_entry(calendar, day),
        ),
    );
    if let Some(day) = version.switchover {
        set("switchover", period_entry(calendar, day));
    }
    if let Some(formula) = &version.formula {
        set("formula", formula.clone().into());
    }
    if let Some(notes) = &version.notes {
        set("notes", notes.clone().into());
    }
    Value::Object(entry)
}
