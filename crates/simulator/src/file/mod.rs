//! The files that exports make: encoding, the index of chunks, and reading from any place.

mod cut;
mod encode;
mod gzip;
mod index;
mod lines;
mod read;

pub(crate) use cut::Cut;
pub(crate) use encode::FileSource;
pub(crate) use gzip::{GzipCache, GzipReader, compress, compress_blocks, is_worth_it};
pub(crate) use index::{Index, IndexCache, IndexSlot};
pub(crate) use lines::LineReader;
pub(crate) use read::FileReader;

#[cfg(test)]
mod tests;
