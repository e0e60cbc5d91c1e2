//! The generators write one SQL with small differences. What MySQL spells differently throughout is replaced at the end.

use tenancy_prover::Dialect;

use super::super::data::Value;

/// What MySQL calls otherwise.
const WORDS: [(&str, &str); 7] = [
    (" is not distinct from ", " <=> "),
    (" is distinct from ", " <> "),
    (" as text)", " as char)"),
    (" as integer)", " as signed)"),
    (" as bigint)", " as signed)"),
    (" not materialized (", " ("),
    (" materialized (", " ("),
];

/// The text in the dialect's spelling, and the arguments in the order in which the caller passes them. MySQL's
/// placeholders have no numbers.
pub(super) fn spelled(sql: &str, arguments: &[Value], dialect: Dialect) -> (String, Vec<Value>) {
    if dialect != Dialect::Mysql {
        return (sql.to_owned(), arguments.to_vec());
    }
    let mut text = String::new();
    let mut passed = Vec::new();
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once(":a") {
        let digits = after.chars().take_while(char::is_ascii_digit).count();
        let (number, after) = after.split_at(digits);
        text.push_str(before);
        text.push('?');
        let index: usize = number.parse().unwrap_or(0);
        passed.extend(arguments.get(index.wrapping_sub(1)).cloned());
        rest = after;
    }
    text.push_str(rest);
    for (word, own) in WORDS {
        text = text.replace(word, own);
    }
    (text, passed)
}
