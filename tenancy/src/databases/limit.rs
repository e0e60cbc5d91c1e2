//! A number of things of which each can be had once, and those who wait for one.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::state::Id;

/// The place of somebody in a queue; who came first has the lower number, in all queues together.
pub(super) type Ticket = u64;

/// Somebody who waits on behalf of an entry.
pub(super) struct Waiter {
    pub(super) entry: Id,
    pub(super) wake: oneshot::Sender<()>,
}

/// A limit and the queue in front of it.
///
/// Invariant: while somebody waits, nothing is free. What is given back goes to whoever waits longest, before anybody who
/// comes later can take it.
pub(super) struct Limit {
    most: u32,
    free: u32,
    queue: BTreeMap<Ticket, Waiter>,
}

impl Limit {
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            free: most,
            queue: BTreeMap::new(),
        }
    }

    /// How many there are.
    pub(super) fn most(&self) -> u32 {
        self.most
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> u32 {
        self.most - self.free
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Who waits longest.
    pub(super) fn first(&self) -> Option<Ticket> {
        self.queue.first_key_value().map(|(ticket, _)| *ticket)
    }

    /// Takes one, if one is free.
    pub(super) fn take(&mut self) -> bool {
        let free = self.free > 0;
        self.free -= u32::from(free);
        free
    }

    pub(super) fn join(&mut self, ticket: Ticket, waiter: Waiter) {
        debug_assert_eq!(self.free, 0, "somebody waits for what is free");
        self.queue.insert(ticket, waiter);
    }

    /// Takes somebody out of the queue; `None` if it was their turn already.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Waiter> {
        self.queue.remove(&ticket)
    }

    /// Gives one back: to the one who waits longest, who is returned, or to the free ones.
    pub(super) fn give_back(&mut self) -> Option<(Ticket, Waiter)> {
        let next = self.queue.pop_first();
        self.free += u32::from(next.is_none());
        debug_assert!(self.free <= self.most, "more was given back than was taken");
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiter(entry: Id) -> Waiter {
        let (wake, _) = oneshot::channel();
        Waiter { entry, wake }
    }

    #[test]
    fn what_is_given_back_goes_to_who_waits_longest() {
        let mut limit = Limit::new(1);
        assert!(limit.take());
        assert!(!limit.take());
        limit.join(7, waiter(70));
        limit.join(5, waiter(50));
        assert_eq!(limit.first(), Some(5));
        assert_eq!(limit.give_back().map(|(_, waiter)| waiter.entry), Some(50));
        assert!(!limit.take(), "it has gone to the one who waited");
        assert!(limit.leave(7).is_some());
        assert!(limit.leave(7).is_none());
        assert!(limit.give_back().is_none());
        assert_eq!((limit.taken(), limit.waiting()), (0, 0));
        assert!(limit.take());
    }
}
