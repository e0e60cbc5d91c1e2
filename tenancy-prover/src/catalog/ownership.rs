//! Whose rows each table holds: what `tenancy.toml` declares, what the tenant column says, and what is left open.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, ForeignKey, Key, KeyKind, KeyPart, Ownership, QName, Relation, SqlType, Table};
use crate::Dialect;
use crate::config::{Config, Isolation, TableDeclaration};

/// A declaration in `tenancy.toml` that the schema does not bear out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OwnershipError {
    /// The name in `[tables]`; none if it is about `[tenant]`.
    pub table: Option<String>,
    /// What is wrong, and the way out.
    pub message: String,
}

/// Sets every table's ownership.
///
/// # Errors
/// A declaration that names no table, a column that the table does not have, a `via` column without a fitting foreign
/// key, a circle of `via`s, a tenant table without a single-column primary key.
pub(crate) fn assign(catalog: &mut Catalog, config: &Config) -> Result<(), OwnershipError> {
    let declarations = resolve_declarations(catalog, config)?;
    let root = resolve_root(catalog, config)?;
    if let Some((name, _)) = &root
        && let Some((written, _)) = declarations.get(name)
    {
        return Err(declared(
            written,
            format!("`{written}` is the tenant table (`[tenant] table`): take it out of `[tables]`"),
        ));
    }
    let tenant_column = fold(catalog.dialect, &config.tenant_column);
    let home = catalog.home;
    for (name, relation) in &mut catalog.relations {
        let declaration = declarations.get(name);
        match relation {
            Relation::Table(table) if is_placed(name, home, config.isolation) => {
                if let Some((written, TableDeclaration::Shared)) = declaration {
                    let message = format!(
                        "`{written}` is in each tenant's own schema: shared tables are made by `shared_migrations`"
                    );
                    return Err(declared(written, message));
                }
                table.ownership = Ownership::Placed;
                if declaration.is_some() {
                    table.declared = true;
                    table.poison.clear();
                }
            }
            Relation::Table(table) => {
                let root = root
                    .as_ref()
                    .filter(|(root, _)| root == name)
                    .map(|(_, column)| *column);
                table.ownership = direct_ownership(table, declaration, root, &tenant_column)?;
                if config.isolation == Isolation::Schema
                    && declaration.is_none()
                    && matches!(table.ownership, Ownership::Unclassified { .. })
                {
                    // What runs once, for all tenants, and names none of them.
                    table.ownership = Ownership::Shared;
                }
                if declaration.is_some() {
                    table.declared = true;
                    table.poison.clear();
                }
            }
            Relation::View(view) => match declaration {
                Some((_, TableDeclaration::Shared)) => {
                    view.declared = true;
                    view.declared_shared = true;
                    view.poison.clear();
                }
                Some((written, TableDeclaration::Column(_) | TableDeclaration::Via(_))) => {
                    let message = format!(
                        "`{written}` is a view: what it shows is proved through its own query; take it out of `[tables]`"
                    );
                    return Err(declared(written, message));
                }
                None => {}
            },
            Relation::Opaque { what, .. } => {
                if let Some((written, _)) = declaration {
                    let message =
                        format!("`{written}` is {what}: its columns are not known, so it cannot be declared");
                    return Err(declared(written, message));
                }
            }
        }
    }
    let apart = |name: &QName| !is_placed(name, home, config.isolation);
    let declarations = declarations.into_iter().filter(|(name, _)| apart(name)).collect();
    assign_via(catalog, &declarations)?;
    explain_unclassified(catalog);
    Ok(())
}

/// Whether a table stands where only one tenant's rows are: in a database or schema of its own.
fn is_placed(name: &QName, home: &str, isolation: Isolation) -> bool {
    match isolation {
        Isolation::Rows | Isolation::Rls => false,
        Isolation::Schema => name.schema == home,
        Isolation::Database => true,
    }
}

type Declarations = BTreeMap<QName, (String, TableDeclaration)>;

fn declared(written: &str, message: String) -> OwnershipError {
    OwnershipError {
        table: Some(written.to_owned()),
        message,
    }
}

fn fold(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => name.to_owned(),
        Dialect::Sqlite | Dialect::Mysql => name.to_ascii_lowercase(),
    }
}

/// The relation that a name in `tenancy.toml` means.
fn resolve(catalog: &Catalog, written: &str) -> Option<QName> {
    let written = fold(catalog.dialect, written);
    let whole = catalog.relation(None, &written);
    let split = || {
        let (schema, name) = written.split_once('.')?;
        catalog.relation(Some(schema), name)
    };
    whole.or_else(split).map(|(name, _)| name.clone())
}

