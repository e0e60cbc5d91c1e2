//! The predicate that confines a reference, in words.

use super::gap::Reference;
use super::text::Text;
use crate::Dialect;
use crate::catalog::{Catalog, Ownership, QName, Relation};
use crate::parse::reserved;

/// Parents of parents, at most.
const DEEPEST: usize = 8;

/// `o.tenant_id = $tenant`, or for a table owned via its parent `i.order_id in (select ..)`; `name` is what the
/// reference is called.
pub(super) fn predicate(text: &Text<'_>, catalog: &Catalog, table: &QName, name: &str) -> Option<String> {
    confine(text, catalog, table, name, DEEPEST)
}

fn confine(text: &Text<'_>, catalog: &Catalog, table: &QName, name: &str, deepest: usize) -> Option<String> {
    let Some(Relation::Table(found)) = catalog.relations.get(table) else {
        return None;
    };
    match &found.ownership {
        Ownership::Tenant { column, root: _ } => {
            let column = identifier(&found.columns.get(*column)?.name, text.dialect);
            Some(format!("{name}.{column} = $tenant"))
        }
        Ownership::Via { foreign_key } => {
            let key = found.foreign_keys.get(*foreign_key)?;
            let ([column], [parent_key]) = (key.columns.as_slice(), key.parent_columns.as_slice()) else {
                return None;
            };
            let column = identifier(&found.columns.get(*column)?.name, text.dialect);
            let parent = identifier(&key.parent.name, text.dialect);
            let parent_key = identifier(parent_key, text.dialect);
            let inner = confine(text, catalog, &key.parent, &parent, deepest.checked_sub(1)?)?;
            let from = qualified(text, &key.parent);
            Some(format!(
                "{name}.{column} in (select {parent}.{parent_key} from {from} where {inner})"
            ))
        }
        Ownership::Placed | Ownership::Shared | Ownership::Unclassified { .. } => None,
    }
}

/// What the columns of a reference are reached by: its alias as it is written, or its name.
pub(super) fn called(text: &Text<'_>, reference: &Reference) -> Option<String> {
    let last = text.until(reference.span.end)?;
    let written = text.written(last).filter(|_| text.is_name(last))?;
    match reference.alias.as_deref() {
        // SQLite takes a string for an alias.
        Some(alias) if !bare(written).eq_ignore_ascii_case(alias) => Some(identifier(alias, text.dialect)),
        Some(_) | None => Some(written.to_owned()),
    }
}

/// A name without its quotes.
pub(super) fn bare(written: &str) -> &str {
    written.trim_matches(['"', '`', '[', ']'])
}

/// A table's name, with its schema where that is not the usual one, or where the text may call something else so.
fn qualified(text: &Text<'_>, table: &QName) -> String {
    let name = identifier(&table.name, text.dialect);
    let usual = Catalog::default_schema_of(text.dialect);
    if table.schema.is_empty() || (table.schema == usual && !text.defines(&table.name)) {
        name
    } else {
        format!("{}.{name}", identifier(&table.schema, text.dialect))
    }
}

/// A name as SQL, quoted where it must be.
pub(super) fn identifier(name: &str, dialect: Dialect) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let quote = match dialect {
        Dialect::Postgres | Dialect::Sqlite => '"',
        Dialect::Mysql => '`',
    };
    if plain && !is_reserved(name, dialect) {
        name.to_owned()
    } else {
        let doubled = name.replace(quote, &format!("{quote}{quote}"));
        format!("{quote}{doubled}{quote}")
    }
}

/// Whether the server reads a bare `name` as a word of its own, or may.
fn is_reserved(name: &str, dialect: Dialect) -> bool {
    const OTHERS: [&str; 40] = [
        "add",
        "alter",
        "autoincrement",
        "between",
        "by",
        "commit",
        "cross",
        "delete",
        "drop",
        "escape",
        "exists",
        "full",
        "glob",
        "if",
        "index",
        "indexed",
        "inner",
        "insert",
        "is",
        "isnull",
        "join",
        "left",
        "like",
        "match",
        "natural",
        "nothing",
        "notnull",
        "outer",
        "regexp",
        "right",
        "rollback",
        "row",
        "rows",
        "set",
        "transaction",
        "update",
        "values",
        "view",
        "virtual",
        "without",
    ];
    reserved::is_reserved(name, dialect) || name == "default" || OTHERS.contains(&name)
}
