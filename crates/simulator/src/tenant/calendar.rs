//! The model's calendar: which years there are, and how they are cut.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::period::Period;

/// The dimension of time.
pub(crate) const TIME: &str = "20000000003";

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
    /// Weeks under months of four and of five.
    WeeksInMonths(WeekGrouping),
    /// Weeks under thirteen periods of four.
    FourWeekPeriods,
}

/// How the thirteen weeks of a quarter make three months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeekGrouping {
    /// 4-4-5
    FourFourFive,
    /// 4-5-4
    FourFiveFour,
    /// 5-4-4
    FiveFourFour,
}

/// How weeks are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeekFormat {
    /// `Week 1 FY26`
    Numbered,
    /// By the first day.
    Commencing,
    /// By the last day.
    Ending,
}

impl CalendarKind {
    /// The name that `calendarType` shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Months => "Calendar Months/Quarters/Years",
            Self::WeeksGeneral => "Weeks: General",
            Self::WeeksInMonths(_) => "Weeks: 4-4-5, 4-5-4 or 5-4-4",
            Self::FourWeekPeriods => "Weeks: 13 4-week Periods",
        }
    }
}

impl WeekGrouping {
    /// The name that `weekGrouping` shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::FourFourFive => "4-4-5",
            Self::FourFiveFour => "4-5-4",
            Self::FiveFourFour => "5-4-4",
        }
    }

    /// How many weeks each month of a quarter has.
    pub(super) fn weeks(self) -> [u32; 3] {
        match self {
            Self::FourFourFive => [4, 4, 5],
            Self::FourFiveFour => [4, 5, 4],
            Self::FiveFourFour => [5, 4, 4],
        }
    }
}

impl WeekFormat {
    /// The name that `weekFormat` shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Numbered => "Numbered",
            Self::Commencing => "Week Commencing",
            Self::Ending => "Week Ending",
        }
    }
}

/// The calendar of a model.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Which periods there are.
    pub kind: CalendarKind,
    /// The current fiscal year, by the calendar year in which it ends: 2026 is `FY26`.
    pub fiscal_year: i32,
    /// The month, 1 to 12, in which fiscal years start. Those made of weeks start after the last
    /// [`Calendar::last_weekday`] of the month before.
    pub first_month: u32,
    /// The day of the week on which fiscal years made of weeks end.
    pub last_weekday: Weekday,
    /// The month or period of a fiscal year, 1 to 13, that the 53rd week belongs to.
    pub extra_week_month: u32,
    /// The quarter, 1 to 4, that has four of thirteen periods.
    pub extra_month_quarter: u32,
    /// How weeks are named.
    pub week_format: WeekFormat,
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
            last_weekday: Weekday::Sat,
            extra_week_month: 12,
            extra_month_quarter: 4,
            week_format: WeekFormat::Numbered,
            past_years: 1,
            future_years: 0,
            quarters: true,
            half_years: false,
            all_periods: false,
            current_period: None,
        }
    }
}

impl Calendar {
    /// Makes a calendar of a kind, with the settings of the usual one.
    pub fn new(kind: CalendarKind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// Sets the current fiscal year and the number of years before and after it.
    #[must_use]
    pub fn years(mut self, fiscal_year: i32, past: u32, future: u32) -> Self {
        (self.fiscal_year, self.past_years, self.future_years) = (fiscal_year, past, future);
        self
    }

    /// The first and the last day of a fiscal year.
    pub fn fiscal_year_days(&self, year: i32) -> (NaiveDate, NaiveDate) {
        match self.kind {
            CalendarKind::Months => {
                let first = self.month_start(year);
                (first, end_of_months(first, 12))
            }
            // Weeks run on without a gap: 52 a year from the current year's first day.
            CalendarKind::WeeksGeneral => {
                let base =
                    NaiveDate::from_ymd_opt(self.fiscal_year, self.first_month.clamp(1, 12), 1);
                let years = i64::from(year) - i64::from(self.fiscal_year);
                let first = shift(base.unwrap_or_default(), years * 364);
                (first, shift(first, 363))
            }
            CalendarKind::WeeksInMonths(_) | CalendarKind::FourWeekPeriods => {
                let next = year.saturating_add(1);
                (self.week_year_start(year), shift(self.week_year_start(next), -1))
            }
        }
    }

    /// The first and the last day of the timescale.
    pub fn span(&self) -> (NaiveDate, NaiveDate) {
        let years = self.year_numbers();
        (self.fiscal_year_days(*years.start()).0, self.fiscal_year_days(*years.end()).1)
    }

    /// The first and the last day of the current fiscal year, or of all weeks where there is none.
    pub(crate) fn model_year(&self) -> (NaiveDate, NaiveDate) {
        if self.has_fiscal_year() { self.fiscal_year_days(self.fiscal_year) } else { self.span() }
    }

    /// Tells whether there are fiscal years that one can be current of.
    pub(crate) fn has_fiscal_year(&self) -> bool {
        self.kind != CalendarKind::WeeksGeneral
    }

    /// The shortest periods' length.
    pub fn leaf(&self) -> Scale {
        match self.kind {
            CalendarKind::Months => Scale::Month,
            _ => Scale::Week,
        }
    }

    /// The shortest period that a day lies in.
    pub fn period_of(&self, day: NaiveDate) -> Option<Period> {
        let leaf = self.leaf();
        self.periods()
            .into_iter()
            .find(|period| period.scale == leaf && period.first <= day && day <= period.last)
    }

    /// The name of the period that a day lies in; outside of the timescale that of its month.
    pub(crate) fn period_text(&self, day: NaiveDate) -> String {
        self.period_of(day).map_or_else(|| month_text(day), |period| period.name)
    }

    pub(super) fn year_numbers(&self) -> std::ops::RangeInclusive<i32> {
        // A calendar spans some ten years; the bound keeps a wrong scenario from filling memory.
        let past = i32::try_from(self.past_years.min(100)).unwrap_or(0);
        let future = i32::try_from(self.future_years.min(100)).unwrap_or(0);
        self.fiscal_year.saturating_sub(past)..=self.fiscal_year.saturating_add(future)
    }

    /// The first day of the month in which a fiscal year starts.
    pub(super) fn month_start(&self, year: i32) -> NaiveDate {
        let first_month = self.first_month.clamp(1, 12);
        let calendar_year = if first_month == 1 { year } else { year.saturating_sub(1) };
        NaiveDate::from_ymd_opt(calendar_year, first_month, 1).unwrap_or_default()
    }

    /// The day after the last wanted weekday of the month before.
    fn week_year_start(&self, year: i32) -> NaiveDate {
        let month_end = shift(self.month_start(year), -1);
        let behind = month_end.weekday().days_since(self.last_weekday);
        shift(month_end, 1 - i64::from(behind))
    }
}

pub(super) fn end_of_months(first: NaiveDate, months: u32) -> NaiveDate {
    let next = first.checked_add_months(Months::new(months)).unwrap_or(first);
    next.pred_opt().unwrap_or(next)
}

pub(super) fn shift(day: NaiveDate, days: i64) -> NaiveDate {
    let count = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(count) } else { day.checked_add_days(count) };
    moved.unwrap_or(day)
}

/// Prints a date's period as versions do: `Mar 20`.
pub(crate) fn month_text(day: NaiveDate) -> String {
    format!("{} {:02}", day.format("%b"), day.year().rem_euclid(100))
}
