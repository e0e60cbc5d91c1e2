//! One thread with a large stack for all proofs of a compiler process: its pages are touched once, where a thread for
//! each statement would touch them a thousand times.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tenancy_prover::parse::with_large_stack;

type Job = Box<dyn FnOnce() + Send>;

static WORKER: Mutex<Option<Sender<Job>>> = Mutex::new(None);

/// Runs `work` on the worker and waits for it.
///
/// # Errors
/// What `work` panicked with.
pub(super) fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> thread::Result<T> {
    let (answer, answered) = channel();
    let job: Job = Box::new(move || {
        // Nobody waits any more only if the caller is gone; then the answer is of no use.
        drop(answer.send(catch_unwind(AssertUnwindSafe(work))));
    });
    submit(job);
    answered
        .recv()
        .unwrap_or_else(|_| Err(Box::new("the thread that proves statements ended early")))
}

/// Hands a job to the worker, which is started for the first one (and again, should it ever be gone).
fn submit(job: Job) {
    let mut worker = WORKER.lock().unwrap_or_else(PoisonError::into_inner);
    let job = match worker.as_ref() {
        None => job,
        Some(sender) => match sender.send(job) {
            Ok(()) => return,
            Err(returned) => returned.0,
        },
    };
    let (sender, jobs) = channel::<Job>();
    drop(sender.send(job));
    let started = thread::Builder::new().name("tenancy".to_owned()).spawn(move || {
        with_large_stack(|| {
            for job in jobs {
                job();
            }
        });
    });
    *worker = started.is_ok().then_some(sender);
}
