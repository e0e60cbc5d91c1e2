//! The catalog's data: what the lowering and the rules ask of a schema.
//!
//! Names are stored as the server compares them: PostgreSQL's unquoted names folded to lower case and quoted ones
//! exact; SQLite's folded to ASCII lower case always, because SQLite ignores case even inside quotes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::{Dialect, TenantType};

/// A schema-qualified name. The default schema is `public` (PostgreSQL) or `main` (SQLite).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QName {
    /// Schema, folded as the server folds it.
    pub schema: String,
    /// Name inside the schema.
    pub name: String,
}

/// Where a fact was read: a migration file (relative to the project) and its 1-based line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, as a path relative to the project directory.
    pub file: Arc<PathBuf>,
    /// 1-based line.
    pub line: u32,
}

/// A statement that was not understood and may have changed what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    /// Where that statement begins.
    pub origin: Origin,
    /// What it is, in a few words ("a DO block", "`alter table .. set schema`").
    pub what: String,
}

/// Everything that the project's DDL declares.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The dialect that the DDL is written in.
    pub dialect: Dialect,
    /// Tables and views by name.
    pub relations: BTreeMap<QName, Relation>,
    /// User-defined functions, aggregates and procedures, by unqualified name.
    pub functions: BTreeMap<String, Vec<Function>>,
    /// Names of user-defined operators (`===`), whatever schema they are in.
    pub operators: BTreeSet<String>,
    /// A user-defined `=` or `<>` may be the one that the server picks for columns whose own equality is the identity:
    /// it wins by exact match where `pg_catalog` has none for just these types (`varchar = varchar`).
    pub loose_equality: bool,
    /// Canonical names of types that a user-defined cast leads to through a function.
    pub cast_targets: BTreeSet<String>,
    /// User-defined types (enums, domains, composites) by name.
    pub types: BTreeMap<QName, UserType>,
    /// User-defined collations: name to "is deterministic".
    pub collations: BTreeMap<String, bool>,
    /// Schemas that exist (`public`, `main`, and what `create schema` made).
    pub schemas: BTreeSet<String>,
    /// The schema of a name that is written without one: `public`, `main`, MySQL's nameless one; of a project with a schema
    /// for each tenant the tenant's, which has no name either.
    pub home: &'static str,
    /// Set when a statement builds SQL text, so that no table is known any more unless `tenancy.toml` declares it.
    pub poison_all: Option<Poison>,
}

/// What a name in `from` can be.
#[derive(Debug, Clone)]
pub enum Relation {
    /// A base table, partition, or inheritance child.
    Table(Table),
    /// A view or materialized view.
    View(View),
    /// Something that holds rows and is not understood: a foreign table, a virtual table, a sequence.
    Opaque {
        /// Where it was declared.
        origin: Origin,
        /// What it is, with its article ("a virtual table").
        what: String,
    },
}

/// A base table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: QName,
    /// Where it was created.
    pub origin: Origin,
    /// Columns in the table's order.
    pub columns: Vec<Column>,
    /// Primary key, unique constraints, unique indexes and exclusion constraints.
    pub keys: Vec<Key>,
    /// Foreign keys of this table.
    pub foreign_keys: Vec<ForeignKey>,
    /// Triggers on this table.
    pub triggers: Vec<Trigger>,
    /// PostgreSQL rewrite rules on this table.
    pub rules: Vec<Rule>,
    /// Expressions that a write to the table evaluates and that may call functions. A dropped one may still be listed.
    pub checks: Vec<Check>,
    /// Tables that this one is a partition of or inherits from.
    pub parents: Vec<QName>,
    /// SQLite `without rowid`.
    pub without_rowid: bool,
    /// SQLite `strict`.
    pub strict: bool,
    /// PostgreSQL's row security on it.
    pub security: RowSecurity,
    /// Whose rows it holds.
    pub ownership: Ownership,
    /// Statements that may have changed it and were not understood. Empty when `tenancy.toml` declares the table.
    pub poison: Vec<Poison>,
    /// Declared in `[tables]` of `tenancy.toml`: whoever did so vouches for it, [`Catalog::poison_all`] notwithstanding.
    pub declared: bool,
}

/// An expression that writes evaluate: a check of the table, of a column or of a column's type, an expression or predicate of
/// an index, a partition key. Text that is no expression stands for code of the project's that runs there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// A check constraint's name, if the DDL gives one.
    pub name: Option<String>,
    /// The expression, as SQL text.
    pub text: String,
    /// It belongs to a column's type: it speaks of `value`, and of no column.
    pub of_type: bool,
    /// Where it was declared.
    pub origin: Origin,
}

impl Check {
    /// An expression over the columns of a table.
    pub fn new(text: String, origin: Origin) -> Self {
        Self {
            name: None,
            text,
            of_type: false,
            origin,
        }
    }
}

