//! Arguments in whose place `$tenant` is written: the caller passes them no longer, and those behind them move up.

use std::collections::BTreeSet;

use super::edit::Edits;
use super::text::Text;
use crate::Dialect;

impl Text<'_> {
    /// The arguments that nothing uses any more once `$tenant` stands at the tokens `replaced`, as they are written.
    pub(super) fn dropped(&self, replaced: &BTreeSet<usize>) -> Vec<&str> {
        let kept: BTreeSet<&str> = self
            .arguments()
            .filter(|(at, _)| !replaced.contains(at))
            .map(|(_, written)| written)
            .collect();
        let mut dropped: Vec<&str> = self
            .arguments()
            .filter(|(at, written)| replaced.contains(at) && (*written == "?" || !kept.contains(written)))
            .map(|(_, written)| written)
            .collect();
        dropped.dedup();
        dropped
    }

    /// PostgreSQL's arguments are numbered without gaps.
    pub(super) fn renumber(&self, replaced: &BTreeSet<usize>, edits: &mut Edits) -> Option<()> {
        if self.dialect != Dialect::Postgres || replaced.is_empty() {
            return Some(());
        }
        let number = |written: &str| written.strip_prefix('$')?.parse::<usize>().ok();
        let dropped: BTreeSet<usize> = self.dropped(replaced).into_iter().filter_map(number).collect();
        for (at, written) in self.arguments().filter(|(at, _)| !replaced.contains(at)) {
            let number = number(written)?;
            let before = dropped.range(..number).count();
            if before > 0 {
                edits.replace(self.span(at)?, format!("${}", number.checked_sub(before)?));
            }
        }
        Some(())
    }

    /// Placeholders for arguments of the caller.
    fn arguments(&self) -> impl Iterator<Item = (usize, &str)> {
        (0..self.len()).filter_map(|at| {
            let written = self.written(at).filter(|_| self.is_placeholder(at))?;
            (written != "$tenant").then_some((at, written))
        })
    }
}
