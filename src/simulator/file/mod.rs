//! The files that exports make: encoding, the index of chunks, and reading from any place.

mod encode;
mod gzip;
mod index;
mod read;

pub(crate) use encode::FileSource;
pub(crate) use gzip::{GzipCache, GzipReader, compress, is_worth_it};
pub(crate) use index::{Index, IndexCache, IndexSlot};
pub(crate) use read::FileReader;

#[cfg(test)]
mod tests;
