//! A scenario, served.

use std::time::Duration;

use super::super::super::Simulator;
use super::read;

#[tokio::test]
async fn its_settings_reach_the_simulator() {
    let scenario = read(
        "base = \"demo\"\nkeep_requests = 7\n[clock]\nstart = \"2026-03-31T23:59:00Z\"\nfrozen = true\n[limits]\nrequests_per_minute = 0\npage_cap = 2\nitems = 9\ntoken_lifetime = \"5s\"\n[[faults]]\non = \"GET /2/0/models\"\nnth = 2\nreset = true\n[nasty]\ngzip = false\nrepeat_read_header = true\nchunk_edges = [3, 5]\nunknown_fields = true\n",
    );
    let simulator: Simulator = scenario.builder().start().await.expect("a free port");
    assert_eq!(simulator.clock().now_ms(), 1_775_001_540_000);
    let limits = simulator.limits();
    assert_eq!((limits.requests_per_minute, limits.page_cap), (None, 2));
    assert_eq!(limits.token_lifetime, Duration::from_secs(5));
    assert_eq!(limits.chunk_size, 10_000_000, "the usual one");
    let state = format!("{simulator:?}");
    for setting in [
        "keep_requests: 7",
        "action: Reset",
        "gzip: false",
        "repeat_read_header: true",
        "items: 9",
        "chunk_edges: At([3, 5])",
        "unknown_fields: true",
    ] {
        assert!(state.contains(setting), "{setting} in {state}");
    }
}
