//! Progress bars for scans that take long.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{
    HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle,
};
use tokio::task::AbortHandle;

use super::report::{self, printable};
use crate::progress::{Phase, Progress, ScanState};

/// Work that is done sooner shows no bar.
const QUICK: Duration = Duration::from_millis(300);
const REFRESH: Duration = Duration::from_millis(100);

/// Shows a line for each running scan on standard error, until it is dropped.
#[derive(Debug)]
pub(super) struct Display {
    bars: MultiProgress,
    /// Whether anything may still be drawn; a drawing that is under way holds it.
    open: Arc<Mutex<bool>>,
    task: AbortHandle,
}

impl Display {
    /// Begins to show; in a runtime.
    pub(super) fn start(progress: Arc<Progress>) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        report::set_bars(Some(bars.clone()));
        let open = Arc::new(Mutex::new(true));
        let (all, may_draw) = (bars.clone(), Arc::clone(&open));
        let task = tokio::spawn(async move {
            tokio::time::sleep(QUICK).await;
            let mut shown = VecDeque::new();
            loop {
                if *may_draw.lock().unwrap_or_else(PoisonError::into_inner) {
                    draw(&all, &mut shown, &progress.states());
                }
                tokio::time::sleep(REFRESH).await;
            }
        });
        Self { bars, open, task: task.abort_handle() }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.task.abort();
        // A drawing that is under way ends first, and none comes after it.
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = false;
        report::set_bars(None);
        // What couldn't be drawn need not be wiped away.
        let _ = self.bars.clear();
    }
}

/// Makes the bars on the screen those of the running scans.
fn draw(all: &MultiProgress, shown: &mut VecDeque<ProgressBar>, states: &[ScanState]) {
    while shown.len() > states.len() {
        if let Some(bar) = shown.pop_back() {
            bar.finish_and_clear();
            all.remove(&bar);
        }
    }
    while shown.len() < states.len() {
        let bar = all.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        shown.push_back(bar);
    }
    for (bar, state) in shown.iter().zip(states) {
        bar.set_message(describe(state));
        bar.tick();
    }
}

/// One scan in a line.
fn describe(state: &ScanState) -> String {
    let doing = match state.phase {
        Phase::Idle => "about to start".to_owned(),
        Phase::Starting => "starting".to_owned(),
        Phase::Waiting => "waiting for the model".to_owned(),
        Phase::Running(None) => "running".to_owned(),
        Phase::Running(Some(part)) => format!("running {:.0} %", part * 100.0),
        Phase::Reading => {
            let rows = HumanCount(state.rows);
            format!("reading: {}{}, {rows} rows", chunks(state), HumanBytes(state.bytes))
        }
        Phase::Sending => format!("uploading: {}{}", chunks(state), HumanBytes(state.bytes)),
        Phase::Receiving => format!("downloading: {}{}", chunks(state), HumanBytes(state.bytes)),
        Phase::Models => {
            let (done, of) = state.chunks;
            format!("asking models: {done} of {of}, {} rows", HumanCount(state.rows))
        }
    };
    format!("{}: {doing}", printable(&state.name))
}

/// How many chunks have come or gone, where there are several.
fn chunks(state: &ScanState) -> String {
    match state.chunks {
        (_, 1) | (0, 0) => String::new(),
        (done, 0) => format!("chunk {done}, "),
        (done, of) => format!("chunk {done} of {of}, "),
    }
}