/// Whose rows a table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// Tenant-owned: the column (by index) says whose a row is. For the tenant root it is the primary key.
    Tenant {
        /// Index into [`Table::columns`].
        column: usize,
        /// True for the tenant table itself.
        root: bool,
    },
    /// Owned through a foreign key to an owned parent.
    Via {
        /// Index into [`Table::foreign_keys`]; always a single-column key to a unique key of the parent.
        foreign_key: usize,
    },
    /// Every row is the tenant's, because of where the table stands: in the tenant's own schema or database.
    Placed,
    /// The same for all tenants, read-only for them.
    Shared,
    /// Nobody said; using it is an error. The text says what to write into `tenancy.toml`.
    Unclassified {
        /// Why it is unclassified, and the way out, when there is more to say than "not declared".
        reason: Option<String>,
    },
}

/// PostgreSQL's row security on a table, as far as the DDL tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowSecurity {
    /// `enable row level security`.
    pub enabled: bool,
    /// `force row level security`: it holds for the table's owner, too.
    pub forced: bool,
    /// Every policy.
    pub policies: Vec<Policy>,
    /// Statements that were not understood and may have changed it. A declaration in `tenancy.toml` vouches for the columns
    /// of a table, not for its policies: these stay.
    pub doubts: Vec<Poison>,
}

/// A policy of PostgreSQL's row security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Not `as restrictive`.
    pub permissive: bool,
    /// `for`: `all`, `select`, `insert`, `update` or `delete`.
    pub command: String,
    /// `to`, folded; `public` if nothing is written.
    pub roles: Vec<String>,
    /// `using`.
    pub using: Option<PolicyExpr>,
    /// `with check`.
    pub check: Option<PolicyExpr>,
    /// Where it was created or last changed.
    pub origin: Origin,
}

/// The expression of a policy, if it is the canonical one: see [`crate::policy`]. The server stores what the names meant
/// when the policy was made, so they follow every rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyExpr {
    /// `column` is the tenant of the setting, as that type.
    Tenant {
        /// A column of the table.
        column: String,
        /// What the setting is cast to.
        cast: TenantType,
    },
    /// A row of `parent` can be seen whose `key` is `column`.
    Parent {
        /// The other table.
        parent: QName,
        /// A column of it.
        key: String,
        /// A column of the table.
        column: String,
    },
    /// Anything else, as SQL text.
    Other(String),
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its declared type.
    pub ty: SqlType,
    /// Declared `not null`, part of a primary key (PostgreSQL; SQLite only for `without rowid`, `strict` or
    /// `integer primary key`), or an identity column.
    pub not_null: bool,
    /// The default, as SQL text.
    pub default: Option<String>,
    /// `generated always as (expr) stored|virtual`, as SQL text.
    pub generated: Option<String>,
    /// `generated .. as identity`, `serial`, `autoincrement`, or SQLite's rowid alias.
    pub identity: bool,
    /// `collate name`, folded, unqualified (`pg_catalog.` is stripped; another schema is kept as `schema.name`). In MySQL
    /// the collation that follows from column, character set and table, of every text column: `utf8mb4` alone is the
    /// server's default for that character set, `database` the one of a database that no migration knows.
    pub collation: Option<String>,
    /// MySQL `invisible`: `*` and an insert without a list of columns leave it out.
    pub invisible: bool,
    /// MySQL `on update current_timestamp`: every update that does not assign it changes it.
    pub changes_with_others: bool,
    /// SQLite `not null on conflict ..`.
    pub not_null_on_conflict: Option<ConflictAction>,
    /// Where it was declared or last changed.
    pub origin: Origin,
}

/// A declared type: `varchar(20)` is `{ name: "varchar", modifiers: [20] }`, with PostgreSQL's aliases resolved to
/// `text varchar bpchar uuid int2 int4 int8 bool numeric float4 float8 bytea date timestamp timestamptz json jsonb ..`.
/// SQLite keeps the declared name in lower case; no declared type is the empty name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlType {
    /// Canonical name, with its schema if it is neither `pg_catalog` nor a default.
    pub name: String,
    /// Numbers in parentheses.
    pub modifiers: Vec<u64>,
    /// Array dimensions (0: a scalar).
    pub dimensions: u8,
}

/// A user-defined type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserType {
    /// `create type .. as enum`.
    Enum,
    /// `create domain .. as base`.
    Domain(SqlType),
    /// Composite, range, shell or base types.
    Other,
}

/// A key that two rows can collide on.
#[derive(Debug, Clone)]
pub struct Key {
    /// Constraint or index name; PostgreSQL's generated name (`t_pkey`, `t_a_b_key`) where the DDL names none.
    pub name: Option<String>,
    /// What kind of key.
    pub kind: KeyKind,
    /// Its columns or expressions.
    pub parts: Vec<KeyPart>,
    /// `include (..)`: no part of the key, but the key goes with them.
    pub included: Vec<usize>,
    /// The predicate of a partial index, as SQL text.
    pub predicate: Option<String>,
    /// `deferrable`.
    pub deferrable: bool,
    /// SQLite's conflict clause in the DDL.
    pub on_conflict: Option<ConflictAction>,
    /// A constraint (can be named in `on conflict on constraint`), not merely a unique index.
    pub constraint: bool,
    /// Where it was declared.
    pub origin: Origin,
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The primary key.
    Primary,
    /// A unique constraint or unique index.
    Unique,
    /// A PostgreSQL exclusion constraint: rows collide by operators, not only by equality.
    Exclusion,
}

