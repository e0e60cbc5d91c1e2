use sqlparser::tokenizer::Token;

use crate::parse::lex::{lex, span_of};
use crate::{Code, Dialect};

/// The tokens as sqlparser prints them, separated by a space; literals by their content.
fn tokens(sql: &str) -> String {
    let tokens = lex(sql, Dialect::Mysql).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"));
    let shown: Vec<String> = tokens
        .iter()
        .map(|token| match &token.token {
            Token::SingleQuotedString(value) => format!("<{value}>"),
            Token::NationalStringLiteral(value) => format!("N<{value}>"),
            Token::Placeholder(text) => format!("{{{text}}}"),
            other => other.to_string(),
        })
        .collect();
    shown.join(" ")
}

#[test]
fn tokens_are_the_servers() {
    for (sql, expected) in [
        ("a -- b\nc", "a c"),
        ("a --\tb\nc", "a c"),
        ("a --", "a"),
        ("a -- b\rc", "a"),
        ("5--1", "5 - - 1"),
        ("a --b", "a - - b"),
        ("a # b\nc", "a c"),
        ("a /* b /* c */ d", "a d"),
        ("a/**/b", "a b"),
        ("select /*+ NO_INDEX_MERGE(t i, j) */ 1", "select 1"),
        ("2*/*c*/3", "2 * 3"),
        ("'it''s'", "<it's>"),
        (r"'it\'s'", "<it's>"),
        (r"'a\\'", r"<a\>"),
        (r"'\%\_\n\x'", "<\\%\\_\nx>"),
        ("select 'a' 'b'", "select <ab>"),
        ("(N'a' 'b')", "( N<ab> )"),
        ("_utf8mb4'a'", "_utf8mb4 <a>"),
        ("`a``b` `c d`", "`a`b` `c d`"),
        ("x'00fF' 0x1F b'01'", "X'00fF' X'1F' B'01'"),
        ("1 1.5 .5 5. 1e5 1e+5 1.e5", "1 1.5 .5 5. 1e5 1e+5 1.e5"),
        ("t.a", "t . a"),
        ("where.a t.select", "`where` . a t . `select`"),
        ("t . a", "t . a"),
        ("t.*", "t . *"),
        ("a<=>b", "a <=> b"),
        ("a<>b!=c", "a <> b <> c"),
        ("a>=!b", "a >= ! b"),
        ("a->'$.b'->>'$.c'", "a -> <$.b> ->> <$.c>"),
        ("a&&b&c", "a AND b & c"),
        ("a<<b>>c", "a << b >> c"),
        ("a=-1", "a = - 1"),
        ("? ?,$tenant", "{?} {?} , {$tenant}"),
        ("a$tenant", "a$tenant"),
        ("count(a) concat (b)", "count ( a ) concat ( b )"),
    ] {
        assert_eq!(tokens(sql), expected, "{sql}");
    }
}

