use sqlparser::tokenizer::Token;

use crate::parse::lex::{lex, span_of};
use crate::{Code, Dialect};

/// The tokens as sqlparser prints them, separated by a space; literals by their content.
fn tokens(sql: &str) -> String {
    let tokens = lex(sql, Dialect::Postgres).unwrap_or_else(|refused| panic!("{sql}: {refused:?}"));
    let shown: Vec<String> = tokens
        .iter()
        .map(|token| match &token.token {
            Token::SingleQuotedString(value) | Token::EscapedStringLiteral(value) => format!("<{value}>"),
            Token::DollarQuotedString(string) => format!("<{}>", string.value),
            Token::Placeholder(text) => format!("[{text}]"),
            other => other.to_string(),
        })
        .collect();
    shown.join(" ")
}

fn code(sql: &str) -> Code {
    lex(sql, Dialect::Postgres)
        .map(|tokens| format!("{sql}: {tokens:?}"))
        .expect_err("refused")
        .code
}

/// Each pair was compared with a server of version 15: the text and the tokens with spaces between them behave alike.
#[test]
fn tokens_are_the_servers() {
    for (sql, expected) in [
        // Comments.
        ("a -- b\nc", "a c"),
        ("a -- b\rc", "a c"),
        ("a --\u{85} b", "a"),
        ("a /* b /* c */ d */ e", "a e"),
        ("a /* ' */ b", "a b"),
        ("a/**/b", "a b"),
        ("a /* b **/ c", "a c"),
        ("a /*/ b */ c", "a c"),
        // Whitespace: no-break spaces belong to names.
        ("a\u{a0}b", "a\u{a0}b"),
        ("a\t\n\r\x0cb", "a b"),
        // Strings.
        ("'it''s'", "<it's>"),
        (r"'\' and tenant_id", r"<\> and tenant_id"),
        ("'a'\n'b'", "<ab>"),
        ("'a' -- note\n  'b'", "<ab>"),
        ("'a' /* note */ 'b'", "<a> <b>"),
        ("'a' 'b'", "<a> <b>"),
        (r"E'\n\t\\\x41\101\u00e9\q'", "<\n\t\\AA\u{e9}q>"),
        (r"E'a''b'", "<a'b>"),
        ("e'a'\n'\\t'", "<a\t>"),
        ("name'x'", "name <x>"),
        // Dollars.
        ("$1::int", "[$1] :: int"),
        ("$tenant", "[$tenant]"),
        ("$tenant::text", "[$tenant] :: text"),
        ("$tenant$ or true or $tenant$", "< or true or >"),
        ("$$a 'b' $x$ $$", "<a 'b' $x$ >"),
        ("$a$ $b$ $a$", "< $b$ >"),
        ("$_1é$x$_1é$", "<x>"),
        ("a$tenant", "a$tenant"),
        ("a$1", "a$1"),
        // Numbers.
        ("1.5e-3 .5 5. 1e10", "1.5e-3 .5 5. 1e10"),
        ("1+2", "1 + 2"),
        // Names.
        ("\"a\"\"b\" \"SELECT\"", "\"a\"b\" \"SELECT\""),
        ("größe", "größe"),
        ("u & 'x'", "u & <x>"),
        // Operators.
        ("a=-1", "a = - 1"),
        ("a<-1", "a < - 1"),
        ("a->-1", "a -> - 1"),
        ("a@-1", "a @- 1"),
        ("a!=-1", "a !=- 1"),
        ("a<>-1", "a <> - 1"),
        ("a!=b", "a <> b"),
        ("a*/*c*/b", "a * b"),
        ("a+--c\nb", "a + b"),
        ("a||'x'", "a || <x>"),
        ("a::int", "a :: int"),
        ("a==b", "a == b"),
        ("a<=>b", "a <=> b"),
        ("a->>'x'", "a ->> <x>"),
        ("f(a=>1, b:=2)", "f ( a => 1 , b := 2 )"),
        ("a ? 'x' and a ?| b", "a ? <x> and a ?| b"),
        ("a[1:2]", "a [ 1 : 2 ]"),
        ("a[:b]", "a [ : b ]"),
    ] {
        assert_eq!(tokens(sql), expected, "{sql}");
    }
}

#[test]
fn operators_of_other_systems_are_custom_here() {
    for operator in ["==", "<=>", "//", "|>", "!", "!=-", "@-"] {
        let tokens = lex(&format!("a {operator} b"), Dialect::Postgres).expect("lexed");
        assert_eq!(tokens[1].token, Token::CustomBinaryOperator(operator.to_owned()));
    }
}

#[test]
fn what_the_server_refuses_or_reads_in_two_ways_is_refused() {
    for (sql, expected) in [
        ("'a", Code::SyntaxError),
        (r"E'a\", Code::SyntaxError),
        ("\"a", Code::SyntaxError),
        ("\"\"", Code::SyntaxError),
        ("/* /* */", Code::SyntaxError),
        ("$a$ $b$", Code::SyntaxError),
        ("a\0b", Code::SyntaxError),
        ("a\x0bb", Code::SyntaxError),
        ("{a}", Code::SyntaxError),
        ("\\", Code::SyntaxError),
        ("1a", Code::SyntaxError),
        ("1e", Code::SyntaxError),
        ("0x1f", Code::SyntaxError),
        ("1_000", Code::SyntaxError),
        ("1..2", Code::SyntaxError),
        ("$1a", Code::SyntaxError),
        ("$1$2", Code::SyntaxError),
        ("$tenants", Code::Placeholder),
        ("$TENANT", Code::Placeholder),
        ("$x", Code::Placeholder),
        ("$", Code::Placeholder),
        (":name", Code::Placeholder),
        (": name", Code::Placeholder),
        ("B'01'", Code::UnsupportedSql),
        ("x'0f'", Code::UnsupportedSql),
        ("N'a'", Code::UnsupportedSql),
        ("U&'a'", Code::UnsupportedSql),
        ("u&\"t\\0430\"", Code::UnsupportedSql),
        (r"E'\''", Code::UnsupportedSql),
        (r"E'\xff'", Code::UnsupportedSql),
        (r"E'\0'", Code::UnsupportedSql),
        (r"E'\ud800'", Code::UnsupportedSql),
        (r"E'\u12'", Code::UnsupportedSql),
        ("GRÖSSE", Code::UnsupportedSql),
    ] {
        assert_eq!(code(sql), expected, "{sql}");
    }
    assert_eq!(code(&"a".repeat(64)), Code::UnsupportedSql);
    assert_eq!(code(&format!("\"{}\"", "ä".repeat(32))), Code::UnsupportedSql);
    assert_eq!(tokens(&"a".repeat(63)), "a".repeat(63));
}

#[test]
fn spans_hold_the_whole_token() {
    let sql = "größe = 'x''y' -- c\n and $tenant <> E'\\n' $$d$$";
    let spans: Vec<&str> = lex(sql, Dialect::Postgres)
        .expect("lexed")
        .iter()
        .map(|token| &sql[span_of(token.span).range()])
        .collect();
    assert_eq!(
        spans,
        ["größe", "=", "'x''y'", "and", "$tenant", "<>", "E'\\n'", "$$d$$"]
    );
}
