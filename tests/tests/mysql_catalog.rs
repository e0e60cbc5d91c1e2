//! What the prover reads from DDL, beside what MariaDB makes of it.

#[path = "mysql_catalog/corpus.rs"]
mod corpus;
#[path = "mysql_catalog/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sqlx::MySqlConnection;
use tenancy_prover::Project;
use tenancy_prover::catalog::{Catalog, Column, KeyPart, ReferentialAction, Relation, Table};
use tenancy_prover::config::Config;

use crate::server::{Server, charsets};

fn catalog(sql: &str) -> Catalog {
    let config = "dialect = \"mysql\"\n[tenant]\ncolumn = \"no_such_column\"\n";
    let config = Config::parse(config, Path::new("tenancy.toml")).expect("the configuration");
    let sources = [(PathBuf::from("1.sql"), sql.to_owned())];
    Project::from_parts(config, &sources)
        .expect("the project")
        .catalog
}

/// A column's line, in the form of [`server::columns`].
fn column(column: &Column, charsets: &impl Fn(&str) -> String) -> String {
    let modifiers: Vec<String> = column.ty.modifiers.iter().map(u64::to_string).collect();
    let mut ty = column.ty.name.clone();
    // MariaDB's `json` is a text; a text becomes a longer one where its characters do.
    if ty == "json" || ty.ends_with("text") {
        "text".clone_into(&mut ty);
    }
    if !modifiers.is_empty() && !ty.starts_with("tinyint") {
        ty.push_str(&format!("({})", modifiers.join(",")));
    }
    let collation = column
        .collation
        .as_deref()
        .map_or_else(|| "-".to_owned(), charsets);
    let default = column
        .default
        .as_ref()
        .is_some_and(|default| !default.eq_ignore_ascii_case("null"));
    let says = |holds: bool, word: &'static str| if holds { word } else { "" };
    format!(
        "{} {ty} {collation} {}{}{}{}",
        column.name,
        says(column.not_null, "!"),
        says(default, "d"),
        says(column.identity, "#"),
        says(column.generated.is_some(), "g"),
    )
}

fn keys(table: &Table) -> BTreeSet<String> {
    let part = |part: &KeyPart| match part {
        KeyPart::Column(index) => table.columns[*index].name.clone(),
        KeyPart::Expression(text) => text.replace(['`', ' '], ""),
    };
    let key = |key: &tenancy_prover::catalog::Key| {
        let parts: Vec<String> = key.parts.iter().map(part).collect();
        format!("{}({})", key.name.as_deref().unwrap_or("-"), parts.join(","))
    };
    table.keys.iter().map(key).collect()
}

fn foreign_keys(table: &Table) -> BTreeSet<String> {
    let action = |action: ReferentialAction| match action {
        ReferentialAction::Restrict => "restrict",
        ReferentialAction::Cascade => "cascade",
        ReferentialAction::SetNull => "set null",
        ReferentialAction::SetDefault => "set default",
    };
    let key = |key: &tenancy_prover::catalog::ForeignKey| {
        let columns: Vec<&str> = key
            .columns
            .iter()
            .map(|index| table.columns[*index].name.as_str())
            .collect();
        format!(
            "({})>{}({}) {} {}",
            columns.join(","),
            key.parent.name,
            key.parent_columns.join(","),
            action(key.on_delete),
            action(key.on_update)
        )
    };
    table.foreign_keys.iter().map(key).collect()
}

/// The names of foreign keys, where the servers agree on them.
fn foreign_names(table: &Table) -> BTreeSet<String> {
    let names = table.foreign_keys.iter();
    names.filter_map(|key| key.name.clone()).collect()
}

/// What differs between the catalog of `read` and what the server has.
async fn differences(connection: &mut MySqlConnection, database: &str, read: &str) -> Vec<String> {
    let catalog = catalog(read);
    let mut wrong = Vec::new();
    if let Some(poison) = &catalog.poison_all {
        wrong.push(format!("not understood: {}", poison.what));
    }
    let charsets = charsets(connection, database).await;
    let real = Server::read(connection, database).await;
    let known: BTreeSet<&str> = catalog.relations.keys().map(|name| name.name.as_str()).collect();
    let there: BTreeSet<&str> = real
        .tables
        .iter()
        .chain(&real.views)
        .map(String::as_str)
        .collect();
    if known != there {
        wrong.push(format!("relations: read {known:?}, there are {there:?}"));
    }
    for (name, relation) in &catalog.relations {
        let name = &name.name;
        let table = match relation {
            Relation::Table(table) => table,
            Relation::View(view) => {
                wrong.extend(
                    view.poison
                        .iter()
                        .map(|poison| format!("{name}: {}", poison.what)),
                );
                continue;
            }
            Relation::Opaque { what, .. } => {
                wrong.push(format!("{name} is {what}"));
                continue;
            }
        };
        wrong.extend(
            table
                .poison
                .iter()
                .map(|poison| format!("{name}: {}", poison.what)),
        );
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|one| column(one, &|name| charsets(name)))
            .collect();
        let mut compare = |what: &str, read: String, real: String| {
            if read != real {
                wrong.push(format!("{name}: {what}\n    read  {read}\n    there {real}"));
            }
        };
        compare("columns", columns.join("; "), real.columns(name).join("; "));
        compare(
            "keys",
            format!("{:?}", keys(table)),
            format!("{:?}", real.keys(name)),
        );
        compare(
            "foreign keys",
            format!("{:?}", foreign_keys(table)),
            format!("{:?}", real.foreign_keys(name)),
        );
        let names = foreign_names(table);
        let missing: Vec<&String> = names
            .iter()
            .filter(|key| !real.foreign_names(name).contains(*key))
            .collect();
        compare("names of foreign keys", format!("{missing:?}"), "[]".to_owned());
    }
    wrong
}

#[tokio::test]
async fn the_catalog_is_what_the_server_has() {
    let mut connection = server::connect().await;
    let mut failures = String::new();
    for (number, (create, read)) in corpus::SCRIPTS.iter().enumerate() {
        let database = format!("tenancy_ddl_{}_{number}", std::process::id());
        server::create(&mut connection, &database).await;
        let loaded = server::script(&mut connection, create).await;
        let wrong = match loaded {
            Ok(()) => differences(&mut connection, &database, read.unwrap_or(create)).await,
            Err(error) => vec![format!("the server refuses it: {error}")],
        };
        server::drop(&mut connection, &database).await;
        if !wrong.is_empty() {
            failures.push_str(&format!(
                "\n--- script {number}\n{create}\n>>> {}\n",
                wrong.join("\n>>> ")
            ));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
