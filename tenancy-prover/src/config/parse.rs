//! From the text of `tenancy.toml` to a [`Config`]: nothing is guessed, nothing unknown is passed over.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{Config, Isolation, SchemaSource, TableDeclaration};
use crate::Dialect;

/// What is wrong with `tenancy.toml`, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}:{column}: {message}", .path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
    /// What is wrong, with the values that are allowed.
    pub message: String,
}

/// A problem at a byte range.
struct Problem {
    span: Range<usize>,
    message: String,
}

type Checked<T> = Result<T, Problem>;

fn problem<T>(span: Range<usize>, message: impl Into<String>) -> Checked<T> {
    Err(Problem {
        span,
        message: message.into(),
    })
}

impl Config {
    /// Reads the text of a `tenancy.toml`; `path` is what messages call it.
    ///
    /// # Errors
    /// Malformed TOML, an unknown key, a value of another type, a value that is not allowed, settings that contradict
    /// each other.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let checked = DeTable::parse(text)
            .map_err(|error| Problem {
                span: error.span().unwrap_or(0..0),
                message: error.message().to_owned(),
            })
            .and_then(|table| read(table.get_ref(), text));
        checked.map_err(|problem| {
            let (line, column) = position(text, problem.span.start);
            ConfigError {
                path: path.to_owned(),
                line,
                column,
                message: problem.message,
            }
        })
    }
}

fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(start..).unwrap_or("").chars().count() + 1;
    (
        u32::try_from(line).unwrap_or(u32::MAX),
        u32::try_from(column).unwrap_or(u32::MAX),
    )
}

fn read(root: &DeTable<'_>, text: &str) -> Checked<Config> {
    known_keys(
        root,
        "",
        &[
            "dialect",
            "migrations",
            "shared_migrations",
            "schema",
            "isolation",
            "predicates",
            "types",
            "tenant",
            "tables",
            "functions",
        ],
    )?;
    let dialect = dialect(root)?;
    let isolation = match choice(root, "isolation", &["rows", "rls", "schema", "database"])? {
        None | Some("rows") => Isolation::Rows,
        Some("rls") => Isolation::Rls,
        Some("schema") => Isolation::Schema,
        Some(_) => Isolation::Database,
    };
    if let (Isolation::Rls | Isolation::Schema, Dialect::Mysql | Dialect::Sqlite, Some(value)) =
        (isolation, dialect, root.get("isolation"))
    {
        let what = match isolation {
            Isolation::Rls => "`isolation = \"rls\"` needs row security",
            Isolation::Rows | Isolation::Schema | Isolation::Database => {
                "`isolation = \"schema\"` needs schemas and a search path"
            }
        };
        return problem(
            value.span(),
            format!("{what}, which PostgreSQL alone has; allowed here are `rows` and `database`"),
        );
    }
    let automatic = choice(root, "predicates", &["required", "automatic"])? == Some("automatic");
    if let (true, false, Some(value)) = (automatic, isolation == Isolation::Rows, root.get("predicates")) {
        return problem(
            value.span(),
            "`predicates = \"automatic\"` adds tenant predicates, which only `isolation = \"rows\"` has",
        );
    }
    let sqlx_types = choice(root, "types", &["sqlx"])?.is_some();
    let source = match (string(root, "schema")?, string(root, "migrations")?) {
        (Some((dump, _)), _) => SchemaSource::Dump(dump),
        (None, Some((folder, _))) => SchemaSource::Migrations(folder),
        (None, None) => SchemaSource::Migrations("migrations".to_owned()),
    };
    if let (Isolation::Schema, SchemaSource::Dump(_), Some(value)) = (isolation, &source, root.get("schema"))
    {
        return problem(
            value.span(),
            "with `isolation = \"schema\"` the tables are read from `migrations` and `shared_migrations`: a dump does not say \
             which of them every tenant has",
        );
    }
    let shared_migrations = string(root, "shared_migrations")?;
    if let (Some((_, span)), true) = (&shared_migrations, isolation != Isolation::Schema) {
        return problem(
            span.clone(),
            "`shared_migrations` has a meaning only with `isolation = \"schema\"`, where the others run for each tenant",
        );
    }
    if let (Some((folder, span)), SchemaSource::Migrations(own)) = (&shared_migrations, &source)
        && folder == own
    {
        return problem(
            span.clone(),
            "`shared_migrations` and `migrations` are the same folder: what runs once and what runs for each tenant stand apart",
        );
    }
    let mut config = Config {
        dialect,
        source,
        shared_migrations: shared_migrations.map(|(folder, _)| folder),
        isolation,
        automatic,
        sqlx_types,
        tenant_column: String::new(),
        tenant_table: None,
        tables: BTreeMap::new(),
        pure_functions: Vec::new(),
        table_lines: BTreeMap::new(),
        tenant_line: 0,
        functions_line: 0,
    };
    tenant(root, text, &mut config)?;
    tables(root, text, &mut config)?;
    functions(root, text, &mut config)?;
    Ok(config)
}

