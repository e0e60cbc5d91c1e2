//! sqlparser's MySQL grammar with the precedences of the servers.
//!
//! sqlparser puts `xor` above the comparisons, `^` below `+`, and `|`, `&` and the shifts on levels of their own; its
//! readings would be refused ([`super::precedence`]) and people would have to write parentheses that nobody writes. So
//! the parser gets the levels of `sql_yacc.yy`. What it builds with them is checked all the same.

use std::any::TypeId;

use sqlparser::ast::{CastKind, DataType, Expr, Statement, UnaryOperator};
use sqlparser::dialect::{Dialect, MySqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

const OR: u8 = 5;
const XOR: u8 = 7;
const AND: u8 = 10;
const NOT: u8 = 15;
const COMPARISON: u8 = 20;
const PATTERN: u8 = 25;
const BIT_OR: u8 = 30;
const BIT_AND: u8 = 32;
const SHIFT: u8 = 34;
const ADD: u8 = 36;
const MULTIPLY: u8 = 38;
const BIT_XOR: u8 = 40;
const SIGN: u8 = 44;
const JSON: u8 = 50;

/// [`MySqlDialect`] in all but the precedences and a few prefixes.
#[derive(Debug)]
pub(super) struct Mysql;

impl Dialect for Mysql {
    fn dialect(&self) -> TypeId {
        TypeId::of::<MySqlDialect>()
    }

    /// The level of every operator. `None` leaves what is no operator of the servers to sqlparser.
    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        let level = match &parser.peek_token_ref().token {
            Token::Word(word) => match word.keyword {
                Keyword::NOT => match &parser.peek_nth_token_ref(1).token {
                    Token::Word(word) => pattern(word.keyword).unwrap_or(0),
                    _ => 0,
                },
                Keyword::OR => OR,
                Keyword::XOR => XOR,
                Keyword::AND => AND,
                Keyword::IS => COMPARISON,
                Keyword::DIV => MULTIPLY,
                keyword => pattern(keyword)?,
            },
            Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq | Token::Spaceship => {
                COMPARISON
            }
            Token::Pipe => BIT_OR,
            Token::Ampersand => BIT_AND,
            Token::ShiftLeft | Token::ShiftRight => SHIFT,
            Token::Plus | Token::Minus => ADD,
            Token::Mul | Token::Div | Token::Mod => MULTIPLY,
            Token::Caret => BIT_XOR,
            Token::Arrow | Token::LongArrow => JSON,
            _ => return None,
        };
        Some(Ok(level))
    }

    /// What the operands of prefix operators and of patterns are read with.
    fn prec_value(&self, precedence: Precedence) -> u8 {
        match precedence {
            Precedence::Period => 100,
            Precedence::DoubleColon | Precedence::AtTz | Precedence::Colon | Precedence::PgOther => JSON,
            Precedence::PlusMinus | Precedence::MulDivModOp => SIGN,
            Precedence::Caret => BIT_XOR,
            Precedence::Ampersand => BIT_AND,
            Precedence::Pipe => BIT_OR,
            Precedence::Between | Precedence::Like => PATTERN,
            Precedence::Eq | Precedence::Is => COMPARISON,
            Precedence::UnaryNot => NOT,
            Precedence::And => AND,
            Precedence::Xor => XOR,
            Precedence::Or => OR,
        }
    }

    /// `!` and `binary`, which bind like a sign and which sqlparser gives all that follows, and `row (a, b)`.
    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        match &parser.peek_token_ref().token {
            Token::ExclamationMark => Some(prefix(parser, |expr| Expr::UnaryOp {
                op: UnaryOperator::BangNot,
                expr,
            })),
            Token::Word(word) if word.keyword == Keyword::BINARY => Some(prefix(parser, |expr| Expr::Cast {
                kind: CastKind::Cast,
                expr,
                data_type: DataType::Binary(None),
                format: None,
            })),
            Token::Word(word)
                if word.keyword == Keyword::ROW && parser.peek_nth_token_ref(1).token == Token::LParen =>
            {
                Some(row(parser))
            }
            _ => None,
        }
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        MySqlDialect {}.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        MySqlDialect {}.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        MySqlDialect {}.is_delimited_identifier_start(ch)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        MySqlDialect {}.identifier_quote_style(identifier)
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        expr: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        MySqlDialect {}.parse_infix(parser, expr, precedence)
    }

    fn parse_statement(&self, parser: &mut Parser) -> Option<Result<Statement, ParserError>> {
        MySqlDialect {}.parse_statement(parser)
    }

    fn is_table_factor_alias(&self, explicit: bool, keyword: &Keyword, parser: &mut Parser) -> bool {
        MySqlDialect {}.is_table_factor_alias(explicit, keyword, parser)
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        MySqlDialect {}.supports_string_literal_backslash_escape()
    }

    fn supports_string_literal_concatenation(&self) -> bool {
        MySqlDialect {}.supports_string_literal_concatenation()
    }

    fn ignores_wildcard_escapes(&self) -> bool {
        MySqlDialect {}.ignores_wildcard_escapes()
    }

    fn supports_numeric_prefix(&self) -> bool {
        MySqlDialect {}.supports_numeric_prefix()
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        MySqlDialect {}.supports_bitwise_shift_operators()
    }

    fn supports_multiline_comment_hints(&self) -> bool {
        MySqlDialect {}.supports_multiline_comment_hints()
    }

    fn require_interval_qualifier(&self) -> bool {
        MySqlDialect {}.require_interval_qualifier()
    }

    fn supports_limit_comma(&self) -> bool {
        MySqlDialect {}.supports_limit_comma()
    }

    fn supports_create_table_select(&self) -> bool {
        MySqlDialect {}.supports_create_table_select()
    }

    fn supports_insert_set(&self) -> bool {
        MySqlDialect {}.supports_insert_set()
    }

    fn supports_user_host_grantee(&self) -> bool {
        MySqlDialect {}.supports_user_host_grantee()
    }

    fn supports_table_hints(&self) -> bool {
        MySqlDialect {}.supports_table_hints()
    }

    fn requires_single_line_comment_whitespace(&self) -> bool {
        MySqlDialect {}.requires_single_line_comment_whitespace()
    }

    fn supports_match_against(&self) -> bool {
        MySqlDialect {}.supports_match_against()
    }

    fn supports_select_modifiers(&self) -> bool {
        MySqlDialect {}.supports_select_modifiers()
    }

    fn supports_set_names(&self) -> bool {
        MySqlDialect {}.supports_set_names()
    }

    fn supports_comma_separated_set_assignments(&self) -> bool {
        MySqlDialect {}.supports_comma_separated_set_assignments()
    }

    fn supports_update_order_by(&self) -> bool {
        MySqlDialect {}.supports_update_order_by()
    }

    fn supports_data_type_signed_suffix(&self) -> bool {
        MySqlDialect {}.supports_data_type_signed_suffix()
    }

    fn supports_cross_join_constraint(&self) -> bool {
        MySqlDialect {}.supports_cross_join_constraint()
    }

    fn supports_double_ampersand_operator(&self) -> bool {
        MySqlDialect {}.supports_double_ampersand_operator()
    }

    fn supports_binary_kw_as_cast(&self) -> bool {
        MySqlDialect {}.supports_binary_kw_as_cast()
    }

    fn supports_comment_optimizer_hint(&self) -> bool {
        MySqlDialect {}.supports_comment_optimizer_hint()
    }

    fn supports_constraint_keyword_without_name(&self) -> bool {
        MySqlDialect {}.supports_constraint_keyword_without_name()
    }

    fn supports_key_column_option(&self) -> bool {
        MySqlDialect {}.supports_key_column_option()
    }

    fn supports_group_by_with_modifier(&self) -> bool {
        MySqlDialect {}.supports_group_by_with_modifier()
    }

    /// `a join b right join c on ..` is `(a join b) right join c on ..` for both servers; sqlparser's dialect has it nest to
    /// the right. Where it does nest, because a condition comes later, the patches refuse.
    fn supports_left_associative_joins_without_parens(&self) -> bool {
        true
    }
}

/// Reads the operator at the next token and its operand. sqlparser would give a second `collate` to the whole.
fn prefix(parser: &mut Parser, node: impl FnOnce(Box<Expr>) -> Expr) -> Result<Expr, ParserError> {
    parser.advance_token();
    let operand = parser.parse_subexpr(SIGN)?;
    if parser.peek_keyword(Keyword::COLLATE) {
        return parser.expected_ref("one `collate` at most", parser.peek_token_ref());
    }
    Ok(node(Box::new(operand)))
}

/// Reads `row (a, b)`, which is `(a, b)`.
fn row(parser: &mut Parser) -> Result<Expr, ParserError> {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let members = parser.parse_comma_separated(Parser::parse_expr)?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Tuple(members))
}

/// The level of the operators that are words and can be negated.
fn pattern(keyword: Keyword) -> Option<u8> {
    match keyword {
        Keyword::IN
        | Keyword::BETWEEN
        | Keyword::LIKE
        | Keyword::RLIKE
        | Keyword::REGEXP
        | Keyword::MEMBER => Some(PATTERN),
        _ => None,
    }
}
