//! Values of each format: read from people and files, shown in cells.

use std::sync::Arc;

use chrono::NaiveDate;

use super::super::tenant::{Dim, Format, Scale, number_text};
use super::{Cube, Dimension};

impl Cube<'_> {
    /// Reads a value that a person or a file gives, and returns it as it is kept. Blank stays blank.
    ///
    /// Nothing comes back when the text does not fit the format or names no item.
    pub(crate) fn read(&self, format: &Format, text: &str) -> Option<String> {
        let text = text.trim();
        if text.is_empty() {
            return Some(String::new());
        }
        match format {
            Format::Number(_) => {
                let number: f64 = text.parse().ok()?;
                number.is_finite().then(|| number_text(number))
            }
            Format::Text(_) => Some(text.to_owned()),
            Format::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" => Some("true".to_owned()),
                "false" | "0" | "no" => Some("false".to_owned()),
                _ => None,
            },
            Format::Date => {
                NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.to_string())
            }
            Format::List(_) | Format::Time(_) => {
                let members = self.values(format)?;
                let place = members
                    .find_id(text)
                    .or_else(|| members.find_name(text))
                    .or_else(|| members.find_code(text))?;
                let member = members.members.get(place)?;
                // Neither items of the lists above nor periods of another length are values.
                let fits = match format {
                    Format::Time(scale) => {
                        self.periods.iter().any(|it| it.id == member.id && it.scale == *scale)
                    }
                    _ => member.is_own,
                };
                fits.then(|| member.id.clone())
            }
            Format::None => None,
        }
    }

    /// Shows a kept value as cells show it. An item that is gone shows nothing.
    pub(crate) fn show(&self, format: &Format, kept: &str) -> String {
        if kept.is_empty() || !matches!(format, Format::List(_) | Format::Time(_)) {
            return kept.to_owned();
        }
        let label = self
            .values(format)
            .and_then(|members| Some(members.members.get(members.find_id(kept)?)?.label.clone()));
        label.unwrap_or_default()
    }

    /// The members that values of a format are.
    fn values(&self, format: &Format) -> Option<Arc<Dimension>> {
        match format {
            Format::List(list) if list == "Users" => self.dimension(&Dim::Users),
            Format::List(list) => self.dimension(&Dim::List(list.clone())),
            // Finds periods of every length.
            Format::Time(_) => self.dimension(&Dim::Time(Scale::Day)),
            _ => None,
        }
    }
}
