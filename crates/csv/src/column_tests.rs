use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type};

use super::*;
use crate::{Dialect, Found, Index};

fn index(width: usize) -> Index {
    Index::new(Dialect { separator: b',', quote: Some(b'"') }, width, true)
}

#[test]
fn cells_become_what_they_mean_in_one_go_and_one_by_one() {
    let text = "1.5,true,2021-01-31,x\r\n\"-2\",\"FALSE\",\"1970-01-02\",\"a,\"\"b\"\"\"\r\n,,,\r\n\
                1e3,1,2021-1-3,\"\"\r\n";
    let mut index = index(4);
    let Found::Rows(rows) = index.read(text.as_bytes()) else { panic!("four rows") };
    let kinds = [Kind::Number, Kind::Boolean, Kind::Date, Kind::Text];
    let single = [
        ["1.5", "-2", "", "1e3"],
        ["true", "FALSE", "", "1"],
        ["2021-01-31", "1970-01-02", "", "2021-1-3"],
        ["x", "a,\"b\"", "", ""],
    ];
    let mut arrays = Vec::new();
    for (number, kind) in kinds.into_iter().enumerate() {
        let (mut at_once, mut one_by_one) = (Column::new(kind), Column::new(kind));
        at_once.extend(&rows, number).expect("cells that fit");
        for cell in single[number] {
            one_by_one.push(cell.as_bytes()).expect("a cell that fits");
        }
        let array = at_once.finish().expect("an array");
        assert_eq!(&array, &one_by_one.finish().expect("an array"));
        arrays.push(array);
        assert!(at_once.is_empty());
    }
    let numbers: Vec<_> = arrays[0].as_primitive::<Float64Type>().iter().collect();
    assert_eq!(numbers, [Some(1.5), Some(-2.0), None, Some(1000.0)]);
    let flags: Vec<_> = arrays[1].as_boolean().iter().collect();
    assert_eq!(flags, [Some(true), Some(false), None, Some(true)]);
    let days: Vec<_> = arrays[2].as_primitive::<Date32Type>().iter().collect();
    assert_eq!(days, [Some(18_658), Some(1), None, Some(18_630)]);
    let texts: Vec<_> = arrays[3].as_string::<i32>().iter().collect();
    assert_eq!(texts, [Some("x"), Some("a,\"b\""), None, None]);
}

#[test]
fn what_was_added_can_be_taken_away() {
    let mut index = index(2);
    let Found::Rows(rows) = index.read(b"a,1\n,\nc,x\n") else { panic!("three rows") };
    let mut text = Column::new(Kind::Text);
    text.push(b"").expect("a blank cell");
    text.extend(&rows, 0).expect("text");
    assert_eq!((text.len(), text.text_len()), (4, 2));
    text.truncate(2);
    assert_eq!((text.len(), text.text_len()), (2, 1));
    text.push(b"z").expect("text");
    let array = text.finish().expect("an array");
    assert_eq!(array.as_string::<i32>().iter().collect::<Vec<_>>(), [None, Some("a"), Some("z")]);

    let mut number = Column::new(Kind::Number);
    assert_eq!(number.extend(&rows, 1), Err(Misfit::Expected("a number was expected")));
    number.truncate(0);
    assert_eq!(number.finish().expect("an array").len(), 0);
}

#[test]
fn columns_that_rows_lack_are_blank_and_others_can_repeat() {
    let mut index = index(1);
    let Found::Rows(rows) = index.read(b"a\nb\n") else { panic!("two rows") };
    let mut column = Column::new(Kind::Text);
    column.extend(&rows, 1).expect("blank cells");
    column.repeat(b"page", 2).expect("text");
    let array = column.finish().expect("an array");
    let expected = [None, None, Some("page"), Some("page")];
    assert_eq!(array.as_string::<i32>().iter().collect::<Vec<_>>(), expected);
    assert_eq!(column.push(b"\xff"), Err(Misfit::Encoding));
}
