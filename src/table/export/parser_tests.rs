use bytes::Bytes;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::util::pretty::pretty_format_batches;
use proptest::prelude::*;

use super::*;
use crate::client::model::{Export, ExportMetadata};
use crate::config::ColumnTypes;
use crate::error::Error;
use crate::table::export::parts::{Cutting, Part};

struct Case {
    shape: Arc<ExportShape>,
    projection: Option<Vec<usize>>,
    limit: Option<usize>,
}

fn case(metadata: serde_json::Value) -> Case {
    let export: Export =
        serde_json::from_value(serde_json::json!({ "id": "1", "name": "E" })).expect("an export");
    let metadata: ExportMetadata = serde_json::from_value(metadata).expect("metadata");
    let shape =
        ExportShape::try_new(&export, &metadata, ColumnTypes::Metadata, None).expect("a shape");
    Case { shape: Arc::new(shape), projection: None, limit: None }
}

/// All rows in one batch.
fn same(schema: &SchemaRef, batches: &[RecordBatch]) -> RecordBatch {
    concat_batches(schema, batches).expect("one batch")
}

fn read(mut parser: Parser, pieces: impl Iterator<Item = Bytes>) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    for piece in pieces {
        batches.extend(parser.read(&piece)?);
    }
    batches.extend(parser.end()?);
    Ok(batches)
}

impl Case {
    fn parse(&self, file: &[u8], piece: usize) -> Result<Vec<RecordBatch>> {
        let schema = self.shape.schema();
        let projection =
            self.projection.clone().unwrap_or_else(|| (0..schema.fields().len()).collect());
        let schema = Arc::new(schema.project(&projection).expect("columns"));
        let parser = || {
            let (shape, schema) = (Arc::clone(&self.shape), Arc::clone(&schema));
            Parser::new(shape, projection.clone(), schema, 3, self.limit)
        };
        let mut cutting = Cutting::new(&self.shape);
        let chunks = file.chunks(piece).map(Bytes::copy_from_slice);
        let parts = chunks.map(|chunk| cutting.push(chunk)).collect::<Result<Vec<_>>>()?;
        let mut parts: Vec<Part> = parts.into_iter().flatten().collect();
        parts.push(cutting.finish());

        let text = || parts.iter().flat_map(Part::pieces);
        let batches = read(parser(), text());
        // Regular text goes a shorter way, but not byte by byte.
        let bytes =
            text().flat_map(|text| text.chunks(1).map(Bytes::copy_from_slice).collect::<Vec<_>>());
        let long_way = read(parser(), bytes);
        match (&batches, &long_way) {
            (Ok(batches), Ok(long_way)) => {
                assert_eq!(same(&schema, batches), same(&schema, long_way));
            }
            (Err(error), Err(long_way)) => assert_eq!(error.to_string(), long_way.to_string()),
            _ => panic!("{batches:?} and {long_way:?}"),
        }
        let batches = batches?;

        if self.limit.is_some() {
            return Ok(batches);
        }
        // The same by a parser for each part, as soon as there may be several.
        let (mut first, mut others) = (parser(), Vec::new());
        for part in &parts {
            let mut other = first.part(part.line);
            if other.is_some() {
                others.extend(first.end()?);
            }
            for text in part.pieces() {
                others.extend(other.as_mut().unwrap_or(&mut first).read(&text)?);
            }
            others.extend(other.map_or(Ok(Vec::new()), |mut other| other.end())?);
        }
        others.extend(first.end()?);
        assert_eq!(same(&schema, &others), same(&schema, &batches));
        Ok(batches)
    }

    /// Parses the file cut in every way, and shows the one result.
    #[track_caller]
    fn show(&self, file: &str) -> String {
        let show = |piece| {
            let batches = self.parse(file.as_bytes(), piece).expect("rows");
            pretty_format_batches(&batches).expect("text").to_string()
        };
        let whole = show(file.len().max(1));
        for piece in 1..file.len() {
            assert_eq!(show(piece), whole, "in pieces of {piece}");
        }
        whole
    }

