//! The model's calendar: its periods and the totals over them.

use chrono::{Datelike, Days, Months, NaiveDate};

/// The dimension of time.
pub(crate) const TIME: &str = "20000000003";

/// Ids of periods start here; within, each year has a block of a hundred.
const FIRST_PERIOD: i64 = 5_438_000_000;

/// The length of periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scale {
    /// Days: only as a format, no calendar has them.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
    /// Half years.
    HalfYear,
    /// Years.
    Year,
    /// The whole timescale.
    All,
}

impl Scale {
    /// The name that a line item's `timeScale` shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
            Self::HalfYear => "Half-Year",
            Self::Year => "Year",
            Self::All => "All Periods",
        }
    }

    /// The name and the number that a format's `periodType` shows.
    pub(crate) fn period_type(self) -> (&'static str, u8) {
        match self {
            Self::All | Self::Year => ("YEAR", 0),
            Self::HalfYear => ("HALF_YEAR", 1),
            Self::Quarter => ("QUARTER", 2),
            Self::Month => ("MONTH", 3),
            Self::Week => ("WEEK", 4),
            Self::Day => ("DAY", 5),
        }
    }
}

/// The kinds of calendars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarKind {
    /// Months, quarters, half years and years.
    Months,
    /// Weeks of seven days under years of fifty-two.
    WeeksGeneral,
}

/// The calendar of a model.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Which periods there are.
    pub kind: CalendarKind,
    /// The current fiscal year, by the calendar year in which it ends: 2026 is `FY26`.
    pub fiscal_year: i32,
    /// The month, 1 to 12, in which fiscal years start.
    pub first_month: u32,
    /// Years before the current one.
    pub past_years: u32,
    /// Years after the current one.
    pub future_years: u32,
    /// Whether there are totals of quarters, of half years, and of all periods. Years always have one.
    pub quarters: bool,
    /// See [`Calendar::quarters`].
    pub half_years: bool,
    /// See [`Calendar::quarters`].
    pub all_periods: bool,
    /// A day in the current period, if one is set.
    pub current_period: Option<NaiveDate>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self {
            kind: CalendarKind::Months,
            fiscal_year: 2026,
            first_month: 1,
            past_years: 1,
            future_years: 0,
            quarters: true,
            half_years: false,
            all_periods: false,
            current_period: None,
        }
    }
}

/// A period, or a total over periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The same in every run, whatever the timescale.
    pub id: String,
    /// `Jan 26`, `Q1 FY26`, `H1 FY26`, `FY26`, `Week 1 FY26`, `All Periods`.
    pub name: String,
    /// Its length.
    pub scale: Scale,
    /// Its first day.
    pub first: NaiveDate,
    /// Its last day.
    pub last: NaiveDate,
    /// The position of the total that it belongs to.
    pub parent: Option<usize>,
}

impl Calendar {
    /// Sets the current fiscal year and the number of years before and after it.
    #[must_use]
    pub fn years(mut self, fiscal_year: i32, past: u32, future: u32) -> Self {
        (self.fiscal_year, self.past_years, self.future_years) = (fiscal_year, past, future);
        self
    }

    /// The first and the last day of a fiscal year.
    pub fn fiscal_year_days(&self, year: i32) -> (NaiveDate, NaiveDate) {
        let first_month = self.first_month.clamp(1, 12);
        let calendar_year = if first_month == 1 { year } else { year.saturating_sub(1) };
        let first = NaiveDate::from_ymd_opt(calendar_year, first_month, 1).unwrap_or_default();
        match self.kind {
            CalendarKind::Months => (first, end_of_months(first, 12)),
            // Weeks run on without a gap: 52 a year from the current year's first day.
            CalendarKind::WeeksGeneral => {
                let (base, _) = self.base();
                let first = shift(base, i64::from(year - self.fiscal_year) * 364);
                (first, shift(first, 363))
            }
        }
    }

    /// The first and the last day of the timescale.
    pub fn span(&self) -> (NaiveDate, NaiveDate) {
        let years = self.year_numbers();
        (self.fiscal_year_days(*years.start()).0, self.fiscal_year_days(*years.end()).1)
    }

