//! How this room words its refusals.

use crate::{Code, Diagnostic, Span};

/// A diagnostic without help.
pub(super) fn refuse(
    code: Code,
    span: Span,
    message: impl Into<String>,
    label: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        code,
        message: message.into(),
        span,
        label: label.into(),
        help: Vec::new(),
        notes: Vec::new(),
        suggestion: None,
    }
}

/// Says what to write instead.
pub(super) trait Help {
    /// Adds one line of help.
    #[must_use]
    fn help(self, line: impl Into<String>) -> Self;
}

impl Help for Diagnostic {
    fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }
}
