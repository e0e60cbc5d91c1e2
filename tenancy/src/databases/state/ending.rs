//! How pools and connections come to their end, and who gets what they had.

use tokio::time::Instant;

use super::{Effects, Id, Phase, State};
use crate::tenant::TenantId;

impl<M: Clone> State<M> {
    /// No caller finds the entry any more; it is closed after the work under way.
    pub(in crate::databases) fn retire(&mut self, id: Id, fx: &mut Effects<M>) {
        self.unlist(id);
        self.settle(id);
        match self.entries.get(&id) {
            Some(entry) if entry.pins == 0 && entry.phase == Phase::Open => self.begin_close(id, fx),
            Some(_) | None => {}
        }
    }

    /// Retires the entries of a tenant, and forgets its failures. Returns what is not closed yet.
    pub(in crate::databases) fn invalidate(&mut self, tenant: &TenantId, fx: &mut Effects<M>) -> Vec<M> {
        self.failures.forget(tenant);
        let of_tenant = self.entries.iter().filter(|(_, entry)| entry.tenant == *tenant);
        let ids = of_tenant.map(|(id, _)| *id).collect();
        self.retire_all(ids, fx)
    }

    /// Retires all entries for good. Returns what is not closed yet.
    pub(in crate::databases) fn shut(&mut self, fx: &mut Effects<M>) -> Vec<M> {
        self.closed = true;
        let ids = self.entries.keys().copied().collect();
        self.retire_all(ids, fx)
    }

    fn retire_all(&mut self, ids: Vec<Id>, fx: &mut Effects<M>) -> Vec<M> {
        let mut members = Vec::with_capacity(ids.len());
        for id in ids {
            members.extend(self.entries.get(&id).map(|entry| entry.member.clone()));
            self.retire(id, fx);
        }
        members
    }

    /// Closes pools that nobody has used since `before`.
    pub(in crate::databases) fn sweep(&mut self, before: Instant, fx: &mut Effects<M>) {
        while let Some(id) = self.idle.oldest()
            && self
                .entries
                .get(&id)
                .is_some_and(|entry| entry.last_used <= before)
        {
            self.begin_close(id, fx);
        }
    }

    /// Closes for those who wait: pools that nobody uses, least recently used first, and then connections that their
    /// tenant does not use now.
    pub(super) fn relieve(&mut self, fx: &mut Effects<M>) {
        while !self.supplied() {
            if let Some(id) = self.idle.oldest() {
                self.counters.evictions += 1;
                self.begin_close(id, fx);
            } else if self.connections.waiting() > self.trimming as usize
                && let Some(id) = self.spare.oldest()
            {
                self.trim(id, fx);
            } else {
                return;
            }
        }
    }

    fn trim(&mut self, id: Id, fx: &mut Effects<M>) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.spare -= 1;
            // It keeps the pool open until the connection is closed.
            entry.pins += 1;
            self.trimming += 1;
            fx.trim.push((id, entry.member.clone()));
            self.settle(id);
        }
    }

    /// A connection of the entry's pool was closed for others.
    pub(in crate::databases) fn trimmed(&mut self, id: Id, fx: &mut Effects<M>) {
        self.trimming -= 1;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.granted -= 1;
        }
        self.give_connection(fx);
        self.unpin(id, fx);
    }

    /// Gives a connection back to the limit, or to whoever waits longest for one.
    fn give_connection(&mut self, fx: &mut Effects<M>) {
        while let Some((ticket, waiter)) = self.connections.give_back() {
            if let Some(entry) = self.entries.get_mut(&waiter.entry) {
                entry.waiting.remove(&ticket);
                entry.granted += 1;
                entry.out += 1;
                fx.wake.push(waiter.wake);
                return;
            }
        }
    }

    /// Gives a place back to the limit, or to whoever waits longest for one.
    fn give_place(&mut self, fx: &mut Effects<M>) {
        while let Some((_, waiter)) = self.pools.give_back() {
            if let Some(entry) = self.entries.get_mut(&waiter.entry) {
                entry.place = true;
                fx.wake.push(waiter.wake);
                return;
            }
        }
    }

    pub(super) fn begin_close(&mut self, id: Id, fx: &mut Effects<M>) {
        self.unlist(id);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.phase == Phase::Closing {
            return;
        }
        entry.phase = Phase::Closing;
        self.closing += 1;
        fx.close.push((id, entry.member.clone()));
        self.settle(id);
    }

    /// The entry's pool is closed.
    pub(in crate::databases) fn closed(&mut self, id: Id, fx: &mut Effects<M>) {
        self.closing -= 1;
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        for _ in 0..entry.granted {
            self.give_connection(fx);
        }
        if entry.place {
            self.give_place(fx);
        }
        fx.gone.push(entry.member);
        self.relieve(fx);
    }
}
