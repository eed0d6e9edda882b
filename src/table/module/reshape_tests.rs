use datafusion::arrow::util::pretty::pretty_format_batches;

use super::super::members::{Items, Member};
use super::super::period::Length;
use super::*;
use crate::client::model::{Dimension, LineItem, ViewDetail};
use crate::config::{ColumnTypes, Summaries};
use crate::table::sheet::{Form, LineReader};

/// A module over `Sites` and `Time` with the line items `A` and `B`, whose view is arranged so.
fn module(axes: [&[&str]; 3], summaries: Summaries) -> Arc<ModuleShape> {
    let id = |name: &str| match name {
        "Time" => "20000000003",
        "Line items" => "101999999999",
        _ => "101000000001",
    };
    let axis = |names: &[&str]| {
        let dimension = |name: &&str| Dimension { id: id(name).into(), name: (*name).to_owned() };
        names.iter().map(dimension).collect()
    };
    let view = Arc::new(ViewDetail {
        view_id: "102000000001".into(),
        view_name: "M".to_owned(),
        pages: axis(axes[0]),
        rows: axis(axes[1]),
        columns: axis(axes[2]),
    });
    let item = |name: &str| -> LineItem {
        serde_json::from_value(serde_json::json!({
            "id": name, "name": name, "moduleId": "1", "moduleName": "M", "format": "NUMBER",
            "appliesTo": [{ "id": "101000000001", "name": "Sites" }], "timeScale": "Month",
        }))
        .expect("a line item")
    };
    let items = [item("A"), item("B")];
    Arc::new(ModuleShape::new(view, &items, ColumnTypes::Metadata, summaries))
}

/// Two sites and their country; the second site and it share a name.
fn members() -> Vec<Members> {
    let member = |id: &str, label: &str, is_sum| Member {
        id: id.to_owned(),
        label: label.to_owned(),
        is_sum,
    };
    let all = [member("1", "x", false), member("2", "y", false), member("3", "y", true)];
    let mut items = Items::new(&all);
    let node = |id: &str, parent: Option<&str>| super::super::members::Node {
        id: id.to_owned(),
        name: String::new(),
        parent: parent.map(str::to_owned),
        list: None,
    };
    items.order(&all, &[node("1", Some("3")), node("2", Some("3")), node("3", None)]);
    vec![Members::Items(items), Members::Periods(Length::Month)]
}

/// The rows that a text gives: `Sites Time A B`, and whether each is a sum.
fn rows(axes: [&[&str]; 3], form: Form, summaries: Summaries, text: &str) -> Result<String> {
    let shape = module(axes, summaries);
    // Three sites, three periods, two line items.
    let sizes =
        axes.concat().iter().map(|name| Some(if *name == "Line items" { 2 } else { 3 })).collect();
    let all: Vec<usize> = (0..shape.schema().fields().len()).collect();
    let wanted = Rows { sums: summaries == Summaries::Include, limit: None };
    let schema = shape.schema();
    let mut reshape = Reshape::new(&shape, (&all, schema), 100, Some(members()), sizes, wanted);
    let layout = Layout::new(form, &shape.detail);
    let mut reader = LineReader::new(layout.clone());
    reshape.begin(&layout, &[]);
    assert!(reader.push(text.as_bytes(), &mut reshape)?.is_continue());
    assert!(reader.end(&mut reshape)?.is_continue());
    assert!(reshape.end()?.is_continue());
    let batches = reshape.batches(true)?;
    let table = pretty_format_batches(&batches).expect("text").to_string();
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(1);
    let cells = lines.map(|line| {
        let cells = line.trim_matches('|').split('|').map(str::trim);
        cells.map(|cell| if cell.is_empty() { "-" } else { cell }).collect::<Vec<_>>().join(" ")
    });
    Ok(cells.collect::<Vec<_>>().join("; "))
}

const ITEMS: &str = "Line items";

const LEAVES: &str = "x Jan 26 1.0 -1.0; x Feb 26 2.0 -2.0; y Jan 26 3.0 -3.0; y Feb 26 4.0 -4.0";