    #[track_caller]
    fn fail(&self, file: &str) -> Error {
        let error = self.parse(file.as_bytes(), 5).expect_err("a broken file");
        assert_eq!(error.kind(), crate::ErrorKind::Data, "{error:?}");
        error
    }
}

fn tabular() -> Case {
    case(serde_json::json!({
        "columnCount": 4,
        "headerNames": ["City", "Units", "On", "Since"],
        "dataTypes": ["ENTITY", "NUMBER", "BOOLEAN", "DATE"],
        "layout": "TABULAR_MULTI_COLUMN",
    }))
}

#[test]
fn tabular_rows_are_typed_and_blanks_are_null() {
    insta::assert_snapshot!(
        tabular().show("City,Units,On,Since\r\n\"a,\"\"b\"\"\",1.5,true,2021-01-31\r\n\r\né,,,\r\n"),
        @r#"
    +-------+-------+------+------------+
    | City  | Units | On   | Since      |
    +-------+-------+------+------------+
    | a,"b" | 1.5   | true | 2021-01-31 |
    | é     |       |      |            |
    +-------+-------+------+------------+
    "#
    );
}

#[test]
fn columns_in_another_order_are_found_by_name() {
    let file = "Since,Units,City,On\n2021-01-31,1,x,false\n";
    insta::assert_snapshot!(tabular().show(file), @r"
    +------+-------+-------+------------+
    | City | Units | On    | Since      |
    +------+-------+-------+------------+
    | x    | 1.0   | false | 2021-01-31 |
    +------+-------+-------+------------+
    ");
}

#[test]
fn projection_and_limit_take_only_what_is_wanted() {
    let rows: String = (0..10).map(|i| format!("c{i},{i},,\n")).collect();
    let file = format!("City,Units,On,Since\n{rows}not,a number\n");
    let case = Case { projection: Some(vec![1]), limit: Some(4), ..tabular() };
    let batches = case.parse(file.as_bytes(), 7).expect("the broken row is not reached");
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 4);
    let none = Case { projection: Some(vec![]), ..tabular() };
    let batches = none.parse(b"City,Units,On,Since\na,x,y,z\nb,,,\n", 7).expect("rows");
    // Nothing is read from columns that nobody asked for.
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
}

