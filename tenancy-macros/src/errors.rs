//! What is wrong with a macro call, collected, then said all at once.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

/// More than this many errors for one statement help nobody.
const LIMIT: usize = 8;

/// Errors with the places to show them at, in the order in which they are said.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<Complaint>);

/// One error. The compiler underlines from the first span to the last: stable Rust cannot join the two itself.
#[derive(Debug)]
struct Complaint {
    first: Span,
    last: Span,
    message: String,
}

impl Errors {
    /// One error.
    pub(crate) fn one(span: Span, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.push(span, message);
        errors
    }

    /// Adds an error.
    pub(crate) fn push(&mut self, span: Span, message: impl Into<String>) {
        self.0.push(Complaint {
            first: span,
            last: span,
            message: message.into(),
        });
    }

    /// Adds an error about all of `tokens`.
    pub(crate) fn push_spanned(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        let mut spans = tokens.into_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        let last = spans.last().unwrap_or(first);
        self.0.push(Complaint {
            first,
            last,
            message: message.into(),
        });
    }

    /// True if there is nothing to say.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what `other` holds.
    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The same errors with `explanation` before each.
    pub(crate) fn explained(mut self, explanation: &str) -> Self {
        for complaint in &mut self.0 {
            complaint.message = format!("{explanation}: {}", complaint.message);
        }
        self
    }

    /// One `compile_error!` item or statement for each, the last one counting what is left out.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let total = self.0.len();
        let mut tokens = TokenStream::new();
        for (
            at,
            Complaint {
                first,
                last,
                mut message,
            },
        ) in self.0.into_iter().take(LIMIT).enumerate()
        {
            if at + 1 == LIMIT && total > LIMIT {
                message.push_str(&format!("\n\nand {} more errors in this call", total - LIMIT));
            }
            tokens.extend(quote_spanned! {first=> ::core::compile_error });
            tokens.extend(quote_spanned! {last=> ! { #message } });
        }
        tokens
    }
}

impl From<syn::Error> for Errors {
    fn from(error: syn::Error) -> Self {
        let mut errors = Self::default();
        for part in error {
            errors.push(part.span(), part.to_string());
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::Errors;
    use proc_macro2::Span;

    #[test]
    fn every_error_is_said_up_to_a_limit() {
        let mut errors = Errors::default();
        for number in 0..8 {
            errors.push(Span::call_site(), format!("e{number}"));
        }
        let text = errors.into_tokens().to_string();
        assert_eq!(text.matches("compile_error").count(), 8);
        assert!(!text.contains("more errors"));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut errors = Errors::default();
        for number in 0..20 {
            errors.push(Span::call_site(), format!("e{number}"));
        }
        let text = errors.into_tokens().to_string();
        assert_eq!(text.matches("compile_error").count(), 8);
        assert!(text.contains("and 12 more errors in this call"), "{text}");
    }
}
