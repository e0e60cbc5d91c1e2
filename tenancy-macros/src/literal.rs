//! From a byte of a string literal's value to the bytes of the source that spell it.
//!
//! A procedural macro on stable Rust can name no place inside a literal, but it can read the literal as the author
//! typed it. This module walks that text once and keeps, for every byte of the value, where its character is written.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// A string literal's value and where its characters are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Walked {
    /// The value.
    pub(crate) value: String,
    /// For each byte of the value, the bytes of the literal's text that spell its character.
    pub(crate) positions: Vec<Range<usize>>,
}

/// Reads the text of a string literal, quotes included. `None` if it is not one, or in doubt.
pub(crate) fn walk(text: &str) -> Option<Walked> {
    match text.as_bytes().first()? {
        b'r' => walk_raw(text),
        b'"' => walk_escaped(text),
        _ => None,
    }
}

fn walk_raw(text: &str) -> Option<Walked> {
    let open = text.find('"')? + 1;
    let hashes = open.checked_sub(2)?;
    if text.get(1..=hashes)?.bytes().any(|byte| byte != b'#') {
        return None;
    }
    let close = text.rfind('"').filter(|close| *close >= open)?;
    let mut walked = Walked::with_capacity(close - open);
    for (at, character) in text.get(open..close)?.char_indices() {
        let start = open + at;
        walked.push(character, start..start + character.len_utf8());
    }
    Some(walked)
}

fn walk_escaped(text: &str) -> Option<Walked> {
    let mut walked = Walked::with_capacity(text.len());
    let mut characters = text.char_indices().peekable();
    characters.next();
    while let Some((start, character)) = characters.next() {
        match character {
            '"' => return Some(walked),
            '\\' => {
                if let Some(spelled) = escape(&mut characters)? {
                    let end = characters.peek().map_or(text.len(), |(at, _)| *at);
                    walked.push(spelled, start..end);
                }
            }
            // The compiler reads a line end of Windows as a single line feed.
            '\r' if characters.peek().is_some_and(|(_, next)| *next == '\n') => {
                characters.next();
                walked.push('\n', start..start + 2);
            }
            other => walked.push(other, start..start + other.len_utf8()),
        }
    }
    None
}

/// What stands behind a backslash: a character, or nothing where a line continues. `None` if it is no escape.
fn escape(characters: &mut Peekable<CharIndices<'_>>) -> Option<Option<char>> {
    let (_, kind) = characters.next()?;
    let spelled = match kind {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        '\\' => '\\',
        '"' => '"',
        '\'' => '\'',
        'x' => {
            let high = characters.next()?.1.to_digit(16)?;
            let low = characters.next()?.1.to_digit(16)?;
            char::from_u32(high * 16 + low)?
        }
        'u' => unicode(characters)?,
        '\n' | '\r' => {
            while characters
                .next_if(|(_, next)| matches!(next, ' ' | '\t' | '\n' | '\r'))
                .is_some()
            {}
            return Some(None);
        }
        _ => return None,
    };
    Some(Some(spelled))
}

/// The braces and digits of `\u{1F980}`.
fn unicode(characters: &mut Peekable<CharIndices<'_>>) -> Option<char> {
    if characters.next()?.1 != '{' {
        return None;
    }
    let mut code: u32 = 0;
    loop {
        match characters.next()?.1 {
            '}' => return char::from_u32(code),
            '_' => {}
            digit => code = code.checked_mul(16)?.checked_add(digit.to_digit(16)?)?,
        }
    }
}

impl Walked {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            value: String::with_capacity(bytes),
            positions: Vec::with_capacity(bytes),
        }
    }

    fn push(&mut self, character: char, spelled: Range<usize>) {
        self.value.push(character);
        self.positions
            .extend((0..character.len_utf8()).map(|_| spelled.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::walk;

    /// The text of the literal that spells the first occurrence of `part` in its value.
    fn spelled<'a>(text: &'a str, part: &str) -> &'a str {
        let walked = walk(text).unwrap();
        let start = walked.value.find(part).unwrap();
        let end = start + part.len() - 1;
        &text[walked.positions[start].start..walked.positions[end].end]
    }

    /// The walker agrees with syn about the value of a literal as the compiler would hand it over.
    fn agrees(text: &str) {
        let literal: syn::LitStr = syn::parse_str(text).unwrap();
        let walked = walk(text).unwrap();
        assert_eq!(walked.value, literal.value());
        assert_eq!(walked.positions.len(), walked.value.len());
    }

    #[test]
    fn plain_text_is_spelled_by_itself() {
        agrees("\"select 1\"");
        assert_eq!(walk("\"select\"").unwrap().positions[0], 1..2);
        agrees("\"\"");
    }

    #[test]
    fn raw_strings_shift_by_their_hashes() {
        for text in [
            "r\"a \\n b\"",
            "r#\"say \"x\" twice\"#",
            "r##\"a\"#b\"##",
            "r\"\"",
            "r#\"\"#",
        ] {
            agrees(text);
        }
        assert_eq!(
            spelled("r##\"from \"orders\" o\"##", "\"orders\" o"),
            "\"orders\" o"
        );
    }

    #[test]
    fn escapes_are_wider_than_what_they_mean() {
        let text = r#""a\n\t\\\"\'\0\x41\u{e4}\u{1F_980}z""#;
        agrees(text);
        assert_eq!(spelled(text, "A"), r"\x41");
        assert_eq!(spelled(text, "ä"), r"\u{e4}");
        assert_eq!(spelled(text, "🦀z"), r"\u{1F_980}z");
    }

    #[test]
    fn a_continued_line_spells_nothing() {
        let text = "\"select a \\\n      \t\n   from orders o\"";
        agrees(text);
        assert_eq!(spelled(text, "from"), "from");
        assert_eq!(spelled(text, "select a "), "select a ");
        assert_eq!(spelled(text, "a from"), "a \\\n      \t\n   from");
    }

    #[test]
    fn tabs_line_ends_and_other_scripts_keep_their_place() {
        for text in [
            "\"a\tb\nc\"",
            "r\"größe\tü\n\"",
            "\"日本語 from 表\"",
            "\"e\u{301}\"",
        ] {
            agrees(text);
        }
        assert_eq!(spelled("\"日本語 from 表 o\"", "表 o"), "表 o");
    }

    #[test]
    fn windows_line_ends_count_as_one_character() {
        let text = "\"a\r\n  from b \\\r\n   c\"";
        let walked = walk(text).unwrap();
        assert_eq!(walked.value, "a\n  from b c");
        assert_eq!(spelled(text, "from b"), "from b");
    }

    #[test]
    fn what_is_no_string_literal_is_left_alone() {
        for text in [
            "",
            "b\"x\"",
            "c\"x\"",
            "'x'",
            "\"open",
            "\"\\q\"",
            "\"\\u{110000}\"",
            "r#x#",
            "concat!(\"a\")",
        ] {
            assert_eq!(walk(text), None, "{text}");
        }
    }
}
