//! The opening of a pool: a task of its own, which all who want the pool wait for.

use std::sync::Arc;

use tokio::time::{Instant, timeout};

use super::error::Failure;
use super::lease::{Queued, Slot};
use super::shared::{Member, Shared};
use super::state::Turn;
use crate::driver::Driver;

/// What became of the opening.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// It goes on.
    Pending,
    Open,
    /// All who waited for it share the failure.
    Failed(Failure),
    /// It was cut off, by the end of its runtime or because nobody waited any more.
    Abandoned,
}

/// The opening of one pool. If it is dropped before it is done, the books and those who wait are told.
///
/// While it waits for its turn it ends with the last caller that is interested. Once it connects it goes on without them, for
/// at most the time that connecting may take: callers that are always in too great a hurry would otherwise never find it
/// open.
pub(super) struct Attempt<DB: Driver> {
    shared: Arc<Shared<DB>>,
    member: Arc<Member<DB>>,
    over: bool,
}

impl<DB: Driver> Attempt<DB> {
    /// The caller holds a pin on the entry.
    pub(super) fn start(shared: &Arc<Shared<DB>>, member: &Arc<Member<DB>>) {
        shared.keep_sweeping();
        let attempt = Self {
            shared: Arc::clone(shared),
            member: Arc::clone(member),
            over: false,
        };
        let task = tokio::spawn(attempt.run());
        // Nobody else starts this attempt.
        let _ = member.attempt.set(task.abort_handle());
    }

    async fn run(mut self) {
        let opened = self.open().await;
        let id = self.member.id;
        self.over = true;
        let outcome = match opened {
            Ok(true) => {
                self.shared.with(|state, fx| state.opened(id, fx));
                Outcome::Open
            }
            Ok(false) => {
                self.shared.with(|state, fx| state.not_opened(id, None, fx));
                Outcome::Abandoned
            }
            Err(Refusal { failure, remember }) => {
                let kept = remember.then_some(&failure);
                self.shared.with(|state, fx| state.not_opened(id, kept, fx));
                Outcome::Failed(failure)
            }
        };
        self.member.tell(outcome);
    }

    /// False if nobody waits for it.
    async fn open(&self) -> Result<bool, Refusal> {
        let (shared, member, id) = (&self.shared, &self.member, self.member.id);
        let deadline = Instant::now() + shared.settings.wait_timeout;
        match shared.with(|state, fx| state.place(id, fx)) {
            Turn::Now => {}
            Turn::Gone => return Ok(false),
            Turn::Wait(queue, ticket, receiver) => {
                let mut queued = Queued::new(shared, id, queue, ticket, receiver);
                queued.wait(member, deadline).await.map_err(Refusal::limit)?;
            }
        }
        let turn = shared.turn(id, |state, fx| state.slot(id, fx));
        let Some(_slot) = Slot::wait(turn, member, deadline).await.map_err(Refusal::limit)? else {
            return Ok(false);
        };
        if !shared.with(|state, _| state.connecting(id)) {
            return Ok(false);
        }
        let gate = Arc::clone(&member.gate);
        let pool = shared
            .pool
            .clone()
            .after_connect(move |connection, _| {
                let gate = Arc::clone(&gate);
                Box::pin(async move { gate.admit::<DB>(connection).await })
            })
            .connect_lazy_with(member.options.clone());
        let longest = shared.settings.connect_timeout;
        let _ = member.pool.set(pool);
        let first = async {
            let mut connection = member.connect(longest).await?;
            if let Some(failure) = member.gate.refused() {
                return Err(failure);
            }
            connection.return_to_pool().await;
            Ok(())
        };
        match timeout(longest, first).await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(failure)) => Err(Refusal::of_database(failure)),
            Err(_) => Err(Refusal::of_database(member.gate.no_answer(longest))),
        }
    }
}

impl<DB: Driver> Drop for Attempt<DB> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let id = self.member.id;
        self.shared.with(|state, fx| state.not_opened(id, None, fx));
        self.member.tell(Outcome::Abandoned);
    }
}

/// Why a pool was not opened.
struct Refusal {
    failure: Failure,
    /// Whether it is the database's fault, and will be there again.
    remember: bool,
}

impl Refusal {
    fn limit(failure: Failure) -> Self {
        Self {
            failure,
            remember: false,
        }
    }

    fn of_database(failure: Failure) -> Self {
        Self {
            failure,
            remember: true,
        }
    }
}