fn dialect(root: &DeTable<'_>) -> Checked<Dialect> {
    let allowed = "`postgres`, `mysql` or `sqlite`";
    let Some((dialect, span)) = string(root, "dialect")? else {
        return problem(0..0, format!("`dialect` is missing: {allowed}"));
    };
    match dialect.as_str() {
        "postgres" => Ok(Dialect::Postgres),
        "sqlite" => Ok(Dialect::Sqlite),
        "mysql" => Ok(Dialect::Mysql),
        other => problem(
            span,
            format!("`{other}` is no known dialect; allowed are {allowed}"),
        ),
    }
}

fn tenant(root: &DeTable<'_>, text: &str, config: &mut Config) -> Checked<()> {
    let Some((tenant, span)) = table(root, "tenant")? else {
        return match config.isolation {
            Isolation::Rows | Isolation::Rls => problem(
                0..0,
                "`[tenant]` is missing: `column` says which column names the tenant of a row",
            ),
            Isolation::Schema | Isolation::Database => {
                "tenant_id".clone_into(&mut config.tenant_column);
                Ok(())
            }
        };
    };
    config.tenant_line = position(text, span.start).0;
    known_keys(tenant, "tenant", &["column", "table"])?;
    config.tenant_table = string(tenant, "table")?.map(|(table, _)| table);
    config.tenant_column = match (string(tenant, "column")?, config.isolation) {
        (Some((column, _)), _) => column,
        (None, Isolation::Schema | Isolation::Database) => "tenant_id".to_owned(),
        (None, Isolation::Rows | Isolation::Rls) => {
            return problem(
                span,
                "`column` is missing in `[tenant]`: which column names the tenant of a row",
            );
        }
    };
    Ok(())
}

