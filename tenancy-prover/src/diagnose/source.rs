//! Where a statement is written, so that what is drawn has the lines and columns of an editor.

use std::borrow::Cow;
use std::ops::Range;

use crate::{Edit, Span};

/// Where a statement is written: what the snippet shows, under the line numbers and columns of an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// In the order of the statement.
    pieces: Vec<Piece>,
}

/// A part of the statement that is written in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The first byte of the statement that stands here.
    start: usize,
    pub(super) path: String,
    pub(super) text: String,
    pub(super) first_line: usize,
    positions: Positions,
}

/// How a byte of the SQL is found in the shown text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Positions {
    /// The shown text is the SQL.
    Identity,
    /// For each byte of the SQL, the bytes of the shown text that spell its character.
    Table(Vec<Range<usize>>),
}

impl Source {
    /// A file that holds the statement and nothing else, or text from no file (then `path` is a name like `<sql>`).
    pub fn file(path: impl Into<String>, sql: impl Into<String>) -> Self {
        Self {
            pieces: vec![Piece {
                start: 0,
                path: path.into(),
                text: sql.into(),
                first_line: 1,
                positions: Positions::Identity,
            }],
        }
    }

    /// A statement inside another language's text: a string literal of Rust.
    ///
    /// `shown` begins in the first column of `first_line` (pad what stands before the literal with spaces);
    /// `positions` says for each byte of the SQL which bytes of `shown` spell its character.
    pub fn literal(
        path: impl Into<String>,
        shown: impl Into<String>,
        first_line: usize,
        positions: Vec<Range<usize>>,
    ) -> Self {
        Self {
            pieces: vec![Piece {
                start: 0,
                path: path.into(),
                text: shown.into(),
                first_line,
                positions: Positions::Table(positions),
            }],
        }
    }

    /// A statement whose text cannot be shown: diagnostics are rendered without a snippet.
    pub fn unknown() -> Self {
        Self::literal("", "", 1, Vec::new())
    }

    /// The parts of a statement one after the other, each with its first byte in the statement.
    pub fn joined(parts: impl IntoIterator<Item = (usize, Self)>) -> Self {
        let pieces = parts.into_iter().flat_map(|(at, part)| {
            part.pieces.into_iter().map(move |piece| Piece {
                start: piece.start + at,
                ..piece
            })
        });
        Self {
            pieces: pieces.collect(),
        }
    }

    /// The bytes of the shown text for `span`; `None` where nothing useful can be pointed at.
    pub(super) fn locate(&self, span: Span) -> Option<(&Piece, Range<usize>)> {
        if span == Span::default() {
            return None;
        }
        let range = span.range();
        let piece = self
            .pieces
            .iter()
            .rev()
            .find(|piece| piece.start <= range.start)?;
        let found = piece.shown(range)?;
        Some((piece, found))
    }

    /// The change in terms of the shown text; what it adds stands right behind what is before it. `None` where it
    /// cannot be written there.
    pub(super) fn change<'e>(&self, edit: &'e Edit) -> Option<(usize, Range<usize>, Cow<'e, str>)> {
        let span = edit.span.range();
        let (at, range) = match span.start.checked_sub(1) {
            Some(before) if span.is_empty() => {
                let at = self.pieces.iter().rposition(|piece| piece.start <= before)?;
                let piece = self.pieces.get(at)?;
                let end = piece.shown(before..span.start)?.end;
                (at, end..end)
            }
            Some(_) | None => {
                let at = self.pieces.iter().rposition(|piece| piece.start <= span.start)?;
                let piece = self.pieces.get(at)?;
                (at, piece.shown(span)?)
            }
        };
        let text = self.pieces.get(at)?.spelled(&edit.text)?;
        Some((at, range, text))
    }

    pub(super) fn piece(&self, at: usize) -> Option<&Piece> {
        self.pieces.get(at)
    }
}

impl Piece {
    /// The line that holds a byte of the shown text.
    pub(super) fn line(&self, at: usize) -> usize {
        self.first_line + self.text.get(..at).unwrap_or("").matches('\n').count()
    }

    /// The bytes of the shown text for bytes of the statement.
    fn shown(&self, range: Range<usize>) -> Option<Range<usize>> {
        let start = range.start.checked_sub(self.start)?;
        let end = range.end.checked_sub(self.start)?;
        let found = match &self.positions {
            Positions::Identity => start..end,
            Positions::Table(table) => locate_in(table, start..end)?,
        };
        let ordered = found.start <= found.end && found.end <= self.text.len();
        let on_characters = self.text.is_char_boundary(found.start) && self.text.is_char_boundary(found.end);
        (ordered && on_characters).then_some(found)
    }

    /// How SQL is written here. `None` where the literal would end before it.
    fn spelled<'e>(&self, sql: &'e str) -> Option<Cow<'e, str>> {
        match self.positions {
            Positions::Identity => Some(Cow::Borrowed(sql)),
            Positions::Table(_) => {
                let literal = self.text.trim_start();
                if literal.starts_with('"') && sql.contains(['"', '\\']) {
                    Some(Cow::Owned(sql.replace('\\', "\\\\").replace('"', "\\\"")))
                } else if literal.starts_with("r\"") && sql.contains('"') {
                    None
                } else {
                    Some(Cow::Borrowed(sql))
                }
            }
        }
    }
}

/// A range past the last byte points just behind the last character.
fn locate_in(table: &[Range<usize>], range: Range<usize>) -> Option<Range<usize>> {
    let Some(first) = table.get(range.start) else {
        let end = table.last()?.end;
        return Some(end..end);
    };
    let last = if range.end > range.start {
        table.get(range.end - 1).or(table.last())?
    } else {
        first
    };
    let end = if range.end > range.start {
        last.end
    } else {
        first.start
    };
    Some(first.start..end.max(first.start))
}
