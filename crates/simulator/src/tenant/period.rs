//! Periods of a calendar and the totals over them.

use chrono::{Months, NaiveDate};

use super::calendar::{
    Calendar, CalendarKind, Scale, WeekFormat, end_of_months, month_text, shift,
};

/// Ids of periods start here; within, each year has a block of a hundred.
const FIRST_PERIOD: i64 = 5_438_000_000;

/// A period, or a total over periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The same in every run, whatever the timescale.
    pub id: String,
    /// `Jan 26`, `Q1 FY26`, `H1 FY26`, `FY26`, `Week 1 FY26`, `Period 1 FY26`, `All Periods`.
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
    /// Every period and total in the order of a grid: totals follow what they add up.
    pub fn periods(&self) -> Vec<Period> {
        let mut periods = Vec::new();
        let mut years = Vec::new();
        for year in self.year_numbers() {
            years.push(Year::of(self, year, &mut periods).push());
        }
        if self.all_periods {
            let (first, last) = self.span();
            let all = Period {
                id: (FIRST_PERIOD - 1).to_string(),
                name: "All Periods".to_owned(),
                scale: Scale::All,
                first,
                last,
                parent: None,
            };
            total(&mut periods, &years, all);
        }
        periods
    }
}

/// A fiscal year whose periods are being made.
struct Year<'a> {
    calendar: &'a Calendar,
    periods: &'a mut Vec<Period>,
    /// The ids of its periods start here.
    block: i64,
    /// `FY26`
    name: String,
    /// The first day of the month that it starts in.
    start: NaiveDate,
    first: NaiveDate,
    last: NaiveDate,
    /// How many of its weeks have been made.
    weeks: u32,
}

impl<'a> Year<'a> {
    fn of(calendar: &'a Calendar, year: i32, periods: &'a mut Vec<Period>) -> Self {
        let (first, last) = calendar.fiscal_year_days(year);
        Self {
            calendar,
            periods,
            block: FIRST_PERIOD + i64::from(year) * 100,
            name: format!("FY{:02}", year.rem_euclid(100)),
            start: calendar.month_start(year),
            first,
            last,
            weeks: 0,
        }
    }

    fn month_start(&self, month: u32) -> NaiveDate {
        self.start.checked_add_months(Months::new(month)).unwrap_or(self.start)
    }

    /// Makes everything in it and returns the position of its total.
    fn push(mut self) -> usize {
        let parts = if self.calendar.kind == CalendarKind::WeeksGeneral {
            self.weeks(52)
        } else {
            self.halves()
        };
        self.total(99, self.name.clone(), Scale::Year, &parts)
    }

    fn halves(&mut self) -> Vec<usize> {
        let mut halves = Vec::new();
        let mut month = 0;
        for half in 0..2_u32 {
            let mut quarters = Vec::new();
            for quarter in half * 2..half * 2 + 2 {
                let count = self.months_of(quarter);
                let mut months: Vec<usize> =
                    (month..month + count).map(|month| self.month(month)).collect();
                month += count;
                if self.calendar.quarters {
                    let name = format!("Q{} {}", quarter + 1, self.name);
                    let number = 60 + i64::from(quarter);
                    quarters.push(self.total(number, name, Scale::Quarter, &months));
                } else {
                    quarters.append(&mut months);
                }
            }
            if self.calendar.half_years {
                let name = format!("H{} {}", half + 1, self.name);
                let number = 70 + i64::from(half);
                halves.push(self.total(number, name, Scale::HalfYear, &quarters));
            } else {
                halves.append(&mut quarters);
            }
        }
        halves
    }

    /// How many months, or periods of four weeks, a quarter has.
    fn months_of(&self, quarter: u32) -> u32 {
        let is_long = self.calendar.kind == CalendarKind::FourWeekPeriods
            && quarter + 1 == self.calendar.extra_month_quarter.clamp(1, 4);
        if is_long { 4 } else { 3 }
    }