    /// Every period and total in the order of a grid: totals follow what they add up.
    pub fn periods(&self) -> Vec<Period> {
        let mut periods = Vec::new();
        let mut years = Vec::new();
        for year in self.year_numbers() {
            self.push_year(year, &mut periods);
            years.push(periods.len().saturating_sub(1));
        }
        if self.all_periods {
            let (first, last) = self.span();
            let all = periods.len();
            for year in years {
                if let Some(year) = periods.get_mut(year) {
                    year.parent = Some(all);
                }
            }
            periods.push(Period {
                id: (FIRST_PERIOD - 1).to_string(),
                name: "All Periods".to_owned(),
                scale: Scale::All,
                first,
                last,
                parent: None,
            });
        }
        periods
    }

    /// The shortest periods' length.
    pub fn leaf(&self) -> Scale {
        match self.kind {
            CalendarKind::Months => Scale::Month,
            CalendarKind::WeeksGeneral => Scale::Week,
        }
    }

    /// The shortest period that a day lies in.
    pub fn period_of(&self, day: NaiveDate) -> Option<Period> {
        let leaf = self.leaf();
        self.periods()
            .into_iter()
            .find(|period| period.scale == leaf && period.first <= day && day <= period.last)
    }

    fn base(&self) -> (NaiveDate, i32) {
        let first = NaiveDate::from_ymd_opt(self.fiscal_year, self.first_month.clamp(1, 12), 1);
        (first.unwrap_or_default(), self.fiscal_year)
    }

    fn year_numbers(&self) -> std::ops::RangeInclusive<i32> {
        // A calendar spans some ten years; the bound keeps a wrong scenario from filling memory.
        let past = i32::try_from(self.past_years.min(100)).unwrap_or(0);
        let future = i32::try_from(self.future_years.min(100)).unwrap_or(0);
        self.fiscal_year.saturating_sub(past)..=self.fiscal_year.saturating_add(future)
    }

    fn push_year(&self, year: i32, periods: &mut Vec<Period>) {
        let (first, last) = self.fiscal_year_days(year);
        let block = FIRST_PERIOD + i64::from(year) * 100;
        let fiscal = format!("FY{:02}", year.rem_euclid(100));
        let make = |number: i64, name: String, scale, first, last| Period {
            id: (block + number).to_string(),
            name,
            scale,
            first,
            last,
            parent: None,
        };
        let mut open: Vec<usize> = Vec::new();
        match self.kind {
            CalendarKind::WeeksGeneral => {
                for week in 0..52_u32 {
                    let start = shift(first, i64::from(week) * 7);
                    let name = format!("Week {} {fiscal}", week + 1);
                    open.push(periods.len());
                    let number = i64::from(week) + 1;
                    periods.push(make(number, name, Scale::Week, start, shift(start, 6)));
                }
            }
            CalendarKind::Months => {
                let mut halves = Vec::new();
                for half in 0..2_u32 {
                    let mut parts = Vec::new();
                    for quarter in half * 2..half * 2 + 2 {
                        let mut months = Vec::new();
                        for month in quarter * 3..quarter * 3 + 3 {
                            let start = first.checked_add_months(Months::new(month));
                            let start = start.unwrap_or(first);
                            months.push(periods.len());
                            periods.push(make(
                                i64::from(month) + 1,
                                start.format("%b %y").to_string(),
                                Scale::Month,
                                start,
                                end_of_months(start, 1),
                            ));
                        }
                        if self.quarters {
                            let name = format!("Q{} {fiscal}", quarter + 1);
                            let number = 60 + i64::from(quarter);
                            parts.push(total(
                                periods,
                                &months,
                                make(number, name, Scale::Quarter, first, last),
                            ));
                        } else {
                            parts.append(&mut months);
                        }
                    }
                    if self.half_years {
                        let name = format!("H{} {fiscal}", half + 1);
                        let number = 70 + i64::from(half);
                        halves.push(total(
                            periods,
                            &parts,
                            make(number, name, Scale::HalfYear, first, last),
                        ));
                    } else {
                        halves.append(&mut parts);
                    }
                }
                open = halves;
            }
        }
        total(periods, &open, make(99, fiscal.clone(), Scale::Year, first, last));
    }
}

