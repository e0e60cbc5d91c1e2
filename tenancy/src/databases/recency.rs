//! Entries in the order in which they came to a list.

use std::collections::BTreeMap;

use super::state::Id;

/// A list of entries, the one that has been on it longest first.
///
/// Each entry remembers its position itself.
#[derive(Default)]
pub(super) struct Recency {
    order: BTreeMap<u64, Id>,
    next: u64,
}

impl Recency {
    /// Puts an entry at the end of the list, or takes it off; one that is on the list keeps its position.
    pub(super) fn set(&mut self, position: &mut Option<u64>, listed: bool, id: Id) {
        match (*position, listed) {
            (None, true) => {
                self.next += 1;
                self.order.insert(self.next, id);
                *position = Some(self.next);
            }
            (Some(at), false) => {
                self.order.remove(&at);
                *position = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// The entry that has been on the list longest.
    pub(super) fn oldest(&self) -> Option<Id> {
        self.order.first_key_value().map(|(_, id)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_came_is_the_oldest() {
        let mut list = Recency::default();
        let (mut one, mut two) = (None, None);
        list.set(&mut one, true, 1);
        list.set(&mut two, true, 2);
        list.set(&mut one, true, 1);
        assert_eq!(list.oldest(), Some(1));
        list.set(&mut one, false, 1);
        list.set(&mut one, true, 1);
        assert_eq!(list.oldest(), Some(2));
        list.set(&mut two, false, 2);
        list.set(&mut two, false, 2);
        assert_eq!(list.oldest(), Some(1));
    }
}
