use super::*;
use crate::client::model::{Dimension, ViewDetail, ViewId};

fn view(pages: usize, rows: usize, columns: usize) -> ViewDetail {
    let dimensions = |count: usize| {
        (0..count).map(|i| Dimension { id: "1".into(), name: format!("D{i}") }).collect()
    };
    ViewDetail {
        view_id: ViewId::from("1"),
        view_name: "V".to_owned(),
        rows: dimensions(rows),
        columns: dimensions(columns),
        pages: dimensions(pages),
    }
}

/// Writes down what comes.
struct Note {
    dimensions: usize,
    cells: usize,
    text: String,
}

impl TakeLines for Note {
    fn header(&mut self, across: &[Vec<String>]) -> Result<()> {
        self.cells = across.len();
        let labels: Vec<String> = across.iter().map(|labels| labels.join("/")).collect();
        self.text += &format!("[{}]", labels.join(" "));
        Ok(())
    }

    fn line(&mut self, line: &Line<'_>) -> Result<Flow> {
        let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
        let labels: Vec<String> = (0..self.dimensions).map(|i| text(line.label(i))).collect();
        let cells: Vec<String> = (0..self.cells).map(|i| text(line.cell(i))).collect();
        self.text += &format!(" {}={}", labels.join("/"), cells.join(" "));
        Ok(Flow::Continue(()))
    }
}

fn try_read(layout: &Layout, pages: &[&str], piece: usize) -> Result<String> {
    let mut reader = LineReader::new(layout.clone());
    let mut note = Note { dimensions: layout.leading(), cells: 0, text: String::new() };
    for page in pages {
        for piece in page.as_bytes().chunks(piece) {
            assert!(reader.push(piece, &mut note)?.is_continue());
        }
        assert!(reader.end(&mut note)?.is_continue());
    }
    Ok(note.text)
}

/// Reads pages cut in every way.
#[track_caller]
fn check(form: Form, view: &ViewDetail, pages: &[&str], expected: &str) {
    let layout = Layout::new(form, view);
    for piece in 1..=pages.iter().map(|page| page.len()).max().unwrap_or(1) {
        let found = try_read(&layout, pages, piece).expect("lines");
        assert_eq!(found, expected, "in pieces of {piece}");
    }
}

#[test]
fn tables_lead_with_all_dimensions_but_the_innermost_of_the_columns() {
    check(
        Form::Tabular,
        &view(1, 1, 1),
        &["P,R,a,b\n\"p,1\",x,1,2\n\"p,1\",\"y\"\"\n\",3,\n"],
        "[a b] p,1/x=1 2 p,1/y\"\n=3 ",
    );
    check(Form::Tabular, &view(0, 1, 2), &["R,C,a\nx,c,1\nx,d,2\n"], "[a] x/c=1 x/d=2");
    check(Form::Tabular, &view(1, 1, 0), &["P,R,Value\np,x,1\np,y,\n"], "[] p/x=1 p/y=");
}

#[test]
fn pages_of_a_large_read_may_repeat_the_header_or_lack_the_last_line_break() {
    let table = view(0, 1, 1);
    check(Form::Tabular, &table, &["R,a\nx,1\n", "y,2\n"], "[a] x=1 y=2");
    check(Form::Tabular, &table, &["R,a\nx,1", "R,a\ny,2", "R,a\n"], "[a] x=1 y=2");
    // A row that looks like the header elsewhere is a row.
    check(Form::Tabular, &table, &["R,a\nx,1\nR,a\n"], "[a] x=1 R=a");
}

#[test]
fn grids_have_the_page_above_them() {
    check(
        Form::Grid,
        &view(2, 1, 2),
        &["p,\"q,r\"\n,A,A,B\n,u,v,u\nx,1,2,3\n"],
        "[A/u A/v B/u] p/q,r/x=1 2 3",
    );
    check(Form::Grid, &view(0, 1, 0), &["x,1\ny,\n"], "[] x=1 y=");
    check(Form::Grid, &view(1, 0, 1), &["p\na,b\n1,2\n"], "[a b] p=1 2");
    // Neither rows nor columns: one cell, which may be blank.
    check(Form::Grid, &view(1, 0, 0), &["p\n\n"], "[] p=");
}

#[test]
fn what_is_no_view_is_an_error() {
    for (form, view, text) in [
        (Form::Grid, view(1, 1, 1), "p,q\n,a\nx,1\n"),
        (Form::Grid, view(1, 1, 1), "p\nx,1\n"),
        (Form::Grid, view(0, 1, 1), ",a\nx,1,2\n"),
        (Form::Tabular, view(1, 1, 1), "P\n"),
        (Form::Tabular, view(0, 1, 1), "R,a\nx\n"),
        (Form::Tabular, view(0, 1, 1), "R,a\n\"x"),
    ] {
        let error = try_read(&Layout::new(form, &view), &[text], 7).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Data, "{text:?}");
    }
}