    /// Makes a month, counted from zero, and returns its position.
    fn month(&mut self, month: u32) -> usize {
        let count = match self.calendar.kind {
            CalendarKind::WeeksInMonths(grouping) => {
                let weeks = grouping.weeks();
                weeks.get(month as usize % weeks.len()).copied().unwrap_or(4)
            }
            CalendarKind::FourWeekPeriods => 4,
            CalendarKind::Months | CalendarKind::WeeksGeneral => {
                let start = self.month_start(month);
                return self.add(
                    i64::from(month) + 1,
                    month_text(start),
                    Scale::Month,
                    start,
                    end_of_months(start, 1),
                );
            }
        };
        let months = if self.calendar.kind == CalendarKind::FourWeekPeriods { 13 } else { 12 };
        let has_extra = month + 1 == self.calendar.extra_week_month.clamp(1, months)
            && (self.last - self.first).num_days() >= 53 * 7 - 1;
        let weeks = self.weeks(count + u32::from(has_extra));
        let name = if months == 13 {
            format!("Period {} {}", month + 1, self.name)
        } else {
            // Named after the calendar's month, though it starts some days before or after.
            month_text(self.month_start(month))
        };
        self.total(80 + i64::from(month), name, Scale::Month, &weeks)
    }

    /// Makes the next weeks and returns their positions.
    fn weeks(&mut self, count: u32) -> Vec<usize> {
        let mut weeks = Vec::new();
        for _ in 0..count {
            let first = shift(self.first, i64::from(self.weeks) * 7);
            let last = shift(first, 6);
            self.weeks += 1;
            let name = match self.calendar.week_format {
                WeekFormat::Numbered => format!("Week {} {}", self.weeks, self.name),
                WeekFormat::Commencing => format!("W/c {}", first.format("%-d %b %y")),
                WeekFormat::Ending => format!("W/e {}", last.format("%-d %b %y")),
            };
            weeks.push(self.add(i64::from(self.weeks), name, Scale::Week, first, last));
        }
        weeks
    }

    /// Adds a period and returns its position.
    fn add(
        &mut self,
        number: i64,
        name: String,
        scale: Scale,
        first: NaiveDate,
        last: NaiveDate,
    ) -> usize {
        let id = (self.block + number).to_string();
        self.periods.push(Period { id, name, scale, first, last, parent: None });
        self.periods.len() - 1
    }

