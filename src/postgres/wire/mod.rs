//! PostgreSQL's messages, and the socket that they come and go by.

mod backend;
mod frontend;
mod socket;

pub(super) use backend::Severity;
pub(super) use frontend::{Frontend, Target};
pub(super) use socket::{LONGEST_MESSAGE, Socket, Stream};
