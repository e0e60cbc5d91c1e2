//! What the benchmarks and tests of the prover's costs share: statements to prove, and what is done to them.

mod shapes;

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use sqlparser::dialect::{Dialect as Grammar, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use tenancy_prover::{Dialect, Project, Verdict};

pub use shapes::Shape;

/// What is done to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Nothing: what the program costs without statements.
    Nothing,
    /// sqlparser alone reads it.
    Sqlparser,
    /// We read it: lexing by the server's rules, patches, precedence, and sqlparser's parser.
    Parse,
    /// The whole way to the verdict.
    Prove,
}

impl Work {
    /// By its name on the command line.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "nothing" => Some(Self::Nothing),
            "sqlparser" => Some(Self::Sqlparser),
            "parse" => Some(Self::Parse),
            "prove" => Some(Self::Prove),
            _ => None,
        }
    }

    /// Does it.
    pub fn run(self, project: &Project, sql: &str) {
        match self {
            Self::Nothing => drop(black_box(sql)),
            Self::Sqlparser => drop(black_box(sqlparser(sql, project.config.dialect))),
            Self::Parse => {
                drop(black_box(tenancy_prover::parse::parse_statement(
                    sql,
                    project.config.dialect,
                )));
            }
            Self::Prove => drop(black_box(tenancy_prover::prove(project, sql))),
        }
    }
}

/// Whether sqlparser reads the statement.
pub fn sqlparser(sql: &str, dialect: Dialect) -> bool {
    let grammar: &dyn Grammar = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::Mysql => &sqlparser::dialect::MySqlDialect {},
    };
    black_box(Parser::parse_sql(grammar, sql)).is_ok_and(|statements| statements.len() == 1)
}

/// A folder of shown cases: its project, and the statements that sqlparser reads and the prover proves, so that all that are
/// compared do the same work to the end.
///
/// # Errors
/// Files that cannot be read.
pub fn cases(dialect: &str) -> Result<(Project, Vec<String>), Box<dyn Error>> {
    let folder = root().join("tests/cases").join(dialect);
    let project = Project::load(&folder)?;
    let mut statements = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(path)?.lines() {
            let case: serde_json::Value = serde_json::from_str(line)?;
            let sql = case["sql"].as_str().unwrap_or_default();
            if sqlparser(sql, project.config.dialect) && is_proved(&project, sql) {
                statements.push(sql.to_owned());
            }
        }
    }
    statements.sort();
    Ok((project, statements))
}

/// Whether the statement is proved.
pub fn is_proved(project: &Project, sql: &str) -> bool {
    matches!(tenancy_prover::prove(project, sql), Verdict::Proved(_))
}

/// The root of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
