//! The note that something is about to be spent that may work only once.

use serde::{Deserialize, Serialize};

use super::machine;
use super::stored::{moment, now_millis};

/// The note that a refresh token or code is about to be spent. It is on disk before that is sent,
/// and goes when what the service gives for it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Intent {
    /// What was sent.
    #[serde(default)]
    pub spent: Spent,
    /// The generation of the entry then.
    pub generation: u64,
    /// When, by the clock of `machine`.
    pub at: u64,
    /// The machine that sent it.
    pub machine: String,
    /// The id of the process that sent it.
    pub process: u32,
    /// Whether that process lived on, and knows that the answer never came.
    pub answer_lost: bool,
}

/// What buys tokens, and may work only once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Spent {
    /// The refresh token of the entry.
    #[default]
    Stored,
    /// A refresh token from outside, by its fingerprint.
    Token(String),
    /// The code of a sign-in, by its fingerprint.
    Code(String),
}

impl Intent {
    /// The note of this process, now.
    pub(crate) fn now(spent: Spent, generation: u64) -> Self {
        Self {
            spent,
            generation,
            at: now_millis(),
            machine: machine::name(),
            process: std::process::id(),
            answer_lost: false,
        }
    }

    /// What has happened, if it turns out to be spent.
    pub fn describe(&self) -> String {
        let (spent, bought) = (self.spent.words(), self.spent.bought());
        let how = match self.answer_lost {
            true => format!("no usable answer came when {spent} was sent"),
            false => format!("a process died between spending {spent} and storing {bought}"),
        };
        format!("{how} (process {} on {}, {})", self.process, self.machine, moment(self.at))
    }

    /// What has happened, now that it turned out to be spent.
    pub(crate) fn loss(&self) -> String {
        let (how, spent) = (self.describe(), self.spent.words());
        format!("{how}: {spent} is spent, and what the service gave for it is lost")
    }
}

impl Spent {
    /// What it is, in words.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Stored => "the refresh token",
            Self::Token(_) => "the refresh token that was given",
            Self::Code(_) => "the code of the sign-in",
        }
    }

    fn bought(&self) -> &'static str {
        match self {
            Self::Stored | Self::Token(_) => "the new one",
            Self::Code(_) => "the tokens for it",
        }
    }
}
