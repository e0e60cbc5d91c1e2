//! Where the predicate of a table reference goes, so that the statement means what it would mean over the tenant's rows
//! alone.
//!
//! A filter on a table commutes with an inner join, and with an outer join whose preserved side the table is on: from
//! there it rises, up to the `where` of its block. On the nullable side it is a part of the `on` of that join: there it
//! keeps rows from matching and drops none. Through a full join, or an outer join without an `on`, it does not rise:
//! the table is filtered before the join.

use std::ops::Range;

use super::text::Text;
use crate::Dialect;

/// Where a predicate is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// At the end of the block's condition in these tokens.
    Condition(Range<usize>),
    /// At the end of the `on` in these tokens.
    On(Range<usize>),
    /// In a `where` of its own behind this token.
    After(usize),
    /// Around the table's name.
    Table,
}

/// How far a predicate has risen from its table.
enum Risen {
    /// To the top of what was looked at.
    Top,
    /// It stays in the `on` with these tokens.
    On(Range<usize>),
    /// Nowhere.
    Table,
}

/// The kinds of joins, seen from the written order of their sides.
#[derive(Clone, Copy)]
enum Kind {
    Inner,
    Left,
    Right,
    Full,
}

impl Text<'_> {
    /// The place for a predicate about the table whose name begins at token `at`; `target`: what the statement writes.
    pub(super) fn place(&self, at: usize, target: bool) -> Option<Place> {
        let (block, top) = self.block(at);
        let arm = self.arm(block, top);
        if self.level(arm.start..top).any(|one| self.is(one, "merge")) {
            let source = self.level(arm.start..top).any(|one| self.is(one, "using"));
            return if source {
                Some(Place::Table)
            } else {
                self.merge_condition(&arm, top)
            };
        }
        if target || self.table_command(at).is_some() {
            return self.condition(&arm, top);
        }
        let Some(from) = self.from(&arm, top) else {
            return Some(Place::Table);
        };
        match self.in_list(from, at) {
            Risen::Top => self.condition(&arm, top),
            Risen::On(on) => Some(Place::On(on)),
            Risen::Table => Some(Place::Table),
        }
    }

    /// The `where` behind `top`, or the place for one.
    fn condition(&self, arm: &Range<usize>, top: usize) -> Option<Place> {
        let mut found = None;
        for at in self.level(top..arm.end) {
            if self.ends_condition(at) {
                return match found {
                    None => Some(Place::After(at.checked_sub(1)?)),
                    Some(start) => body(start..at),
                };
            }
            if found.is_none() && self.is(at, "where") {
                found = Some(at + 1);
            }
        }
        match found {
            None => Some(Place::After(arm.end.checked_sub(1)?)),
            Some(start) => body(start..arm.end),
        }
    }

    /// The `on` of a merge, which decides the rows that it reaches.
    fn merge_condition(&self, arm: &Range<usize>, top: usize) -> Option<Place> {
        let using = self.level(top..arm.end).find(|&at| self.is(at, "using"))?;
        let start = self.level(using..arm.end).find(|&at| self.is(at, "on"))? + 1;
        let end = self.level(start..arm.end).find(|&at| self.is(at, "when"))?;
        body(start..end)
    }

    /// The tokens of the list of tables that holds `top`.
    fn from(&self, arm: &Range<usize>, top: usize) -> Option<Range<usize>> {
        let before = self.level(arm.start..top).collect::<Vec<_>>();
        let start = before.into_iter().rev().find(|&at| match self.word(at) {
            Some("from") => !at
                .checked_sub(1)
                .is_some_and(|before| self.is(before, "distinct")),
            Some("using") => !self.is_open(at + 1),
            Some("update") => true,
            _ => false,
        })? + 1;
        let end = self
            .level(start..arm.end)
            .find(|&at| self.is(at, "where") || self.is(at, "set") || self.ends_condition(at))
            .unwrap_or(arm.end);
        Some(start..end)
    }

    /// Items between commas.
    fn in_list(&self, list: Range<usize>, at: usize) -> Risen {
        let mut item = list.clone();
        for comma in self.level(list).filter(|&one| self.is_comma(one)) {
            if comma < at {
                item.start = comma + 1;
            } else {
                item.end = comma;
                break;
            }
        }
        self.in_item(item, at).unwrap_or(Risen::Table)
    }

    /// A table and what is joined to it, from left to right.
    fn in_item(&self, item: Range<usize>, at: usize) -> Option<Risen> {
        let first = self.factor(item.clone());
        let mut risen = first.contains(&at).then(|| self.in_factor(first.clone(), at));
        let mut next = first.end;
        while next < item.end {
            let (kind, needs_on, start) = self.join(next)?;
            let factor = self.factor(start..item.end);
            let (on, end) = self.constraint(factor.end..item.end)?;
            if needs_on && end == factor.end {
                // `a join b join c on .. on ..`: the joins nest.
                return None;
            }
            let below = on.map_or(Risen::Table, Risen::On);
            risen = match risen {
                None if factor.contains(&at) => Some(match (self.in_factor(factor, at), kind) {
                    (Risen::Top, Kind::Inner | Kind::Right) => Risen::Top,
                    (Risen::Top, Kind::Left) => below,
                    (Risen::Top, Kind::Full) => Risen::Table,
                    (stays @ (Risen::On(_) | Risen::Table), _) => stays,
                }),
                Some(Risen::Top) => Some(match kind {
                    Kind::Inner | Kind::Left => Risen::Top,
                    Kind::Right => below,
                    Kind::Full => Risen::Table,
                }),
                other => other,
            };
            next = end;
        }
        risen
    }

    /// One table expression: up to the next join, constraint or comma.
    fn factor(&self, range: Range<usize>) -> Range<usize> {
        let end = self
            .level(range.clone())
            .find(|&at| self.is_constraint(at) || self.begins_join(at))
            .unwrap_or(range.end);
        range.start..end
    }

    fn in_factor(&self, factor: Range<usize>, at: usize) -> Risen {
        let open = factor.start;
        let close = self.mate(open);
        if !self.is_open(open) || !(open + 1..close).contains(&at) {
            return Risen::Top;
        }
        match self.in_list(open + 1..close, at) {
            // An alias behind the parentheses hides the names inside.
            Risen::Top if close + 1 < factor.end => Risen::Table,
            risen => risen,
        }
    }

    fn is_constraint(&self, at: usize) -> bool {
        matches!(self.word(at), Some("on" | "using"))
    }

    fn begins_join(&self, at: usize) -> bool {
        match self.word(at) {
            Some("join" | "natural" | "straight_join") => true,
            Some("inner" | "cross") => self.is(at + 1, "join"),
            Some("left" | "right" | "full") => self.is(at + 1, "join") || self.is(at + 1, "outer"),
            _ => false,
        }
    }

    /// The join that begins at `at`: its kind, whether it must have a constraint, and the token behind its words.
    fn join(&self, mut at: usize) -> Option<(Kind, bool, usize)> {
        let mut kind = Kind::Inner;
        let mut needs_on = self.dialect == Dialect::Postgres;
        loop {
            match self.word(at)? {
                "join" => return Some((kind, needs_on, at + 1)),
                "straight_join" => return Some((kind, false, at + 1)),
                "natural" | "cross" => needs_on = false,
                "inner" | "outer" => {}
                "left" => kind = Kind::Left,
                "right" => kind = Kind::Right,
                "full" => kind = Kind::Full,
                _ => return None,
            }
            at += 1;
        }
    }

    /// The tokens of an `on`, if there is one, and the token behind the constraint.
    fn constraint(&self, range: Range<usize>) -> Option<(Option<Range<usize>>, usize)> {
        let start = range.start;
        let end = self
            .level(start + 1..range.end)
            .find(|&at| self.is_constraint(at) || self.begins_join(at))
            .unwrap_or(range.end);
        if start < range.end && self.is(start, "on") {
            (start + 1 < end).then_some((Some(start + 1..end), end))
        } else if start < range.end && self.is(start, "using") {
            Some((None, end))
        } else {
            Some((None, start))
        }
    }
}

fn body(range: Range<usize>) -> Option<Place> {
    (!range.is_empty()).then_some(Place::Condition(range))
}
