//! Whether the text falls into the same pieces under every `sql_mode`.

use crate::parse::lex::span;
use crate::parse::refusal::{Help, refuse};
use crate::{Code, Diagnostic, Span};

/// What moves the ends of literals.
#[derive(Clone, Copy)]
struct Mode {
    no_backslash_escapes: bool,
    ansi_quotes: bool,
}

/// Cuts `sql` into quoted and unquoted pieces under every mode.
///
/// A literal that is not closed is no harm: the server refuses the whole text, unless a semicolon stands before it, where
/// a statement could end.
///
/// # Errors
/// A diagnostic at the first piece that another mode does not have.
pub(super) fn check(sql: &str) -> Result<(), Diagnostic> {
    if !sql.contains(['\\', '"']) {
        return Ok(());
    }
    let pieces = |no_backslash_escapes, ansi_quotes| {
        pieces(
            sql,
            Mode {
                no_backslash_escapes,
                ansi_quotes,
            },
        )
    };
    let usual = pieces(false, false);
    for (other, mode) in [
        (pieces(true, false), "NO_BACKSLASH_ESCAPES"),
        (pieces(false, true), "ANSI_QUOTES"),
        (pieces(true, true), "NO_BACKSLASH_ESCAPES and ANSI_QUOTES"),
    ] {
        if usual.closed && !other.closed && !other.semicolon {
            continue;
        }
        if usual.quoted == other.quoted && usual.closed == other.closed {
            continue;
        }
        let differs = usual
            .quoted
            .iter()
            .zip(&other.quoted)
            .find(|(one, two)| one != two);
        let at = differs.map_or_else(Span::default, |(one, _)| *one);
        return Err(refuse(
            Code::UnsupportedSql,
            at,
            format!("under `{mode}` this text ends somewhere else"),
            "two readings",
        )
        .help("write a quote in a string twice, and no backslash before a quote; or pass the string as an argument"));
    }
    Ok(())
}

/// The text as a mode cuts it.
struct Pieces {
    /// Literals, quoted names and comments.
    quoted: Vec<Span>,
    /// Whether the last of them ends.
    closed: bool,
    /// Whether a semicolon stands outside of them.
    semicolon: bool,
}

fn pieces(sql: &str, mode: Mode) -> Pieces {
    let bytes = sql.as_bytes();
    let mut found = Pieces {
        quoted: Vec::new(),
        closed: true,
        semicolon: false,
    };
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = match (byte, rest) {
            (b'\'' | b'"' | b'`', _) => {
                let escapes =
                    !mode.no_backslash_escapes && (byte == b'\'' || (byte == b'"' && !mode.ansi_quotes));
                literal(rest, byte, escapes)
            }
            (b'#', _) | (_, [b'-', b'-']) => Some(line(rest)),
            (_, [b'-', b'-', third, ..]) if *third == b' ' || third.is_ascii_control() => Some(line(rest)),
            (_, [b'/', b'*', inside @ ..]) => inside
                .windows(2)
                .position(|pair| pair == b"*/")
                .map(|length| length + 4),
            _ => {
                found.semicolon |= byte == b';';
                at += 1;
                continue;
            }
        };
        let Some(length) = length else {
            found.closed = false;
            return found;
        };
        found.quoted.push(span(at, at + length));
        at += length;
    }
    found
}

/// The length of the literal at the start of `text`, if it is closed.
fn literal(text: &[u8], quote: u8, escapes: bool) -> Option<usize> {
    let mut at = 1;
    loop {
        let byte = *text.get(at)?;
        at += 1;
        if escapes && byte == b'\\' {
            at += 1;
        } else if byte == quote {
            if text.get(at) != Some(&quote) {
                return Some(at);
            }
            at += 1;
        }
    }
}

/// The length of the rest of the line.
fn line(text: &[u8]) -> usize {
    text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len())
}
