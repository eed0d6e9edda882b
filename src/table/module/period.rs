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

    /// The length of the period of this name: `Week 1 FY21`, `Jan 21`, `Q1 FY21`, `FY21`.
    pub(super) fn of(name: &str) -> Option<Self> {
        let words: Vec<&str> = name.split_whitespace().collect();
        let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
        // `FY21`, `2021`, or that of two years: `FY20-21`.
        let is_year = |word: &str| {
            let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let letters = word.len() - digits.len();
            letters <= 3 && digits.split(['-', '/']).all(is_number)
        };
        Some(match words.as_slice() {
            ["All", "Periods"] => Self::Whole,
            [first, ..] if matches!(*first, "YTD" | "YTG") => Self::Whole,
            [.., last] if matches!(*last, "YTD" | "YTG") => Self::Whole,
            [year] if is_year(year) => Self::Year,
            ["H1" | "H2", ..] => Self::HalfYear,
            ["Q1" | "Q2" | "Q3" | "Q4", ..] => Self::Quarter,
            ["Week", number, ..] if is_number(number) => Self::Week,
            ["W/c" | "W/e", ..] => Self::Week,
            ["Month" | "Period", number, ..] if is_number(number) => Self::Month,
            [month, year] if !is_number(month) && is_number(year) => Self::Month,
            [day, _, year] if is_number(day) && is_number(year) => Self::Day,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_lengths() {
        for (names, length) in [
            (&["All Periods", "YTD FY21", "FY21 YTG"][..], Some(Length::Whole)),
            (&["FY21", "FY2021", "2021", "FY20-21"], Some(Length::Year)),
            (&["H1 FY21", "H2 2021"], Some(Length::HalfYear)),
            (&["Q1 FY21", "Q4 FY2021"], Some(Length::Quarter)),
            (&["Jan 21", "Sep 2021", "Period 13 FY26", "Month 1 FY21"], Some(Length::Month)),
            (&["Week 1 FY21", "W/c 4 Jan 21", "W/e 10 Jan 21"], Some(Length::Week)),
            (&["1 Jan 21"], Some(Length::Day)),
            (&["", "Actual", "Budget for the year"], None),
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
