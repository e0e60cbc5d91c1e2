//! One test per statement form: what the server makes of it, and what stays not understood.

mod alter;
mod code;
mod doubts;
mod dumps;
mod mysql;
mod names;
mod oddities;
mod sqlite;
mod tables;
mod tokens;
mod views;

use std::path::Path;

use super::Reader;
use crate::Dialect;
use crate::catalog::{Catalog, Column, Poison, QName, Relation, Table, View};

fn read(dialect: Dialect, files: &[&str]) -> Catalog {
    let mut reader = Reader::new(dialect);
    for (number, sql) in files.iter().enumerate() {
        reader.read(Path::new(&format!("{}.sql", number + 1)), sql);
    }
    reader.finish()
}

/// A catalog of PostgreSQL DDL.
fn postgres(sql: &str) -> Catalog {
    read(Dialect::Postgres, &[sql])
}

/// A catalog of SQLite DDL.
fn sqlite(sql: &str) -> Catalog {
    read(Dialect::Sqlite, &[sql])
}

/// A catalog of MySQL DDL.
fn mysql(sql: &str) -> Catalog {
    read(Dialect::Mysql, &[sql])
}

fn relation<'a>(catalog: &'a Catalog, written: &str) -> Option<&'a Relation> {
    let default = Catalog::default_schema_of(catalog.dialect);
    let (schema, name) = written.split_once('.').unwrap_or((default, written));
    catalog.relations.get(&QName {
        schema: schema.to_owned(),
        name: name.to_owned(),
    })
}

#[track_caller]
fn table<'a>(catalog: &'a Catalog, written: &str) -> &'a Table {
    match relation(catalog, written) {
        Some(Relation::Table(table)) => table,
        other => panic!("`{written}` is {other:?}"),
    }
}

#[track_caller]
fn view<'a>(catalog: &'a Catalog, written: &str) -> &'a View {
    match relation(catalog, written) {
        Some(Relation::View(view)) => view,
        other => panic!("`{written}` is {other:?}"),
    }
}

#[track_caller]
fn column<'a>(table: &'a Table, name: &str) -> &'a Column {
    table
        .columns
        .iter()
        .find(|column| column.name == name)
        .unwrap_or_else(|| panic!("no column `{name}`: {table:?}"))
}

/// A table's keys as `name(parts)`, for short assertions.
fn keys(table: &Table) -> Vec<String> {
    let part = |part: &crate::catalog::KeyPart| match part {
        crate::catalog::KeyPart::Column(index) => table.columns[*index].name.clone(),
        crate::catalog::KeyPart::Expression(text) => format!("<{text}>"),
    };
    table
        .keys
        .iter()
        .map(|key| {
            let parts: Vec<String> = key.parts.iter().map(part).collect();
            format!("{}({})", key.name.as_deref().unwrap_or("-"), parts.join(","))
        })
        .collect()
}

/// A table's foreign keys as `name(columns)>parent(columns)`.
fn foreign_keys(table: &Table) -> Vec<String> {
    table
        .foreign_keys
        .iter()
        .map(|key| {
            let columns: Vec<&str> = key
                .columns
                .iter()
                .map(|index| table.columns[*index].name.as_str())
                .collect();
            let (name, parent) = (key.name.as_deref().unwrap_or("-"), &key.parent);
            format!(
                "{name}({})>{parent}({})",
                columns.join(","),
                key.parent_columns.join(",")
            )
        })
        .collect()
}

fn columns(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

fn whats(poison: &[Poison]) -> Vec<&str> {
    poison.iter().map(|poison| poison.what.as_str()).collect()
}

/// Asserts that everything was understood.
#[track_caller]
fn clean(catalog: &Catalog) {
    assert_eq!(catalog.poison_all, None);
    for (name, relation) in &catalog.relations {
        let poison = match relation {
            Relation::Table(table) => &table.poison,
            Relation::View(view) => &view.poison,
            Relation::Opaque { .. } => continue,
        };
        assert_eq!(whats(poison), Vec::<&str>::new(), "{name}");
    }
}
