//! Comments, and those that are none.

use super::super::cursor::Cursor;
use super::super::span;
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic};

/// Hints that change more than how rows are found.
const FORBIDDEN_HINTS: [&str; 2] = ["set_var", "resource_group"];

/// Whether two dashes begin a comment here: only before white space, a control character or the end.
pub(super) fn is_dashes(cursor: &Cursor<'_>) -> bool {
    cursor.byte(1) == Some(b'-')
        && cursor
            .byte(2)
            .is_none_or(|byte| byte == b' ' || byte.is_ascii_control())
}

/// Everything up to the end of the line. A carriage return does not end it.
pub(super) fn line(cursor: &mut Cursor<'_>) {
    cursor.skip_while(|byte| byte != b'\n');
}

/// `/* .. */`, which does not nest.
///
/// # Errors
/// Executable comments (`/*! .. */`, `/*M! .. */`), whose text one server runs and another skips; optimizer hints that
/// do more than choose a plan; a comment that is not closed.
pub(super) fn block(cursor: &mut Cursor<'_>) -> Result<(), Diagnostic> {
    let start = cursor.at;
    let inside = cursor.rest().get(2..).unwrap_or_default();
    if inside.starts_with('!') || inside.starts_with("M!") {
        let end = inside.find('!').map_or(2, |at| at + 3);
        return Err(refuse(
            Code::UnsupportedSql,
            span(start, start + end),
            "this comment is executed, depending on the server and its version",
            "not a comment",
        )
        .help("write the text outside of a comment, or leave it out"));
    }
    if inside.starts_with('/') {
        return Err(refuse(
            Code::SyntaxError,
            span(start, start + 3),
            "a comment begins with `/*/`, which some read as closed",
            "ends here or not",
        )
        .help("put a space behind `/*`"));
    }
    let Some(length) = inside.find("*/") else {
        return Err(refuse(
            Code::SyntaxError,
            span(start, start + 2),
            "the comment is not closed",
            "begins here",
        ));
    };
    cursor.at += 2 + length + 2;
    match inside.get(..length).and_then(|text| text.strip_prefix('+')) {
        Some(hints) if !is_harmless(hints) => Err(refuse(
            Code::UnsupportedSql,
            cursor.span_since(start),
            "these optimizer hints are not understood",
            "hints can change the session",
        )
        .help("leave the hints out")),
        _ => Ok(()),
    }
}

/// Whether optimizer hints say only how to find rows. Without quotes their text ends where a comment's does.
fn is_harmless(hints: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "_(),.@".contains(c);
    let lower = hints.to_ascii_lowercase();
    hints.chars().all(plain) && !FORBIDDEN_HINTS.iter().any(|hint| lower.contains(hint))
}
