//! Who decides which statements are run.

use std::path::{Path, PathBuf};

use tenancy_prover::config::{Config, Isolation};
use tenancy_prover::{Bind, Dialect, Project, ProjectError, Proved, TenantType, Verdict};

use super::hunt::{Prover, Refused};
use super::schema::project_sources;

/// The prover of this project, on the trap schema.
#[derive(Debug)]
pub struct Real {
    project: Project,
}

impl Real {
    /// Loads the trap schema's project.
    ///
    /// # Errors
    /// When the project does not load.
    pub fn load(dialect: Dialect) -> Result<Self, ProjectError> {
        let (config, migrations) = project_sources(dialect);
        let config = Config::parse(config, Path::new("tenancy.toml"))?;
        let migrations: Vec<(PathBuf, String)> = migrations
            .iter()
            .map(|(name, text)| (PathBuf::from(name), (*text).to_owned()))
            .collect();
        Ok(Self {
            project: Project::from_parts(config, &migrations)?,
        })
    }

    /// The same with `predicates = "automatic"`: statements that miss a predicate are repaired, and run as repaired.
    ///
    /// # Errors
    /// When the project does not load.
    pub fn automatic(dialect: Dialect) -> Result<Self, ProjectError> {
        let mut prover = Self::load(dialect)?;
        prover.project.config.automatic = true;
        Ok(prover)
    }
}

impl Prover for Real {
    fn prove(&self, sql: &str) -> Result<Proved, Refused> {
        match tenancy_prover::prove(&self.project, sql) {
            Verdict::Proved(proved) => Ok(proved),
            Verdict::Refused(diagnostics) => Err(diagnostics.into_iter().next().map_or_else(
                || Refused {
                    code: "none",
                    message: String::new(),
                },
                |first| Refused {
                    code: first.code.name(),
                    message: first.message,
                },
            )),
        }
    }
}

/// Looks whether the text compares a tenant column with `$tenant`. The judge must see through it.
#[derive(Debug, Clone, Copy)]
pub struct Naive(pub Dialect);

impl Prover for Naive {
    fn prove(&self, sql: &str) -> Result<Proved, Refused> {
        if sql.contains("tenant_id = $tenant") {
            return Ok(placed(sql, self.0));
        }
        Err(Refused {
            code: "naive",
            message: "no tenant column is compared".to_owned(),
        })
    }
}

/// The statement as a generator writes it, with its placeholders in the driver's form and nothing proved.
pub(crate) fn placed(sql: &str, dialect: Dialect) -> Proved {
    if dialect == Dialect::Mysql {
        return placed_in_order(sql);
    }
    let (mark, own) = match dialect {
        Dialect::Postgres => ("$", "$"),
        Dialect::Sqlite | Dialect::Mysql => (":a", "?"),
    };
    let arguments = (1..=99)
        .filter(|number| sql.contains(&format!("{mark}{number}")))
        .max()
        .unwrap_or(0);
    let mut binds: Vec<Bind> = (0..arguments)
        .map(|index| Bind::Argument {
            index,
            label: format!("{mark}{}", index + 1),
        })
        .collect();
    binds.push(Bind::Tenant(TenantType::Text));
    let sql = sql
        .replace("$tenant", &format!("{mark}{}", arguments + 1))
        .replace(mark, own);
    Proved {
        sql,
        binds,
        arguments,
        repairs: Vec::new(),
        isolation: Isolation::Rows,
        reads: false,
    }
}

/// The same where placeholders have no numbers.
fn placed_in_order(sql: &str) -> Proved {
    let mut binds = Vec::new();
    let mut arguments = 0;
    let mut text = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find(['?', '$']) {
        text.push_str(&rest[..at]);
        text.push('?');
        rest = &rest[at..];
        rest = match rest.strip_prefix("$tenant") {
            Some(rest) => {
                binds.push(Bind::Tenant(TenantType::Text));
                rest
            }
            None => {
                binds.push(Bind::Argument {
                    index: arguments,
                    label: "?".to_owned(),
                });
                arguments += 1;
                &rest[1..]
            }
        };
    }
    text.push_str(rest);
    Proved {
        sql: text,
        binds,
        arguments,
        repairs: Vec::new(),
        isolation: Isolation::Rows,
        reads: false,
    }
}