fn unknown(catalog: &Catalog, written: &str) -> String {
    let name = written.rsplit('.').next().unwrap_or(written);
    let near = catalog.near_names(name);
    let mut message = format!("no migration creates a table `{written}`");
    if !near.is_empty() {
        message.push_str(&format!("; there is `{}`", near.join("`, `")));
    } else if written.chars().any(|character| character.is_ascii_uppercase()) {
        message.push_str("; names that the DDL does not quote are stored in lower case");
    }
    if let Some(poison) = &catalog.poison_all {
        message.push_str(&format!(
            "; perhaps {} ({}:{}) creates it, which cannot be read: load the schema from a dump (`schema = \"schema.sql\"`)",
            poison.what,
            poison.origin.file.display(),
            poison.origin.line
        ));
    }
    message
}

fn resolve_declarations(catalog: &Catalog, config: &Config) -> Result<Declarations, OwnershipError> {
    let mut found = Declarations::new();
    for (written, declaration) in &config.tables {
        let name = resolve(catalog, written).ok_or_else(|| declared(written, unknown(catalog, written)))?;
        let column = |column: &String| fold(catalog.dialect, column);
        let declaration = match declaration {
            TableDeclaration::Shared => TableDeclaration::Shared,
            TableDeclaration::Column(name) => TableDeclaration::Column(column(name)),
            TableDeclaration::Via(name) => TableDeclaration::Via(column(name)),
        };
        if let Some((other, _)) = found.insert(name, (written.clone(), declaration)) {
            return Err(declared(
                written,
                format!("`{written}` and `{other}` are the same table: declare it once"),
            ));
        }
    }
    Ok(found)
}

/// The tenant table and the position of its primary key.
fn resolve_root(catalog: &Catalog, config: &Config) -> Result<Option<(QName, usize)>, OwnershipError> {
    let Some(written) = &config.tenant_table else {
        return Ok(None);
    };
    let error = |message| OwnershipError { table: None, message };
    let Some(name) = resolve(catalog, written) else {
        return Err(error(format!("`[tenant] table`: {}", unknown(catalog, written))));
    };
    let Some(Relation::Table(table)) = catalog.relations.get(&name) else {
        return Err(error(format!("`[tenant] table`: `{written}` is not a table")));
    };
    let primary = table.keys.iter().find(|key| key.kind == KeyKind::Primary);
    match primary.map(|key| key.parts.as_slice()) {
        Some([KeyPart::Column(column)]) => Ok(Some((name, *column))),
        Some(_) | None => Err(error(format!(
            "`[tenant] table`: `{written}` has no primary key of one column, which would be the tenant's id"
        ))),
    }
}

/// Everything but `via`, which needs the parents' ownership first.
fn direct_ownership(
    table: &Table,
    declaration: Option<&(String, TableDeclaration)>,
    root: Option<usize>,
    tenant_column: &str,
) -> Result<Ownership, OwnershipError> {
    if let Some(column) = root {
        return Ok(Ownership::Tenant { column, root: true });
    }
    match declaration {
        Some((_, TableDeclaration::Shared)) => Ok(Ownership::Shared),
        Some((written, TableDeclaration::Column(column))) => {
            let index = table
                .column_index(column)
                .ok_or_else(|| missing_column(table, written, column))?;
            Ok(Ownership::Tenant {
                column: index,
                root: false,
            })
        }
        Some((_, TableDeclaration::Via(_))) => Ok(Ownership::Unclassified { reason: None }),
        None => Ok(match table.column_index(tenant_column) {
            Some(column) => Ownership::Tenant { column, root: false },
            None => Ownership::Unclassified { reason: None },
        }),
    }
}

fn missing_column(table: &Table, written: &str, column: &str) -> OwnershipError {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let message = format!(
        "`{written}` ({}:{}) has no column `{column}`; it has `{}`",
        table.origin.file.display(),
        table.origin.line,
        columns.join("`, `")
    );
    declared(written, message)
}

fn is_owned(ownership: &Ownership) -> bool {
    match ownership {
        Ownership::Tenant { .. } | Ownership::Via { .. } => true,
        Ownership::Placed | Ownership::Shared | Ownership::Unclassified { .. } => false,
    }
}

