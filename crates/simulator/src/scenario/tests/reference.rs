//! The reference page and the language agree.

use super::super::keys::SCENARIO;
use super::super::schema::{Kind, Section};
use super::read;

/// Every table of the language.
pub(super) fn sections() -> Vec<&'static Section> {
    fn add(section: &'static Section, all: &mut Vec<&'static Section>) {
        all.push(section);
        for key in section.keys {
            if let Kind::Table(part) | Kind::Tables(part) = key.kind {
                add(part, all);
            }
        }
    }
    let mut all = Vec::new();
    add(&SCENARIO, &mut all);
    all
}

#[test]
fn every_table_of_the_file_has_an_example_that_can_be_read() {
    for key in SCENARIO.keys {
        if let Kind::Table(section) | Kind::Tables(section) = key.kind {
            assert!(!section.example.is_empty(), "{}", section.heading);
            read(section.example);
        }
    }
}

#[test]
fn keys_are_explained_once() {
    for section in sections() {
        let mut names: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), section.keys.len(), "{}", section.heading);
        for key in section.keys {
            assert!(key.doc.ends_with('.'), "{} in {}", key.name, section.heading);
        }
    }
}
