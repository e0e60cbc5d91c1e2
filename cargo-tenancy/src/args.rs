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
    Explain(ExplainArguments),
    Policy(PolicyArguments),
}

/// Prove statements against a project's schema
///
/// Reads one JSON object a line from standard input, `{"id": "...", "sql": "..."}` (other fields are ignored), and
/// answers each with one line as soon as it is judged:
///
///   {"id": ..., "verdict": "proved" | "refused", "repaired": ..., "sql": ..., "binds": [...], "isolation": ..., "reads": ..., "diagnostics": [...]}
///
/// `sql` is the text as it goes to the driver (null when refused) and `binds` what is bound, in the driver's order:
/// the placeholders as the statement spells them, and `$tenant`. `repaired` is true if automatic predicates were added
/// to the statement: then `sql` is the text with them. `isolation` is what the verdict holds for (null when
/// refused), and `reads` is true if the statement changes and locks nothing. Each diagnostic has `code`, `message`, `start` and
/// `end` (byte offsets into the given text), `help`, and `suggestion`: a change of the statement that was proved, as the
/// whole `text` afterwards and the `edits` that lead there (null where none is known). One change mends all that is wrong
/// with a statement, so all of its diagnostics have the same. `help` says the same in words; without a suggestion it says
/// what to do, and holds no SQL to copy. `notes` say more, each in a line.
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

    /// Answer refusals without a `suggestion`, which takes up to a dozen more proofs to find
    #[arg(long, conflicts_with = "sql")]
    pub(crate) no_suggestions: bool,
}

/// Show how a statement is proved, or what is missing
///
/// Prints each relation that the statement names in the order of the text: what it opens, the facts that close it and
/// where each of them is said (line and column of the statement, file and line of a migration), or what would close it.
/// For writes also what makes them safe. Then the text that is sent, and what is bound.
///
/// With `--json` the same as one JSON object:
///
///   {"verdict": "proved" | "refused", "repaired": ... | null, "sql": ..., "binds": [...], "diagnostics": [...],
///    "references": [{"name", "line", "column", "start", "end", "views": [...], "inside": place | null,
///                    "kind": "owned" | "tenant-root" | "via" | "placed" | "shared" | "view" | "cte" | "unknown",
///                    "owner": ... | null, "declared": place | null,
///                    "state": "confined" | "nothing-to-confine" | "open" | "not-tried",
///                    "chains": [[fact, ...], ...], "diagnostic": index | null}],
///    "writes": [{"table", "line", "column", "start", "end",
///                "checks": [{"kind": "target" | "inserted" | "assigned" | "conflict-key" | "cascade" | "trigger",
///                            "text", "places": [place, ...], "facts": [fact, ...]}]}]}
///
/// A fact is {"text", "reason", "places": [place, ...], "because": [fact, ...]}; a place is {"line", "column", "start",
/// "end"} in the statement (offsets in bytes; in `repaired`, if automatic predicates changed it) or {"file", "line", "what"} in the schema. `diagnostics` are those of
/// `prove`, with `line` and `column`, `label`, and `help` as a list.
///
/// Exit codes: 0 the statement is proved (or the code explained); 1 it is refused; 2 the project or the statement cannot be read.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ExplainArguments {
    /// The statement; without it and `--file`, standard input is read
    #[arg(value_name = "STATEMENT", conflicts_with = "file")]
    pub(crate) sql: Option<String>,

    /// Read the statement from this file
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// The folder that holds `tenancy.toml`
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,

    /// Answer with one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Instead of a statement, explain this code of a diagnostic: what it means, with a failing and a fixed example
    #[arg(long, value_name = "CODE", conflicts_with_all = ["sql", "file", "json"])]
    pub(crate) code: Option<String>,
}

/// Print the policies of row security for every table that tenants own
///
/// The text is a migration, to run as the owner of the tables: for each table that tenants own, row security enabled and
/// forced, and the one policy that `isolation = "rls"` asks for. Policies that the schema files make and that are others
/// are dropped.
///
/// With `--json` one JSON object:
///
///   {"role": ..., "tables": [{"schema", "table", "column", "type": ... | null, "parent": ... | null, "expression",
///    "deparsed", "missing": [...], "sql"}], "without": [{"schema", "table", "reason"}]}
///
/// `deparsed` is what the server prints of `using` and `with check` (`pg_get_expr` with an empty search path), `missing`
/// says what the schema files do not prove of the table's protection, and `sql` is its part of the migration.
///
/// Exit codes: 0 the migration was printed; 1 there are tables for which no policy is known (named on standard error);
/// 2 the project does not load, or is not PostgreSQL's.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct PolicyArguments {
    /// The folder that holds `tenancy.toml`
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,

    /// The role that the application uses: no superuser, not the owner of the tables, without `bypassrls`
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: String,

    /// Only what the schema files lack or have otherwise
    #[arg(long)]
    pub(crate) missing: bool,

    /// Answer with one JSON object
    #[arg(long)]
    pub(crate) json: bool,
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