/// Gives the `via` tables their foreign key, parents before children.
fn assign_via(catalog: &mut Catalog, declarations: &Declarations) -> Result<(), OwnershipError> {
    let mut open: BTreeMap<QName, (String, usize)> = BTreeMap::new();
    for (name, (written, declaration)) in declarations {
        if let (TableDeclaration::Via(column), Some(Relation::Table(table))) =
            (declaration, catalog.relations.get(name))
        {
            open.insert(
                name.clone(),
                (written.clone(), via_key(catalog, table, written, column)?),
            );
        }
    }
    while !open.is_empty() {
        let ready: Vec<(QName, usize)> = open
            .iter()
            .filter(|(name, (_, key))| {
                parent_of(catalog, name, *key).is_some_and(|parent| is_owned(&parent.ownership))
            })
            .map(|(name, (_, key))| (name.clone(), *key))
            .collect();
        if ready.is_empty() {
            return Err(stuck(catalog, &open));
        }
        for (name, foreign_key) in ready {
            open.remove(&name);
            if let Some(Relation::Table(table)) = catalog.relations.get_mut(&name) {
                table.ownership = Ownership::Via { foreign_key };
            }
        }
    }
    Ok(())
}

fn parent_of<'a>(catalog: &'a Catalog, name: &QName, foreign_key: usize) -> Option<&'a Table> {
    let Relation::Table(table) = catalog.relations.get(name)? else {
        return None;
    };
    match catalog
        .relations
        .get(&table.foreign_keys.get(foreign_key)?.parent)?
    {
        Relation::Table(parent) => Some(parent),
        Relation::View(_) | Relation::Opaque { .. } => None,
    }
}

/// True if the parent's rows are told apart by the one column that the key references.
fn references_unique(parent: &Table, column: &str) -> bool {
    let unique = |key: &Key| {
        let single = match key.parts.as_slice() {
            [KeyPart::Column(index)] => parent
                .columns
                .get(*index)
                .is_some_and(|other| other.name == column),
            _ => false,
        };
        single
            && key.predicate.is_none()
            && !key.deferrable
            && matches!(key.kind, KeyKind::Primary | KeyKind::Unique)
    };
    parent.keys.iter().any(unique)
}

/// The foreign key that a `via` column means.
fn via_key(catalog: &Catalog, table: &Table, written: &str, column: &str) -> Result<usize, OwnershipError> {
    let Some(index) = table.column_index(column) else {
        return Err(missing_column(table, written, column));
    };
    let single = |key: &ForeignKey| key.columns == [index];
    let Some(position) = table.foreign_keys.iter().position(single) else {
        let message = format!(
            "`{written}` has no foreign key on `{column}` alone; `via` needs one to a unique column of the parent"
        );
        return Err(declared(written, message));
    };
    let Some(key) = table.foreign_keys.get(position) else {
        return Err(missing_column(table, written, column));
    };
    let parent = match catalog.relations.get(&key.parent) {
        Some(Relation::Table(parent)) => parent,
        Some(Relation::View(_) | Relation::Opaque { .. }) | None => {
            let message = format!(
                "`{written}` is owned via `{column}`, which references `{}`, not a known table",
                key.parent
            );
            return Err(declared(written, message));
        }
    };
    let unique = key
        .parent_columns
        .first()
        .is_some_and(|referenced| references_unique(parent, referenced));
    if !unique {
        let message = format!(
            "`{written}` is owned via `{column}`, but what it references in `{}` is not unique by itself",
            key.parent
        );
        return Err(declared(written, message));
    }
    if let Some(why) = cannot_own(catalog.dialect, table, key, parent) {
        let message = format!(
            "`{written}` is owned via `{column}`, but {why}: mend the foreign key, or give `{written}` a tenant column"
        );
        return Err(declared(written, message));
    }
    Ok(position)
}

/// Why a row cannot be said to belong to the parent that its foreign key names.
fn cannot_own(dialect: Dialect, table: &Table, key: &ForeignKey, parent: &Table) -> Option<String> {
    if key.distrusted {
        return Some(
            "its foreign key was switched off at some time, and rows without a parent may have come in"
                .to_owned(),
        );
    }
    if !key.validated {
        return Some("its foreign key is not validated, so there may be rows without a parent".to_owned());
    }
    if key.deferrable {
        return Some(
            "its foreign key is deferrable, so a row can be without its parent for a while".to_owned(),
        );
    }
    let own = table.columns.get(*key.columns.first()?)?;
    let referenced = key.parent_columns.first()?;
    let other = parent.columns.iter().find(|column| column.name == *referenced)?;
    let shown = |ty: &SqlType| match ty.modifiers.as_slice() {
        [] => ty.name.clone(),
        modifiers => {
            let modifiers: Vec<String> = modifiers.iter().map(u64::to_string).collect();
            format!("{}({})", ty.name, modifiers.join(", "))
        }
    };
    (!keeps_values(dialect, &own.ty, &other.ty)).then(|| {
        format!(
            "`{}` is of type `{}` and the parent's `{}` of type `{}`: what is stored may name another parent",
            own.name,
            shown(&own.ty),
            other.name,
            shown(&other.ty)
        )
    })
}