#[test]
fn a_blank_line_is_a_row_of_a_single_column() {
    let single = case(serde_json::json!({
        "columnCount": 1, "headerNames": ["Note"], "dataTypes": ["TEXT"],
    }));
    insta::assert_snapshot!(single.show("Note\na\n\nb\n"), @r"
    +------+
    | Note |
    +------+
    | a    |
    |      |
    | b    |
    +------+
    ");
}

#[test]
fn empty_and_header_only_files_have_no_rows() {
    for file in
        ["", "City,Units,On,Since\r\n", "City,Units,On,Since", "\u{feff}City,Units,On,Since\n"]
    {
        assert!(tabular().parse(file.as_bytes(), 2).expect("no rows").is_empty(), "{file:?}");
    }
}

#[test]
fn errors_name_line_and_column_and_never_the_cell() {
    let header = "City,Units,On,Since\n";
    for (rows, said) in [
        ("a,\"1\n2\",,\nb,5x,,\n", "line 2, column \"Units\": a number was expected"),
        ("a,1,,\nb,5x,,\n", "line 3, column \"Units\": a number was expected"),
        ("a,1,maybe,\n", "line 2, column \"On\": true or false was expected"),
        ("a,1,,31.01.2021\n", "line 2, column \"Since\": a date such as 2021-01-31 was expected"),
        ("a,1,\n", "line 2 has 3 cells where the header has 4"),
        ("a,1,,,\n", "line 2 has 5 cells where the header has 4"),
        ("a,1,,\n\"b,1,,\n", "the file ends inside the quoted text that begins in line 3"),
    ] {
        assert_eq!(tabular().fail(&format!("{header}{rows}")).to_string(), said);
    }
}

#[test]
fn a_changed_header_says_what_is_missing_and_new() {
    let error = tabular().fail("City,Quantity,On,Since\na,1,,\n");
    insta::assert_snapshot!(error, @r#"the header of the file is not the one that the metadata announces; missing: "Units"; new: "Quantity""#);
    let error = tabular().fail("City,Units,On\na,1,\n");
    insta::assert_snapshot!(error, @"the header of the file has 3 columns where the metadata announces 4");
}

#[test]
fn columns_that_are_only_counted_may_be_missing() {
    let vague = case(serde_json::json!({
        "columnCount": 3, "headerNames": ["A", "B"], "dataTypes": ["NUMBER"],
    }));
    insta::assert_snapshot!(vague.show("A,B\n1,2\n"), @r"
    +---+---+----------+
    | A | B | Column 3 |
    +---+---+----------+
    | 1 | 2 |          |
    +---+---+----------+
    ");
    vague.fail("A,B,C,D\n1,2,3,4\n");
    vague.fail("A\n1\n");
}

fn grid(layout: &str) -> Case {
    case(serde_json::json!({
        "columnCount": 4,
        "headerNames": ["Account", "Region", "Jan", "Feb"],
        "dataTypes": ["ENTITY", "ENTITY", "NUMBER", "NUMBER"],
        "layout": layout,
    }))
}

#[test]
fn a_grid_may_have_a_page_line_or_none() {
    let table = r"
    +---------+--------+-----+-----+
    | Account | Region | Jan | Feb |
    +---------+--------+-----+-----+
    | Sales   | North  | 1.0 | 2.0 |
    | Sales   | South  |     | 4.0 |
    +---------+--------+-----+-----+
    ";
    let rows = "Sales,North,1,2\nSales,South,,4\n";
    for head in [",,Jan,Feb\n", "Actual,Total Company\n,,Jan,Feb\n", "Account,Region,Jan,Feb\n"] {
        let shown = grid("GRID_CURRENT_PAGE").show(&format!("{head}{rows}"));
        let lines =
            |text: &str| text.trim().lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!(lines(&shown), lines(table), "{head:?}");
    }
}

#[test]
fn pages_below_each_other_become_a_column() {
    // The second page line has as many fields as a row.
    let four = case(serde_json::json!({
        "columnCount": 2, "headerNames": ["Account", "Jan"], "dataTypes": ["ENTITY", "NUMBER"],
        "layout": "GRID_ALL_PAGES",
    }));
    let file = "Actual,North\n,Jan\nSales,1\nCosts,2\nActual,South\n,Jan\nSales,3\n\nBudget,North\n,Jan\nSales,5\n";
    insta::assert_snapshot!(four.show(file), @r"
    +----------------+---------+-----+
    | Page           | Account | Jan |
    +----------------+---------+-----+
    | Actual / North | Sales   | 1.0 |
    | Actual / North | Costs   | 2.0 |
    | Actual / South | Sales   | 3.0 |
    | Budget / North | Sales   | 5.0 |
    +----------------+---------+-----+
    ");
    insta::assert_snapshot!(grid("GRID_ALL_PAGES").show("P1\n,,Jan,Feb\na,b,1,2\nP2\n,,Jan,Feb\nc,d,3,4\n"), @r"
    +------+---------+--------+-----+-----+
    | Page | Account | Region | Jan | Feb |
    +------+---------+--------+-----+-----+
    | P1   | a       | b      | 1.0 | 2.0 |
    | P2   | c       | d      | 3.0 | 4.0 |
    +------+---------+--------+-----+-----+
    ");
}

#[test]
fn a_row_as_wide_as_a_page_line_is_no_row() {
    let one = case(serde_json::json!({
        "columnCount": 2, "headerNames": ["Account", "Jan"], "dataTypes": ["ENTITY", "NUMBER"],
        "layout": "GRID_ALL_PAGES",
    }));
    for file in ["P\n,Jan\na,1\ncut\nb,2\n", "P\n,Jan\na,1\ncut"] {
        let error = one.fail(file);
        assert_eq!(error.to_string(), "line 4 has 1 cells where the header has 2");
    }
}

#[test]
fn stacked_headers_are_no_rows() {
    let stacked = case(serde_json::json!({
        "columnCount": 5, "headerNames": ["Team", "Q1", "Q2"], "dataTypes": ["ENTITY"],
        "layout": "GRID_CURRENT_PAGE",
    }));
    insta::assert_snapshot!(stacked.show(",FY24,FY24,FY25,FY25\n,Q1,Q2,Q1,Q2\nEng,1,2,3,4\n"), @r"
    +------+----------+----------+----------+----------+
    | Team | Column 2 | Column 3 | Column 4 | Column 5 |
    +------+----------+----------+----------+----------+
    | Eng  | 1        | 2        | 3        | 4        |
    +------+----------+----------+----------+----------+
    ");
}

#[test]
fn a_grid_that_is_none_is_refused_rather_than_swallowed() {
    let error = grid("GRID_CURRENT_PAGE").fail("a,b,1,2\nc,d,3,4\ne,f,5,6\n");
    assert!(error.to_string().contains("line 2 should be the header"), "{error}");
    let error = grid("GRID_CURRENT_PAGE").fail(",,Jan,Mar\na,b,1,2\n");
    assert!(error.to_string().contains("new: \"Mar\""), "{error}");
}

/// A file as its metadata describes it, of three columns of text.
fn written(rows: &[Vec<String>], form: (u8, u8, bool, bool), encoding: &str) -> Vec<u8> {
    let (separator, quote, crlf, always) = form;
    let mut writer = csv::WriterBuilder::new()
        .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
        .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
        .delimiter(separator)
        .quote(quote)
        .from_writer(Vec::new());
    writer.write_record(["A", "B", "C"]).expect("memory");
    for row in rows {
        writer.write_record(row).expect("memory");
    }
    let text = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8");
    match encoding {
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "ISO-8859-1" => {
            text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect()
        }
        _ => text.into_bytes(),
    }
}

proptest! {
    /// What the csv crate writes comes back in every form, cut anywhere, by one parser and by several.
    #[test]
    fn every_form_comes_back_however_it_is_cut(
        rows in prop::collection::vec(prop::collection::vec("[a\"',;\r\n éx]{0,6}", 3..4), 0..12),
        separator in prop::sample::select(&b",;\t"[..]),
        quote in prop::sample::select(&b"\"'"[..]),
        (crlf, always) in any::<(bool, bool)>(),
        encoding in prop::sample::select(&["UTF-8", "UTF-16LE", "ISO-8859-1"][..]),
        piece in 1_usize..200,
    ) {
        let text = case(serde_json::json!({
            "columnCount": 3, "headerNames": ["A", "B", "C"], "dataTypes": ["TEXT", "TEXT", "TEXT"],
            "separator": char::from(separator).to_string(),
            "delimiter": char::from(quote).to_string(), "encoding": encoding,
        }));
        let file = written(&rows, (separator, quote, crlf, always), encoding);
        let batches = text.parse(&file, piece).expect("rows");
        let mut found = Vec::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                let cells = batch.columns().iter().map(|column| column.as_string::<i32>());
                let cells = cells.map(|cells| cells.is_valid(row).then(|| cells.value(row).to_owned()));
                found.push(cells.map(Option::unwrap_or_default).collect::<Vec<_>>());
            }
        }
        prop_assert_eq!(found, rows);
    }

    /// Whatever the text is, regular or not, both ways give the same rows or the same error.
    #[test]
    fn regular_text_is_read_as_record_by_record(
        file in "(1|-2.5|x|,|,|\"|\"\"|\n|\r\n|1,\"2\",3\n|1,2,3\n){0,40}",
        piece in 1_usize..60,
    ) {
        let three = case(serde_json::json!({
            "columnCount": 3, "headerNames": ["A", "B", "C"], "dataTypes": ["NUMBER", "TEXT", "NUMBER"],
        }));
        // It compares them.
        drop(three.parse(format!("A,B,C\n{file}").as_bytes(), piece));
    }
}
