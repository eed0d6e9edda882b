use super::*;

/// Finance with two models, of which Sales is the default one.
struct Known;

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl Names for Known {
    fn functions(&self) -> Vec<String> {
        owned(&["sum", "substr"])
    }

    fn catalogs(&self) -> Vec<String> {
        owned(&["anaplan", "Finance"])
    }

    fn schemas(&self, catalog: Option<&str>) -> Vec<String> {
        match catalog {
            None | Some("Finance") => owned(&["information", "Sales", "Cost Plan"]),
            _ => Vec::new(),
        }
    }

    fn tables(&self, schema: &[String]) -> Vec<String> {
        match schema.last().map(String::as_str) {
            None | Some("Sales") => owned(&["Revenue by Region", "Rates", "Order"]),
            Some("information") => owned(&["models", "exports"]),
            _ => Vec::new(),
        }
    }

    fn columns(&self, table: &[String]) -> Vec<String> {
        match table.last().map(String::as_str) {
            Some("Rates") => owned(&["Rate", "Say \"hi\""]),
            Some("models") => owned(&["id", "name"]),
            _ => Vec::new(),
        }
    }
}

/// Completes at the bar, and gives the text replaced with the candidates.
fn candidates(text: &str) -> (String, Vec<String>) {
    let cursor = text.find('|').expect("a cursor");
    let text = text.replace('|', "");
    let completion = complete(&text, cursor, &Known);
    (text[completion.start.min(cursor)..cursor].to_owned(), completion.candidates)
}

#[track_caller]
fn check(text: &str, replaced: &str, expected: &[&str]) {
    assert_eq!(candidates(text), (replaced.to_owned(), owned(expected)), "{text}");
}

#[test]
fn words_follow_the_case_of_the_user() {
    check("sel|", "sel", &["select"]);
    check("SEL|", "SEL", &["SELECT"]);
    check("select su|", "su", &["substr", "sum"]);
}

#[test]
fn names_are_found_in_any_case_and_quoted_where_they_need_it() {
    check("SELECT * FROM re|", "re", &["\"Revenue by Region\"", "recursive", "refresh"]);
    check("SELECT * FROM \"re|", "\"re", &["\"Revenue by Region\""]);
    check("SELECT * FROM fin|", "fin", &["Finance"]);
    check("SELECT * FROM \"Ord|", "\"Ord", &["\"Order\""]);
}

#[test]
fn paths_lead_to_schemas_and_tables() {
    check("SELECT * FROM Finance.|", "", &["\"Cost Plan\"", "information", "Sales"]);
    check("SELECT * FROM \"Finance\".\"Sales\".r|", "r", &["\"Revenue by Region\"", "Rates"]);
    check("SELECT * FROM information.m|", "m", &["models"]);
}

#[test]
fn columns_are_those_of_the_tables_mentioned() {
    check("SELECT sa| FROM Rates", "sa", &["\"Say \"\"hi\"\"\"", "Sales"]);
    check("SELECT i.n| FROM Rates, information.models AS i", "n", &["name"]);
    check("SELECT models.| FROM information.models", "", &["id", "name"]);
    check("SELECT * FROM information.models WHERE nam|", "nam", &["name"]);
}

#[test]
fn nothing_is_offered_where_no_name_can_be() {
    for text in ["SELECT 'se|", "-- se|", "/* se|", "SELECT \"Rate\"|", "SELECT 1|"] {
        assert!(candidates(text).1.is_empty(), "{text}");
    }
}

#[test]
fn commands_and_their_arguments_are_completed() {
    check("\\t|", "\\t", &["\\timing"]);
    check("\\d|", "\\d", &["\\d", "\\dn", "\\dt"]);
    check("\\timing o|", "o", &["off", "on"]);
    check("\\format par|", "par", &["parquet"]);
    check("\\d ra|", "ra", &["Rates"]);
    check("\\d \"Rev|", "\"Rev", &["\"Revenue by Region\""]);
    assert!(candidates("\\c Pass|").1.is_empty());
    assert!(complete("\\i fi", 5, &Known).files);
}

#[test]
fn mentioned_tables_are_found_with_their_aliases() {
    let path = |names: &[&str]| owned(names);
    assert_eq!(
        tables_in(
            "SELECT * FROM a.\"b c\" x, d AS y JOIN e ON x.f = e.f WHERE g IN (SELECT 1 FROM h)"
        ),
        [
            (path(&["a", "b c"]), Some("x".to_owned())),
            (path(&["d"]), Some("y".to_owned())),
            (path(&["e"]), None),
            (path(&["h"]), None),
        ]
    );
    assert_eq!(tables_in("SELECT * FROM"), []);
}

#[test]
fn calls_are_completed_with_procedures_and_their_parameters() {
    check("call open|", "open", &["OpenModel"]);
    check("EXEC Op|", "Op", &["OpenModel"]);
    check("select 1; execute setc|", "setc", &["SetCurrentPeriod"]);
    check("CALL SetCurrentPeriod(|", "", &["Date", "Model", "Workspace"]);
    check("CALL SetCurrentPeriod(Date => '2024-01-31', m|", "m", &["Model"]);
    check("EXEC SetCurrentPeriod @Model = 'x', |", "", &["Date", "Workspace"]);
    // Values are nobody's names.
    check("EXEC SetCurrentPeriod Model = |", "", &[]);
}
