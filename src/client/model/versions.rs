//! Versions.

use serde::Deserialize;

use super::{VersionId, if_it_fits};
use crate::client::Listed;

/// A version: actual figures, a budget, a forecast.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// Its id.
    pub id: VersionId,
    /// Its name.
    pub name: String,
    /// Whether it is the current one.
    pub is_current: Option<bool>,
    /// Whether it holds actual figures.
    pub is_actual: Option<bool>,
    /// The first period that can be written.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub edit_from: Option<VersionPeriod>,
    /// The last one.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub edit_to: Option<VersionPeriod>,
    /// From this period on it has figures of its own; before, those of the actual version.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub switchover: Option<VersionPeriod>,
    /// How it is calculated, if it is.
    pub formula: Option<String>,
    /// What people have noted.
    pub notes: Option<String>,
}

impl Listed for Version {
    const KEY: &'static str = "versionMetadata";
}

/// A period that bounds what a version can do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VersionPeriod {
    /// Its name, such as `Mar 20`.
    pub period_text: Option<String>,
    /// A day of it, such as `2020-03-01`.
    pub date: Option<String>,
}
