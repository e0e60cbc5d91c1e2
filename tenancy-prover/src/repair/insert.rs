//! Inserts that leave the tenant column out: the column goes to the end of the list, the tenant to the end of each row.

use std::ops::Range;

use super::edit::{Edits, Rank};
use super::predicate::identifier;
use super::text::Text;
use crate::Dialect;

/// A value for the tenant column behind those that are there.
const VALUE: &str = ", $tenant";

impl Text<'_> {
    /// Adds `column` to the insert into the table whose name begins at token `at`. Without a list of columns, `given`
    /// are those that the values go to.
    pub(super) fn add_column(
        &self,
        at: usize,
        column: &str,
        given: &[String],
        edits: &mut Edits,
    ) -> Option<()> {
        let (block, top) = self.block(at);
        let mut next = top + 1;
        while self.is_period(next) {
            next += 2;
        }
        if self.is(next, "as") {
            next += 2;
        }
        let column = identifier(column, self.dialect);
        if self.is(next, "set") && self.dialect == Dialect::Mysql {
            let end = self.end_of_rows(next, block.end);
            let end = self
                .level(next..end)
                .find(|&one| self.is(one, "as"))
                .unwrap_or(end);
            return self.extend(next + 1..end, &format!(", {column} = $tenant"), edits);
        }
        if self.is_open(next) && self.is_name(next + 1) && !self.begins(next + 1) {
            self.extend(next + 1..self.mate(next), &format!(", {column}"), edits)?;
            next = self.next(next);
        } else {
            let mut columns: Vec<String> = given
                .iter()
                .map(|given| identifier(given, self.dialect))
                .collect();
            columns.push(column);
            let at = self.span(next.checked_sub(1)?)?.end;
            edits.insert(at, Rank::Close, format!(" ({})", columns.join(", ")));
        }
        if self.is(next, "overriding") {
            next += 3;
        }
        if self.is(next, "default") && self.is(next + 1, "values") {
            let mut span = self.span(next)?;
            span.end = self.span(next + 1)?.end;
            edits.replace(span, "values ($tenant)".to_owned());
            return Some(());
        }
        self.add_value(next..self.end_of_rows(next, block.end), edits)
    }

    /// Where the rows of an insert end that begin at `at`.
    fn end_of_rows(&self, at: usize, end: usize) -> usize {
        self.level(at..end)
            .find(|&one| self.is(one, "returning") || (self.is(one, "on") && self.ends_condition(one)))
            .unwrap_or(end)
    }

    /// Adds the tenant to the rows of a query.
    fn add_value(&self, query: Range<usize>, edits: &mut Edits) -> Option<()> {
        let mut start = query.start;
        if self.is(start, "with") {
            start = self
                .level(query.clone())
                .find(|&at| self.is(at, "select") || self.is(at, "values"))?;
        }
        let mut operators: Vec<usize> = self
            .level(start..query.end)
            .filter(|&at| self.is_set_operator(at))
            .collect();
        operators.push(query.end);
        for operator in operators {
            self.add_to_arm(start..operator, edits)?;
            start = operator + 1;
        }
        Some(())
    }

    fn add_to_arm(&self, mut arm: Range<usize>, edits: &mut Edits) -> Option<()> {
        while self.is(arm.start, "all") || self.is(arm.start, "distinct") {
            arm.start += 1;
        }
        if self.is_open(arm.start) {
            return self.add_value(arm.start + 1..self.mate(arm.start), edits);
        }
        let mysql = self.dialect == Dialect::Mysql;
        if self.is(arm.start, "values") || (mysql && self.is(arm.start, "value")) {
            let rows: Vec<usize> = self.level(arm.start + 1..arm.end).collect();
            for row in rows {
                if self.is_open(row) {
                    self.extend(row + 1..self.mate(row), VALUE, edits)?;
                    continue;
                }
                let goes_on = self.is_comma(row) || (mysql && self.is(row, "row"));
                if !goes_on {
                    break;
                }
            }
            return Some(());
        }
        if !self.is(arm.start, "select") {
            return None;
        }
        let list = arm.start + 1;
        let end = self
            .level(list..arm.end)
            .find(|&at| self.is_from(at) || self.is(at, "where") || self.ends_condition(at))
            .unwrap_or(arm.end);
        self.extend(list..end, VALUE, edits)
    }

    /// Whether a `from` stands there that is not the one of `is distinct from`.
    fn is_from(&self, at: usize) -> bool {
        self.is(at, "from")
            && !at
                .checked_sub(1)
                .is_some_and(|before| self.is(before, "distinct"))
    }

    /// Puts `text` behind the last token of a list that is not empty.
    fn extend(&self, list: Range<usize>, text: &str, edits: &mut Edits) -> Option<()> {
        let last = list.end.checked_sub(1).filter(|last| *last >= list.start)?;
        edits.insert(self.span(last)?.end, Rank::Extend, text.to_owned());
        Some(())
    }
}
