//! Changes of a text, all in terms of the original: none ever looks at what another one wrote.

use crate::{Edit, Span};

/// How changes at one place follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Closes what stands before it: the end of a derived table.
    Close,
    /// Goes on with a condition or a list.
    Extend,
    /// Begins a clause behind all that.
    Clause,
    /// Opens what stands behind it, or takes its place.
    Open,
}

/// The changes of one round.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Span, Rank, String)>);

impl Edits {
    /// Puts `text` at the byte `at`.
    pub(super) fn insert(&mut self, at: u32, rank: Rank, text: String) {
        self.0.push((Span::new(at, at), rank, text));
    }

    /// Puts `text` in the place of `span`.
    pub(super) fn replace(&mut self, span: Span, text: String) {
        self.0.push((span, Rank::Open, text));
    }

    /// The changes in the order of the text, those at one place as one. `None` if they overlap.
    pub(super) fn finish(mut self, sql: &str) -> Option<Vec<Edit>> {
        self.0.sort_by_key(|(span, rank, _)| (span.start, *rank));
        let mut edits: Vec<Edit> = Vec::new();
        for (span, _, text) in self.0 {
            match edits.last_mut() {
                Some(last) if last.span.end > span.start => return None,
                Some(last) if last.span.start == span.start => {
                    last.span.end = span.end;
                    last.text.push_str(&text);
                }
                Some(_) | None => edits.push(Edit { span, text }),
            }
        }
        for edit in &mut edits {
            let behind = sql.get(edit.span.end as usize..)?.chars().next();
            let apart =
                behind.is_none_or(|next| next.is_whitespace() || [')', ',', ';', ']'].contains(&next));
            if !apart && !edit.text.ends_with([' ', '(']) {
                edit.text.push(' ');
            }
        }
        Some(edits)
    }
}

/// The text after the changes. `None` if a place is none of the text's.
pub(super) fn apply(sql: &str, edits: &[Edit]) -> Option<String> {
    let mut text = String::with_capacity(sql.len() + 64);
    let mut done = 0;
    for edit in edits {
        let range = edit.span.range();
        text.push_str(sql.get(done..range.start)?);
        text.push_str(&edit.text);
        done = range.end;
    }
    text.push_str(sql.get(done..)?);
    Some(text)
}

/// Where a place of the changed text stands in the original: what takes the place of something stands where that stood.
/// `None` for what a change added.
pub(super) fn original(edits: &[Edit], span: Span) -> Option<Span> {
    let length = span.end.checked_sub(span.start)?;
    let mut at = span.start;
    for edit in edits {
        if at < edit.span.start {
            break;
        }
        let added = u32::try_from(edit.text.len()).ok()?;
        let taken = edit.span.end - edit.span.start;
        if at == edit.span.start && taken > 0 && length >= added {
            return Some(Span::new(at, at + length - added + taken));
        }
        if at < edit.span.start + added {
            return None;
        }
        at = at - added + taken;
    }
    // A change inside does not move the beginning, and the beginning is what a place is known by.
    Some(Span::new(at, at + length))
}
