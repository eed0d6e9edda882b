//! Behaviour tests: the library and the program against the simulator, counting requests as well
//! as rows. One binary, so that DataFusion is linked once.

mod browser;
mod certificate;
mod control;
mod download;
mod embed;
mod explain;
mod hazards;
mod information;
mod layouts;
mod lists;
mod memory;
mod modules;
mod names;
mod oauth;
mod oauth_flows;
mod oauth_refusals;
mod oauth_store;
mod oauth_torture;
mod procedures;
mod process;
mod program;
mod prompt;
mod proxy;
mod query;
mod runs;
mod scenario;
mod signin;
mod slt;
mod stacked;
mod staleness;
mod support;
mod tasks;
mod terminal;
mod tls;
mod views;