#[test]
fn what_the_servers_refuse_or_read_differently_is_refused() {
    for (sql, expected) in [
        ("'a", Code::SyntaxError),
        ("`a", Code::SyntaxError),
        ("``", Code::SyntaxError),
        ("`a `", Code::SyntaxError),
        ("a /* b", Code::SyntaxError),
        ("a /*/ b */", Code::SyntaxError),
        // Executed, or not, or from some version on.
        ("a /*! b */", Code::UnsupportedSql),
        ("a /*!50000 b */", Code::UnsupportedSql),
        ("a /*M! b */", Code::UnsupportedSql),
        ("a /*M!100100 b */", Code::UnsupportedSql),
        (
            "select /*+ SET_VAR(foreign_key_checks=0) */ 1",
            Code::UnsupportedSql,
        ),
        ("select /*+ set_var(a) */ 1", Code::UnsupportedSql),
        ("select /*+ QB_NAME(`*/`) */ 1", Code::UnsupportedSql),
        // `sql_mode`.
        (r"'a\' or 1 = 1 -- '", Code::UnsupportedSql),
        (r"'a\'; delete from t; select '", Code::UnsupportedSql),
        (r#""a\" or 1 = 1 -- ""#, Code::UnsupportedSql),
        ("a || b", Code::UnknownOperator),
        ("count (a)", Code::UnsupportedSql),
        ("count/**/(a)", Code::UnsupportedSql),
        // Names that begin with digits, and numbers that run into them.
        ("1a", Code::SyntaxError),
        ("1e5x", Code::SyntaxError),
        ("0xfg", Code::SyntaxError),
        ("0b01", Code::SyntaxError),
        ("1..2", Code::SyntaxError),
        ("1.5.a", Code::SyntaxError),
        ("5$tenant", Code::SyntaxError),
        ("t.1", Code::SyntaxError),
        ("t.1a", Code::SyntaxError),
        ("x'1'", Code::SyntaxError),
        ("x'0g'", Code::SyntaxError),
        ("b'2'", Code::SyntaxError),
        // Variables and other systems' placeholders.
        ("@a", Code::UnsupportedSql),
        ("@@sql_mode", Code::UnsupportedSql),
        ("a := b", Code::UnsupportedSql),
        (":a", Code::Placeholder),
        ("?1", Code::Placeholder),
        ("?a", Code::Placeholder),
        ("$1", Code::Placeholder),
        ("$TENANT", Code::Placeholder),
        ("$tenant$", Code::Placeholder),
        // Strings whose meaning depends on the place.
        ("date '2020-01-01' 'x'", Code::UnsupportedSql),
        ("'a' \"b\"", Code::UnsupportedSql),
        ("\"a\" 'b'", Code::UnsupportedSql),
        ("_gbk'a'", Code::UnsupportedSql),
        ("`_utf8`'a'", Code::UnsupportedSql),
        ("_a 'b'", Code::UnsupportedSql),
        ("_a 0x62", Code::UnsupportedSql),
        ("`_utf8` x'62'", Code::UnsupportedSql),
        (r"\N", Code::SyntaxError),
        ("a\0b", Code::SyntaxError),
        ("a\x01b", Code::SyntaxError),
        ("{d '2020-01-01'}", Code::SyntaxError),
        ("a <! b", Code::SyntaxError),
        ("a =! b", Code::SyntaxError),
        ("!!a", Code::SyntaxError),
        // Two names for us can be one for the server: U+212A is a `k` without case.
        ("\u{212a}ey", Code::UnsupportedSql),
        ("`t\u{e9}nant_id`", Code::UnsupportedSql),
        ("a\u{a0}b", Code::UnsupportedSql),
    ] {
        let refused = lex(sql, Dialect::Mysql).expect_err(sql);
        assert_eq!(refused.code, expected, "{sql}: {refused:?}");
    }
    let long = "a".repeat(65);
    assert!(lex(&long, Dialect::Mysql).is_err());
    assert!(lex(&long[1..], Dialect::Mysql).is_ok());
}

/// What no mode moves passes, whatever is in the literals.
#[test]
fn literals_that_end_at_one_place_pass() {
    for sql in [
        r"'it\'s'",
        r"'a\\b' and 'c'",
        r"'\\' = a",
        r#"'"a"'"#,
        r#""it's" "#,
        r#""a""b" "#,
        "'a\"b' and 'c'",
        r"`a\`",
        "'-- ' and '/*' and '#'",
    ] {
        assert!(
            lex(sql, Dialect::Mysql).is_ok(),
            "{sql}: {:?}",
            lex(sql, Dialect::Mysql)
        );
    }
}

#[test]
fn spans_are_bytes_of_the_text() {
    let sql = "select 'ä' 'b' /* c */, `d` from e where f = $tenant";
    let found: Vec<&str> = lex(sql, Dialect::Mysql)
        .expect("lexes")
        .iter()
        .map(|token| &sql[span_of(token.span).range()])
        .collect();
    let expected = [
        "select", "'ä' 'b'", ",", "`d`", "from", "e", "where", "f", "=", "$tenant",
    ];
    assert_eq!(found, expected);
}
