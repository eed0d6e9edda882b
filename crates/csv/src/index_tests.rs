use proptest::prelude::*;

use super::*;

const COMMAS: Dialect = Dialect { separator: b',', quote: Some(b'"') };

/// The rows of a text, read until none is left; what was left; whether it was regular.
fn read(text: &str, dialect: Dialect, width: usize) -> (Vec<Vec<String>>, usize, bool) {
    let mut index = Index::new(dialect, width, true);
    let (mut rows, mut place) = (Vec::new(), 0);
    loop {
        match index.read(&text.as_bytes()[place..]) {
            Found::Rows(found) => {
                for row in 0..found.len() {
                    let (one, _) = found.split_at(row).1.split_at(1);
                    let cells = (0..width).flat_map(|column| one.cells(column));
                    rows.push(cells.map(|c| String::from_utf8_lossy(c).into_owned()).collect());
                }
                place += found.text_len();
            }
            Found::Part => return (rows, text.len() - place, true),
            Found::Irregular => return (rows, text.len() - place, false),
        }
    }
}

fn texts(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

#[test]
fn cells_are_found_as_they_stand() {
    let text = "a,b\n\"x,\n\"\"y\"\"\",\r\n,é\npart,\"";
    let (rows, left, regular) = read(text, COMMAS, 2);
    assert_eq!(rows, texts(&[&["a", "b"], &["\"x,\n\"\"y\"\"\"", ""], &["", "é"]]));
    assert_eq!((left, regular), (6, true));
}

#[test]
fn what_is_not_regular_is_left() {
    for (text, width) in [
        ("a,b\nc\n", 2),
        ("a,b\nc,d,e\n", 2),
        ("a,b\n\nc,d\n", 2),
        ("a\nb,c,d\n", 2),
        ("a\"b\",c\n", 2),
        ("\"a\"b\"c\",d\n", 2),
        ("a,b \"c\"\n", 2),
    ] {
        let (rows, left, regular) = read(text, COMMAS, width);
        assert_eq!((rows, left, regular), (Vec::new(), text.len(), false), "{text:?}");
    }
    let mut index = Index::new(COMMAS, 1, true);
    assert!(matches!(index.read(b"a\xff\n"), Found::Irregular));
    let mut index = Index::new(COMMAS, 1, false);
    assert!(matches!(index.read(b"a\xff\n"), Found::Rows(_)));
}

#[test]
fn what_follows_a_closing_quote_is_regular() {
    let (rows, left, regular) = read("\"a\"b,\"c\"\"\"d\n", COMMAS, 2);
    assert_eq!((rows, left, regular), (texts(&[&["\"a\"b", "\"c\"\"\"d"]]), 0, true));
}

#[test]
fn blank_lines_are_rows_of_a_single_column() {
    assert_eq!(read("a\n\nb\n", COMMAS, 1), (texts(&[&["a"], &[""], &["b"]]), 0, true));
}

#[test]
fn rows_longer_than_a_window_are_left() {
    let text = format!("a,b\n{},c\nd,e\n", "x".repeat(2 * WINDOW));
    let (rows, left, regular) = read(&text, COMMAS, 2);
    assert_eq!((rows, left, regular), (texts(&[&["a", "b"]]), text.len() - 4, false));
}

#[test]
fn rows_can_be_split() {
    let mut index = Index::new(COMMAS, 2, true);
    let Found::Rows(rows) = index.read(b"a,1\nb,2\nc,3\n") else { panic!("three rows") };
    let (first, rest) = rows.split_at(1);
    assert_eq!((first.len(), rest.len()), (1, 2));
    assert_eq!(rest.cells(1).collect::<Vec<_>>(), [b"2", b"3"]);
    assert!(!rows.any_blank_start());
    for text in ["a,1\n,2\n", "\"\",1\n"] {
        let Found::Rows(rows) = index.read(text.as_bytes()) else { panic!("rows") };
        assert!(rows.any_blank_start(), "{text:?}");
    }
}

proptest! {
    /// What the csv crate writes is regular, and its cells are found.
    #[test]
    fn everything_written_is_found(
        rows in prop::collection::vec(prop::collection::vec("[a\",;\r\n é😀x]{0,40}", 3..4), 0..20),
        crlf in any::<bool>(),
        always in any::<bool>(),
        separator in prop::sample::select(&b",;\t|"[..]),
        quote in prop::sample::select(&b"\"'"[..]),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
            .delimiter(separator)
            .quote(quote)
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).expect("memory");
        }
        let text = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8");
        let (found, left, regular) = read(&text, Dialect { separator, quote: Some(quote) }, 3);
        prop_assert!(regular);
        prop_assert_eq!(left, 0);
        let plain: Vec<Vec<String>> = found.iter().map(|row| row.iter().map(|cell| {
            let mut text = Vec::new();
            match cell.as_bytes() {
                [first, ..] if *first == quote => {
                    crate::cell::unquote(cell.as_bytes(), quote, &mut text);
                }
                cell => text.extend_from_slice(cell),
            }
            String::from_utf8(text).expect("UTF-8")
        }).collect()).collect();
        prop_assert_eq!(plain, rows);
    }
}
