//! Looking at a token stream.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use crate::parse::lex::{span_of, sql_span};
use crate::parse::reserved::is_reserved;
use crate::{Dialect, Span};

/// The word at `at`, quoted or not.
pub(super) fn word(tokens: &[TokenWithSpan], at: usize) -> Option<&Word> {
    match tokens.get(at) {
        Some(TokenWithSpan {
            token: Token::Word(word),
            span: _,
        }) => Some(word),
        _ => None,
    }
}

/// Whether the keyword `keyword` stands at `at`.
pub(super) fn is_keyword(tokens: &[TokenWithSpan], at: usize, keyword: Keyword) -> bool {
    word(tokens, at).is_some_and(|word| word.keyword == keyword)
}

/// Whether one of `keywords` stands anywhere. Most statements hold none of those that a patch looks for, and need no
/// copy of their tokens.
pub(super) fn has_keyword(tokens: &[TokenWithSpan], keywords: &[Keyword]) -> bool {
    tokens
        .iter()
        .any(|found| matches!(&found.token, Token::Word(word) if keywords.contains(&word.keyword)))
}

/// Whether the unquoted word `text` stands anywhere, as [`has_keyword`] asks for keywords.
pub(super) fn has_text(tokens: &[TokenWithSpan], text: &str) -> bool {
    (0..tokens.len()).any(|at| is_text(tokens, at, text))
}

/// Whether all of `keywords` stand one after the other from `at` on.
pub(super) fn are_keywords(tokens: &[TokenWithSpan], at: usize, keywords: &[Keyword]) -> bool {
    keywords
        .iter()
        .enumerate()
        .all(|(ahead, keyword)| is_keyword(tokens, at + ahead, *keyword))
}

/// Whether the unquoted word `text`, in any case, stands at `at`. For words that sqlparser has no keyword for.
pub(super) fn is_text(tokens: &[TokenWithSpan], at: usize, text: &str) -> bool {
    word(tokens, at).is_some_and(|word| word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
}

/// Whether `token` stands at `at`.
pub(super) fn is_token(tokens: &[TokenWithSpan], at: usize, token: &Token) -> bool {
    tokens.get(at).is_some_and(|found| found.token == *token)
}

/// Whether the token at `at` can end an operand: a name, a literal, a placeholder, a closing parenthesis.
pub(super) fn ends_operand(tokens: &[TokenWithSpan], at: usize, dialect: Dialect) -> bool {
    match tokens.get(at).map(|found| &found.token) {
        Some(Token::Word(word)) => {
            word.quote_style.is_some() || is_literal_word(word) || !is_reserved(&word.value, dialect)
        }
        Some(token) => is_literal(token) || matches!(token, Token::RParen | Token::RBracket),
        None => false,
    }
}

/// Whether `word` is a name that no grammar gives a meaning.
pub(super) fn is_name(word: &Word) -> bool {
    word.keyword == Keyword::NoKeyword
}

fn is_literal_word(word: &Word) -> bool {
    matches!(
        word.keyword,
        Keyword::NULL | Keyword::TRUE | Keyword::FALSE | Keyword::END
    )
}

/// Whether `token` is a literal or a placeholder.
pub(super) fn is_literal(token: &Token) -> bool {
    matches!(
        token,
        Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::DollarQuotedString(_)
            | Token::HexStringLiteral(_)
            | Token::DoubleQuotedString(_)
            | Token::NationalStringLiteral(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::Placeholder(_)
    )
}

/// The parenthesis that closes the one at `open`.
pub(super) fn closing(tokens: &[TokenWithSpan], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, found) in tokens.iter().enumerate().skip(open) {
        match found.token {
            Token::LParen => depth += 1,
            Token::RParen => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The parenthesis that opens the one at `close`.
pub(super) fn opening(tokens: &[TokenWithSpan], close: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in (0..=close).rev() {
        match tokens.get(at)?.token {
            Token::RParen => depth += 1,
            Token::LParen => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// From the first to the last of the tokens in `from..to`.
pub(super) fn span_between(tokens: &[TokenWithSpan], from: usize, to: usize) -> Span {
    let span = |at: usize| {
        tokens
            .get(at)
            .map_or(Span::default(), |found| span_of(found.span))
    };
    span(from).union(span(to.saturating_sub(1).max(from)))
}

/// `keyword` as a token that stands at `span`.
pub(super) fn keyword(text: &str, span: Span) -> TokenWithSpan {
    TokenWithSpan {
        token: Token::make_keyword(text),
        span: sql_span(span),
    }
}