fn tables(root: &DeTable<'_>, text: &str, config: &mut Config) -> Checked<()> {
    const ALLOWED: &str = "`\"shared\"`, `{ column = \"..\" }` or `{ via = \"..\" }`";
    let Some((tables, _)) = table(root, "tables")? else {
        return Ok(());
    };
    for (key, value) in tables {
        let name = key.get_ref().to_string();
        let declaration = match value.get_ref() {
            DeValue::String(word) if word == "shared" && config.isolation == Isolation::Database => {
                return problem(
                    value.span(),
                    "no table is shared with `isolation = \"database\"`: all that a tenant's database holds is the tenant's",
                );
            }
            DeValue::String(word) if word == "shared" => TableDeclaration::Shared,
            DeValue::String(word) => {
                return problem(
                    value.span(),
                    format!("`{word}` is no declaration of a table; allowed are {ALLOWED}"),
                );
            }
            DeValue::Table(inner) => {
                for (key, _) in inner {
                    if !["column", "via"].contains(&key.get_ref().as_ref()) {
                        return problem(
                            key.span(),
                            format!(
                                "unknown key `{}` for table `{name}`; allowed are `column` and `via` (a name with its \
                                 schema is written in quotes: `\"schema.table\"`)",
                                key.get_ref()
                            ),
                        );
                    }
                }
                match (string(inner, "column")?, string(inner, "via")?) {
                    (Some((column, _)), None) => TableDeclaration::Column(column),
                    (None, Some((column, _))) => TableDeclaration::Via(column),
                    (Some(_), Some(_)) => {
                        return problem(
                            value.span(),
                            format!("`{name}` cannot have both `column` and `via`"),
                        );
                    }
                    (None, None) => {
                        return problem(
                            value.span(),
                            format!("`{name}` declares nothing; allowed are {ALLOWED}"),
                        );
                    }
                }
            }
            other => {
                return problem(
                    value.span(),
                    format!("`{name}` is {}; allowed are {ALLOWED}", described(other)),
                );
            }
        };
        config
            .table_lines
            .insert(name.clone(), position(text, key.span().start).0);
        config.tables.insert(name, declaration);
    }
    Ok(())
}

fn functions(root: &DeTable<'_>, text: &str, config: &mut Config) -> Checked<()> {
    let Some((functions, _)) = table(root, "functions")? else {
        return Ok(());
    };
    known_keys(functions, "functions", &["pure"])?;
    let Some(pure) = functions.get("pure") else {
        return Ok(());
    };
    config.functions_line = position(text, pure.span().start).0;
    let DeValue::Array(names) = pure.get_ref() else {
        return problem(pure.span(), "`pure` is a list of function names");
    };
    for name in names {
        match name.get_ref() {
            DeValue::String(name) => config.pure_functions.push(name.to_string()),
            other => {
                return problem(
                    name.span(),
                    format!("a function's name is a string, not {}", described(other)),
                );
            }
        }
    }
    Ok(())
}

fn known_keys(table: &DeTable<'_>, section: &str, allowed: &[&str]) -> Checked<()> {
    for (key, _) in table {
        if !allowed.contains(&key.get_ref().as_ref()) {
            let place = if section.is_empty() {
                String::new()
            } else {
                format!(" in `[{section}]`")
            };
            let message = format!(
                "unknown key `{}`{place}; allowed are `{}`",
                key.get_ref(),
                allowed.join("`, `")
            );
            return problem(key.span(), message);
        }
    }
    Ok(())
}

fn string(table: &DeTable<'_>, key: &str) -> Checked<Option<(String, Range<usize>)>> {
    let Some(value) = table.get(key) else {
        return Ok(None);
    };
    match value.get_ref() {
        DeValue::String(text) if text.is_empty() => problem(value.span(), format!("`{key}` is empty")),
        DeValue::String(text) => Ok(Some((text.to_string(), value.span()))),
        other => problem(
            value.span(),
            format!("`{key}` is a string, not {}", described(other)),
        ),
    }
}

fn choice<'a>(table: &DeTable<'_>, key: &str, allowed: &[&'a str]) -> Checked<Option<&'a str>> {
    let Some((value, span)) = string(table, key)? else {
        return Ok(None);
    };
    match allowed.iter().find(|choice| **choice == value) {
        Some(choice) => Ok(Some(choice)),
        None => problem(
            span,
            format!(
                "`{key}` cannot be `{value}`; allowed are `{}`",
                allowed.join("`, `")
            ),
        ),
    }
}

fn table<'a, 'i>(root: &'a DeTable<'i>, key: &str) -> Checked<Option<(&'a DeTable<'i>, Range<usize>)>> {
    let Some(value) = root.get(key) else {
        return Ok(None);
    };
    match value.get_ref() {
        DeValue::Table(table) => Ok(Some((table, value.span()))),
        other => problem(
            value.span(),
            format!("`{key}` is a table (`[{key}]`), not {}", described(other)),
        ),
    }
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
