//! Rows for the shop of the cases: one tenant's and the shared ones for both databases, everybody else's for each.

use std::collections::BTreeMap;

use tenancy_prover::Dialect;
use tenancy_prover::catalog::{Catalog, Column, Ownership, QName, Relation, Table};

/// The tenant that the cases run as.
pub(crate) const TENANT: &str = "acme";
/// The other tenants. One that differs in its case only lives in MySQL, of which most collations do not tell it apart.
pub(crate) fn others(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => &["globex", "acme1"],
        Dialect::Mysql => &["globex", "acme1", "ACME"],
    }
}

/// Random rows. Many of them violate a constraint; whoever runs the inserts keeps those that succeed.
pub(crate) struct Seeds<'a> {
    catalog: &'a Catalog,
    /// Texts that the cases use as parameters, so that some of them match.
    texts: &'a [String],
    state: u64,
}

impl<'a> Seeds<'a> {
    /// Starts at `seed`.
    pub(crate) const fn new(catalog: &'a Catalog, texts: &'a [String], seed: u64) -> Self {
        Self {
            catalog,
            texts,
            state: seed,
        }
    }

    /// Inserts for the shared tables.
    pub(crate) fn shared(&mut self) -> Vec<String> {
        self.inserts(None, |ownership| matches!(ownership, Ownership::Shared))
    }

    /// Inserts for one tenant. Children are put below any parent; see [`owner`].
    pub(crate) fn of(&mut self, tenant: &str) -> Vec<String> {
        self.inserts(Some(tenant), |ownership| {
            matches!(ownership, Ownership::Tenant { .. } | Ownership::Via { .. })
        })
    }

    fn inserts(&mut self, tenant: Option<&str>, wanted: impl Fn(&Ownership) -> bool) -> Vec<String> {
        let catalog = self.catalog;
        let mut inserts = Vec::new();
        // Parents may stand anywhere: what lacks one in the first round may have it in the next.
        for _ in 0..3 {
            for relation in catalog.relations.values() {
                let Relation::Table(table) = relation else {
                    continue;
                };
                let acts = !table.triggers.is_empty()
                    || !table.rules.is_empty()
                    || table.keys.iter().any(|key| key.on_conflict.is_some());
                if !wanted(&table.ownership) || acts {
                    continue;
                }
                for _ in 0..5 {
                    inserts.extend(self.insert(table, tenant));
                }
            }
        }
        inserts
    }

    fn insert(&mut self, table: &Table, tenant: Option<&str>) -> Option<String> {
        let mut names = Vec::new();
        let mut values = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            if column.generated.is_some() {
                continue;
            }
            let owner = matches!(table.ownership, Ownership::Tenant { column, .. } if column == index);
            names.push(quote(self.catalog, &column.name));
            values.push(match (owner, tenant, &table.ownership) {
                (true, Some(tenant), _) => format!("'{tenant}'"),
                (false, Some(tenant), Ownership::Via { foreign_key }) => {
                    let key = table.foreign_keys.get(*foreign_key)?;
                    if key.columns == [index] {
                        self.parent(table, *foreign_key, tenant)?
                    } else {
                        self.value(column)
                    }
                }
                _ => self.value(column),
            });
        }
        let overriding = if self.catalog.dialect == Dialect::Postgres {
            "overriding system value "
        } else {
            ""
        };
        let (names, values) = (names.join(", "), values.join(", "));
        Some(format!(
            "insert into {} ({names}) {overriding}values ({values})",
            sql_name(self.catalog, &table.name)
        ))
    }

    /// Some parent row of `tenant`'s.
    fn parent(&mut self, table: &Table, foreign_key: usize, tenant: &str) -> Option<String> {
        let key = table.foreign_keys.get(foreign_key)?;
        let Some(Relation::Table(parent)) = self.catalog.relations.get(&key.parent) else {
            return None;
        };
        let column = key.parent_columns.first()?;
        let owner = owner(self.catalog, parent, "p")?;
        let name = sql_name(self.catalog, &parent.name);
        let place = self.below(3);
        let column = quote(self.catalog, column);
        Some(format!(
            "(select p.{column} from {name} p where {owner} = '{tenant}' order by 1 limit 1 offset {place})"
        ))
    }

    fn value(&mut self, column: &Column) -> String {
        if !column.not_null && self.below(4) == 0 {
            return "null".to_owned();
        }
        let small = 1 + self.below(4);
        if column.ty.dimensions > 0 {
            return "'{a,b}'".to_owned();
        }
        match column.ty.name.as_str() {
            "int2" | "int4" | "int8" | "integer" | "numeric" | "int" | "bigint" | "tinyint" => {
                let far = [101, 102, 103, 11, 12];
                if self.below(4) == 0 {
                    far[self.below(5)].to_string()
                } else {
                    small.to_string()
                }
            }
            "bool" => ["true", "false"][self.below(2)].to_owned(),
            "date" => format!("'2024-06-0{small}'"),
            "datetime" => format!("'2024-06-0{small} 12:00:00'"),
            "timestamp" | "timestamptz" => format!("'2024-06-0{small} 12:00:00+00'"),
            "json" | "jsonb" => "'{}'".to_owned(),
            "daterange" => format!("'[2024-0{small}-01,2024-0{small}-20)'"),
            _ => {
                let own = ["open", "paid", "closed", "a", "b", "acme", "globex"];
                let text = if self.texts.is_empty() || self.below(2) == 0 {
                    own[self.below(own.len())].to_owned()
                } else {
                    self.texts[self.below(self.texts.len())].clone()
                };
                format!("'{}'", text.replace('\'', "''"))
            }
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.state >> 33) % u64::try_from(bound).unwrap_or(1)).unwrap_or(0)
    }
}

