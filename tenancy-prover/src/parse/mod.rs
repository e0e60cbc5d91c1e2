//! From text to sqlparser's syntax tree: our own lexer per dialect, placeholders, the refusals that need no schema.

pub mod lex;