/// One member of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// A plain column, compared by its own equality.
    Column(usize),
    /// A column under another collation or operator class, or an expression: equality is not the column's own.
    Expression(String),
}

/// SQLite's conflict resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictAction {
    /// Abort and roll the transaction back.
    Rollback,
    /// Abort the statement.
    Abort,
    /// Stop, keeping what was changed before.
    Fail,
    /// Skip the row.
    Ignore,
    /// Delete the rows in the way.
    Replace,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// Constraint name; PostgreSQL's generated name (`t_a_fkey`) where the DDL names none.
    pub name: Option<String>,
    /// Referencing columns, as indexes into the table's columns.
    pub columns: Vec<usize>,
    /// The referenced table.
    pub parent: QName,
    /// Referenced columns by name; the parent's primary key when the DDL names none. Empty if it could not be resolved.
    pub parent_columns: Vec<String>,
    /// `on delete`.
    pub on_delete: ReferentialAction,
    /// `on delete set null|default (..)`: only these columns are set; all of them if it lists none.
    pub set_columns: Option<Vec<usize>>,
    /// `on update`.
    pub on_update: ReferentialAction,
    /// False for `not valid` until `validate constraint`, and for `not enforced`.
    pub validated: bool,
    /// Its checks were switched off at some time (`disable trigger all`, `session_replication_role`): never
    /// [`ForeignKey::validated`] again.
    pub distrusted: bool,
    /// `deferrable`.
    pub deferrable: bool,
    /// `match full`.
    pub match_full: bool,
    /// PostgreSQL: the parent's index is of an operator class of the project's own, whose code every check of the key runs.
    pub runs_code: bool,
    /// Where it was declared.
    pub origin: Origin,
}

/// What a foreign key does when its parent row goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferentialAction {
    /// `no action` or `restrict`.
    Restrict,
    /// `cascade`.
    Cascade,
    /// `set null`.
    SetNull,
    /// `set default`.
    SetDefault,
}

/// A trigger on a table or view.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// Fires on insert.
    pub on_insert: bool,
    /// Fires on update; the listed columns only, if any are listed.
    pub on_update: Option<Vec<String>>,
    /// Fires on delete.
    pub on_delete: bool,
    /// What it does, as far as it is understood.
    pub effect: TriggerEffect,
    /// The function that it executes (PostgreSQL).
    pub function: Option<QName>,
    /// Where it was created.
    pub origin: Origin,
}

/// What a trigger does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriggerEffect {
    /// A `before` row trigger whose body only assigns expressions (SQL text over `new`/`old`, no subquery) to columns of
    /// `new` and returns `new`. Whether the expressions are pure is for the prover to decide.
    Assigns(Vec<(String, String)>),
    /// Anything else.
    Unknown,
}

/// A PostgreSQL rewrite rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The event: `select`, `insert`, `update` or `delete`.
    pub event: String,
    /// Where it was created.
    pub origin: Origin,
}

/// A view.
#[derive(Debug, Clone)]
pub struct View {
    /// Its name.
    pub name: QName,
    /// Where it was created.
    pub origin: Origin,
    /// Column names given in the DDL (`create view v (a, b)`), folded; empty when the query names them.
    pub columns: Vec<String>,
    /// The defining query as SQL text, without the closing semicolon and `with check option`.
    pub query: String,
    /// The line of its file on which the query begins.
    pub query_line: u32,
    /// Materialized.
    pub materialized: bool,
    /// `with (security_invoker)`.
    pub security_invoker: bool,
    /// `instead of` triggers.
    pub triggers: Vec<Trigger>,
    /// Rewrite rules other than the view's own.
    pub rules: Vec<Rule>,
    /// Names of the tables as they stood when the view was created may since have been renamed; statements not
    /// understood that touch the view are listed here.
    pub poison: Vec<Poison>,
    /// Declared `shared` in `tenancy.toml`.
    pub declared_shared: bool,
    /// Declared in `[tables]` of `tenancy.toml`, as for [`Table::declared`].
    pub declared: bool,
}

/// A user-defined function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: QName,
    /// Declared pure in `tenancy.toml`.
    pub pure: bool,
    /// Made by `create aggregate`: it folds rows, however it is declared.
    pub aggregate: bool,
    /// Where it was created.
    pub origin: Origin,
}

impl Catalog {
    /// An empty catalog.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            relations: BTreeMap::new(),
            functions: BTreeMap::new(),
            operators: BTreeSet::new(),
            loose_equality: false,
            cast_targets: BTreeSet::new(),
            types: BTreeMap::new(),
            collations: BTreeMap::new(),
            home: Self::default_schema_of(dialect),
            schemas: BTreeSet::from([Self::default_schema_of(dialect).to_owned()]),
            poison_all: None,
        }
    }

    /// The schema of an unqualified name.
    pub fn default_schema_of(dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Postgres => "public",
            Dialect::Sqlite => "main",
            // The database of the connection, which has no name in the migrations.
            Dialect::Mysql => "",
        }
    }
}
