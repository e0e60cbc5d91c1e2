//! JSON on one line, also for readers that end a line at more than a line feed.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Escapes the separators of lines that JSON lets stand in a string.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['\u{85}', '\u{2028}', '\u{2029}']) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut letters = after.chars();
            if let Some(separator) = letters.next() {
                write!(writer, "\\u{:04x}", u32::from(separator))?;
            }
            rest = letters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Writes `value` and a line feed.
pub(crate) fn write(output: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *output, OneLine))?;
    output.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn separators_are_escaped() {
        let mut line = Vec::new();
        super::write(&mut line, &"a\u{2028}b\u{85}\nc").unwrap();
        assert_eq!(line, b"\"a\\u2028b\\u0085\\nc\"\n");
    }
}
