use sqlparser::tokenizer::Token;

use crate::parse::lex::{lex, span_of};
use crate::{Code, Dialect};

/// The tokens as sqlparser prints them, separated by a space; literals by their content.
fn tokens(sql: &str) -> String {
    let tokens = lex(sql, Dialect::Sqlite).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"));
    let shown: Vec<String> = tokens
        .iter()
        .map(|token| match &token.token {
            Token::SingleQuotedString(value) => format!("<{value}>"),
            Token::Placeholder(text) => format!("{{{text}}}"),
            other => other.to_string(),
        })
        .collect();
    shown.join(" ")
}

/// The boundaries of each were compared with `sqlite3GetToken` of version 3.51.
#[test]
fn tokens_are_the_servers() {
    for (sql, expected) in [
        ("a -- b\nc", "a c"),
        ("a -- b\rc", "a"),
        ("a /* b /* c */ d", "a d"),
        ("a /* b", "a"),
        ("a /*", "a / *"),
        ("a /*/ b */ c", "a c"),
        ("\u{feff}a\u{feff}", "a\u{feff}"),
        ("a\u{a0}b", "a\u{a0}b"),
        ("'it''s'", "<it's>"),
        (r"'\' and b", r"<\> and b"),
        ("'a'\n'b'", "<a> <b>"),
        ("\"a\"\"b\" `c``d` [e f]", "\"a\"b\" `c`d` [e f]"),
        ("x'00fF' X''", "X'00fF' X''"),
        ("ex'a'", "ex <a>"),
        ("1 1.5 .5 5. 1e5 1e+5 0x1F", "1 1.5 .5 5. 1e5 1e+5 0x1F"),
        ("1.", "1."),
        ("t.a", "t . a"),
        ("a==b", "a == b"),
        ("a<>b!=c", "a <> b <> c"),
        ("a->b->>c", "a -> b ->> c"),
        ("a||b|c", "a || b | c"),
        ("a<<b>>c", "a << b >> c"),
        ("a<=b>=c", "a <= b >= c"),
        ("a=-1", "a = - 1"),
        ("? ?1 :a @b $tenant", "{?} {?1} {:a} {@b} {$tenant}"),
        ("?1a", "{?1} a"),
        ("a$tenant", "a$tenant"),
        ("e'x'", "e <x>"),
    ] {
        assert_eq!(tokens(sql), expected, "{sql}");
    }
}

#[test]
fn what_the_tokenizer_refuses_or_versions_differ_in_is_refused() {
    for (sql, expected) in [
        ("'a", Code::SyntaxError),
        ("\"a", Code::SyntaxError),
        ("[a", Code::SyntaxError),
        ("[a]]", Code::SyntaxError),
        ("``", Code::SyntaxError),
        ("a\0b", Code::SyntaxError),
        ("a ! b", Code::SyntaxError),
        ("a ^ b", Code::SyntaxError),
        ("{a}", Code::SyntaxError),
        ("\\", Code::SyntaxError),
        ("x'0'", Code::SyntaxError),
        ("x'0g'", Code::SyntaxError),
        ("1a", Code::SyntaxError),
        ("1_000", Code::SyntaxError),
        ("0x", Code::SyntaxError),
        ("1e", Code::SyntaxError),
        ("$tenants", Code::Placeholder),
        ("$TENANT", Code::Placeholder),
        ("$tenant$", Code::Placeholder),
        ("$tenant::text", Code::Placeholder),
        ("$tenant(x)", Code::Placeholder),
        (":a::b", Code::Placeholder),
        ("@a(b)", Code::Placeholder),
        ("$1", Code::Placeholder),
        (":1", Code::Placeholder),
        ("#a", Code::Placeholder),
        ("@", Code::Placeholder),
        ("$", Code::Placeholder),
    ] {
        let refused = lex(sql, Dialect::Sqlite)
            .map(|tokens| format!("{tokens:?}"))
            .expect_err(sql);
        assert_eq!(refused.code, expected, "{sql}");
    }
}

#[test]
fn spans_hold_the_whole_token() {
    let sql = "[größe] = 'x''y' /* c */ and $tenant<>?12";
    let spans: Vec<&str> = lex(sql, Dialect::Sqlite)
        .expect("lexed")
        .iter()
        .map(|token| &sql[span_of(token.span).range()])
        .collect();
    assert_eq!(spans, ["[größe]", "=", "'x''y'", "and", "$tenant", "<>", "?12"]);
}
