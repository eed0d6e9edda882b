//! Scenario files: what they build, and what is said about mistakes.

pub(crate) mod asked;
mod build;
mod everything;
mod mistakes;
mod reference;
mod serve;

use super::Scenario;

/// Reads a scenario that must be right.
fn read(text: &str) -> Scenario {
    Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// What is said about a scenario that is wrong.
fn complaint(text: &str) -> String {
    match Scenario::parse(text) {
        Ok(_) => panic!("nothing is said about:\n{text}"),
        Err(error) => error.to_string(),
    }
}

/// A workspace with a model, before what the test is about.
fn in_model(text: &str) -> String {
    format!("workspaces = [{{ name = \"W\" }}]\nmodels = [{{ name = \"M\" }}]\n{text}")
}
