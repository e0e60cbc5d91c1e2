//! Lexers that follow the servers' own rules.
