//! `…/currentPeriod` and `…/modelCalendar`.

use chrono::NaiveDate;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::page::single;
use super::super::reply::Reply;
use super::super::tenant::{Calendar, CalendarKind, Scale};
use super::super::write::forget_lost_periods;
use super::models::Access;
use super::{Call, Refusal};

const PERIOD: &str = "objects/currentPeriod";
const CALENDAR: &str = "objects/modelCalendar";

/// `GET …/currentPeriod`
pub(super) fn current_period(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    call.administrators_only()?;
    let tenant = call.state.tenant();
    let calendar = &access.enter(call, &tenant)?.calendar;
    Ok(Reply::json(StatusCode::OK, &single(PERIOD, "currentPeriod", current_entry(calendar))))
}

/// `PUT …/currentPeriod`: the date stands in the body or in the query; a blank one resets.
pub(super) fn set_current_period(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    call.administrators_only()?;
    let mut tenant = call.state.tenant_mut();
    let model_id = access.enter_to_change(call, &tenant)?.id.clone();
    let in_body = if call.body.is_empty() { None } else { date(&json_body(call)?)? };
    let wanted = match (call.query.get("date"), in_body) {
        (Some(_), Some(_)) => {
            return Err(Refusal::bad("use query parameter or body to set date, not both"));
        }
        (Some(text), None) => text.to_owned(),
        (None, Some(text)) => text,
        (None, None) => return Err(Refusal::bad("date must be provided")),
    };
    let (model, _) = tenant.parts_mut(&model_id).ok_or_else(Refusal::not_found)?;
    let day = day(&wanted)?;
    if let Some(day) = day {
        let (first, last) = model.calendar.span();
        if day < first || last < day {
            return Err(Refusal::bad(&format!(
                "Specified date '{wanted}' is out of timescale range {first} - {last}"
            )));
        }
    }
    model.calendar.current_period = day;
    let entry = current_entry(&model.calendar);
    Ok(Reply::json(StatusCode::OK, &single(PERIOD, "currentPeriod", entry)))
}

/// `GET …/modelCalendar`
pub(super) fn calendar(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    call.administrators_only()?;
    let tenant = call.state.tenant();
    let calendar = &access.enter(call, &tenant)?.calendar;
    let entry = calendar_entry(calendar, call.state.options.nasty.odd_spellings);
    Ok(Reply::json(StatusCode::OK, &single(CALENDAR, "modelCalendar", entry)))
}

/// `PUT …/modelCalendar/fiscalYear`: data of years that fall out of the timescale is lost.
pub(super) fn set_fiscal_year(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    call.administrators_only()?;
    let mut tenant = call.state.tenant_mut();
    let model = access.enter_to_change(call, &tenant)?;
    if model.is_deployed() {
        let message = "Model is deployed: its calendar is locked";
        return Err(Refusal::new(StatusCode::TOO_EARLY, message));
    }
    let model_id = model.id.clone();
    let (model, _) = tenant.parts_mut(&model_id).ok_or_else(Refusal::not_found)?;
    if !model.calendar.has_fiscal_year() {
        return Err(Refusal::bad("The model calendar has no fiscal year"));
    }
    let body = json_body(call)?;
    let text = body["year"].as_str().ok_or_else(|| Refusal::bad("year must be provided"))?;
    let digits = text.strip_prefix("FY").filter(|it| it.len() == 2);
    let year: i32 = digits
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .map(|year: i32| 2000 + year)
        .ok_or_else(|| Refusal::bad(&format!("Invalid fiscal year '{text}'")))?;
    if year >= 2040 {
        return Err(Refusal::bad(&format!("Specified year is out of range: {year}")));
    }
    model.calendar.fiscal_year = year;
    let (first, last) = model.calendar.span();
    model.calendar.current_period.take_if(|day| *day < first || last < *day);
    forget_lost_periods(model);
    let entry = json!({"fiscalYear": fiscal_year(&model.calendar)});
    Ok(Reply::json(StatusCode::OK, &single(CALENDAR, "modelCalendar", entry)))
}

