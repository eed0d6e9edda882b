//! Calendar, current period, versions, dashboards.

use serde_json::{Value, json};

use super::super::{Calendar, CalendarKind, Simulator, Tenant, WeekFormat, WeekGrouping};
use super::client::{Session, send};
use super::plan::{ann, both, cell, ok, path, refusal, start};

const MONTHS: &str = "Calendar Months/Quarters/Years";

fn set_calendar(simulator: &Simulator, calendar: Calendar) {
    simulator.edit(|tenant: &mut Tenant| {
        tenant.model_mut("Plan").expect("model").calendar = calendar;
    });
}

#[tokio::test]
async fn the_current_period_is_set_and_reset() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let unset = json!({"periodText": "", "lastDay": "", "calendarType": MONTHS});
    let may = json!({"periodText": "May 26", "lastDay": "2026-05-31", "calendarType": MONTHS});
    for path in both(&simulator) {
        let period = format!("{path}/currentPeriod");
        assert_eq!(ok(&ann.get(&period).await)["currentPeriod"], unset);
        for (query, body) in
            [("", r#"{"date":"2026-05-20"}"#), ("?date=2026-05-20", ""), ("?date=2026-05-20", "{}")]
        {
            let answer = ok(&ann.call("PUT", &format!("{period}{query}"), body).await);
            assert_eq!(answer["currentPeriod"], may);
            assert_eq!(ok(&ann.get(&period).await)["currentPeriod"], may);
            let (query, body) =
                if query.is_empty() { ("", r#"{"date":""}"#) } else { ("?date=", "") };
            let answer = ok(&ann.call("PUT", &format!("{period}{query}"), body).await);
            assert_eq!(answer["currentPeriod"], unset);
        }
        let header = format!("AnaplanAuthToken {}", ann.token);
        let answer =
            send(&simulator, "PUT", &format!("{period}?date="), &[("Authorization", &header)], "")
                .await
                .expect("an answer");
        assert_eq!(answer.status, 200, "without a body and its type");
    }
}

#[tokio::test]
async fn bad_days_of_the_current_period_are_refused() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let period = format!("{}/currentPeriod", path(&simulator, "Plan"));
    for (query, body, message) in [
        (
            "?date=2026-05-20",
            r#"{"date":"2026-05-20"}"#,
            "use query parameter or body to set date, not both",
        ),
        ("?date=", r#"{"date":""}"#, "use query parameter or body to set date, not both"),
        (
            "?date=20.05.2026",
            "",
            "Invalid ISO date format '20.05.2026'. Date should match format YYYY-MM-DD",
        ),
        (
            "",
            r#"{"date":"2026-5-2"}"#,
            "Invalid ISO date format '2026-5-2'. Date should match format YYYY-MM-DD",
        ),
        (
            "?date=2026-02-30",
            "",
            "Invalid ISO date format '2026-02-30'. Date should match format YYYY-MM-DD",
        ),
        (
            "?date=2027-01-01",
            "",
            "Specified date '2027-01-01' is out of timescale range 2026-01-01 - 2026-12-31",
        ),
        (
            "",
            r#"{"date":"2025-12-31"}"#,
            "Specified date '2025-12-31' is out of timescale range 2026-01-01 - 2026-12-31",
        ),
        ("", "{}", "date must be provided"),
        ("", "", "date must be provided"),
        ("", "[]", "Malformed JSON request"),
        ("", r#"{"date":5}"#, "Malformed JSON request"),
    ] {
        let answer = ann.call("PUT", &format!("{period}{query}"), body).await;
        assert_eq!(refusal(&answer), (400, message.to_owned()), "{query} {body}");
    }
    assert_eq!(ok(&ann.get(&period).await)["currentPeriod"]["periodText"], "");
    let answer = ann.call("POST", &period, "{}").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, PUT")));
}

#[tokio::test]
async fn the_calendar_shows_what_its_kind_has() {
    let simulator = start().await;
    let ann = ann(&simulator).await;
    let totals = json!({
        "quarterTotals": true, "halfYearTotals": false, "yearToDateSummary": false,
        "yearToGoSummary": false, "totalOfAllPeriods": false,
    });
    let none = json!({"periodText": "", "lastDay": ""});
    for path in both(&simulator) {
        let calendar = ok(&ann.get(&format!("{path}/modelCalendar")).await);
        assert_eq!(
            calendar["modelCalendar"],
            json!({
                "calendarType": MONTHS,
                "currentPeriod": none,
                "fiscalYear": {"year": "FY26", "startDate": "2026-01-01", "endDate": "2026-12-31"},
                "pastYearsCount": 0,
                "futureYearsCount": 0,
                "totalsSelection": totals,
            })
        );
    }
    let path = format!("{}/modelCalendar", path(&simulator, "Plan"));
    set_calendar(
        &simulator,
        Calendar {
            first_month: 4,
            week_format: WeekFormat::Ending,
            current_period: chrono::NaiveDate::from_ymd_opt(2020, 4, 6),
            ..Calendar::new(CalendarKind::WeeksInMonths(WeekGrouping::FiveFourFour))
                .years(2021, 0, 2)
        },
    );
    assert_eq!(
        ok(&ann.get(&path).await)["modelCalendar"],
        json!({
            "calendarType": "Weeks: 4-4-5, 4-5-4 or 5-4-4",
            "currentPeriod": {"periodText": "W/e 11 Apr 20", "lastDay": "2020-04-11"},
            "fiscalYear": {"year": "FY21", "startDate": "2020-03-29", "endDate": "2021-03-27"},
            "pastYearsCount": 0,
            "futureYearsCount": 2,
            "totalsSelection": totals,
            "extraWeekMonth": 12,
            "weekFormat": "Week Ending",
            "weekGrouping": "5-4-4",
        })
    );
    set_calendar(&simulator, Calendar::new(CalendarKind::FourWeekPeriods).years(2022, 0, 0));
    let answer = ok(&ann.get(&path).await);
    let calendar = &answer["modelCalendar"];
    assert_eq!(calendar["calendarType"], "Weeks: 13 4-week Periods");
    assert_eq!(calendar["totalsSelection"]["extraMonthQuarter"], 4);
    assert_eq!(calendar["weekFormat"], "Numbered");
    assert!(calendar.get("weekGrouping").is_none());
    assert_eq!(calendar["fiscalYear"]["endDate"], "2022-12-31");
    set_calendar(&simulator, Calendar::new(CalendarKind::WeeksGeneral).years(2026, 1, 0));
    assert_eq!(
        ok(&ann.get(&path).await)["modelCalendar"],
        json!({
            "calendarType": "Weeks: General",
            "currentPeriod": none,
            "startDate": "2025-01-02",
            "weeksCount": 104,
        })
    );
}

#[tokio::test]
async fn the_fiscal_year_moves_the_timescale() {
    let simulator = start().await;
    let session = ann(&simulator).await;
    let plan = path(&simulator, "Plan");
    let year = format!("{plan}/modelCalendar/fiscalYear");
    let body = json!([
        {"lineItemName": "Start", "value": "Feb 26"},
        {"lineItemName": "Note", "value": "lost", "dimensions": [
            {"dimensionName": "Regions", "itemName": "East"},
            {"dimensionName": "Time", "itemName": "Feb 26"},
            {"dimensionName": "Versions", "itemName": "Actual"},
        ]},
    ]);
    let data = format!("{plan}/modules/102000000001/data");
    assert_eq!(
        ok(&session.call("POST", &data, &body.to_string()).await)["numberOfCellsChanged"],
        2
    );
    ok(&session.call("PUT", &format!("{plan}/currentPeriod?date=2026-02-01"), "").await);

    let answer = ok(&session.call("PUT", &year, r#"{"year":"FY27"}"#).await);
    assert_eq!(
        answer["modelCalendar"],
        json!({"fiscalYear": {"year": "FY27", "startDate": "2027-01-01", "endDate": "2027-12-31"}})
    );
    assert_eq!(
        ok(&session.get(&format!("{plan}/currentPeriod")).await)["currentPeriod"]["lastDay"],
        ""
    );
    let back = year.replace(
        "/2/0/models",
        &both(&simulator)[1]
            .split("/models")
            .next()
            .map(|it| format!("{it}/models"))
            .expect("a path"),
    );
    ok(&session.call("PUT", &back, r#"{"year":"FY26"}"#).await);
    assert_eq!(
        cell(&simulator, "Note", &["East", "Feb 26", "Actual"]),
        "",
        "data of lost periods is lost"
    );
    assert_eq!(cell(&simulator, "Start", &[]), "");

    for (body, message) in [
        (r#"{"year":"FY40"}"#, "Specified year is out of range: 2040"),
        (r#"{"year":"2021"}"#, "Invalid fiscal year '2021'"),
        (r#"{"year":"FY+1"}"#, "Invalid fiscal year 'FY+1'"),
        (r#"{"year":"FY2021"}"#, "Invalid fiscal year 'FY2021'"),
        ("{}", "year must be provided"),
        ("", "Malformed JSON request"),
    ] {
        assert_eq!(refusal(&session.call("PUT", &year, body).await), (400, message.to_owned()));
    }
    let answer = session.get(&year).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("PUT")));
    for (model, status) in [("Live", 425), ("Locked", 423), ("Archived", 422), ("Secret", 404)] {
        let year = format!("{}/modelCalendar/fiscalYear", path(&simulator, model));
        assert_eq!(
            session.call("PUT", &year, r#"{"year":"FY27"}"#).await.status,
            status,
            "{model}"
        );
    }
    set_calendar(&simulator, Calendar::new(CalendarKind::WeeksGeneral));
    assert_eq!(session.call("PUT", &year, r#"{"year":"FY27"}"#).await.status, 400);
}

#[tokio::test]
async fn versions_show_what_is_set() {
    let simulator = start().await;
    simulator.edit(|tenant| {
        let version = &mut tenant.model_mut("Plan").expect("model").versions[1];
        version.edit_from = chrono::NaiveDate::from_ymd_opt(2026, 1, 1);
        version.edit_to = chrono::NaiveDate::from_ymd_opt(2027, 2, 28);
        version.notes = Some("monthly".to_owned());
    });
    let ann = ann(&simulator).await;
    let start = json!({"periodText": "Start of Timescale", "date": "1900-01-01"});
    let end = json!({"periodText": "End of Timescale", "date": "2399-12-31"});
    for path in both(&simulator) {
        let answer = ok(&ann.get(&format!("{path}/versions")).await);
        assert!(answer["meta"].get("paging").is_none());
        assert_eq!(
            answer["versionMetadata"],
            json!([
                {"id": "107000000001", "name": "Actual", "isCurrent": false, "isActual": true, "editFrom": start, "editTo": end},
                {
                    "id": "107000000002", "name": "Forecast", "isCurrent": true, "isActual": false,
                    "editFrom": {"periodText": "Jan 26", "date": "2026-01-01"},
                    "editTo": {"periodText": "Feb 27", "date": "2027-02-28"},
                    "switchover": {"periodText": "Mar 26", "date": "2026-03-01"},
                    "notes": "monthly",
                },
                {
                    "id": "107000000003", "name": "Gap", "isCurrent": false, "isActual": false,
                    "editFrom": start, "editTo": end, "formula": "Forecast - Actual",
                },
            ])
        );
    }
    simulator.edit(|tenant| tenant.model_mut("Plan").expect("model").versions.clear());
    let answer = ok(&ann.get(&format!("{}/versions", path(&simulator, "Plan"))).await);
    assert!(answer.get("versionMetadata").is_none(), "no key without versions");
}

#[tokio::test]
async fn the_switchover_moves_on() {
    let simulator = start().await;
    let session = ann(&simulator).await;
    let [short, long] = both(&simulator);
    let put = async |path: &str, version: &str, body: Value| {
        let path = format!("{path}/versions/{version}/switchover");
        session.call("PUT", &path, &body.to_string()).await
    };
    let forecast = "107000000002";
    let answer = ok(&put(&short, forecast, json!({"date": "2026-06-03"})).await);
    assert_eq!(
        answer["versionSwitchover"],
        json!({"periodText": "Jun 26", "date": "2026-06-01", "calendarType": MONTHS})
    );
    for (date, message) in [
        (
            "2026-05-31",
            "Specified date '2026-05-31' is before the current switchover date 2026-06-01",
        ),
        (
            "2027-01-01",
            "Specified date '2027-01-01' is out of timescale range 2026-01-01 - 2026-12-31",
        ),
        ("June", "Invalid ISO date format 'June'. Date should match format YYYY-MM-DD"),
    ] {
        let answer = put(&short, forecast, json!({"date": date})).await;
        assert_eq!(refusal(&answer), (400, message.to_owned()));
    }
    assert_eq!(put(&short, forecast, json!({})).await.status, 400);
    assert_eq!(put(&short, "107000000001", json!({"date": "2026-06-03"})).await.status, 400);
    assert_eq!(put(&short, "107999999999", json!({"date": "2026-06-03"})).await.status, 404);
    let answer = ok(&put(&long, forecast, json!({"date": ""})).await);
    assert_eq!(
        answer["versionSwitchover"],
        json!({"periodText": "", "date": "", "calendarType": MONTHS})
    );
    let answer = ok(&put(&long, forecast, json!({"date": "2026-01-15"})).await);
    assert_eq!(answer["versionSwitchover"]["date"], "2026-01-01", "any day after a reset");
    assert_eq!(
        put(&path(&simulator, "Live"), forecast, json!({"date": "2026-06-03"})).await.status,
        200
    );
    assert_eq!(
        put(&path(&simulator, "Locked"), forecast, json!({"date": "2026-06-03"})).await.status,
        423
    );
    let answer = session.get(&format!("{short}/versions/{forecast}/switchover")).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn dashboards_are_listed_for_everybody_and_the_rest_for_administrators() {
    let simulator = start().await;
    let session = ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    for path in both(&simulator) {
        for session in [&session, &bob] {
            let answer = ok(&session.get(&format!("{path}/dashboards")).await);
            assert_eq!(answer["dashboards"], json!([{"id": "115000000001", "name": "Overview"}]));
            assert_eq!(answer["meta"]["paging"]["totalSize"], 1);
        }
        for tail in ["currentPeriod", "modelCalendar", "versions"] {
            assert_eq!(session.get(&format!("{path}/{tail}")).await.status, 200, "{tail}");
            assert_eq!(bob.get(&format!("{path}/{tail}")).await.status, 404, "{tail}");
        }
    }
    for (model, status) in [("Locked", 200), ("Archived", 422), ("Offline", 424), ("Secret", 404)] {
        for tail in ["currentPeriod", "modelCalendar", "versions", "dashboards"] {
            let path = format!("{}/{tail}", path(&simulator, model));
            assert_eq!(session.get(&path).await.status, status, "{model} {tail}");
        }
    }
}
