//! What a caller holds: a pin on the tenant's pool, a slot, a connection. Dropped at any point, it goes back.

use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use sqlx::pool::PoolConnection;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

use super::error::{Failure, UnavailableError};
use super::limit::Ticket;
use super::shared::{END_TIMEOUT, Member, Shared};
use super::state::{Id, Queue, Turn};
use crate::driver::Driver;

/// A pin on an entry, and perhaps a slot of it.
pub(super) struct Hold<DB: Driver> {
    shared: Arc<Shared<DB>>,
    id: Id,
    slot: bool,
}

impl<DB: Driver> Hold<DB> {
    /// Takes care of a pin that was taken.
    pub(super) fn pin(shared: &Arc<Shared<DB>>, id: Id) -> Self {
        Self {
            shared: Arc::clone(shared),
            id,
            slot: false,
        }
    }

    /// Both, to be given back together.
    pub(super) fn with(mut self, mut slot: Slot<DB>) -> Self {
        slot.held = false;
        self.slot = true;
        self
    }
}

impl<DB: Driver> Drop for Hold<DB> {
    fn drop(&mut self) {
        let (id, slot) = (self.id, self.slot);
        self.shared.with(|state, fx| {
            if slot {
                state.done(id, fx);
            } else {
                state.unpin(id, fx);
            }
        });
    }
}

/// The right to one connection of an entry's pool.
pub(super) struct Slot<DB: Driver> {
    shared: Arc<Shared<DB>>,
    id: Id,
    held: bool,
}

impl<DB: Driver> Slot<DB> {
    fn new(shared: &Arc<Shared<DB>>, id: Id) -> Self {
        Self {
            shared: Arc::clone(shared),
            id,
            held: true,
        }
    }

    /// Waits for a slot; `None` if the entry was closed.
    pub(super) async fn wait(
        mut turn: Coming<DB>,
        member: &Member<DB>,
        deadline: Instant,
    ) -> Result<Option<Self>, Failure> {
        loop {
            let mut queued = match turn {
                Coming::Slot(slot) => return Ok(Some(slot)),
                Coming::Gone => return Ok(None),
                Coming::Queued(queued) => queued,
            };
            queued.wait(member, deadline).await?;
            turn = match queued.queue {
                Queue::Own => queued
                    .shared
                    .turn(queued.id, |state, fx| state.connection(queued.id, fx)),
                Queue::Connections => Coming::Slot(Self::new(&queued.shared, queued.id)),
                Queue::Pools => Coming::Gone,
            };
        }
    }
}

impl<DB: Driver> Drop for Slot<DB> {
    fn drop(&mut self) {
        let id = self.id;
        if self.held {
            self.shared.with(|state, fx| state.release(id, fx));
        }
    }
}

/// A slot, or the place in a queue for one.
pub(super) enum Coming<DB: Driver> {
    Slot(Slot<DB>),
    Queued(Queued<DB>),
    Gone,
}

impl<DB: Driver> Coming<DB> {
    pub(super) fn new(shared: &Arc<Shared<DB>>, id: Id, turn: Turn) -> Self {
        match turn {
            Turn::Now => Self::Slot(Slot::new(shared, id)),
            Turn::Wait(queue, ticket, receiver) => {
                Self::Queued(Queued::new(shared, id, queue, ticket, receiver))
            }
            Turn::Gone => Self::Gone,
        }
    }
}

/// A place in a queue. Dropped before its turn has come, it leaves the queue, and what was given in the meantime goes
/// back.
pub(super) struct Queued<DB: Driver> {
    shared: Arc<Shared<DB>>,
    id: Id,
    queue: Queue,
    ticket: Ticket,
    receiver: oneshot::Receiver<()>,
    came: bool,
}

impl<DB: Driver> Queued<DB> {
    pub(super) fn new(
        shared: &Arc<Shared<DB>>,
        id: Id,
        queue: Queue,
        ticket: Ticket,
        receiver: oneshot::Receiver<()>,
    ) -> Self {
        Self {
            shared: Arc::clone(shared),
            id,
            queue,
            ticket,
            receiver,
            came: false,
        }
    }

