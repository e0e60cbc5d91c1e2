//! What MySQL and MariaDB read and sqlparser does not.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{ends_operand, has_keyword, is_keyword, is_token};
use crate::{Diagnostic, Dialect};

/// Applies the patches.
///
/// # Errors
/// Diagnostics for constructs that are recognised but not understood.
pub(super) fn apply(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>, Vec<Diagnostic>> {
    let tokens = modulo(tokens);
    Ok(tokens)
}

/// Writes `a mod b` as `a % b`, which is the same rule of the grammar. The word is reserved: behind an operand it can only
/// be the operator.
fn modulo(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !has_keyword(&tokens, &[Keyword::MOD]) {
        return tokens;
    }
    for at in 1..tokens.len() {
        if is_keyword(&tokens, at, Keyword::MOD)
            && !is_token(&tokens, at - 1, &Token::Period)
            && ends_operand(&tokens, at - 1, Dialect::Mysql)
            && let Some(found) = tokens.get_mut(at)
        {
            found.token = Token::Mod;
        }
    }
    tokens
}
