//! Behaviour tests: the library and the program against the simulator, counting requests as well
//! as rows. One binary, so that DataFusion is linked once.

mod layouts;
mod query;
mod staleness;
mod support;
