//! The lists of the demo: regions, products, periods, people.

use chrono::NaiveDate;

use super::super::random::Random;
use super::super::tenant::Row;

/// The sales regions.
pub(super) const REGIONS: [&str; 8] =
    ["DACH", "France", "Iberia", "Nordics", "UK & Ireland", "US East", "US West", "Asia Pacific"];

/// The products.
pub(super) const PRODUCTS: [&str; 16] = [
    "Barista One",
    "Barista Pro",
    "Barista Pro, Twin",
    "Office 200",
    "Office 400",
    "Office 400 \"Quiet\"",
    "Moka Classic",
    "Moka Café",
    "Grinder S",
    "Grinder L",
    "Milk Frother",
    "Descaler 1 l",
    "Filter 4-pack",
    "Beans House Blend",
    "Beans Dunkle Röstung",
    "Service Plan",
];

/// The months that are planned, as time periods are named in Anaplan.
pub(super) const MONTHS: [&str; 24] = [
    "Jan 25", "Feb 25", "Mar 25", "Apr 25", "May 25", "Jun 25", "Jul 25", "Aug 25", "Sep 25",
    "Oct 25", "Nov 25", "Dec 25", "Jan 26", "Feb 26", "Mar 26", "Apr 26", "May 26", "Jun 26",
    "Jul 26", "Aug 26", "Sep 26", "Oct 26", "Nov 26", "Dec 26",
];

/// The quarters of the planning year.
pub(super) const QUARTERS: [&str; 4] = ["Q1 FY26", "Q2 FY26", "Q3 FY26", "Q4 FY26"];

/// The departments.
pub(super) const DEPARTMENTS: [&str; 7] =
    ["Finance", "Human Resources", "IT", "Marketing", "Operations", "R&D", "Sales"];

/// The sales people.
pub(super) const PEOPLE: [&str; 10] = [
    "Aylin Yılmaz",
    "Björn Åkesson",
    "Carla Núñez",
    "Dmitri Volkov",
    "Émile Lefèvre",
    "Fiona O'Hara",
    "Grace Tan",
    "Hiro Tanaka",
    "Ines Müller",
    "Jack Reed",
];

/// How many customers there are: C00001 to C01200.
pub(super) const CUSTOMERS: u64 = 1200;

/// Writes a customer's code by its number from 0.
pub(super) fn customer_code(number: u64, row: &mut Row<'_>) {
    row.code("C", number + 1, 5);
}

/// Returns a customer's name by its number from 0, with all that real names hold.
pub(super) fn customer_name(number: u64) -> String {
    const FIRST: [&str; 12] = [
        "Alder",
        "Bergström",
        "Château",
        "Dürrenmatt",
        "Ember",
        "Fjord",
        "Gölz",
        "Harbour",
        "Iris",
        "Jäger",
        "Kawa",
        "Lónguez",
    ];
    const SECOND: [&str; 10] = [
        "Coffee",
        "Foods",
        "Hotels",
        "Kaffeehaus",
        "Catering",
        "Offices",
        "Roasters",
        "Stores",
        "Bistro",
        "Trading",
    ];
    let mut random = Random::at(11, number);
    let first = random.pick(&FIRST).copied().unwrap_or_default();
    let second = random.pick(&SECOND).copied().unwrap_or_default();
    let serial = number + 1;
    match number % 12 {
        1 => format!("{first}, {second} & Partner {serial}"),
        4 => format!("{first} \"{second}\" {serial}"),
        7 => format!("{first} {second} {serial} GmbH & Co. KG"),
        // The address line that someone pasted into the name.
        10 => format!("{first} {second} {serial}\n2nd floor, rear"),
        _ => format!("{first} {second} {serial}"),
    }
}

/// Returns a date by its number of days after 2024-12-31.
pub(super) fn date(day: u64) -> NaiveDate {
    let start = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default();
    start.checked_add_days(chrono::Days::new(day)).unwrap_or(start)
}

/// Returns a day.
pub(super) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
