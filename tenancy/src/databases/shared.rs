//! What all users of the pools share, and what is done when the lock on it is free.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sqlx::Pool;
use sqlx::pool::PoolOptions;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant, sleep, timeout};

use super::gate::Gate;
use super::lease::Coming;
use super::opening::Outcome;
use super::state::{Effects, Id, State, Turn};
use crate::driver::{Driver, Options};
use crate::settings::DatabaseSettings;
use crate::tenant::{DatabaseName, TenantId};

/// How long the end of a connection or pool may take, before it is dropped.
pub(super) const END_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct Shared<DB: Driver> {
    state: Mutex<State<Arc<Member<DB>>>>,
    pub(super) settings: DatabaseSettings,
    pub(super) pool: PoolOptions<DB>,
    sweeper: Mutex<Option<JoinHandle<()>>>,
}

/// What is kept for each entry besides the books.
pub(super) struct Member<DB: Driver> {
    pub(super) id: Id,
    pub(super) options: Options<DB>,
    pub(super) pool: OnceLock<Pool<DB>>,
    pub(super) gate: Arc<Gate>,
    pub(super) attempt: OnceLock<AbortHandle>,
    outcome: watch::Sender<Outcome>,
    closed: watch::Sender<bool>,
}

impl<DB: Driver> Member<DB> {
    pub(super) fn new(id: Id, tenant: &TenantId, name: &DatabaseName, options: Options<DB>) -> Self {
        Self {
            id,
            options,
            pool: OnceLock::new(),
            gate: Arc::new(Gate::new(tenant.clone(), name.clone())),
            attempt: OnceLock::new(),
            outcome: watch::Sender::new(Outcome::Pending),
            closed: watch::Sender::new(false),
        }
    }

    /// What became of the attempt to open it; [`Outcome::Pending`] if that takes longer than it may.
    pub(super) async fn outcome(&self, longest: Duration) -> Outcome {
        let mut outcome = self.outcome.subscribe();
        let over = timeout(
            longest,
            outcome.wait_for(|outcome| !matches!(outcome, Outcome::Pending)),
        );
        match over.await {
            Ok(Ok(outcome)) => outcome.clone(),
            Ok(Err(_)) | Err(_) => Outcome::Pending,
        }
    }

    pub(super) fn tell(&self, outcome: Outcome) {
        self.outcome.send_replace(outcome);
    }

    /// Waits until the pool is closed.
    pub(super) async fn closed(&self) {
        let mut closed = self.closed.subscribe();
        // The sender is ours.
        let _ = closed.wait_for(|closed| *closed).await;
    }
}

impl<DB: Driver> Shared<DB> {
    /// The pools' own limits never apply before ours do, and their reaper is left out: it would open and close
    /// connections behind our books. Old and idle connections are closed when they are taken out.
    pub(super) fn new(settings: DatabaseSettings, pool: PoolOptions<DB>) -> Self {
        Self {
            state: Mutex::new(State::new(&settings)),
            pool: pool
                .max_connections(settings.max_connections_per_tenant)
                .min_connections(0)
                .acquire_timeout(settings.connect_timeout)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false),
            settings,
            sweeper: Mutex::new(None),
        }
    }

    /// Changes the books, and then does what they say.
    pub(super) fn with<T>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut State<Arc<Member<DB>>>, &mut Effects<Arc<Member<DB>>>) -> T,
    ) -> T {
        let mut fx = Effects::default();
        let result = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut state, &mut fx)
        };
        self.run(fx);
        result
    }

    /// As [`with`](Self::with); whoever has to wait leaves the queue when they are dropped.
    pub(super) fn turn(
        self: &Arc<Self>,
        id: Id,
        change: impl FnOnce(&mut State<Arc<Member<DB>>>, &mut Effects<Arc<Member<DB>>>) -> Turn,
    ) -> Coming<DB> {
        let turn = self.with(change);
        self.guard(id, turn)
    }

    pub(super) fn guard(self: &Arc<Self>, id: Id, turn: Turn) -> Coming<DB> {
        Coming::new(self, id, turn)
    }

    fn run(self: &Arc<Self>, fx: Effects<Arc<Member<DB>>>) {
        let Effects {
            wake,
            close,
            trim,
            abort,
            gone,
        } = fx;
        for waiter in wake {
            // Who has gone in the meantime gives back what was theirs.
            let _ = waiter.send(());
        }
        for member in abort {
            if let Some(attempt) = member.attempt.get() {
                attempt.abort();
            }
        }
        for (_, member) in trim {
            let end = Ending::new(self, &member, End::Connection);
            end.spawn(async move {
                let idle = member.pool.get().and_then(Pool::try_acquire);
                if let Some(connection) = idle {
                    let _ = connection.close().await;
                }
            });
        }
        for (_, member) in close {
            let end = Ending::new(self, &member, End::Pool);
            end.spawn(async move {
                if let Some(pool) = member.pool.get() {
                    pool.close().await;
                }
            });
        }
        drop(gone);
    }

    /// Sees to it that pools which nobody uses are closed after a while.
    pub(super) fn keep_sweeping(self: &Arc<Self>) {
        let mut sweeper = self.sweeper.lock().unwrap_or_else(PoisonError::into_inner);
        if sweeper.as_ref().is_some_and(|sweeper| !sweeper.is_finished()) {
            return;
        }
        let idle = self.settings.idle_timeout;
        let period = (idle / 4).clamp(Duration::from_millis(10), Duration::from_secs(30));
        let shared = Arc::downgrade(self);
        *sweeper = Some(tokio::spawn(async move {
            loop {
                sleep(period).await;
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                if let Some(before) = Instant::now().checked_sub(idle) {
                    shared.with(|state, fx| state.sweep(before, fx));
                }
            }
        }));
    }
}

/// The end of a pool or of one of its connections. It is entered in the books however its task ends.
struct Ending<DB: Driver> {
    shared: Arc<Shared<DB>>,
    member: Arc<Member<DB>>,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Connection,
    Pool,
}

impl<DB: Driver> Ending<DB> {
    fn new(shared: &Arc<Shared<DB>>, member: &Arc<Member<DB>>, end: End) -> Self {
        Self {
            shared: Arc::clone(shared),
            member: Arc::clone(member),
            end,
        }
    }

    fn spawn(self, work: impl Future<Output = ()> + Send + 'static) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let _end = self;
                let _ = timeout(END_TIMEOUT, work).await;
            });
        }
    }
}

impl<DB: Driver> Drop for Ending<DB> {
    fn drop(&mut self) {
        let id = self.member.id;
        match self.end {
            End::Connection => self.shared.with(|state, fx| state.trimmed(id, fx)),
            End::Pool => {
                self.shared.with(|state, fx| state.closed(id, fx));
                self.member.closed.send_replace(true);
            }
        }
    }
}
