//! The least that reading a compressed export costs with well-known parts: libdeflate unpacks, arrow-csv parses.
//!
//! `cargo run --release --package anaplan-sql-csv --example floor -- FOLDER TYPES` reads the chunks `0.gz`,
//! `1.gz`, … of a file with a header, one after the other on one thread; `TYPES` are those of its columns, such as
//! `TEXT,NUMBER,DATE,BOOLEAN`. It prints the seconds that each part took, and the rows, as JSON. Reading the chunks
//! is not counted.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_csv::ReaderBuilder;
use arrow_csv::reader::Decoder;
use arrow_schema::{DataType, Field, Schema};
use libdeflater::Decompressor;

const BATCH: usize = 8192;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, types] = &arguments[..] else { return Err("usage: floor FOLDER TYPES".into()) };
    let fields: Vec<Field> = types
        .split(',')
        .enumerate()
        .map(|(number, kind)| {
            let kind = match kind {
                "NUMBER" => DataType::Float64,
                "BOOLEAN" => DataType::Boolean,
                "DATE" => DataType::Date32,
                _ => DataType::Utf8,
            };
            Field::new(number.to_string(), kind, true)
        })
        .collect();
    let builder = ReaderBuilder::new(Arc::new(Schema::new(fields)));
    let mut decoder = builder.with_header(true).with_batch_size(BATCH).build_decoder();
    let (mut unpacking, mut parsing, mut rows) = (Duration::ZERO, Duration::ZERO, 0);
    for number in 0.. {
        let path = Path::new(folder).join(format!("{number}.gz"));
        if !path.exists() {
            break;
        }
        let packed = fs::read(path)?;
        let began = Instant::now();
        let text = unpack(&packed)?;
        unpacking += began.elapsed();
        let began = Instant::now();
        rows += parse(&mut decoder, &text)?;
        parsing += began.elapsed();
    }
    // Nothing more comes.
    rows += parse(&mut decoder, &[])?;
    println!(
        r#"{{"unpacking": {:.3}, "parsing": {:.3}, "rows": {rows}}}"#,
        unpacking.as_secs_f64(),
        parsing.as_secs_f64()
    );
    Ok(())
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let length = packed.last_chunk().map_or(0, |length| u32::from_le_bytes(*length));
    let mut text = vec![0; usize::try_from(length)?];
    let written = Decompressor::new().gzip_decompress(packed, &mut text)?;
    text.truncate(written);
    Ok(text)
}

/// Parses what has come. No text means that there is no more.
fn parse(decoder: &mut Decoder, mut text: &[u8]) -> Result<usize, Box<dyn Error>> {
    let (ending, mut rows) = (text.is_empty(), 0);
    loop {
        let taken = decoder.decode(text)?;
        text = &text[taken..];
        if ending || decoder.capacity() == 0 {
            rows += decoder.flush()?.map_or(0, |batch| black_box(batch).num_rows());
        }
        if text.is_empty() {
            return Ok(rows);
        }
    }
}