pub(super) fn json_body(call: &Call<'_>) -> Result<Value, Refusal> {
    serde_json::from_slice(&call.body).map_err(|_| Refusal::bad("Malformed JSON request"))
}

/// Returns the date of a body, if there is one.
pub(super) fn date(body: &Value) -> Result<Option<String>, Refusal> {
    match (body.is_object(), &body["date"]) {
        (true, Value::Null) => Ok(None),
        (true, Value::String(text)) => Ok(Some(text.trim().to_owned())),
        _ => Err(Refusal::bad("Malformed JSON request")),
    }
}

/// Reads a day in its one form; nothing from a blank text.
pub(super) fn day(text: &str) -> Result<Option<NaiveDate>, Refusal> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let bad = || {
        Refusal::bad(&format!(
            "Invalid ISO date format '{text}'. Date should match format YYYY-MM-DD"
        ))
    };
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| bad())?;
    // Months and days of one digit are read too, but are no ISO form.
    if day.to_string() == text { Ok(Some(day)) } else { Err(bad()) }
}

/// The current period with the calendar's type; empty text if none is set.
fn current_entry(calendar: &Calendar) -> Value {
    let mut entry = period_entry(calendar);
    if let Some(entry) = entry.as_object_mut() {
        entry.insert("calendarType".to_owned(), calendar.kind.name().into());
    }
    entry
}

fn period_entry(calendar: &Calendar) -> Value {
    let period = calendar.current_period.and_then(|day| calendar.period_of(day));
    let (name, last) = period.map(|it| (it.name, it.last.to_string())).unwrap_or_default();
    json!({"periodText": name, "lastDay": last})
}

fn fiscal_year(calendar: &Calendar) -> Value {
    let (first, last) = calendar.fiscal_year_days(calendar.fiscal_year);
    json!({
        "year": format!("FY{:02}", calendar.fiscal_year.rem_euclid(100)),
        "startDate": first.to_string(),
        "endDate": last.to_string(),
    })
}

/// The calendar's settings, as many as its kind has.
fn calendar_entry(calendar: &Calendar, odd_spellings: bool) -> Value {
    let mut entry = json!({
        "calendarType": calendar.kind.name(),
        "currentPeriod": period_entry(calendar),
    });
    let mut set = |key: &str, value: Value| {
        if let Some(entry) = entry.as_object_mut() {
            entry.insert(key.to_owned(), value);
        }
    };
    if calendar.kind == CalendarKind::WeeksGeneral {
        let weeks = calendar.periods().iter().filter(|it| it.scale == Scale::Week).count();
        set("startDate", calendar.span().0.to_string().into());
        set("weeksCount", weeks.into());
        return entry;
    }
    set("fiscalYear", fiscal_year(calendar));
    set("pastYearsCount", calendar.past_years.into());
    set("futureYearsCount", calendar.future_years.into());
    let mut totals = serde_json::Map::new();
    for (name, is_on) in [
        ("QuarterTotals", calendar.quarters),
        ("HalfYearTotals", calendar.half_years),
        ("YearToDateSummary", false),
        ("YearToGoSummary", false),
        ("TotalOfAllPeriods", calendar.all_periods),
    ] {
        let (first, rest) = name.split_at(1);
        let plain = format!("{}{rest}", first.to_lowercase());
        totals.insert(if odd_spellings { format!("is{name}") } else { plain }, is_on.into());
    }
    if calendar.kind == CalendarKind::FourWeekPeriods {
        totals.insert("extraMonthQuarter".to_owned(), calendar.extra_month_quarter.into());
    }
    set("totalsSelection", Value::Object(totals));
    if calendar.leaf() == Scale::Week {
        set("extraWeekMonth", calendar.extra_week_month.into());
        set("weekFormat", calendar.week_format.name().into());
    }
    if let CalendarKind::WeeksInMonths(grouping) = calendar.kind {
        set("weekGrouping", grouping.name().into());
    }
    entry
}
