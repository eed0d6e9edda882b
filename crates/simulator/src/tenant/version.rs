//! Versions: actual, budget, forecast.

use chrono::NaiveDate;

/// The dimension of versions.
pub(crate) const VERSIONS: &str = "20000000020";

/// A version of a model's data.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// 107…; empty until the model is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether it holds what happened.
    pub is_actual: bool,
    /// Whether it is the current one.
    pub is_current: bool,
    /// The first day that may be edited; unset for the start of the timescale.
    pub edit_from: Option<NaiveDate>,
    /// The last day that may be edited; unset for the end of the timescale.
    pub edit_to: Option<NaiveDate>,
    /// Before this day the version shows what the actual version holds.
    pub switchover: Option<NaiveDate>,
    /// Adds up other versions, such as `Actual - Budget`: its cells are calculated.
    pub formula: Option<String>,
    /// Notes.
    pub notes: Option<String>,
}

impl Version {
    /// Makes a version that may be edited.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Makes it the actual version.
    #[must_use]
    pub fn actual(mut self) -> Self {
        self.is_actual = true;
        self
    }

    /// Makes it the current version.
    #[must_use]
    pub fn current(mut self) -> Self {
        self.is_current = true;
        self
    }

    /// Sets the day before which it shows the actual version's data.
    #[must_use]
    pub fn switchover(mut self, day: NaiveDate) -> Self {
        self.switchover = Some(day);
        self
    }

    /// Calculates it from other versions.
    #[must_use]
    pub fn formula(mut self, formula: &str) -> Self {
        self.formula = Some(formula.to_owned());
        self
    }
}
