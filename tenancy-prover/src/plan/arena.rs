//! The columns and references of a plan by their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ColId, ColInfo, Identity, JoinPlace, Notes, ScanId, ScanInfo};

/// Everything that the plan's ids stand for.
#[derive(Debug)]
pub(crate) struct Arena {
    /// How the project's tenant ids compare: a column of another identity is never compared with `$tenant`.
    pub(crate) tenant: Identity,
    columns: Vec<ColInfo>,
    /// Ranges of columns that are copies of others, in order.
    copies: Vec<Copied>,
    pub(crate) scans: Vec<ScanInfo>,
    /// For messages: references whose join leaves no room for a plain predicate.
    pub(crate) joins: BTreeMap<ScanId, JoinPlace>,
    /// For suggestions: what the view around a reference calls its tenant column.
    pub(crate) shown: BTreeMap<ScanId, Arc<str>>,
    /// What a reader of the proof wants to know, if there is one.
    pub(crate) notes: Option<Box<Notes>>,
}

/// A range of columns that are copies: each reference to a common table expression makes one of all its columns, so the
/// numbers of a chain of them grow as its square. What is known of them does not.
#[derive(Debug, Clone, Copy)]
struct Copied {
    first: ColId,
    end: ColId,
    /// The original of the first.
    from: ColId,
    /// Copies up to here, these included.
    all: u32,
}

impl Arena {
    /// An empty arena for tenants of that identity.
    pub(crate) const fn new(tenant: Identity) -> Self {
        Self {
            tenant,
            columns: Vec::new(),
            copies: Vec::new(),
            scans: Vec::new(),
            joins: BTreeMap::new(),
            shown: BTreeMap::new(),
            notes: None,
        }
    }

    /// The next column id.
    pub(crate) fn next(&self) -> ColId {
        ColId(u32::try_from(self.len()).unwrap_or(u32::MAX))
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.columns.len() + self.copies.last().map_or(0, |last| last.all as usize)
    }

    /// New columns of which the same is known as of `len` others from `from` on.
    pub(crate) fn copy(&mut self, from: ColId, len: u32) {
        let first = self.next();
        let before = self.copies.last().map_or(0, |last| last.all);
        self.copies.push(Copied {
            first,
            end: ColId(first.0.saturating_add(len)),
            from,
            all: before.saturating_add(len),
        });
    }

    /// A new column.
    pub(crate) fn column(&mut self, info: ColInfo) -> ColId {
        let id = self.next();
        self.columns.push(info);
        id
    }

    /// What is known of a column.
    pub(crate) fn info(&self, id: ColId) -> ColInfo {
        let mut id = id;
        let before = loop {
            let at = self.copies.partition_point(|copied| copied.first <= id);
            match at.checked_sub(1).and_then(|at| self.copies.get(at)) {
                Some(copied) if id < copied.end => id = ColId(copied.from.0 + (id.0 - copied.first.0)),
                Some(copied) => break copied.all,
                None => break 0,
            }
        };
        self.columns
            .get((id.0 - before) as usize)
            .copied()
            .unwrap_or(ColInfo::OPAQUE)
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;
    use crate::plan::{ColId, ColInfo, Identity};

    #[test]
    fn of_a_copy_the_same_is_known_as_of_its_original() {
        let mut arena = Arena::new(Identity::Text);
        let kinds = [Identity::Text, Identity::Uuid, Identity::Int, Identity::Date];
        let identity = |identity| ColInfo {
            identity: Some(identity),
            ..ColInfo::OPAQUE
        };
        for kind in kinds {
            arena.column(identity(kind));
        }
        arena.copy(ColId(1), 3);
        let behind = arena.column(identity(Identity::Bool));
        assert_eq!(behind, ColId(7));
        // A copy of a copy, and of what stands behind it.
        arena.copy(ColId(4), 4);
        arena.copy(ColId(0), 0);
        let last = arena.column(identity(Identity::Timestamp));
        assert_eq!((last, arena.len()), (ColId(12), 13));
        let [a, b, c, d] = kinds;
        let (e, f) = (Identity::Bool, Identity::Timestamp);
        let all = [a, b, c, d, b, c, d, e, b, c, d, e, f];
        for (number, kind) in (0..).zip(all) {
            assert_eq!(arena.info(ColId(number)).identity, Some(kind), "{number}");
        }
        assert_eq!(arena.info(ColId(13)).identity, None);
    }
}
