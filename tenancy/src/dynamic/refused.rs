//! Why a text was not sent.

use std::fmt;
use std::sync::Arc;

use tenancy_prover::Diagnostic;
use tenancy_prover::diagnose::render::{Source, render};
use thiserror::Error;

/// Why a dynamic query was refused. Nothing was sent to the database, and no value that was bound is in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refused {
    /// The statement is not proved.
    #[error(transparent)]
    Unproved(Unproved),
    /// Too many or too few values.
    #[error(
        "the statement has {placeholders} placeholders, but {values} values are bound; `$tenant` takes none: the tenant \
         comes from the scope. A placeholder inside a string or a comment is none"
    )]
    Values {
        /// How many values the statement takes.
        placeholders: usize,
        /// How many were bound.
        values: usize,
    },
    /// The text is longer than the prover takes.
    #[error(
        "the statement has {bytes} bytes, and {most} are allowed; see `Prover::with_longest`, or pass a long list as one array or \
         JSON argument"
    )]
    TooLong {
        /// The length of the text.
        bytes: usize,
        /// The longest that is allowed.
        most: usize,
    },
    /// A fragment pushed to a [`QueryBuilder`](super::QueryBuilder) holds a placeholder.
    #[error("the fragment `{fragment}` holds a placeholder; placeholders come from `push_bind` alone")]
    Placeholder {
        /// The fragment.
        fragment: &'static str,
    },
    /// The driver would bind the values in another order than that of their numbers.
    #[error("the driver takes `{label}` out of its turn; number the placeholders in the order of the text")]
    OutOfTurn {
        /// The placeholder.
        label: String,
    },
    /// The prover itself failed.
    #[error(
        "the prover failed on this statement, so it was not sent; this is a bug in `tenancy`: please report it"
    )]
    Failed,
    /// The project in the program is not the one that the compiler read, or cannot be read.
    #[error("the embedded project cannot be used: {0}")]
    Project(Arc<str>),
}

/// A statement that is not proved, and why.
///
/// Printed, it is each problem with its place in the text and what to do about it, in words. What the compiler shows
/// besides, a change of the text that is proved, costs more proofs: `cargo tenancy prove --sql` prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Unproved {
    text: Arc<str>,
    diagnostics: Arc<[Diagnostic]>,
}

impl Unproved {
    pub(super) fn new(text: Arc<str>, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            text,
            diagnostics: diagnostics.into(),
        }
    }

    /// The statement as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with it, in the order of the text.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Roughly how many bytes it holds besides the text.
    pub(super) fn weight(&self) -> usize {
        let strings = |diagnostic: &Diagnostic| {
            let lines = diagnostic.help.iter().chain(&diagnostic.notes);
            diagnostic.message.len() + diagnostic.label.len() + lines.map(String::len).sum::<usize>()
        };
        self.diagnostics
            .iter()
            .map(|diagnostic| strings(diagnostic) + size_of::<Diagnostic>())
            .sum()
    }
}

impl fmt::Display for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the statement is not proved to stay within the tenant, so it was not sent")?;
        let text = render(&self.diagnostics, &Source::file("<sql>", &*self.text));
        if text.is_empty() {
            return Ok(());
        }
        write!(f, "\n{text}")
    }
}

impl fmt::Debug for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unproved")
            .field("diagnostics", &self.diagnostics)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Unproved {}
