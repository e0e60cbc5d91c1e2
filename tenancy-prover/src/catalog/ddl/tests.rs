//! One test per statement form.

use std::path::Path;

use super::Reader;
use crate::Dialect;
use crate::catalog::{Catalog, QName, Relation, Table};

fn read(dialect: Dialect, sql: &str) -> Catalog {
    let mut reader = Reader::new(dialect);
    reader.read(Path::new("m.sql"), sql);
    reader.finish()
}

/// A catalog of PostgreSQL DDL.
pub(super) fn postgres(sql: &str) -> Catalog {
    read(Dialect::Postgres, sql)
}

/// A catalog of SQLite DDL.
pub(super) fn sqlite(sql: &str) -> Catalog {
    read(Dialect::Sqlite, sql)
}

fn name(catalog: &Catalog, written: &str) -> QName {
    let default = Catalog::default_schema_of(catalog.dialect);
    let (schema, name) = written.split_once('.').unwrap_or((default, written));
    QName {
        schema: schema.to_owned(),
        name: name.to_owned(),
    }
}

/// The table of that name.
#[track_caller]
pub(super) fn table<'a>(catalog: &'a Catalog, written: &str) -> &'a Table {
    match catalog.relations.get(&name(catalog, written)) {
        Some(Relation::Table(table)) => table,
        other => panic!("`{written}` is {other:?}"),
    }
}

#[test]
fn a_table_is_read() {
    let catalog = postgres("create table t (a int primary key)");
    assert_eq!(table(&catalog, "t").columns.len(), 1);
}
