//! What is known about the pools: who uses them, who waits, and what is to be closed for whom.
//!
//! All of it is under one lock, which is never held while anything is opened, closed or awaited: a transition changes the
//! books and says in [`Effects`] what has to be done once the lock is free. A transition costs a few look-ups in maps
//! of at most as many entries as there are pools.
//!
//! Invariants:
//! - An entry with a pin or with a slot in use is not closed; only a failure to open it closes it with pins, and those who
//!   hold them have then used nothing of it.
//! - An entry has taken `granted` of the connections' limit: `out` slots in use, `spare` ones, and those being trimmed. Its pool
//!   never has more connections than that, because each user holds a slot until the connection is back in the pool or
//!   closed. Only when the pool is closed, or a connection of it was trimmed, they are given back.
//! - A place among the pools is given back when the pool is closed.
//! - While somebody waits for a place or a connection, whatever can be closed for them is being closed (`relieve`).

mod ending;

use std::collections::{BTreeSet, HashMap};

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::error::{Failure, UnavailableError};
use super::failures::Failures;
use super::limit::{Limit, Ticket, Waiter};
use super::recency::Recency;
use super::stats::DatabaseStats;
use crate::settings::DatabaseSettings;
use crate::tenant::{DatabaseName, TenantId};

/// The number of an entry; no number is used twice.
pub(super) type Id = u64;

/// What is known, `M` being what the outside keeps for each entry.
pub(super) struct State<M> {
    per_tenant: u32,
    /// The entries that callers find.
    listed: HashMap<TenantId, Vec<(DatabaseName, Id)>>,
    /// All entries, until they are closed.
    entries: HashMap<Id, Entry<M>>,
    next: u64,
    pools: Limit,
    connections: Limit,
    /// Open pools that nobody uses.
    idle: Recency,
    /// Pools in use that have connections to spare.
    spare: Recency,
    closing: u32,
    trimming: u32,
    failures: Failures,
    counters: DatabaseStats,
    closed: bool,
}

struct Entry<M> {
    member: M,
    tenant: TenantId,
    name: DatabaseName,
    phase: Phase,
    /// Whether callers find it. One that is not is closed after the work under way.
    listed: bool,
    /// Callers that are interested, and trims under way.
    pins: u32,
    out: u32,
    granted: u32,
    spare: u32,
    /// Whether it has a place among the pools.
    place: bool,
    /// The slots that its tenant may use; who waits for a connection has one already.
    own: Limit,
    /// Who waits for a connection, also in the queue of all connections.
    waiting: BTreeSet<Ticket>,
    idle: Option<u64>,
    spare_since: Option<u64>,
    last_used: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waits for a place and a connection.
    Waiting,
    Connecting,
    Open,
    Closing,
}

/// What has to be done without the lock.
pub(super) struct Effects<M> {
    pub(super) wake: Vec<oneshot::Sender<()>>,
    pub(super) close: Vec<(Id, M)>,
    pub(super) trim: Vec<(Id, M)>,
    /// Attempts that nobody waits for.
    pub(super) abort: Vec<M>,
    /// What only has to be dropped.
    pub(super) gone: Vec<M>,
}

impl<M> Default for Effects<M> {
    fn default() -> Self {
        Self {
            wake: Vec::new(),
            close: Vec::new(),
            trim: Vec::new(),
            abort: Vec::new(),
            gone: Vec::new(),
        }
    }
}

/// How a caller finds the tenant's pool. The entry is pinned.
pub(super) enum Found {
    Open(Turn),
    Opening,
    /// The caller has to open it.
    New,
}

/// How a caller gets a slot.
pub(super) enum Turn {
    Now,
    Wait(Queue, Ticket, oneshot::Receiver<()>),
    /// The entry was closed.
    Gone,
}

/// What a caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    Pools,
    Connections,
    /// The tenant's own limit.
    Own,
}

impl<M: Clone> State<M> {
    pub(super) fn new(settings: &DatabaseSettings) -> Self {
        Self {
            per_tenant: settings.max_connections_per_tenant,
            listed: HashMap::new(),
            entries: HashMap::new(),
            next: 0,
            pools: Limit::new(settings.max_pools),
            connections: Limit::new(settings.max_connections),
            idle: Recency::default(),
            spare: Recency::default(),
            closing: 0,
            trimming: 0,
            failures: Failures::default(),
            counters: DatabaseStats::default(),
            closed: false,
        }
    }

