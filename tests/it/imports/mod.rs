//! Loading data: running imports and processes, and what becomes of rejected rows.

mod program;
