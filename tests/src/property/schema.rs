//! The trap schema as the generators know it. Its DDL is in `tests/property/<dialect>/migrations`.

use tenancy_prover::Dialect;

/// The types that the schema uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Type {
    /// `bigint`, `integer`.
    Int,
    /// `text`.
    Text,
}

/// Whose rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The column names the tenant.
    Column(&'static str),
    /// The column refers to the `id` of an owned table.
    Via(&'static str, &'static str),
    /// Everybody's.
    Shared,
}

/// A table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns in order: name, type, nullable.
    pub(crate) columns: &'static [(&'static str, Type, bool)],
    /// Whose rows it holds.
    pub(crate) owner: Owner,
    /// Its keys, the primary key first.
    pub(crate) keys: &'static [&'static [&'static str]],
}

/// A view: name, columns with a mark on those that are called or are the tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns.
    pub(crate) columns: &'static [(&'static str, Type)],
    /// The column that looks like the tenant.
    pub(crate) tenant: Option<&'static str>,
    /// It is the tenant.
    pub(crate) good: bool,
}

use Owner::{Column, Shared, Via};
use Type::{Int, Text};

const fn int(name: &'static str) -> (&'static str, Type, bool) {
    (name, Int, false)
}
const fn text(name: &'static str) -> (&'static str, Type, bool) {
    (name, Text, false)
}
const A: (&str, Type, bool) = ("a", Int, true);
const B: (&str, Type, bool) = ("b", Text, true);
const ID: (&str, Type, bool) = int("id");
const TENANT: (&str, Type, bool) = text("tenant_id");
const OWN: Owner = Column("tenant_id");

/// The tables, parents before children.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "plans",
        columns: &[ID, text("code"), A],
        owner: Shared,
        keys: &[&["id"], &["code"]],
    },
    Table {
        name: "tenants",
        columns: &[text("id"), B, A],
        owner: Column("id"),
        keys: &[&["id"]],
    },
    Table {
        name: "proj",
        columns: &[ID, TENANT, A, B],
        owner: OWN,
        keys: &[&["id"], &["tenant_id", "id"]],
    },
    Table {
        name: "orders",
        columns: &[TENANT, ID, A, B],
        owner: OWN,
        keys: &[&["tenant_id", "id"]],
    },
    Table {
        name: "items",
        columns: &[TENANT, int("order_id"), int("n"), A, B],
        owner: OWN,
        keys: &[&["tenant_id", "order_id", "n"]],
    },
    Table {
        name: "entries",
        columns: &[TENANT, ID, int("proj_id"), A],
        owner: OWN,
        keys: &[&["tenant_id", "id"]],
    },
    Table {
        name: "entries_null",
        columns: &[TENANT, ID, ("proj_id", Int, true), A],
        owner: OWN,
        keys: &[&["tenant_id", "id"]],
    },
    Table {
        name: "entries_df",
        columns: &[TENANT, ID, int("proj_id"), A],
        owner: OWN,
        keys: &[&["tenant_id", "id"]],
    },
    Table {
        name: "entries_nv",
        columns: &[TENANT, ID, int("proj_id"), A],
        owner: OWN,
        keys: &[&["tenant_id", "id"]],
    },
    Table {
        name: "tickets",
        columns: &[ID, TENANT, ("proj_id", Int, true), A, B],
        owner: OWN,
        keys: &[&["id"]],
    },
    Table {
        name: "tasks",
        columns: &[ID, int("proj_id"), A, B],
        owner: Via("proj_id", "proj"),
        keys: &[&["id"]],
    },
    Table {
        name: "comments",
        columns: &[ID, int("task_id"), A, B],
        owner: Via("task_id", "tasks"),
        keys: &[&["id"]],
    },
    Table {
        name: "memos",
        columns: &[ID, ("proj_id", Int, true), B],
        owner: Via("proj_id", "proj"),
        keys: &[&["id"]],
    },
    Table {
        name: "lists",
        columns: &[ID, TENANT, B],
        owner: OWN,
        keys: &[&["id"]],
    },
    Table {
        name: "cards",
        columns: &[ID, int("list_id"), B],
        owner: Via("list_id", "lists"),
        keys: &[&["id"]],
    },
    Table {
        name: "logs",
        columns: &[ID, ("tenant_id", Text, true), A, B],
        owner: OWN,
        keys: &[&["id"]],
    },
    Table {
        name: "tokens",
        columns: &[text("token"), TENANT, A],
        owner: OWN,
        keys: &[&["token"]],
    },
    Table {
        name: "slots",
        columns: &[TENANT, ID, A, B],
        owner: OWN,
        keys: &[&["tenant_id", "id"], &["a"]],
    },
    Table {
        name: "kv",
        columns: &[TENANT, text("k"), ("v", Text, true)],
        owner: OWN,
        keys: &[&["tenant_id", "k"]],
    },
    Table {
        name: "labels",
        columns: &[ID, TENANT, B],
        owner: OWN,
        keys: &[&["id"]],
    },
    Table {
        name: "links",
        columns: &[ID, TENANT, int("label_id"), A],
        owner: OWN,
        keys: &[&["id"]],
    },
    Table {
        name: "nodes",
        columns: &[TENANT, ID, ("parent_id", Int, true), A],
        owner: OWN,
        keys: &[&["tenant_id", "id"]],
    },
    Table {
        name: "cats",
        columns: &[ID, TENANT, ("parent_id", Int, true), A],
        owner: OWN,
        keys: &[&["id"]],
    },
    Table {
        name: "docs",
        columns: &[ID, TENANT, B],
        owner: OWN,
        keys: &[&["id"]],
    },
    Table {
        name: "notes",
        columns: &[TENANT, ID, A, B],
        owner: OWN,
        keys: &[&["tenant_id", "id"]],
    },
];