/// The same cells however the view is arranged: by rows of sites, then periods.
#[test]
fn line_items_become_columns_wherever_the_view_has_them() {
    let exclude = |axes, form, text| rows(axes, form, Summaries::Exclude, text).expect("rows");
    // On rows, inside; the usual default view with pages.
    assert_eq!(
        exclude(
            [&["Sites"], &[ITEMS], &["Time"]],
            Form::Tabular,
            "Sites,Line items,Jan 26,Feb 26,FY26\n\
             x,A,1,2,9\nx,B,-1,-2,9\ny,A,3,4,9\ny,B,-3,-4,9\ny,A,9,9,9\ny,B,9,9,9\n"
        ),
        LEAVES
    );
    // On columns, inside and outside.
    assert_eq!(
        exclude(
            [&[], &["Sites"], &["Time", ITEMS]],
            Form::Grid,
            ",Jan 26,Jan 26,Feb 26,Feb 26,FY26,FY26\n,A,B,A,B,A,B\n\
             x,1,-1,2,-2,9,9\ny,3,-3,4,-4,9,9\ny,9,9,9,9,9,9\n"
        ),
        LEAVES
    );
    assert_eq!(
        exclude(
            [&[], &["Sites"], &[ITEMS, "Time"]],
            Form::Grid,
            ",A,A,A,B,B,B\n,Jan 26,Feb 26,FY26,Jan 26,Feb 26,FY26\n\
             x,1,2,9,-1,-2,9\ny,3,4,9,-3,-4,9\ny,9,9,9,9,9,9\n"
        ),
        LEAVES
    );
    // The same as a table: the outer dimension of the columns leads the lines.
    assert_eq!(
        exclude(
            [&[], &["Sites"], &["Time", ITEMS]],
            Form::Tabular,
            "Sites,Time,A,B\nx,Jan 26,1,-1\nx,Feb 26,2,-2\nx,FY26,9,9\n\
             y,Jan 26,3,-3\ny,Feb 26,4,-4\ny,FY26,9,9\ny,Jan 26,9,9\ny,Feb 26,9,9\ny,FY26,9,9\n"
        ),
        LEAVES
    );
    // On rows, outside; and on pages.
    let outside: [[&[&str]; 3]; 2] =
        [[&[], &[ITEMS, "Sites"], &["Time"]], [&[ITEMS], &["Sites"], &["Time"]]];
    for axes in outside {
        assert_eq!(
            exclude(
                axes,
                Form::Tabular,
                "Line items,Sites,Jan 26,Feb 26,FY26\n\
                 A,x,1,2,9\nA,y,3,4,9\nA,y,9,9,9\nB,x,-1,-2,9\nB,y,-3,-4,9\nB,y,9,9,9\n"
            ),
            LEAVES
        );
    }
    // On rows between others: what is outside ends a group.
    assert_eq!(
        exclude(
            [&[], &["Sites", ITEMS], &["Time"]],
            Form::Grid,
            ",,Jan 26,Feb 26\nx,A,1,2\nx,B,-1,-2\ny,A,3,4\ny,B,-3,-4\n"
        ),
        LEAVES
    );
}

#[test]
fn sums_are_told() {
    let found = rows(
        [&["Sites"], &["Line items"], &["Time"]],
        Form::Tabular,
        Summaries::Include,
        "S,L,Jan 26,FY26,Feb 26\nx,A,1,2,3\nx,B,,,\ny,A,4,5,6\ny,B,,,\ny,A,7,8,9\ny,B,,,\n",
    );
    assert_eq!(
        found.expect("rows"),
        "x Jan 26 1.0 - false; x FY26 2.0 - true; x Feb 26 3.0 - false; \
         y Jan 26 4.0 - false; y FY26 5.0 - true; y Feb 26 6.0 - false; \
         y Jan 26 7.0 - true; y FY26 8.0 - true; y Feb 26 9.0 - true"
    );
}

#[test]
fn a_view_in_which_line_items_have_different_rows_is_refused() {
    let axes: [&[&str]; 3] = [&[], &["Line items", "Sites"], &["Time"]];
    for text in ["L,S,Jan 26\nA,x,1\nA,y,2\nB,x,3\n", "L,S,Jan 26\nA,x,1\nB,y,2\n"] {
        let error = rows(axes, Form::Tabular, Summaries::Include, text);
        assert_eq!(error.expect_err(text).kind(), ErrorKind::Data);
    }
}

#[test]
fn a_text_that_was_cut_off_is_resumed_behind_the_rows_that_were_made() {
    let shape = module([&["Sites"], &["Line items"], &["Time"]], Summaries::Exclude);
    let all = [0, 1, 2, 3];
    let wanted = Rows { sums: false, limit: Some(3) };
    let sizes = vec![Some(3), Some(2), Some(3)];
    let schema = shape.schema();
    let mut reshape = Reshape::new(&shape, (&all, schema), 100, Some(members()), sizes, wanted);
    let layout = Layout::new(Form::Tabular, &shape.detail);
    // Cut off behind the first of two lines of the second site.
    let text = "S,L,Jan 26,Feb 26,FY26\nx,A,1,2,9\nx,B,-1,-2,9\ny,A,3,4,9\n";
    for (text, is_enough) in [(text.to_owned(), false), (format!("{text}y,B,-3,-4,9\n"), true)] {
        reshape.begin(&layout, &[]);
        let mut reader = LineReader::new(layout.clone());
        assert!(reader.push(text.as_bytes(), &mut reshape).expect("lines").is_continue());
        if is_enough {
            assert!(reshape.end().expect("rows").is_break());
        } else {
            reshape.resume();
        }
    }
    assert!(reshape.is_done());
    let rows: usize = reshape.batches(true).expect("batches").iter().map(|it| it.num_rows()).sum();
    assert_eq!(rows, 3);
}
