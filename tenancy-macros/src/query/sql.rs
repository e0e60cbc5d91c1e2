//! The statement as the author wrote it: one string literal, several joined with `+`, or a file.

use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::parse::{ParseStream, discouraged::Speculative as _};
use syn::{Expr, LitStr, Token};
use tenancy_prover::Diagnostic;
use tenancy_prover::diagnose::render::{Source, messages};

use super::Place;
use super::input::expected;
use crate::errors::Errors;
use crate::literal;
use crate::project;

/// A statement and where it is written.
pub(super) struct SqlText {
    /// What goes to the prover.
    pub(super) value: String,
    /// The file that holds it, for the `_file` forms: the build must watch it.
    pub(super) file: Option<PathBuf>,
    /// Never empty.
    pieces: Vec<Piece>,
}

/// One literal of the statement, or its file.
struct Piece {
    /// The literal.
    span: Span,
    /// The first byte of its value in the statement.
    start: usize,
    /// What a snippet shows.
    source: Source,
}

impl SqlText {
    /// Reads the statement of a call.
    pub(super) fn parse(place: Place, input: ParseStream<'_>) -> Result<Self, Errors> {
        let fork = input.fork();
        let Ok(first) = fork.parse::<LitStr>() else {
            return Err(no_literal(place, input));
        };
        input.advance_to(&fork);
        match place {
            Place::Literal => Self::literals(first, input),
            Place::File => Self::file(&first),
        }
    }

    fn literals(first: LitStr, input: ParseStream<'_>) -> Result<Self, Errors> {
        let mut text = Self {
            value: String::new(),
            file: None,
            pieces: Vec::new(),
        };
        text.push(&first);
        while input.peek(Token![+]) {
            let plus: Result<Token![+], _> = input.parse();
            plus?;
            let fork = input.fork();
            let Ok(next) = fork.parse::<LitStr>() else {
                return Err(no_literal(Place::Literal, input));
            };
            input.advance_to(&fork);
            text.push(&next);
        }
        Ok(text)
    }

    fn push(&mut self, literal: &LitStr) {
        let value = literal.value();
        self.pieces.push(Piece {
            span: literal.span(),
            start: self.value.len(),
            source: source_of(literal, &value),
        });
        self.value.push_str(&value);
    }

    fn file(path: &LitStr) -> Result<Self, Errors> {
        let written = path.value();
        let span = path.span();
        if Path::new(&written).is_absolute() {
            let message = "the path of a file of SQL is relative to the crate's `Cargo.toml`, so that every checkout finds it";
            return Err(Errors::one(span, message));
        }
        let full = project::manifest_directory()
            .ok_or_else(|| Errors::one(span, "`CARGO_MANIFEST_DIR` is not set: files of SQL need cargo"))?
            .join(&written);
        let value = std::fs::read_to_string(&full).map_err(|error| {
            Errors::one(
                span,
                format!("cannot read `{written}` (looked for beside the crate's `Cargo.toml`): {error}"),
            )
        })?;
        Ok(Self {
            pieces: vec![Piece {
                span,
                start: 0,
                source: Source::file(written, value.as_str()),
            }],
            file: Some(full),
            value,
        })
    }

    /// Where errors about the whole statement go.
    pub(super) fn span(&self) -> Span {
        self.pieces
            .first()
            .map_or_else(Span::call_site, |piece| piece.span)
    }

    /// Adds `diagnostics` to `errors`, each at the literal that holds its place, drawn into the message.
    pub(super) fn report(&self, diagnostics: &[Diagnostic], errors: &mut Errors) {
        let pieces = self
            .pieces
            .iter()
            .map(|piece| (piece.start, piece.source.clone()));
        let texts = messages(diagnostics, &Source::joined(pieces));
        for (diagnostic, text) in diagnostics.iter().zip(texts) {
            let start = diagnostic.span.start as usize;
            let piece = self.pieces.iter().rev().find(|piece| piece.start <= start);
            let span = piece.map_or_else(|| self.span(), |piece| piece.span);
            errors.push(span, text);
        }
    }
}

/// What stands there is no string literal: shown at all of it.
fn no_literal(place: Place, input: ParseStream<'_>) -> Errors {
    let mut errors = Errors::default();
    match input.fork().parse::<Expr>() {
        Ok(other) => errors.push_spanned(other, expected(place)),
        Err(_) => errors.push(input.span(), expected(place)),
    }
    errors
}

/// The literal as the author typed it, padded to its column, so that lines and columns are an editor's.
fn source_of(literal: &LitStr, value: &str) -> Source {
    if !proc_macro::is_available() {
        return Source::unknown();
    }
    let span = literal.span().unwrap();
    let Some(text) = span.source_text() else {
        return Source::unknown();
    };
    match literal::walk(&text) {
        Some(walked) if walked.value == value => {
            let indent = span.column().saturating_sub(1);
            let positions = walked
                .positions
                .into_iter()
                .map(|range| range.start + indent..range.end + indent)
                .collect();
            let shown = format!("{}{text}", " ".repeat(indent));
            Source::literal(span.file(), shown, span.line(), positions)
        }
        _ => Source::unknown(),
    }
}
