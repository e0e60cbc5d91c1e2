//! Joins whose condition comes late.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::super::tokens::{is_keyword, is_token, word};
use super::{outer, refused_at};
use crate::{Code, Diagnostic};

/// Refuses `a left join b join c on .. on ..`: the condition of an outer join must stand directly behind its table.
///
/// Otherwise the next join belongs to the table and not to the whole, for some servers without a second condition
/// (`a left join b cross join c on ..`), while sqlparser goes from left to right. Joins that need no condition go from left
/// to right for the servers too.
///
/// # Errors
/// A diagnostic at the first such outer join.
pub(super) fn check(tokens: &[TokenWithSpan]) -> Result<(), Diagnostic> {
    for (at, found) in tokens.iter().enumerate() {
        let side = is_keyword(tokens, at, Keyword::LEFT) || is_keyword(tokens, at, Keyword::RIGHT);
        let join = at + 1 + usize::from(is_keyword(tokens, at + 1, Keyword::OUTER));
        let natural = at
            .checked_sub(1)
            .is_some_and(|before| is_keyword(tokens, before, Keyword::NATURAL));
        if !side || natural || !is_keyword(tokens, join, Keyword::JOIN) {
            continue;
        }
        let condition = outer(tokens, join + 1, |at| ends_table(tokens, at));
        let conditional = condition
            .is_some_and(|at| is_keyword(tokens, at, Keyword::ON) || is_keyword(tokens, at, Keyword::USING));
        if !conditional {
            return Err(refused_at(
                found,
                Code::UnsupportedSql,
                "the condition of this join does not stand behind its table",
                "write `left join t on ..`, or parentheses around what is joined first",
            ));
        }
    }
    Ok(())
}

/// Whether a table with its alias and its hints has ended before `at`.
fn ends_table(tokens: &[TokenWithSpan], at: usize) -> bool {
    let hint = at
        .checked_sub(1)
        .is_some_and(|before| is_keyword(tokens, before, Keyword::FOR));
    let ends = word(tokens, at).is_some_and(|word| {
        matches!(
            word.keyword,
            Keyword::ON
                | Keyword::USING
                | Keyword::JOIN
                | Keyword::INNER
                | Keyword::CROSS
                | Keyword::LEFT
                | Keyword::RIGHT
                | Keyword::NATURAL
                | Keyword::STRAIGHT_JOIN
                | Keyword::WHERE
                | Keyword::SET
        )
    });
    (ends && !hint) || is_token(tokens, at, &Token::Comma)
}
