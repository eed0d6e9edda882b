//! The driver as its traits show it, against the simulator. What a driver manager makes of the shared
//! library, `tests/python/adbc` shows.

mod browse;
mod cancel;
mod connect;
mod load;
mod options;
mod parameters;
mod queries;
mod slt;
mod support;
