//! The runtime in which everything is done.

use std::panic::AssertUnwindSafe;
use std::sync::{OnceLock, mpsc};

use adbc_core::error::Result;
use anaplan_sql::ErrorKind;
use futures::FutureExt;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::cancel::Cancelled;
use crate::error::{cancelled, panicked, told};

/// The threads of a host have small stacks at times; planning takes a deep one.
const STACK: usize = 8 << 20;

/// One for the process: a driver manager may load the library, and never let go of it.
pub(crate) fn runtime() -> Result<&'static Handle> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .thread_name("adbc-anaplan")
            .thread_stack_size(STACK)
            .enable_all()
            .build()
    });
    match runtime {
        Ok(runtime) => Ok(runtime.handle()),
        Err(error) => Err(told(
            &anaplan_sql::Error::new(ErrorKind::Io, "no threads can be started")
                .with_source(error.to_string()),
        )),
    }
}

/// Has the runtime do something, and waits for it wherever the caller is, in a runtime of its own
/// too. What is cancelled is dropped where it is.
pub(crate) fn run<T: Send + 'static>(
    mut cancel: Cancelled,
    work: impl Future<Output = anaplan_sql::Result<T>> + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime()?.spawn(async move {
        let work = AssertUnwindSafe(work).catch_unwind();
        let done = tokio::select! {
            biased;
            () = cancel.wait() => Err(cancelled()),
            done = work => done.unwrap_or_else(|_| Err(panicked())),
        };
        // Nobody waits if the caller's thread has been ended.
        let _ = sender.send(done);
    });
    match receiver.recv() {
        Ok(done) => done.map_err(|error| told(&error)),
        Err(_) => Err(told(&panicked())),
    }
}

#[cfg(test)]
mod tests {
    use adbc_core::CancelHandle;
    use adbc_core::error::Status;

    use super::*;
    use crate::cancel::Cancel;

    #[test]
    fn work_is_done_and_panics_are_caught() {
        let cancel = Cancel::default();
        assert_eq!(run(cancel.listen(), async { Ok(1) }), Ok(1));
        let error = run(cancel.listen(), async {
            assert!(std::hint::black_box(false), "on purpose");
            Ok(())
        });
        assert_eq!(error.expect_err("a panic").status, Status::Internal);
        assert_eq!(run(cancel.listen(), async { Ok(2) }), Ok(2));
    }

    #[tokio::test]
    async fn a_caller_may_be_in_a_runtime() {
        assert_eq!(run(Cancel::default().listen(), async { Ok(1) }), Ok(1));
    }

    #[test]
    fn what_is_cancelled_ends() {
        let cancel = Cancel::default();
        let other = cancel.clone();
        let (started, begun) = mpsc::channel();
        let waiting = std::thread::spawn(move || {
            let cancelled = other.listen();
            run(cancelled, async move {
                started.send(()).expect("heard");
                std::future::pending::<anaplan_sql::Result<()>>().await
            })
        });
        begun.recv().expect("begun");
        cancel.try_cancel().expect("cancelled");
        let error = waiting.join().expect("no panic").expect_err("cancelled");
        assert_eq!(error.status, Status::Cancelled);
        // What comes later is not concerned.
        assert_eq!(run(cancel.listen(), async { Ok(1) }), Ok(1));
    }
}
