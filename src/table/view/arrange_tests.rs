use datafusion::arrow::util::pretty::pretty_format_batches;

use super::*;
use crate::client::model::{Dimension, ViewDetail};
use crate::config::ColumnTypes;
use crate::table::sheet::{Form, LineReader};

fn shape(axes: [usize; 3], across: &[&str]) -> Arc<ViewShape> {
    let axis = |count: usize| {
        let dimension = |i| Dimension { id: "101000000001".into(), name: format!("D{i}") };
        (0..count).map(dimension).collect()
    };
    let detail = Arc::new(ViewDetail {
        view_id: "2".into(),
        view_name: "V".to_owned(),
        pages: axis(axes[0]),
        rows: axis(axes[1]),
        columns: axis(axes[2]),
    });
    let across = across.iter().map(|labels| labels.split('/').map(str::to_owned).collect());
    let across = Arc::new(across.collect());
    Arc::new(ViewShape::new(detail, across, &[], None, ColumnTypes::Metadata))
}

fn rows(shape: &Arc<ViewShape>, form: Form, text: &str) -> Result<String> {
    let all: Vec<usize> = (0..shape.columns.len()).collect();
    let mut arrange = Arrange::new(shape, (&all, shape.schema()), 100, None);
    let layout = Layout::new(form, &shape.detail);
    let mut reader = LineReader::new(layout.clone());
    arrange.begin(&layout, &[]);
    assert!(reader.push(text.as_bytes(), &mut arrange)?.is_continue());
    assert!(reader.end(&mut arrange)?.is_continue());
    assert!(arrange.end()?.is_continue());
    let table = pretty_format_batches(&arrange.batches(true)?).expect("text").to_string();
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(1);
    let cells =
        lines.map(|line| line.replace('|', "").split_whitespace().collect::<Vec<_>>().join(" "));
    Ok(cells.collect::<Vec<_>>().join("; "))
}

#[test]
fn a_row_is_a_line_of_a_grid_and_one_or_several_of_a_table() {
    let one = shape([1, 1, 1], &["a", "b"]);
    let expected = "p x 1 2; p y 3 4";
    let found = rows(&one, Form::Tabular, "P,R,a,b\np,x,1,2\np,y,3,4\n");
    assert_eq!(found.expect("rows"), expected);
    assert_eq!(rows(&one, Form::Grid, "p\n,a,b\nx,1,2\ny,3,4\n").expect("rows"), expected);

    let two = shape([1, 1, 2], &["a/u", "a/v", "b/u", "b/v"]);
    let expected = "p x 1 2 3 4; p y 5 6 7 8";
    let table = "P,R,C,u,v\np,x,a,1,2\np,x,b,3,4\np,y,a,5,6\np,y,b,7,8\n";
    assert_eq!(rows(&two, Form::Tabular, table).expect("rows"), expected);
    let grid = "p\n,a,a,b,b\n,u,v,u,v\nx,1,2,3,4\ny,5,6,7,8\n";
    assert_eq!(rows(&two, Form::Grid, grid).expect("rows"), expected);
}

#[test]
fn columns_in_another_order_are_found_by_their_labels() {
    let view = shape([0, 1, 1], &["a", "b", "a"]);
    assert_eq!(rows(&view, Form::Grid, ",b,a,a\nx,1,2,3\n").expect("rows"), "x 2 1 3");
}

#[test]
fn a_view_that_has_changed_is_refused() {
    let view = shape([0, 1, 2], &["a/u", "b/u"]);
    for text in [
        "R,C,v\nx,a,1\nx,b,2\n",
        "R,C,u\nx,a,1\nx,c,2\n",
        "R,C,u\nx,a,1\ny,b,2\n",
        "R,C,u\nx,a,1\n",
        "R,C,u,u,u\nx,a,1,2,3\n",
    ] {
        let error = rows(&view, Form::Tabular, text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Data, "{text:?}");
    }
}
