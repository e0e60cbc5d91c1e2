//! Bodies of triggers, routines and events: whether they end where they seem to, and what they may change.

use super::super::cursor::Cursor;
use super::super::mention::Mentions;
use super::super::scan::Kind;

/// Words that begin statements about the schema.
const SCHEMA: &[&str] = &["alter", "create", "drop", "rename", "truncate", "grant", "revoke"];

/// Why a stored text may hold statements that are none of it: where a body ends is told by its words, and a column may
/// be called like one of them.
pub(super) fn swallowed(cursor: &Cursor<'_>) -> Option<String> {
    let mut head = cursor.clone();
    head.eat_any(&["create", "alter"])?;
    let word = |at: usize| {
        let token = cursor.tokens().get(at).filter(|token| token.kind == Kind::Word)?;
        Some(cursor.text(*token).to_ascii_lowercase())
    };
    let symbol = |at: usize, text: &str| {
        cursor
            .tokens()
            .get(at)
            .is_some_and(|token| cursor.text(*token) == text)
    };
    let count = cursor.tokens().len();
    let kinds = ["trigger", "function", "procedure", "event"];
    let kind = (1..count.min(16)).find_map(|at| word(at).filter(|word| kinds.contains(&word.as_str())))?;
    let what = || {
        format!(
            "{}, whose body may not end where it seems to",
            super::super::describe(cursor)
        )
    };
    let mut several = false;
    for at in (0..count).filter(|&at| symbol(at, ";")) {
        let Some(next) = word(at + 1) else { continue };
        several = true;
        let temporary = word(at + 2).as_deref() == Some("temporary");
        let schema = SCHEMA.contains(&next.as_str()) && !temporary;
        let session = next == "set"
            && (symbol(at + 2, "@") && symbol(at + 3, "@")
                || word(at + 2).is_some_and(|word| SETTINGS.contains(&word.as_str())));
        if schema || session {
            return Some(what());
        }
    }
    let closed = (count.saturating_sub(3)..count).any(|at| word(at).as_deref() == Some("end"));
    (several && !closed && kind != "event").then(what)
}

/// What `set` may be followed by when it is no assignment of a body's.
const SETTINGS: &[&str] = &[
    "global",
    "session",
    "local",
    "persist",
    "names",
    "character",
    "charset",
    "foreign_key_checks",
    "sql_mode",
    "default_storage_engine",
    "storage_engine",
];

/// Whether an event may change the schema or what is checked.
pub(super) fn changes_schema(cursor: &Cursor<'_>) -> bool {
    let mentions = Mentions::of_statement(cursor);
    SCHEMA
        .iter()
        .chain(&["call", "execute", "prepare", "foreign_key_checks", "sql_mode"])
        .any(|word| mentions.name(word))
}
