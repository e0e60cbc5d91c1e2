//! How wide what is printed may be, and whether in colour.

use std::io::IsTerminal;

use tenancy_prover::diagnose::render::Look;

/// What is narrower than this is not read in lines, what is wider is not read comfortably.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=200;

/// Colour on a terminal only, and not where `NO_COLOR` is set; the width from `COLUMNS`, or the terminal's.
pub(crate) fn look(output: &impl IsTerminal) -> Look {
    let plain = Look::default();
    let asked = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let terminal = output.is_terminal();
    let found = || {
        let (width, _) = terminal_size::terminal_size().filter(|_| terminal)?;
        Some(usize::from(width.0))
    };
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Look {
        width: asked.or_else(found).map_or(plain.width, |columns: usize| {
            columns.clamp(*WIDTHS.start(), *WIDTHS.end())
        }),
        wrap: true,
        colour: terminal && !no_colour,
    }
}