    /// Pins the tenant's entry, which is made if there is none.
    pub(super) fn enter(
        &mut self,
        tenant: &TenantId,
        name: &DatabaseName,
        make: impl FnOnce(Id) -> M,
        fx: &mut Effects<M>,
    ) -> Result<(Id, M, Found), Failure> {
        if self.closed {
            return Err(UnavailableError::Closed.into());
        }
        let found = self
            .listed
            .get(tenant)
            .and_then(|known| known.iter().find(|(known, _)| known == name))
            .map(|(_, id)| *id);
        if let Some(id) = found
            && let Some(entry) = self.entries.get_mut(&id)
        {
            entry.pins += 1;
            let member = entry.member.clone();
            if entry.phase != Phase::Open {
                self.counters.misses += 1;
                return Ok((id, member, Found::Opening));
            }
            self.counters.hits += 1;
            let turn = self.slot(id, fx);
            return Ok((id, member, Found::Open(turn)));
        }
        let now = Instant::now();
        if let Some(failure) = self.failures.pause(tenant, name, now) {
            return Err(failure);
        }
        self.counters.misses += 1;
        let id = self.number();
        let member = make(id);
        let entry = Entry {
            member: member.clone(),
            tenant: tenant.clone(),
            name: name.clone(),
            phase: Phase::Waiting,
            listed: true,
            pins: 1,
            out: 0,
            granted: 0,
            spare: 0,
            place: false,
            own: Limit::new(self.per_tenant),
            waiting: BTreeSet::new(),
            idle: None,
            spare_since: None,
            last_used: now,
        };
        self.entries.insert(id, entry);
        let known = self.listed.entry(tenant.clone()).or_default();
        known.push((name.clone(), id));
        Ok((id, member, Found::New))
    }

    /// A place among the pools, for an entry that is to be opened.
    pub(super) fn place(&mut self, id: Id, fx: &mut Effects<M>) -> Turn {
        let Some(entry) = self.entries.get_mut(&id) else {
            return Turn::Gone;
        };
        if self.pools.take() {
            entry.place = true;
            return Turn::Now;
        }
        let (ticket, receiver) = self.queue(Queue::Pools, id);
        self.relieve(fx);
        Turn::Wait(Queue::Pools, ticket, receiver)
    }

    /// A slot: the right to one connection of the entry's pool.
    pub(super) fn slot(&mut self, id: Id, fx: &mut Effects<M>) -> Turn {
        let Some(entry) = self.entries.get_mut(&id) else {
            return Turn::Gone;
        };
        if entry.own.take() {
            return self.connection(id, fx);
        }
        let (ticket, receiver) = self.queue(Queue::Own, id);
        self.settle(id);
        Turn::Wait(Queue::Own, ticket, receiver)
    }