/// Adds a total over periods, with their first and last days, and returns its position.
fn total(periods: &mut Vec<Period>, parts: &[usize], mut whole: Period) -> usize {
    let place = periods.len();
    for part in parts {
        if let Some(part) = periods.get_mut(*part) {
            part.parent = Some(place);
        }
    }
    let days = |part: Option<&usize>| part.and_then(|part| periods.get(*part));
    if let (Some(first), Some(last)) = (days(parts.first()), days(parts.last())) {
        (whole.first, whole.last) = (first.first, last.last);
    }
    periods.push(whole);
    place
}

fn end_of_months(first: NaiveDate, months: u32) -> NaiveDate {
    let next = first.checked_add_months(Months::new(months)).unwrap_or(first);
    next.pred_opt().unwrap_or(next)
}

fn shift(day: NaiveDate, days: i64) -> NaiveDate {
    let count = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(count) } else { day.checked_add_days(count) };
    moved.unwrap_or(day)
}

/// Prints a date's period as versions do: `Mar 20`.
pub(crate) fn month_text(day: NaiveDate) -> String {
    format!("{} {:02}", day.format("%b"), day.year().rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(calendar: &Calendar) -> Vec<String> {
        calendar.periods().into_iter().map(|period| period.name).collect()
    }

    #[test]
    fn months_have_quarters_and_years() {
        let calendar = Calendar::default().years(2026, 0, 0);
        let names = names(&calendar);
        assert_eq!(names.len(), 17);
        assert_eq!(&names[..4], ["Jan 26", "Feb 26", "Mar 26", "Q1 FY26"]);
        assert_eq!(names[16], "FY26");
        let periods = calendar.periods();
        assert_eq!(periods[0].parent, Some(3));
        assert_eq!(periods[3].parent, Some(16));
        assert_eq!(periods[3].last.to_string(), "2026-03-31");
        assert_eq!(periods[16].first.to_string(), "2026-01-01");
    }

    #[test]
    fn every_total_nests() {
        let calendar = Calendar {
            first_month: 4,
            half_years: true,
            all_periods: true,
            ..Calendar::default().years(2026, 1, 1)
        };
        let periods = calendar.periods();
        assert_eq!(periods.len(), 3 * (12 + 4 + 2 + 1) + 1);
        let roots = periods.iter().filter(|period| period.parent.is_none()).count();
        assert_eq!(roots, 1);
        assert_eq!(periods[0].name, "Apr 24");
        assert_eq!(calendar.span().1.to_string(), "2027-03-31");
        let ids: std::collections::HashSet<_> = periods.iter().map(|period| &period.id).collect();
        assert_eq!(ids.len(), periods.len());
        for period in &periods {
            if let Some(parent) = period.parent {
                assert!(periods[parent].first <= period.first);
                assert!(period.last <= periods[parent].last);
            }
        }
    }

    #[test]
    fn weeks_follow_each_other() {
        let calendar =
            Calendar { kind: CalendarKind::WeeksGeneral, ..Calendar::default().years(2026, 1, 0) };
        let weeks: Vec<Period> =
            calendar.periods().into_iter().filter(|period| period.scale == Scale::Week).collect();
        assert_eq!(weeks.len(), 104);
        for pair in weeks.windows(2) {
            assert_eq!(pair[0].last.succ_opt(), Some(pair[1].first));
        }
        assert_eq!(weeks[52].name, "Week 1 FY26");
    }

    #[test]
    fn a_day_has_a_period() {
        let calendar = Calendar::default();
        let day = NaiveDate::from_ymd_opt(2026, 5, 20).unwrap();
        assert_eq!(calendar.period_of(day).unwrap().name, "May 26");
        assert_eq!(calendar.period_of(NaiveDate::from_ymd_opt(2031, 1, 1).unwrap()), None);
    }
}