/// A table's name as SQL, quoted.
pub(crate) fn sql_name(catalog: &Catalog, name: &QName) -> String {
    match catalog.dialect {
        Dialect::Postgres => format!("\"{}\".\"{}\"", name.schema, name.name),
        Dialect::Sqlite | Dialect::Mysql => quote(catalog, &name.name),
    }
}

/// A name in the dialect's quotes.
fn quote(catalog: &Catalog, name: &str) -> String {
    match catalog.dialect {
        Dialect::Postgres | Dialect::Sqlite => format!("\"{name}\""),
        Dialect::Mysql => format!("`{name}`"),
    }
}

/// A cast to text.
fn as_text(catalog: &Catalog, expression: &str) -> String {
    match catalog.dialect {
        Dialect::Postgres | Dialect::Sqlite => format!("cast({expression} as text)"),
        Dialect::Mysql => format!("(cast({expression} as char character set utf8mb4) collate utf8mb4_bin)"),
    }
}

/// The owner of a row of `table`, as SQL; shared rows are everybody's.
pub(crate) fn owner(catalog: &Catalog, table: &Table, alias: &str) -> Option<String> {
    match &table.ownership {
        Ownership::Tenant { column, root: _ } => {
            let column = quote(catalog, &table.columns.get(*column)?.name);
            Some(as_text(catalog, &format!("{alias}.{column}")))
        }
        Ownership::Via { foreign_key } => {
            let key = table.foreign_keys.get(*foreign_key)?;
            let Some(Relation::Table(parent)) = catalog.relations.get(&key.parent) else {
                return None;
            };
            let inner = format!("{alias}p");
            let owner = owner(catalog, parent, &inner)?;
            let own = quote(catalog, &table.columns.get(*key.columns.first()?)?.name);
            let other = quote(catalog, key.parent_columns.first()?);
            let name = sql_name(catalog, &parent.name);
            Some(format!(
                "(select {owner} from {name} {inner} where {inner}.{other} = {alias}.{own})"
            ))
        }
        Ownership::Shared => Some(as_text(catalog, "''")),
        Ownership::Placed | Ownership::Unclassified { .. } => None,
    }
}

/// Every row of every table: table, owner, text.
pub(crate) fn snapshot_query(catalog: &Catalog) -> String {
    let mut arms = Vec::new();
    for relation in catalog.relations.values() {
        let Relation::Table(table) = relation else {
            continue;
        };
        // Rows of partitions and inheriting tables show in their parents.
        let Some(owner) = owner(catalog, table, "s").filter(|_| table.parents.is_empty()) else {
            continue;
        };
        let name = sql_name(catalog, &table.name);
        let row = match catalog.dialect {
            Dialect::Postgres => "s::text".to_owned(),
            Dialect::Sqlite | Dialect::Mysql => {
                let columns = table.columns.iter();
                let columns: Vec<String> = columns
                    .map(|one| format!("quote(s.{})", quote(catalog, &one.name)))
                    .collect();
                if catalog.dialect == Dialect::Mysql {
                    format!("concat_ws(',', {})", columns.join(", "))
                } else {
                    columns.join(" || ',' || ")
                }
            }
        };
        arms.push(format!(
            "select '{}' as t, {owner} as o, {row} as r from {name} s",
            table.name.name
        ));
    }
    arms.join(" union all ")
}

/// Statements that give every counter the same next number, whatever rows there are.
pub(crate) fn counters(catalog: &Catalog) -> Vec<String> {
    let tables = catalog.relations.values().filter_map(|relation| match relation {
        Relation::Table(table) => Some(table),
        Relation::View(_) | Relation::Opaque { .. } => None,
    });
    let counted = tables.filter(|table| table.columns.iter().any(|column| column.identity));
    match catalog.dialect {
        // Their rows do not move them.
        Dialect::Postgres => Vec::new(),
        // The next one is the highest there is.
        Dialect::Sqlite => Vec::new(),
        Dialect::Mysql => counted
            .map(|table| {
                format!(
                    "alter table {} auto_increment = 5000",
                    sql_name(catalog, &table.name)
                )
            })
            .collect(),
    }
}

/// Rows by "is the tenant's", "is somebody else's", "is shared".
pub(crate) fn by_owner(rows: Vec<(String, Option<String>, String)>) -> BTreeMap<&'static str, Vec<String>> {
    let mut parts: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (table, owner, row) in rows {
        let part = match owner.as_deref() {
            Some(TENANT) => "own",
            Some("") => "shared",
            _ => "foreign",
        };
        parts.entry(part).or_default().push(format!("{table} {row}"));
    }
    parts.values_mut().for_each(|rows| rows.sort());
    parts
}
