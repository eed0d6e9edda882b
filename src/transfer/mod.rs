//! Whole files between this machine and a model: up in chunks, down into their place.
//!
//! Anaplan keeps what a user uploads for that user alone, and for 48 hours. A file of up to 1,000
//! chunks is announced, sent, and completed; where a part of it is missing, an import would read
//! the model's default file instead, without a word. So an upload counts only when every chunk
//! was acknowledged, and the service says that it has as many.

mod alone;
mod cut;
mod download;
mod form;
mod sink;
mod source;
mod target;
mod upload;

pub use alone::Uploads;
pub use download::{Download, download};
pub use form::{RecordCounter, TextForm};
pub use sink::{STANDARD, Sink};
pub use source::{check_readable, is_standard_input, standard_input};
pub use target::Target;
pub use upload::{UploadOptions, Uploaded, upload, upload_file, upload_stream};