/// True if every value of the parent's type is stored unchanged in a column of the child's type, or not at all.
fn keeps_values(dialect: Dialect, child: &SqlType, parent: &SqlType) -> bool {
    if child.dimensions != parent.dimensions {
        return false;
    }
    let integer = |ty: &SqlType| matches!(ty.name.as_str(), "int2" | "int4" | "int8");
    let text = |ty: &SqlType| matches!(ty.name.as_str(), "text" | "varchar");
    match dialect {
        Dialect::Postgres if text(child) && text(parent) => {
            match (child.modifiers.first(), parent.modifiers.first()) {
                // A longer value loses its trailing blanks silently.
                (Some(child), Some(parent)) => child >= parent,
                (Some(_), None) => false,
                (None, _) => true,
            }
        }
        Dialect::Postgres => (integer(child) && integer(parent)) || child == parent,
        Dialect::Sqlite => affinity(&child.name) == affinity(&parent.name),
        // A session that is not strict cuts what does not fit.
        Dialect::Mysql if matches!(child.name.as_str(), "varchar" | "varbinary") => {
            child.name == parent.name && child.modifiers >= parent.modifiers
        }
        Dialect::Mysql => child == parent,
    }
}

/// SQLite's column affinity, by the rules of <https://www.sqlite.org/datatype3.html> in their order.
fn affinity(declared: &str) -> &'static str {
    let holds = |word: &str| declared.contains(word);
    if holds("int") {
        "integer"
    } else if holds("char") || holds("clob") || holds("text") {
        "text"
    } else if declared.is_empty() || holds("blob") || declared == "any" {
        "blob"
    } else if holds("real") || holds("floa") || holds("doub") {
        "real"
    } else {
        "numeric"
    }
}

/// The message for `via` tables whose parents never become owned.
fn stuck(catalog: &Catalog, open: &BTreeMap<QName, (String, usize)>) -> OwnershipError {
    for (name, (written, key)) in open {
        if let Some(parent) = parent_of(catalog, name, *key).filter(|parent| !open.contains_key(&parent.name))
        {
            let message = format!(
                "`{written}` is owned via a foreign key to `{}`, which is not tenant-owned itself",
                parent.name
            );
            return declared(written, message);
        }
    }
    let circle: BTreeSet<&str> = open.values().map(|(written, _)| written.as_str()).collect();
    let names = circle.iter().copied().collect::<Vec<_>>().join("`, `");
    OwnershipError {
        table: circle.first().map(|name| (*name).to_owned()),
        message: format!(
            "the `via` declarations of `{names}` go round in a circle; one of them must have a tenant column"
        ),
    }
}

/// Says of every table that is left over what to write into `tenancy.toml`.
fn explain_unclassified(catalog: &mut Catalog) {
    let owned: BTreeSet<QName> = catalog
        .relations
        .iter()
        .filter(|(_, relation)| matches!(relation, Relation::Table(table) if is_owned(&table.ownership)))
        .map(|(name, _)| name.clone())
        .collect();
    let mut reasons = BTreeMap::new();
    for (name, relation) in &catalog.relations {
        let Relation::Table(table) = relation else {
            continue;
        };
        if !matches!(table.ownership, Ownership::Unclassified { .. }) {
            continue;
        }
        let key = toml_key(&name.to_string());
        let via = table.foreign_keys.iter().find_map(|foreign| {
            let [column] = foreign.columns.as_slice() else {
                return None;
            };
            let parent = owned
                .contains(&foreign.parent)
                .then(|| catalog.relations.get(&foreign.parent))??;
            let Relation::Table(parent) = parent else {
                return None;
            };
            (references_unique(parent, foreign.parent_columns.first()?)
                && cannot_own(catalog.dialect, table, foreign, parent).is_none())
            .then(|| Some((table.columns.get(*column)?.name.clone(), parent.name.to_string())))?
        });
        let reason = match via {
            Some((column, parent)) => format!(
                "write `{key} = {{ via = \"{column}\" }}` under `[tables]` in tenancy.toml if its rows belong to \
                 their `{parent}`, or `{key} = \"shared\"` if they are the same for all tenants"
            ),
            None => format!(
                "write `{key} = \"shared\"` under `[tables]` in tenancy.toml if its rows are the same for all tenants, \
                 or `{key} = {{ column = \"..\" }}` if a column names the tenant"
            ),
        };
        reasons.insert(name.clone(), reason);
    }
    for (name, reason) in reasons {
        if let Some(Relation::Table(table)) = catalog.relations.get_mut(&name) {
            table.ownership = Ownership::Unclassified { reason: Some(reason) };
        }
    }
}

/// A name as a key of a TOML table.
fn toml_key(name: &str) -> String {
    let bare = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}