    /// The second half of [`slot`](Self::slot), for who may use one as far as the tenant's own limit goes.
    pub(super) fn connection(&mut self, id: Id, fx: &mut Effects<M>) -> Turn {
        let Some(entry) = self.entries.get_mut(&id) else {
            return Turn::Gone;
        };
        if entry.spare > 0 {
            entry.spare -= 1;
            entry.out += 1;
            self.settle(id);
            return Turn::Now;
        }
        if self.connections.take() {
            entry.granted += 1;
            entry.out += 1;
            self.settle(id);
            return Turn::Now;
        }
        let (ticket, receiver) = self.queue(Queue::Connections, id);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.waiting.insert(ticket);
        }
        self.settle(id);
        self.relieve(fx);
        Turn::Wait(Queue::Connections, ticket, receiver)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn queue(&mut self, queue: Queue, id: Id) -> (Ticket, oneshot::Receiver<()>) {
        let ticket = self.number();
        let (wake, receiver) = oneshot::channel();
        let waiter = Waiter { entry: id, wake };
        self.counters.waits += 1;
        match queue {
            Queue::Pools => self.pools.join(ticket, waiter),
            Queue::Connections => self.connections.join(ticket, waiter),
            Queue::Own => {
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.own.join(ticket, waiter);
                }
            }
        }
        (ticket, receiver)
    }

    /// Somebody waits no longer. What they were given in the meantime goes back.
    pub(super) fn leave(&mut self, queue: Queue, id: Id, ticket: Ticket, fx: &mut Effects<M>) {
        match queue {
            // A place is the entry's from the moment it is given, and goes back with the entry.
            Queue::Pools => drop(self.pools.leave(ticket)),
            Queue::Own => {
                let Some(entry) = self.entries.get_mut(&id) else {
                    return;
                };
                if entry.own.leave(ticket).is_none() {
                    self.give_own(id, fx);
                }
            }
            Queue::Connections => {
                if self.connections.leave(ticket).is_none() {
                    self.release(id, fx);
                    return;
                }
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.waiting.remove(&ticket);
                }
                self.give_own(id, fx);
            }
        }
    }

    /// Notes that somebody waited too long.
    pub(super) fn timed_out(&mut self) {
        self.counters.timeouts += 1;
    }

    fn give_own(&mut self, id: Id, fx: &mut Effects<M>) {
        if let Some(entry) = self.entries.get_mut(&id)
            && let Some((_, waiter)) = entry.own.give_back()
        {
            fx.wake.push(waiter.wake);
        }
    }

    /// Gives a slot back, whose connection is in the pool again or closed.
    pub(super) fn release(&mut self, id: Id, fx: &mut Effects<M>) {
        self.put_back(id, fx);
        self.relieve(fx);
    }

    /// Gives a slot back, and is no longer interested in the entry.
    pub(super) fn done(&mut self, id: Id, fx: &mut Effects<M>) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.pins -= 1;
        }
        self.put_back(id, fx);
        self.unpinned(id, fx);
        self.relieve(fx);
    }

    /// The connection goes to one who waits for a connection of this pool, if it is their turn among all who wait or if
    /// the others are being served; or else to the spare ones.
    fn put_back(&mut self, id: Id, fx: &mut Effects<M>) {
        self.give_own(id, fx);
        let supplied = self.supplied();
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.out -= 1;
        entry.last_used = Instant::now();
        if let Some(ticket) = entry.waiting.first().copied()
            && (supplied || self.connections.first() == Some(ticket))
            && let Some(waiter) = self.connections.leave(ticket)
        {
            entry.waiting.remove(&ticket);
            entry.out += 1;
            fx.wake.push(waiter.wake);
            return;
        }
        entry.spare += 1;
        self.settle(id);
    }

    /// Whether enough is being closed for everybody who waits.
    fn supplied(&self) -> bool {
        let demand = self.pools.waiting() + self.connections.waiting();
        demand <= (self.closing + self.trimming) as usize
    }

    /// Somebody is no longer interested in the entry.
    pub(super) fn unpin(&mut self, id: Id, fx: &mut Effects<M>) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.pins -= 1;
        }
        self.unpinned(id, fx);
        self.relieve(fx);
    }

    fn unpinned(&mut self, id: Id, fx: &mut Effects<M>) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.pins > 0 {
            return;
        }
        match entry.phase {
            Phase::Open if entry.listed => self.settle(id),
            Phase::Open => self.begin_close(id, fx),
            Phase::Waiting => {
                fx.abort.push(entry.member.clone());
                self.unlist(id);
            }
            // It will be there for the next caller.
            Phase::Connecting | Phase::Closing => {}
        }
    }

    /// The attempt has what it needs and connects; false if nobody waits for it any more.
    pub(super) fn connecting(&mut self, id: Id) -> bool {
        match self.entries.get_mut(&id) {
            Some(entry) if entry.pins > 0 => {
                entry.phase = Phase::Connecting;
                true
            }
            Some(_) | None => false,
        }
    }

    /// The pool is open.
    pub(super) fn opened(&mut self, id: Id, fx: &mut Effects<M>) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.phase = Phase::Open;
        entry.last_used = Instant::now();
        self.counters.opened += 1;
        let (idle, listed) = (entry.pins == 0, entry.listed);
        let tenant = entry.tenant.clone();
        self.failures.forget(&tenant);
        if idle && !listed {
            self.begin_close(id, fx);
            return;
        }
        self.settle(id);
        self.relieve(fx);
    }

    /// The attempt is over without a pool. A `failure` of the database is remembered.
    pub(super) fn not_opened(&mut self, id: Id, failure: Option<&Failure>, fx: &mut Effects<M>) {
        if let (Some(failure), Some(entry)) = (failure, self.entries.get(&id)) {
            self.counters.failures += 1;
            self.failures
                .note(&entry.tenant, &entry.name, Instant::now(), failure.clone());
        }
        self.begin_close(id, fx);
    }

    fn unlist(&mut self, id: Id) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if !std::mem::replace(&mut entry.listed, false) {
            return;
        }
        if let Some(known) = self.listed.get_mut(&entry.tenant) {
            known.retain(|(_, known)| *known != id);
            if known.is_empty() {
                self.listed.remove(&entry.tenant);
            }
        }
    }

    /// Puts the entry on the lists it belongs on.
    fn settle(&mut self, id: Id) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let open = entry.phase == Phase::Open;
        let idle = open && entry.listed && entry.pins == 0;
        self.idle.set(&mut entry.idle, idle, id);
        self.spare.set(
            &mut entry.spare_since,
            open && entry.pins > 0 && entry.spare > 0,
            id,
        );
    }

    pub(super) fn stats(&self) -> DatabaseStats {
        let mut stats = self.counters;
        let own_waits: usize = self.entries.values().map(|entry| entry.own.waiting()).sum();
        let waiting = own_waits + self.pools.waiting() + self.connections.waiting();
        stats.waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        stats.connections = self.connections.taken();
        for entry in self.entries.values() {
            stats.leased += entry.out;
            match entry.phase {
                Phase::Waiting | Phase::Connecting => stats.opening += 1,
                Phase::Open => stats.open += 1,
                Phase::Closing => stats.closing += 1,
            }
        }
        stats
    }

    /// The limit of a queue, for messages.
    pub(super) fn limit(&self, queue: Queue) -> u32 {
        match queue {
            Queue::Pools => self.pools.most(),
            Queue::Connections => self.connections.most(),
            Queue::Own => self.per_tenant,
        }
    }
}

#[cfg(test)]
impl<M: Clone> State<M> {
    /// Every entry with what it has taken of the connections.
    pub(super) fn granted(&self) -> Vec<(M, u32)> {
        let entries = self.entries.values();
        entries
            .map(|entry| (entry.member.clone(), entry.granted))
            .collect()
    }
}