    /// Waits for its turn. What was given is the caller's from then on.
    pub(super) async fn wait(&mut self, member: &Member<DB>, deadline: Instant) -> Result<(), Failure> {
        if let Ok(Ok(())) = timeout_at(deadline, &mut self.receiver).await {
            self.came = true;
            return Ok(());
        }
        let queue = self.queue;
        let limit = self.shared.with(|state, _| {
            state.timed_out();
            state.limit(queue)
        });
        let tenant = member.gate.tenant().clone();
        let waited = self.shared.settings.wait_timeout;
        Err(Failure::Unavailable(match queue {
            Queue::Pools => UnavailableError::Pools {
                tenant,
                limit,
                waited,
            },
            Queue::Connections => UnavailableError::Connections {
                tenant,
                limit,
                waited,
            },
            Queue::Own => UnavailableError::TenantConnections {
                tenant,
                limit,
                waited,
            },
        }))
    }
}

impl<DB: Driver> Drop for Queued<DB> {
    fn drop(&mut self) {
        if self.came {
            return;
        }
        let (queue, id, ticket) = (self.queue, self.id, self.ticket);
        self.shared.with(|state, fx| state.leave(queue, id, ticket, fx));
    }
}

/// A connection to a tenant's database.
///
/// Its slot is given back when the connection is in its pool again, or closed.
pub(crate) struct Leased<DB: Driver> {
    /// Taken on drop only.
    raw: Option<PoolConnection<DB>>,
    hold: Option<Hold<DB>>,
    close: bool,
}

impl<DB: Driver> Leased<DB> {
    /// Takes a connection out of the pool, or opens one more.
    pub(super) async fn connect(member: Arc<Member<DB>>, hold: Hold<DB>) -> Result<Self, Failure> {
        let raw = member.connect(hold.shared.settings.connect_timeout).await;
        let gate = &member.gate;
        if gate.refused().is_some() {
            // The rest of the pool is not to be trusted either.
            hold.shared.with(|state, fx| state.retire(hold.id, fx));
        }
        let leased = Self {
            raw: Some(raw?),
            hold: Some(hold),
            close: false,
        };
        match gate.refused() {
            Some(failure) => Err(failure),
            None => Ok(leased),
        }
    }

    /// Whatever is on the connection, nobody else gets it.
    pub(crate) fn close_on_drop(&mut self) {
        self.close = true;
    }
}

impl<DB: Driver> Member<DB> {
    /// A connection of the pool, which has proved that the database is the tenant's.
    pub(super) async fn connect(&self, longest: std::time::Duration) -> Result<PoolConnection<DB>, Failure> {
        let Some(pool) = self.pool.get() else {
            return Err(UnavailableError::Closed.into());
        };
        let mut acquire = pin!(pool.acquire());
        // A connection that is there costs no look at the gate.
        let at_once = poll_fn(|cx| Poll::Ready(acquire.as_mut().poll(cx))).await;
        let acquired = match at_once {
            Poll::Ready(acquired) => Some(acquired),
            Poll::Pending => {
                let mut refusal = pin!(self.gate.refusal());
                poll_fn(|cx| {
                    if let Poll::Ready(acquired) = acquire.as_mut().poll(cx) {
                        return Poll::Ready(Some(acquired));
                    }
                    refusal.as_mut().poll(cx).map(|()| None)
                })
                .await
            }
        };
        match (self.gate.refused(), acquired) {
            (_, Some(Ok(connection))) => Ok(connection),
            (Some(failure), _) => Err(failure),
            (None, Some(Err(error))) => Err(self.gate.unavailable(error, longest)),
            (None, None) => Err(UnavailableError::Closed.into()),
        }
    }
}

impl<DB: Driver> Deref for Leased<DB> {
    type Target = PoolConnection<DB>;

    fn deref(&self) -> &Self::Target {
        self.raw
            .as_ref()
            .expect("the connection is there until it is dropped")
    }
}

impl<DB: Driver> DerefMut for Leased<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.raw
            .as_mut()
            .expect("the connection is there until it is dropped")
    }
}

impl<DB: Driver> Drop for Leased<DB> {
    fn drop(&mut self) {
        let (Some(mut raw), hold) = (self.raw.take(), self.hold.take()) else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            // Nobody is there who could ask the server anything: the connection is dropped.
            drop(raw.return_to_pool());
            return;
        };
        if self.close {
            runtime.spawn(async move {
                let _ = timeout(END_TIMEOUT, raw.close()).await;
                drop(hold);
            });
        } else {
            let back = raw.return_to_pool();
            runtime.spawn(async move {
                let _ = timeout(END_TIMEOUT, back).await;
                drop(hold);
            });
        }
    }
}
