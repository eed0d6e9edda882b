//! What generated exports hold in their columns.

use chrono::{Days, NaiveDate};

use super::super::super::random::Random;
use super::super::super::tenant::{Model, Row};
use super::super::fields::Fields;
use super::list::numbered;
use super::{Build, Home, names};

/// Cells that careless readers trip over. All are legal in a CSV file.
const NASTY: &[&str] = &[
    "say \"hello\"",
    "\"",
    "comma, semicolon; tab\tpipe|",
    "line one\nline two",
    "line one\r\nline two\r\n",
    "\r",
    " blank before and behind ",
    "Küche, Größe, Straße",
    "naïve café — “quoted” ‘text’",
    "東京 研修 報告",
    "עברית وعربي",
    "emoji 👩🏽‍💻 🇨🇭",
    "e\u{301} is not é",
    "zero\u{200B}width and no\u{A0}break",
    "=SUM(A1:A9)",
    "-1.5e300",
    "NULL",
    "true",
    "2026-02-30",
    "'; DROP TABLE \"x\"; --",
    "back\\slash \\\" \\n",
    "<b>&amp;</b>",
    "\u{FEFF}starts with a mark",
    "100%",
];

const WORDS: &[&str] = &[
    "amber", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbour", "indigo",
    "juniper", "kelp", "lagoon", "maple", "nectar", "onyx", "poplar",
];

/// How a column's cells are made.
pub(super) struct Maker {
    kind: Kind,
    blanks: u64,
}

enum Kind {
    Words(Vec<String>),
    Sequence(String),
    /// From, to, in the last decimal; how many decimals.
    Number(i64, i64, u32),
    /// The first day, and how many follow.
    Day(NaiveDate, u64),
    Flag(u64),
}

impl Maker {
    /// Writes the cell of a row.
    pub(super) fn write(&self, number: u64, random: &mut Random, row: &mut Row<'_>) {
        if self.blanks > 0 && random.chance(self.blanks) {
            return row.blank();
        }
        match &self.kind {
            Kind::Words(words) => row.text(random.pick(words).map_or("", String::as_str)),
            Kind::Sequence(pattern) => row.text(&numbered(pattern, number.saturating_add(1))),
            Kind::Number(low, high, 0) => row.number(random.between(*low, *high)),
            Kind::Number(low, high, 2) => row.cents(random.between(*low, *high)),
            Kind::Number(low, high, decimals) => {
                let value = random.between(*low, *high);
                let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
                let unit = 10_u64.saturating_pow(*decimals).max(1);
                let width = *decimals as usize;
                row.display(format_args!("{sign}{}.{:0width$}", size / unit, size % unit));
            }
            Kind::Day(first, days) => {
                row.date(first.checked_add_days(Days::new(random.below(*days))).unwrap_or(*first));
            }
            Kind::Flag(percent) => row.flag(random.chance(*percent)),
        }
    }
}

impl Build<'_> {
    /// Reads how a column is made.
    pub(super) fn maker(&mut self, fields: Fields<'_>, home: Home) -> Maker {
        let ways = ["words", "sequence", "range", "days", "true_percent", "nasty"];
        let given: Vec<&str> = ways
            .into_iter()
            .filter(|key| fields.has(key) && fields.flag(key) != Some(false))
            .collect();
        if let [first, second, ..] = given.as_slice() {
            let problem = format!("only one of `{first}` and `{second}` can be");
            self.problems.add(fields.place(second), problem);
        }
        let kind = match given.first().copied() {
            Some("words") => {
                let words = fields.texts("words");
                if words.is_empty() {
                    self.problems.add(fields.place("words"), "`words` must not be empty");
                }
                Kind::Words(words)
            }
            Some("sequence") => {
                let pattern = fields.text("sequence").unwrap_or_default();
                if !pattern.contains('#') {
                    self.problems.add(fields.place("sequence"), "`sequence` must hold `#`");
                }
                Kind::Sequence(pattern.to_owned())
            }
            Some("range") => self.numbers(fields),
            Some("days") => {
                let (first, last) = fields.days("days").unwrap_or_default();
                if last < first {
                    self.problems.add(fields.place("days"), "the first day is after the last");
                }
                let days = last.signed_duration_since(first).num_days();
                Kind::Day(first, u64::try_from(days).unwrap_or(0) + 1)
            }
            Some("true_percent") => Kind::Flag(fields.whole("true_percent").unwrap_or(50)),
            Some(_) => Kind::Words(owned(NASTY)),
            None => self.usual(fields, home),
        };
        if fields.has("decimals") && !matches!(kind, Kind::Number(..)) {
            self.problems.add(fields.place("decimals"), "`decimals` goes with numbers only");
        }
        Maker { kind, blanks: fields.whole("blanks").unwrap_or(0) }
    }

    fn numbers(&mut self, fields: Fields<'_>) -> Kind {
        let (low, high) = fields.range("range").unwrap_or((0.0, 10_000.0));
        if high < low {
            self.problems.add(fields.place("range"), "the first number is larger than the second");
        }
        let decimals = fields.whole::<u32>("decimals").unwrap_or(2);
        let unit = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
        // A cast from a float never overflows.
        Kind::Number((low * unit).round() as i64, (high * unit).round() as i64, decimals)
    }

    /// What a type holds where nothing else is said.
    fn usual(&mut self, fields: Fields<'_>, home: Home) -> Kind {
        match fields.text("type").unwrap_or("TEXT") {
            "NUMBER" => self.numbers(fields),
            "BOOLEAN" => Kind::Flag(50),
            "DATE" => Kind::Day(first_day(), 730),
            "NONE" => Kind::Words(vec![String::new()]),
            "TIME_ENTITY" => Kind::Words(self.model(home).map_or_else(Vec::new, periods)),
            "ENTITY" => {
                let name = fields.text("list").unwrap_or_default();
                let Some(model) = self.model(home) else { return Kind::Flag(50) };
                let list = model.find_list(name);
                if list.is_none() {
                    let known = names(&model.lists, |it| &it.name);
                    if fields.has("list") {
                        self.no_such(fields, "list", "list", name, &known);
                    } else {
                        let problem = "a generated ENTITY column needs `list`, or `words`";
                        self.problems.add(fields.at, problem);
                    }
                    return Kind::Flag(50);
                }
                let items = list.into_iter().flat_map(|list| &list.items);
                Kind::Words(items.map(|item| item.label().to_owned()).collect())
            }
            _ => Kind::Words(owned(WORDS)),
        }
    }
}

/// A day of 2025 or 2026.
pub(super) fn some_day(random: &mut Random) -> NaiveDate {
    let first = first_day();
    first.checked_add_days(Days::new(random.below(730))).unwrap_or(first)
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default()
}

/// The names of a model's shortest periods.
fn periods(model: &Model) -> Vec<String> {
    let leaf = model.calendar.leaf();
    let all = model.calendar.periods().into_iter().filter(|period| period.scale == leaf);
    all.map(|period| period.name).collect()
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
