//! Who decides which statements are run.

use tenancy_prover::{Bind, Dialect, Project, ProjectError, Proved, TenantType, Verdict};

use super::hunt::Prover;
use super::schema::project_directory;

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
        Ok(Self {
            project: Project::load(&project_directory(dialect))?,
        })
    }
}

impl Prover for Real {
    fn prove(&self, sql: &str) -> Option<Proved> {
        match tenancy_prover::prove(&self.project, sql) {
            Verdict::Proved(proved) => Some(proved),
            Verdict::Refused(_) => None,
        }
    }
}

/// Looks whether the text compares a tenant column with `$tenant`. The judge must see through it.
#[derive(Debug, Clone, Copy)]
pub struct Naive(pub Dialect);

impl Prover for Naive {
    fn prove(&self, sql: &str) -> Option<Proved> {
        if !sql.contains("tenant_id = $tenant") {
            return None;
        }
        let mark = match self.0 {
            Dialect::Postgres => "$",
            Dialect::Sqlite | Dialect::Mysql => ":a",
        };
        let arguments = (1..=99)
            .take_while(|number| sql.contains(&format!("{mark}{number}")))
            .count();
        let mut binds: Vec<Bind> = (0..arguments)
            .map(|index| Bind::Argument {
                index,
                label: format!("{mark}{}", index + 1),
            })
            .collect();
        binds.push(Bind::Tenant(TenantType::Text));
        let own = match self.0 {
            Dialect::Postgres => "$",
            Dialect::Sqlite | Dialect::Mysql => "?",
        };
        let sql = sql
            .replace("$tenant", &format!("{mark}{}", arguments + 1))
            .replace(mark, own);
        Some(Proved {
            sql,
            binds,
            arguments,
            repairs: Vec::new(),
        })
    }
}
