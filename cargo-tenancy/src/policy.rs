//! `policy`: the migration that protects every table.

use std::io::{self, Write};

use serde::Serialize;
use tenancy_prover::policy::{ExpectedKind, NoPolicy, Protection, protections};
use tenancy_prover::{Dialect, Project, TenantType};

use crate::args::PolicyArguments;
use crate::{CommandError, Outcome};

/// Prints the policies of a project.
pub(crate) fn policy(arguments: &PolicyArguments) -> Result<Outcome, CommandError> {
    let project = Project::load(&arguments.project)?;
    if project.config.dialect != Dialect::Postgres {
        return Err(CommandError::NoPolicies);
    }
    let (mut tables, without) = protections(&project);
    if arguments.missing {
        tables.retain(|table| !table.missing.is_empty());
    }
    let mut output = io::stdout().lock();
    if arguments.json {
        crate::line::write(&mut output, &answer(arguments, &tables, &without))?;
    } else {
        migration(arguments, &tables, &mut output)?;
    }
    let mut errors = io::stderr().lock();
    for table in &without {
        writeln!(errors, "error: no policy is known for {table}")?;
    }
    Ok(if without.is_empty() {
        Outcome::Proved
    } else {
        Outcome::Refused
    })
}

/// The part of the migration that one table needs.
fn sql(arguments: &PolicyArguments, table: &Protection) -> String {
    if arguments.missing {
        table.mending(&arguments.role)
    } else {
        table.expected.sql(&arguments.role, &table.dropped)
    }
}

fn migration(arguments: &PolicyArguments, tables: &[Protection], output: &mut impl Write) -> io::Result<()> {
    if tables.is_empty() {
        let what = if arguments.missing {
            "Nothing is missing: every table that tenants own is protected."
        } else {
            "No table is owned by tenants."
        };
        return writeln!(output, "-- {what}");
    }
    writeln!(
        output,
        "-- Row security for the tables that tenants own. Run it as their owner, not as the application's role."
    )?;
    for table in tables {
        writeln!(output)?;
        if arguments.missing {
            for missing in &table.missing {
                writeln!(output, "-- {}: {missing}", table.expected.table.name)?;
            }
        }
        write!(output, "{}", sql(arguments, table))?;
    }
    Ok(())
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    role: &'a str,
    tables: Vec<Table<'a>>,
    without: Vec<Without<'a>>,
}

#[derive(Debug, Serialize)]
struct Table<'a> {
    schema: &'a str,
    table: &'a str,
    column: &'a str,
    r#type: Option<&'static str>,
    parent: Option<String>,
    expression: &'a str,
    deparsed: &'a str,
    missing: &'a [String],
    sql: String,
}

#[derive(Debug, Serialize)]
struct Without<'a> {
    schema: &'a str,
    table: &'a str,
    reason: &'a str,
}

fn answer<'a>(
    arguments: &'a PolicyArguments,
    tables: &'a [Protection],
    without: &'a [NoPolicy],
) -> Answer<'a> {
    let table = |table: &'a Protection| {
        let expected = &table.expected;
        let (ty, parent) = match &expected.kind {
            ExpectedKind::Tenant { cast } => (Some(name(*cast)), None),
            ExpectedKind::Parent { parent, key } => {
                (None, Some(format!("{}.{}.{key}", parent.schema, parent.name)))
            }
        };
        Table {
            schema: &expected.table.schema,
            table: &expected.table.name,
            column: &expected.column,
            r#type: ty,
            parent,
            expression: &expected.expression,
            deparsed: &expected.deparsed,
            missing: &table.missing,
            sql: sql(arguments, table),
        }
    };
    Answer {
        role: &arguments.role,
        tables: tables.iter().map(table).collect(),
        without: without
            .iter()
            .map(|NoPolicy { table, reason }| Without {
                schema: &table.schema,
                table: &table.name,
                reason,
            })
            .collect(),
    }
}

const fn name(ty: TenantType) -> &'static str {
    match ty {
        TenantType::Text => "text",
        TenantType::Uuid => "uuid",
        TenantType::Int2 => "int2",
        TenantType::Int4 => "int4",
        TenantType::Int8 => "int8",
    }
}