/// The views.
pub(crate) const VIEWS: &[View] = &[
    View {
        name: "v_orders",
        columns: &[("tenant_id", Text), ("id", Int), ("a", Int), ("b", Text)],
        tenant: Some("tenant_id"),
        good: true,
    },
    View {
        name: "v_renamed",
        columns: &[("org", Text), ("n", Int), ("txt", Text)],
        tenant: Some("org"),
        good: true,
    },
    View {
        name: "v_ranked",
        columns: &[("tenant_id", Text), ("id", Int), ("r", Int)],
        tenant: Some("tenant_id"),
        good: false,
    },
    View {
        name: "v_ranked_ok",
        columns: &[("tenant_id", Text), ("id", Int), ("r", Int)],
        tenant: Some("tenant_id"),
        good: true,
    },
    View {
        name: "v_counts",
        columns: &[("tenant_id", Text), ("n", Int), ("a", Int)],
        tenant: Some("tenant_id"),
        good: true,
    },
    View {
        name: "v_counts_bad",
        columns: &[("b", Text), ("n", Int), ("tenant_id", Text)],
        tenant: Some("tenant_id"),
        good: false,
    },
    View {
        name: "v_first",
        columns: &[("tenant_id", Text), ("id", Int), ("b", Text)],
        tenant: Some("tenant_id"),
        good: false,
    },
    View {
        name: "v_left",
        columns: &[("tenant_id", Text), ("id", Int), ("b", Text)],
        tenant: Some("tenant_id"),
        good: true,
    },
    View {
        name: "v_left_bad",
        columns: &[("tenant_id", Text), ("id", Int), ("b", Text)],
        tenant: Some("tenant_id"),
        good: false,
    },
    View {
        name: "v_union",
        columns: &[("tenant_id", Text), ("b", Text)],
        tenant: Some("tenant_id"),
        good: true,
    },
    View {
        name: "v_swapped",
        columns: &[("tenant_id", Text), ("b", Text)],
        tenant: Some("tenant_id"),
        good: false,
    },
    View {
        name: "v_tasks",
        columns: &[("id", Int), ("tenant_id", Text), ("b", Text)],
        tenant: Some("tenant_id"),
        good: true,
    },
    View {
        name: "v_own",
        columns: &[("tenant_id", Text), ("id", Int), ("a", Int)],
        tenant: Some("tenant_id"),
        good: true,
    },
    View {
        name: "v_checked",
        columns: &[("tenant_id", Text), ("id", Int), ("a", Int)],
        tenant: Some("tenant_id"),
        good: true,
    },
    View {
        name: "v_names",
        columns: &[("id", Int), ("b", Text)],
        tenant: None,
        good: false,
    },
];

impl Table {
    /// Columns that the server computes.
    pub(crate) fn generated(&self) -> &'static [(&'static str, Type)] {
        match self.name {
            "notes" => &[("g", Int)],
            _ => &[],
        }
    }

    /// Unique indexes over some rows, or over expressions, as `on conflict` names them.
    pub(crate) fn partial_keys(&self) -> &'static [&'static str] {
        match self.name {
            "notes" => &[
                "(tenant_id, a) where b = 'x'",
                "(tenant_id, lower(b)) where a = 3",
            ],
            "slots" => &["(b) where a = 3"],
            _ => &[],
        }
    }
}

/// The table of that name.
pub(crate) fn table(name: &str) -> &'static Table {
    TABLES
        .iter()
        .find(|table| table.name == name)
        .expect("a table of the schema")
}

/// The configuration and the migrations of the project for `dialect`.
pub(crate) fn project_sources(dialect: Dialect) -> (&'static str, &'static [(&'static str, &'static str)]) {
    match dialect {
        Dialect::Postgres => (
            include_str!("../../property/postgres/tenancy.toml"),
            &[
                (
                    "migrations/0001_traps.sql",
                    include_str!("../../property/postgres/migrations/0001_traps.sql"),
                ),
                (
                    "migrations/0002_not_valid.sql",
                    include_str!("../../property/postgres/migrations/0002_not_valid.sql"),
                ),
            ],
        ),
        Dialect::Mysql => (
            include_str!("../../property/mysql/tenancy.toml"),
            &[(
                "migrations/0001_traps.sql",
                include_str!("../../property/mysql/migrations/0001_traps.sql"),
            )],
        ),
        Dialect::Sqlite => (
            include_str!("../../property/sqlite/tenancy.toml"),
            &[(
                "migrations/0001_traps.sql",
                include_str!("../../property/sqlite/migrations/0001_traps.sql"),
            )],
        ),
    }
}
