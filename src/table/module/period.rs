//! The lengths of periods, from their names: the service gives nothing else.

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Length {
    Day,
    Week,
    /// Also one of thirteen periods of four weeks.
    Month,
    Quarter,
    HalfYear,
    Year,
    /// All periods, the year to date, the year to go.
    Whole,
}

impl Length {
    /// The length that a line item's time scale names.
    pub(super) fn of_scale(scale: &str) -> Option<Self> {
        let letters: String =
            scale.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
        Some(match letters.as_str() {
            "day" => Self::Day,
            "week" => Self::Week,
            "month" | "period" => Self::Month,
            "quarter" => Self::Quarter,
            "halfyear" => Self::HalfYear,
            "year" => Self::Year,
            "allperiods" => Self::Whole,
            _ => return None,
        })
    }

    /// The length of the period of this name: `Week 1 FY21`, `Jan 21`, `Jan FY21`, `P1 FY21`,
    /// `Q1 FY21`, `FY21`. What has no known form is none.
    pub(super) fn of(name: &str) -> Option<Self> {
        let words: Vec<String> = name.split_whitespace().map(str::to_ascii_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let [kind, number, rest @ ..] = words.as_slice()
            && is_number(number)
            && are_years(rest)
            && let Some(length) = named(kind)
        {
            return Some(length);
        }
        Some(match words.as_slice() {
            ["all", "periods"] => Self::Whole,
            [first, ..] if matches!(*first, "ytd" | "ytg") => Self::Whole,
            [.., last] if matches!(*last, "ytd" | "ytg") => Self::Whole,
            [word] if is_day(word) => Self::Day,
            [word] if is_month_of_year(word) => Self::Month,
            [year] if is_year(year) => Self::Year,
            ["w/c" | "w/e", _, ..] => Self::Week,
            [part, rest @ ..] if is_numbered(part) && are_years(rest) => numbered(part)?,
            [month, year] if is_word(month) && is_year(year) => Self::Month,
            [month, day, year] if is_word(month) && is_number(day) && is_year(year) => Self::Day,
            [day, month, year] if is_number(day) && is_word(month) && is_year(year) => Self::Day,
            [weekday, day, month, year]
                if is_word(weekday) && is_number(day) && is_word(month) && is_year(year) =>
            {
                Self::Day
            }
            _ => return None,
        })
    }
}

/// What a word in front of a number says: `Week 1`, `Period 13`.
fn named(kind: &str) -> Option<Length> {
    Some(match kind {
        "day" => Length::Day,
        "week" | "wk" => Length::Week,
        "month" | "period" => Length::Month,
        "quarter" | "qtr" => Length::Quarter,
        "half" => Length::HalfYear,
        "year" => Length::Year,
        _ => return None,
    })
}

/// What a letter with a number says: `P13`, `W1`. Half years and quarters are no more than there
/// are in a year.
fn numbered(part: &str) -> Option<Length> {
    Some(match part.split_at_checked(1)? {
        ("d", _) => Length::Day,
        ("w", _) => Length::Week,
        ("m" | "p", _) => Length::Month,
        ("q", "1" | "2" | "3" | "4") => Length::Quarter,
        ("h", "1" | "2") => Length::HalfYear,
        _ => return None,
    })
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '.')
}

/// `p1`
fn is_numbered(word: &str) -> bool {
    word.split_at_checked(1).is_some_and(|(letter, number)| is_word(letter) && is_number(number))
}

/// `FY21`, `2021`, or that of two years: `FY20-21`.
fn is_year(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &word[..word.len() - digits.len()];
    matches!(letters, "" | "fy" | "cy" | "y") && digits.split(['-', '/']).all(is_number)
}

/// What stands behind a numbered period: its year, or nothing.
fn are_years(words: &[&str]) -> bool {
    match words {
        [] => true,
        [year] => is_year(year),
        _ => false,
    }
}

/// `2021-01-31`, `31/01/2021`, `31-Jan-21`
fn is_day(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
    match parts.as_slice() {
        [day, month, year] => {
            is_number(day) && (is_number(month) || is_word(month)) && is_number(year)
        }
        _ => false,
    }
}

/// `Jan-21`
fn is_month_of_year(word: &str) -> bool {
    let parts = word.split_once(['-', '/']);
    // `FY20-21` begins with a year.
    parts.is_some_and(|(month, year)| is_word(month) && is_year(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_lengths() {
        for (names, length) in [
            (&["All Periods", "YTD FY21", "FY21 YTG"][..], Some(Length::Whole)),
            (&["FY21", "FY2021", "2021", "FY20-21", "FY20/21", "Year 1"], Some(Length::Year)),
            (&["H1 FY21", "H2 2021", "Half 1 FY21"], Some(Length::HalfYear)),
            (&["Q1 FY21", "Q4 FY2021", "Quarter 2 FY21"], Some(Length::Quarter)),
            (
                &[
                    "Jan 21",
                    "Sep 2021",
                    "Jan FY26",
                    "January FY2026",
                    "Mär 26",
                    "Jan-26",
                    "Period 13 FY26",
                    "P1 FY26",
                    "P13 FY2026",
                    "Month 1 FY21",
                    "M1 FY21",
                ],
                Some(Length::Month),
            ),
            (
                &[
                    "Week 1 FY21",
                    "Week 53 FY2021",
                    "Wk 1 FY21",
                    "W1 FY21",
                    "W/c 4 Jan 21",
                    "W/e 10 Jan 21",
                    "w/c 04/01/21",
                ],
                Some(Length::Week),
            ),
            (
                &[
                    "1 Jan 21",
                    "01 Jan 2021",
                    "Mon 1 Jan 21",
                    "Jan 1 21",
                    "2021-01-31",
                    "31/01/21",
                    "31-Jan-21",
                ],
                Some(Length::Day),
            ),
            (&["", "Actual", "Budget for the year", "H3 FY21", "Q5 FY21", "Jan", "Base 1.5"], None),
        ] {
            for name in names {
                assert_eq!(Length::of(name), length, "{name}");
            }
        }
        assert!(Length::Week < Length::Month && Length::Year < Length::Whole);
        assert_eq!(Length::of_scale("Half-Year"), Some(Length::HalfYear));
        assert_eq!(Length::of_scale("Not Applicable"), None);
    }
}
