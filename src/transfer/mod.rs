//! Whole files between this machine and a model: up in chunks, down into their place.
//!
//! Anaplan keeps what a user uploads for that user alone, and for 48 hours. A file of up to 1,000
//! chunks is announced, sent, and completed; where a part of it is missing, an import would read
//! the model's default file instead, without a word. So an upload counts only when every chunk
//! was acknowledged.

mod alone;
mod cut;
mod download;
mod target;
mod upload;

pub use alone::Uploads;
pub use cut::TextForm;
pub use download::{Downloaded, download};
pub use target::Target;
pub use upload::{UploadOptions, Uploaded, upload, upload_file};
