//! The command line.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Proves that SQL statements are confined to one tenant.
#[derive(Debug, Parser)]
#[command(
    name = "cargo tenancy",
    bin_name = "cargo tenancy",
    version,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Prove(ProveArguments),
}

/// Prove statements against a project's schema
///
/// Reads one JSON object a line from standard input, `{"id": "...", "sql": "..."}` (other fields are ignored), and
/// answers each with one line as soon as it is judged:
///
///   {"id": ..., "verdict": "proved" | "refused", "repaired": ..., "sql": ..., "binds": [...], "diagnostics": [...]}
///
/// `sql` is the text as it goes to the driver (null when refused) and `binds` what is bound, in the driver's order:
/// the placeholders as the statement spells them, and `$tenant`. `repaired` is true if automatic predicates were added
/// to the statement: then `sql` is the text with them. Each diagnostic has `code`, `message`, `start` and
/// `end` (byte offsets into the given text), `help`, and `suggestion`: a change of the statement that was proved, as the
/// whole `text` afterwards and the `edits` that lead there (null where none is known).
///
/// Exit codes: 0 every statement was proved; 1 some statement was refused; 2 the project does not load, or a line is
/// not such an object (the other lines are answered all the same, the reasons are on standard error).
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ProveArguments {
    /// The folder that holds `tenancy.toml`
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,

    /// Prove this one statement instead of reading standard input, and answer for people
    #[arg(long, value_name = "STATEMENT")]
    pub(crate) sql: Option<String>,

    /// Overrides `predicates` in `tenancy.toml`
    #[arg(long, value_enum, value_name = "MODE")]
    pub(crate) predicates: Option<Predicates>,
}

/// Whether the statement must spell its tenant predicates.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Predicates {
    /// What you read is what runs
    Required,
    /// Missing predicates are added, and the result is proved and runs
    Automatic,
}

/// Cargo runs `cargo tenancy prove` as `cargo-tenancy tenancy prove`: drops that first word.
pub(crate) fn without_subcommand_name(
    words: impl Iterator<Item = OsString>,
) -> impl Iterator<Item = OsString> {
    words
        .enumerate()
        .filter(|(place, word)| *place != 1 || word != OsStr::new("tenancy"))
        .map(|(_, word)| word)
}
