use proptest::prelude::*;

use super::*;

/// Reads `text` in pieces of `piece` bytes: each record's line and fields.
fn read(text: &[u8], piece: usize, quote: Option<u8>) -> Result<Vec<(u64, Vec<String>)>> {
    let mut reader = RecordReader::new(b',', quote);
    let mut records = Vec::new();
    let mut each = |record: Record<'_>| {
        let fields =
            record.fields().map(|f| String::from_utf8_lossy(f).into_owned()).collect::<Vec<_>>();
        records.push((record.line, fields));
        Ok(Flow::Continue(()))
    };
    for piece in text.chunks(piece) {
        assert!(reader.push(piece, &mut each)?.is_continue());
    }
    assert!(reader.finish(&mut each)?.is_continue());
    Ok(records)
}

#[track_caller]
fn check(text: &str, expected: &[(u64, &[&str])]) {
    for piece in 1..=text.len().max(1) {
        let records = read(text.as_bytes(), piece, Some(b'"')).expect("records");
        let records: Vec<(u64, Vec<&str>)> = records
            .iter()
            .map(|(line, fields)| (*line, fields.iter().map(String::as_str).collect()))
            .collect();
        let expected: Vec<(u64, Vec<&str>)> =
            expected.iter().map(|(line, fields)| (*line, fields.to_vec())).collect();
        assert_eq!(records, expected, "{text:?} in pieces of {piece}");
    }
}

#[test]
fn records_do_not_depend_on_where_pieces_are_cut() {
    check("", &[]);
    check("a", &[(1, &["a"])]);
    check("a,b\n", &[(1, &["a", "b"])]);
    check("a,b\r\nc,d", &[(1, &["a", "b"]), (2, &["c", "d"])]);
    check("a,\n,b\n", &[(1, &["a", ""]), (2, &["", "b"])]);
    check("a,", &[(1, &["a", ""])]);
    check("\"a,\"\"b\"\"\r\nc\",d\r\ne,f\r\n", &[(1, &["a,\"b\"\r\nc", "d"]), (3, &["e", "f"])]);
    check("é,\"ü\"\n", &[(1, &["é", "ü"])]);
}

#[test]
fn blank_lines_are_records_but_the_last_line_break_is_none() {
    check("a\n\nb\n", &[(1, &["a"]), (2, &[""]), (3, &["b"])]);
    check("\r\n\n", &[(1, &[""]), (2, &[""])]);
}

#[test]
fn odd_quotes_lose_nothing() {
    check("a\"b,c\n", &[(1, &["a\"b", "c"])]);
    check("\"a\"b,c\n", &[(1, &["ab", "c"])]);
    check("\"\",x\n", &[(1, &["", "x"])]);
    check("a\rb,c\r", &[(1, &["a\rb", "c"])]);
}

#[test]
fn without_a_quote_character_quotes_are_text() {
    let records = read(b"\"a,b\"\n", 3, None).expect("records");
    assert_eq!(records, [(1, vec!["\"a".to_owned(), "b\"".to_owned()])]);
}

#[test]
fn a_file_that_ends_inside_quotes_is_an_error_naming_the_line() {
    let error = read(b"a,b\nc,\"d\ne\n", 4, Some(b'"')).expect_err("cut short");
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().contains("line 2"), "{error}");
}

proptest! {
    /// What the csv crate writes comes back, wherever it is cut.
    #[test]
    fn everything_written_is_read(
        rows in prop::collection::vec(
            prop::collection::vec("[a\",;\r\n é😀]{0,6}", 3..4), 0..8),
        piece in 1_usize..20,
        crlf in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).expect("memory");
        }
        let text = writer.into_inner().expect("memory");
        let read: Vec<Vec<String>> = read(&text, piece, Some(b'"'))
            .expect("records").into_iter().map(|(_, fields)| fields).collect();
        prop_assert_eq!(read, rows);
    }
}
