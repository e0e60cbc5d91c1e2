//! `insert into t as x` in SQLite, which sqlparser reads for PostgreSQL alone.

use sqlparser::ast::{Ident, SetExpr, Statement, TableAliasWithoutColumns};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{is_keyword, is_token, word};
use crate::Dialect;
use crate::parse::reserved::is_reserved;

/// Cuts out the alias of the target, to be put into the tree ([`attach`]): `as x` behind `into t` or `into s.t`. SQLite
/// has no other `into`, and one insert in a statement.
pub(super) fn cut(mut tokens: Vec<TokenWithSpan>) -> (Vec<TokenWithSpan>, Option<Ident>) {
    let Some(into) = (0..tokens.len()).find(|&at| is_keyword(&tokens, at, Keyword::INTO)) else {
        return (tokens, None);
    };
    let qualified = is_token(&tokens, into + 2, &Token::Period);
    let last = into + if qualified { 3 } else { 1 };
    let alias = match (word(&tokens, last), word(&tokens, last + 2)) {
        (Some(_), Some(alias)) if is_keyword(&tokens, last + 1, Keyword::AS) => alias,
        _ => return (tokens, None),
    };
    if alias.quote_style.is_none() && is_reserved(&alias.value, Dialect::Sqlite) {
        return (tokens, None);
    }
    let alias = Ident {
        value: alias.value.clone(),
        quote_style: alias.quote_style,
        span: tokens[last + 2].span,
    };
    tokens.drain(last + 1..last + 3);
    (tokens, Some(alias))
}

/// Puts the alias into the insert that it was cut out of; says whether there is one.
pub(super) fn attach(statement: &mut Statement, alias: Ident) -> bool {
    let insert = match statement {
        Statement::Insert(insert) => insert,
        Statement::Query(query) => match query.body.as_mut() {
            SetExpr::Insert(Statement::Insert(insert)) => insert,
            _ => return false,
        },
        _ => return false,
    };
    insert.table_alias = Some(TableAliasWithoutColumns {
        explicit: true,
        alias,
    });
    true
}
