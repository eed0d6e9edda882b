use proptest::prelude::*;

use super::*;

/// Cuts a text that comes in these pieces: the records of each piece, and what is left.
fn cut(pieces: &[&[u8]], quote: Option<u8>) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut cutter = Cutter::new(Dialect { separator: b',', quote });
    let mut parts = Vec::new();
    for piece in pieces {
        let Cut { edge, body } = cutter.push(piece);
        parts.extend([edge, piece[body].to_vec()].into_iter().filter(|part| !part.is_empty()));
    }
    (parts, cutter.finish())
}

/// Cuts a text in two at each place, and in single bytes: every part must end where a record may.
#[track_caller]
fn check(text: &str, ends: &[usize]) {
    let text = text.as_bytes();
    let mut ways: Vec<Vec<&[u8]>> = (0..=text.len())
        .map(|place| {
            let (one, two) = text.split_at(place);
            vec![one, two]
        })
        .collect();
    ways.push(text.chunks(1).collect());
    for pieces in ways {
        let (parts, tail) = cut(&pieces, Some(b'"'));
        let mut place = 0;
        for part in &parts {
            place += part.len();
            assert!(ends.contains(&place), "{place} in {pieces:?}");
        }
        assert_eq!(place, ends.last().copied().unwrap_or(0), "{pieces:?}");
        assert_eq!([parts.concat(), tail].concat(), text);
    }
}

#[test]
fn parts_end_where_records_do() {
    check("", &[]);
    check("a,b", &[]);
    check("a,b\nc,d\n", &[4, 8]);
    check("a,b\r\nc,d\r\ne", &[5, 10]);
    check("\"a\nb\",c\nd,\"e\"\"\n\"\nf,\"", &[8, 17]);
    check("\n\n", &[1, 2]);
    // Quotes that aren't special.
    check("a\"b\nc\"d\n", &[4, 8]);
    check("\"a\"b\"\nc\n", &[6, 8]);
    check("\r\"a\nb\"\n", &[4, 7]);
    check("\"\"\"\n\"\n", &[6]);
}

#[test]
fn without_quotes_every_line_ends() {
    assert_eq!(cut(&[b"\"a\nb"], None), (vec![b"\"a\n".to_vec()], b"b".to_vec()));
}

#[test]
fn a_record_may_be_longer_than_pieces() {
    let mut cutter = Cutter::new(Dialect { separator: b',', quote: Some(b'"') });
    assert_eq!(cutter.push(b"\"a\n"), Cut { edge: Vec::new(), body: 0..0 });
    assert_eq!(cutter.push(b"b\n"), Cut { edge: Vec::new(), body: 0..0 });
    assert_eq!(cutter.tail_len(), 5);
    assert_eq!(cutter.push(b"\"\nx\ny"), Cut { edge: b"\"a\nb\n\"\n".to_vec(), body: 2..4 });
    assert_eq!(cutter.finish(), b"y");
}

/// Many quotes are looked at block by block: that must tell the same, from every state, and leave the same.
#[test]
fn many_quotes_are_seen_as_few_are() {
    let cell = "\"a,\n\"\"b\",\"\"\n";
    for odd in ["", "x\"y\n", "\"x\"y\"\n"] {
        let text = [&cell.repeat(300), odd, &cell.repeat(300)].concat().into_bytes();
        for place in 0..cell.len() * 2 {
            let (one, two) = text.split_at(place);
            let mut blocks = Cutter::new(Dialect { separator: b',', quote: Some(b'"') });
            let first = blocks.push(one);
            // Too short for blocks.
            let mut single = Cutter::new(Dialect { separator: b',', quote: Some(b'"') });
            assert_eq!(single.push(one), first);
            let whole = blocks.push(two);
            let mut ends = Vec::new();
            let mut at = 0;
            for piece in two.chunks(100) {
                let cut = single.push(piece);
                ends.extend(
                    (!cut.body.is_empty() || !cut.edge.is_empty()).then_some(at + cut.body.end),
                );
                at += piece.len();
            }
            assert_eq!(whole.body.end, ends.last().copied().unwrap_or(0), "{place} {odd:?}");
            assert_eq!(
                (blocks.state, &blocks.tail),
                (single.state, &single.tail),
                "{place} {odd:?}"
            );
        }
    }
}

proptest! {
    /// What the csv crate makes of the parts is what it makes of the whole.
    #[test]
    fn records_of_parts_are_those_of_the_whole(
        rows in prop::collection::vec(prop::collection::vec("[a\",\r\n é]{0,6}", 2..3), 0..12),
        piece in 1_usize..30,
    ) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).expect("memory");
        }
        let text = writer.into_inner().expect("memory");
        let pieces: Vec<&[u8]> = text.chunks(piece).collect();
        let (parts, tail) = cut(&pieces, Some(b'"'));
        prop_assert_eq!(tail, b"");
        let mut found = Vec::new();
        for part in &parts {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&part[..]);
            for record in reader.records() {
                found.push(record.expect("a record").iter().map(str::to_owned).collect::<Vec<_>>());
            }
        }
        prop_assert_eq!(found, rows);
    }
}
