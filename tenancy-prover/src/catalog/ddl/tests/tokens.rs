//! The scanner never fails, and it agrees with the statement lexer wherever that one accepts the text.

use super::super::scan::{Kind, Scanner};
use super::super::split::split;
use crate::Dialect;
use crate::parse::lex::{lex, span_of};

fn texts(sql: &str, dialect: Dialect) -> Vec<&str> {
    let mut scanner = Scanner::new(sql, dialect);
    std::iter::from_fn(|| scanner.next_token())
        .map(|token| &sql[token.start..token.end])
        .collect()
}

fn statements(sql: &str, dialect: Dialect) -> Vec<&str> {
    let statements = split(sql, dialect);
    statements
        .iter()
        .map(|tokens| &sql[tokens[0].start..tokens[tokens.len() - 1].end])
        .collect()
}

#[test]
fn quotes_and_comments_hide_what_is_in_them() {
    let sql =
        "a 'b;''c' E'd\\';e' \"f;\"\"g\" $$h;$$ $x$ $$ ; $x$ U&\"i;\" /* ; /* ; */ ; */ -- ;\n $1 b:=c::d";
    assert_eq!(
        texts(sql, Dialect::Postgres),
        [
            "a",
            "'b;''c'",
            "E'd\\';e'",
            "\"f;\"\"g\"",
            "$$h;$$",
            "$x$ $$ ; $x$",
            "U&\"i;\"",
            "$1",
            "b",
            ":=",
            "c",
            "::",
            "d"
        ]
    );
    assert_eq!(
        texts("a[b;] `c;``d` 'e\\' /* /* */ f", Dialect::Sqlite),
        ["a", "[b;]", "`c;``d`", "'e\\'", "f"]
    );
}

#[test]
fn anything_can_be_scanned() {
    for sql in [
        "'",
        "\"a",
        "$$",
        "$a",
        "/*",
        "E'\\",
        "[",
        "\\",
        "é'",
        "U&\"",
        "\u{feff}a",
        "a\0b",
        "$é$ x",
        "'a\\",
    ] {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            texts(sql, dialect);
            split(sql, dialect);
        }
    }
}

#[test]
fn statements_end_where_the_server_says() {
    assert_eq!(
        statements(
            "a; create function f() begin atomic select case when 1 then 2 end; b; end; create rule r do (c; d);;e",
            Dialect::Postgres
        ),
        [
            "a",
            "create function f() begin atomic select case when 1 then 2 end; b; end",
            "create rule r do (c; d)",
            "e"
        ]
    );
    assert_eq!(
        statements(
            "begin; create trigger t begin a; select case 1 when 2 then 3 end; end; create temp trigger t begin b; end; commit",
            Dialect::Sqlite
        ),
        [
            "begin",
            "create trigger t begin a; select case 1 when 2 then 3 end; end",
            "create temp trigger t begin b; end",
            "commit"
        ]
    );
    assert_eq!(
        statements(
            "\\restrict x'y\na;\n\\connect \"b\ncopy t from stdin;\n1\tit's;\n\\.\nb;",
            Dialect::Postgres
        ),
        ["a", "copy t from stdin", "b"]
    );
}

/// Words, quoted names and strings begin at the same bytes for both.
#[test]
fn the_scanner_agrees_with_the_lexer() {
    let postgres = include_str!("../../../../../tests/cases/postgres/migrations/0001_shop.sql");
    let sqlite = include_str!("../../../../../tests/cases/sqlite/migrations/0001_shop.sql");
    for (file, dialect) in [(postgres, Dialect::Postgres), (sqlite, Dialect::Sqlite)] {
        let mut compared = 0;
        for statement in statements(file, dialect) {
            let Ok(lexed) = lex(statement, dialect) else {
                continue;
            };
            let lexed: Vec<usize> = lexed
                .iter()
                .map(|token| span_of(token.span).start as usize)
                .collect();
            let mut scanner = Scanner::new(statement, dialect);
            for token in std::iter::from_fn(|| scanner.next_token()) {
                if matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Text | Kind::Dollar) {
                    assert!(
                        lexed.contains(&token.start),
                        "{}",
                        &statement[token.start..token.end]
                    );
                    compared += 1;
                }
            }
        }
        assert!(compared > 500, "{compared}");
    }
}
