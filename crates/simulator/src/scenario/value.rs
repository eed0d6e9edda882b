//! Values that are written as text: durations, days, times.

use std::time::Duration;

use chrono::{DateTime, NaiveDate};

/// The largest duration: a thousand years.
const MAX_SECONDS: f64 = 1000.0 * 366.0 * 86_400.0;

/// Reads `250ms`, `1.5s`, `35m`, `48h`, `30d`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(digits)?;
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let seconds = number.parse::<f64>().ok()? * seconds;
    (seconds <= MAX_SECONDS).then(|| Duration::from_secs_f64(seconds))
}

/// Writes a duration as [`duration`] reads it.
pub(crate) fn duration_text(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        0 => "0s".to_owned(),
        ms if ms % 60_000 == 0 => format!("{}m", ms / 60_000),
        ms if ms % 1000 == 0 => format!("{}s", ms / 1000),
        ms => format!("{ms}ms"),
    }
}

/// Reads `2026-01-31`.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// Reads `2026-01-31T08:00:00Z`, or a day for its beginning, as milliseconds since 1970.
pub(crate) fn moment(text: &str) -> Option<i64> {
    if let Some(day) = day(text) {
        return Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis());
    }
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis())
}

/// Writes a time as [`moment`] reads it.
pub(crate) fn moment_text(ms: i64) -> String {
    let moment = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("1.5 s"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("48h"), Some(Duration::from_secs(48 * 3600)));
        for wrong in ["", "5", "-1s", "5 parsecs", "1..5s", "s", "99999999d"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        for text in ["0s", "30ms", "2s", "35m"] {
            assert_eq!(duration_text(duration(text).expect("is there")), text);
        }
    }

    #[test]
    fn times_have_a_zone() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(moment("1970-01-02"), Some(86_400_000));
        assert_eq!(moment("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(moment("1970-01-01T00:00:00"), None);
        assert_eq!(moment_text(1000), "1970-01-01T00:00:01.000Z");
    }
}