    fn total(&mut self, number: i64, name: String, scale: Scale, parts: &[usize]) -> usize {
        let id = (self.block + number).to_string();
        let (first, last) = (self.first, self.last);
        total(self.periods, parts, Period { id, name, scale, first, last, parent: None })
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

#[cfg(test)]
mod tests {
    use super::super::calendar::WeekGrouping;
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
        let day = NaiveDate::from_ymd_opt(2026, 5, 20).expect("a day");
        assert_eq!(calendar.period_of(day).expect("a period").name, "May 26");
        assert_eq!(calendar.period_of(NaiveDate::from_ymd_opt(2031, 1, 1).expect("a day")), None);
    }

    fn of_scale(calendar: &Calendar, scale: Scale) -> Vec<Period> {
        calendar.periods().into_iter().filter(|period| period.scale == scale).collect()
    }

    #[test]
    fn week_years_end_on_the_last_weekday_of_a_month() {
        let mut calendar = Calendar::new(CalendarKind::WeeksInMonths(WeekGrouping::FourFourFive))
            .years(2021, 0, 0);
        calendar.first_month = 4;
        let days = |year, calendar: &Calendar| {
            let (first, last) = calendar.fiscal_year_days(year);
            (first.to_string(), last.to_string(), ((last - first).num_days() + 1) / 7)
        };
        assert_eq!(days(2021, &calendar), ("2020-03-29".to_owned(), "2021-03-27".to_owned(), 52));
        calendar.first_month = 1;
        let long: Vec<i32> = (2010..=2030).filter(|year| days(*year, &calendar).2 == 53).collect();
        assert_eq!(long, [2011, 2016, 2022, 2028]);
    }

    #[test]
    fn weeks_make_months_of_four_and_five() {
        let mut calendar = Calendar {
            half_years: true,
            ..Calendar::new(CalendarKind::WeeksInMonths(WeekGrouping::FourFiveFour))
                .years(2022, 1, 1)
        };
        let weeks = of_scale(&calendar, Scale::Week);
        assert_eq!(weeks.len(), 52 + 53 + 52);
        for pair in weeks.windows(2) {
            assert_eq!(pair[0].last.succ_opt(), Some(pair[1].first));
        }
        assert_eq!(weeks[52].name, "Week 1 FY22");
        assert_eq!(weeks[52 + 52].name, "Week 53 FY22");
        let lengths = |calendar: &Calendar| -> Vec<i64> {
            let months = of_scale(calendar, Scale::Month);
            months[12..24].iter().map(|it| ((it.last - it.first).num_days() + 1) / 7).collect()
        };
        assert_eq!(lengths(&calendar), [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5]);
        calendar.extra_week_month = 1;
        assert_eq!(lengths(&calendar), [5, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4]);
        let months = of_scale(&calendar, Scale::Month);
        assert_eq!(
            [&*months[0].name, &*months[12].name, &*months[35].name],
            ["Jan 21", "Jan 22", "Dec 23"]
        );
        calendar.first_month = 4;
        let months = of_scale(&calendar, Scale::Month);
        assert_eq!(
            [&*months[0].name, &*months[8].name, &*months[11].name],
            ["Apr 20", "Dec 20", "Mar 21"]
        );
        let quarters = of_scale(&calendar, Scale::Quarter);
        assert_eq!((quarters.len(), &*quarters[4].name), (12, "Q1 FY22"));
        assert_eq!(of_scale(&calendar, Scale::HalfYear).len(), 6);
        assert_eq!(calendar.leaf(), Scale::Week);
        let periods = calendar.periods();
        let ids: std::collections::HashSet<_> = periods.iter().map(|period| &period.id).collect();
        assert_eq!(ids.len(), periods.len());
    }

    #[test]
    fn thirteen_periods_have_four_weeks_each() {
        let mut calendar = Calendar::new(CalendarKind::FourWeekPeriods).years(2022, 0, 0);
        let quarter_sizes = |calendar: &Calendar| -> Vec<usize> {
            let periods = calendar.periods();
            let quarters = periods.iter().enumerate().filter(|(_, it)| it.scale == Scale::Quarter);
            quarters
                .map(|(place, _)| periods.iter().filter(|it| it.parent == Some(place)).count())
                .collect()
        };
        assert_eq!(quarter_sizes(&calendar), [3, 3, 3, 4]);
        calendar.extra_month_quarter = 2;
        calendar.extra_week_month = 13;
        assert_eq!(quarter_sizes(&calendar), [3, 4, 3, 3]);
        let periods = of_scale(&calendar, Scale::Month);
        assert_eq!((periods.len(), &*periods[12].name), (13, "Period 13 FY22"));
        assert_eq!((periods[0].last - periods[0].first).num_days(), 27);
        assert_eq!((periods[12].last - periods[12].first).num_days(), 34);
        assert_eq!(periods[12].last, calendar.span().1);
    }

    #[test]
    fn weeks_are_named_by_number_or_by_day() {
        let mut calendar = Calendar::new(CalendarKind::FourWeekPeriods).years(2022, 0, 0);
        let first = |calendar: &Calendar| calendar.periods()[0].name.clone();
        assert_eq!(first(&calendar), "Week 1 FY22");
        calendar.week_format = WeekFormat::Commencing;
        assert_eq!(first(&calendar), "W/c 26 Dec 21");
        calendar.week_format = WeekFormat::Ending;
        assert_eq!(first(&calendar), "W/e 1 Jan 22");
    }
}
