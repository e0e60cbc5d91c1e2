//! Reports and leaks as files: JSON for programs, TOML to be made a file of `tests/leaks`.

use serde_json::{Value, json};
use tenancy_prover::Dialect;

use super::report::{Leak, Refusals, Report};
use super::schema::project_sources;

/// The dialect's name in `tenancy.toml`.
pub fn dialect_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgres",
        Dialect::Sqlite => "sqlite",
        Dialect::Mysql => "mysql",
    }
}

impl Leak {
    /// A file for `tests/leaks`, complete but for the fact that was overlooked and a safe statement beside the leak.
    pub fn to_toml(&self) -> String {
        let (config, migrations) = project_sources(self.dialect);
        // What the files of `tests/leaks` add themselves.
        let config: String = config
            .lines()
            .filter(|line| !line.starts_with("dialect"))
            .map(|line| format!("{line}\n"))
            .collect();
        let ddl: String = migrations.iter().map(|(_, text)| *text).collect();
        let comment: String = self
            .rows
            .lines()
            .chain(self.difference.lines())
            .map(|line| format!("# {line}\n"))
            .collect();
        format!(
            "# Statement {} of seed {}, run as `acme` with {:?}, on\n{comment}fact = \"What was overlooked.\"\n\
             dialect = \"{}\"\nconfig = '''\n{config}'''\nddl = '''\n{ddl}'''\nopen = [\n    '''\n{}\n''',\n]\n\
             proved = [\n]\n",
            self.number,
            self.seed,
            self.arguments,
            dialect_name(self.dialect),
            self.sql
        )
    }

    fn to_json(&self) -> Value {
        json!({
            "dialect": dialect_name(self.dialect),
            "seed": self.seed,
            "number": self.number,
            "sql": self.sql,
            "sent": self.sent,
            "arguments": self.arguments,
            "difference": self.difference,
            "rows": self.rows,
        })
    }
}

impl Refusals {
    fn to_json(&self) -> Value {
        let [leaks, silent, unseen, failed] = self.tried;
        json!({
            "refused": self.refused,
            "leaks": leaks,
            "silent": silent,
            "never_visible": unseen,
            "failed": failed,
            "example": self.example,
        })
    }
}

impl Report {
    /// Everything that the report holds.
    pub fn to_json(&self) -> Value {
        let codes: serde_json::Map<String, Value> = self
            .refusals
            .iter()
            .map(|(code, refusals)| ((*code).to_owned(), refusals.to_json()))
            .collect();
        let shapes: Vec<Value> = self
            .shapes
            .iter()
            .map(|((code, message), refusals)| {
                let mut shape = refusals.to_json();
                if let Value::Object(shape) = &mut shape {
                    shape.insert("code".to_owned(), json!(code));
                    shape.insert("message".to_owned(), json!(message));
                }
                shape
            })
            .collect();
        let kinds: serde_json::Map<String, Value> = self
            .kinds
            .iter()
            .map(|(kind, [generated, proved, visible])| {
                let counts = json!({ "generated": generated, "proved": proved, "visible": visible });
                ((*kind).to_owned(), counts)
            })
            .collect();
        json!({
            "generated": self.counts.generated,
            "refused": self.counts.refused,
            "proved": self.counts.proved,
            "repaired": self.counts.repaired,
            "executed": self.counts.executed,
            "visible": self.counts.visible,
            "open": self.counts.open,
            "kinds": kinds,
            "errors": self.errors,
            "codes": codes,
            "shapes": shapes,
            "leaks": self.leaks.iter().map(Leak::to_json).collect::<Vec<_>>(),
        })
    }
}
