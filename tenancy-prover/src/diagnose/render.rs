//! Diagnostics as text: the message, a snippet of the SQL with a caret, and what to write instead.
//!
//! What to write is the change that was proved, drawn on the statement, where there is one ([`Diagnostic::suggestion`]);
//! otherwise it is said in words.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::Diagnostic;
use super::change::Changed;
pub use super::source::Source;

/// How diagnostics are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Lines of the snippet are cut to this width around the caret, so that long one-line statements stay readable.
    pub width: usize,
    /// Prose that is longer goes on in the next line. What shows the text may also do that itself.
    pub wrap: bool,
    /// With the escape sequences of a terminal.
    pub colour: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 110,
            wrap: true,
            colour: false,
        }
    }
}

/// What stands before prose below a snippet, with up to three digits of a line number: `    = help: `.
const MARGIN: usize = 12;

impl Look {
    /// Prose in lines of the width, behind a margin.
    fn wrapped(self, text: &str, margin: usize) -> String {
        let width = self.width.saturating_sub(margin).max(20);
        // What has lines of its own is meant to be copied.
        if !self.wrap || text.contains('\n') {
            return text.to_owned();
        }
        let mut lines: Vec<String> = Vec::new();
        let mut quoted = false;
        // What is quoted stays in one line.
        let words = text.split(|letter| {
            quoted ^= letter == '`';
            letter == ' ' && !quoted
        });
        for word in words {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                Some(_) | None => lines.push(word.to_owned()),
            }
        }
        lines.join("\n")
    }
}

/// Every diagnostic as a terminal shows it, `error[code]: ...` first, with an empty line between them.
pub fn render(diagnostics: &[Diagnostic], source: &Source) -> String {
    render_as(diagnostics, source, Look::default())
}

/// [`render`] for a terminal of some width, with or without colour.
pub fn render_as(diagnostics: &[Diagnostic], source: &Source, look: Look) -> String {
    let drawn: Vec<String> = (0..diagnostics.len())
        .filter_map(|at| {
            let diagnostic = diagnostics.get(at)?;
            let text = look.wrapped(
                &diagnostic.message,
                diagnostic.code.name().len() + "error[]: ".len(),
            );
            let title = Level::ERROR.primary_title(text).id(diagnostic.code.name());
            let change = change(diagnostics, at, source);
            Some(draw(
                diagnostic,
                Group::with_title(title),
                change.as_ref(),
                source,
                look,
            ))
        })
        .collect();
    drawn.join("\n\n")
}

/// Each diagnostic as the text of a compiler error: the compiler itself writes `error: ` before it, and breaks no line.
pub fn messages(diagnostics: &[Diagnostic], source: &Source) -> Vec<String> {
    let look = Look {
        wrap: false,
        ..Look::default()
    };
    (0..diagnostics.len())
        .filter_map(|at| {
            let diagnostic = diagnostics.get(at)?;
            let text = format!("{} [{}]", diagnostic.message, diagnostic.code);
            let title = Level::ERROR.no_name().primary_title(text);
            let change = change(diagnostics, at, source);
            Some(draw(
                diagnostic,
                Group::with_title(title),
                change.as_ref(),
                source,
                look,
            ))
        })
        .collect()
}

/// The change to be drawn below a diagnostic: one that mends several is drawn with the first of them.
fn change(diagnostics: &[Diagnostic], at: usize, source: &Source) -> Option<Changed> {
    let suggestion = diagnostics.get(at)?.suggestion.as_deref()?;
    let mut before = diagnostics.get(..at)?.iter();
    let drawn = before.any(|other| other.suggestion.as_deref() == Some(suggestion));
    if drawn {
        None
    } else {
        Changed::new(suggestion, source)
    }
}

fn draw<'a>(
    diagnostic: &'a Diagnostic,
    mut group: Group<'a>,
    change: Option<&Changed>,
    source: &'a Source,
    look: Look,
) -> String {
    let found = source.locate(diagnostic.span);
    if let Some((piece, range)) = &found {
        let mut caret = AnnotationKind::Primary.span(range.clone());
        if !diagnostic.label.is_empty() {
            caret = caret.label(diagnostic.label.as_str());
        }
        group = group.element(
            Snippet::source(piece.text.as_str())
                .path(piece.path.as_str())
                .line_start(piece.first_line)
                .annotation(caret),
        );
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(look.wrapped(note, MARGIN)));
    }
    if change.is_none() {
        for help in &diagnostic.help {
            group = group.element(Level::HELP.message(look.wrapped(help, MARGIN)));
        }
    }
    let renderer = if look.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let drawn = renderer.term_width(look.width).render(&[group]);
    let Some(change) = change else { return drawn };
    let line = found.as_ref().map_or(1, |(piece, range)| piece.line(range.end));
    let digits = digits(line.max(change.last_line()));
    // The line numbers of the change are in one column with those of the snippet.
    let margin = " ".repeat(digits.saturating_sub(self::digits(line)));
    let ends = found.is_none() || !diagnostic.notes.is_empty();
    let path = found.map(|(piece, _)| piece.path.as_str());
    let change = change.draw(digits, path, ends, look);
    format!("{}\n{change}", drawn.replace('\n', &format!("\n{margin}")))
}

/// How many digits a number has.
const fn digits(number: usize) -> usize {
    match number.checked_ilog10() {
        Some(power) => power as usize + 1,
        None => 1,
    }
}

#[cfg(test)]
mod tests;
