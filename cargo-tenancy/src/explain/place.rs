//! Byte offsets of a statement as lines and columns.

use tenancy_prover::Span;

/// 1-based line and column, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Where a span begins.
pub(crate) fn position(sql: &str, span: Span) -> Position {
    let start = sql.floor_char_boundary(span.range().start);
    let before = sql.get(..start).unwrap_or(sql);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Position {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or("").chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, position};
    use tenancy_prover::Span;

    #[test]
    fn columns_count_characters() {
        let at = |start| position("äb\ncd", Span::new(start, start));
        assert_eq!(at(0), Position { line: 1, column: 1 });
        assert_eq!(at(2), Position { line: 1, column: 2 });
        assert_eq!(at(5), Position { line: 2, column: 2 });
        assert_eq!(at(900), Position { line: 2, column: 3 });
    }
}
