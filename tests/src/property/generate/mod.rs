//! Random statements that aim at the traps.
//!
//! Most statements are nearly right: every owned relation is pinned or linked to a pinned one, at a place where the
//! rules may or may not count it, and now and then one pin is forgotten. What the prover refuses costs nothing; what
//! it proves is run.

mod constructs;
mod expressions;
mod from;
mod mysql;
mod pins;
mod queries;
mod recursive;
mod shapes;
mod spelling;
mod views;
mod writes;

use tenancy_prover::Dialect;

use super::data::Value;
use super::node::{Node, Part, Sort, mutate};
use super::random::Random;
use super::schema::{Owner, Table, Type};

/// A statement to judge.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// The statement.
    pub(crate) root: Node,
    /// The caller's arguments.
    pub(crate) arguments: Vec<Value>,
}

impl Statement {
    /// What `root`, a form of this statement, says in the dialect, and the arguments in the caller's order.
    pub(crate) fn spelled(&self, root: &Node, dialect: Dialect) -> (String, Vec<Value>) {
        spelling::spelled(&root.sql(), &self.arguments, dialect)
    }
}

/// The statement with that seed.
pub(crate) fn statement(seed: u64, dialect: Dialect) -> Statement {
    let mut generator = Generator {
        random: Random::new(seed),
        dialect,
        aliases: 0,
        arguments: Vec::new(),
        local: Vec::new(),
        outer: Vec::new(),
        tables: Vec::new(),
        care: 93,
    };
    generator.care = *generator.random.pick(&[85, 95, 95, 100]);
    let mut root = if generator.random.chance(35) {
        generator.write()
    } else {
        generator.reading()
    };
    for _ in 0..*generator.random.pick(&[0, 0, 0, 1, 1, 2]) {
        root = mutate(&root, &mut generator.random);
    }
    Statement {
        root,
        arguments: generator.arguments,
    }
}

/// A column that expressions can use.
#[derive(Debug, Clone)]
struct Column {
    /// As SQL spells it.
    sql: String,
    ty: Type,
    /// Says (or seems to say) whose the row is.
    tenant: bool,
}

/// A relation in `from`.
#[derive(Debug, Clone)]
struct Relation {
    alias: String,
    columns: Vec<Column>,
    /// The base table, if it is one.
    table: Option<&'static Table>,
    /// Already confined to the tenant inside (or shared).
    pinned: bool,
}

/// A result column of a query.
#[derive(Debug, Clone)]
struct Output {
    name: String,
    ty: Type,
    tenant: bool,
}

/// A query and its result columns.
#[derive(Debug, Clone)]
struct Query {
    node: Node,
    outputs: Vec<Output>,
}

/// A common table expression in scope.
#[derive(Debug, Clone)]
struct Named {
    name: String,
    outputs: Vec<Output>,
    pinned: bool,
}

/// Where a query confines its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pinning {
    /// Inside.
    Here,
    /// Outside: it passes the tenant column through.
    Later,
}

/// A result column that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    ty: Type,
    tenant: bool,
}

struct Generator {
    random: Random,
    dialect: Dialect,
    aliases: usize,
    arguments: Vec<Value>,
    /// The relations of the block that is being written.
    local: Vec<Relation>,
    /// The relations of the blocks around it.
    outer: Vec<Relation>,
    tables: Vec<Named>,
    /// Percent of pins that are not forgotten.
    care: usize,
}

impl Relation {
    fn of_table(table: &'static Table, alias: String) -> Self {
        let tenant = match table.owner {
            Owner::Column(column) => Some(column),
            Owner::Via(..) | Owner::Shared => None,
        };
        let mut columns: Vec<Column> = table
            .columns
            .iter()
            .map(|(name, ty, _)| Column {
                sql: format!("{alias}.{name}"),
                ty: *ty,
                tenant: tenant == Some(*name),
            })
            .collect();
        columns.extend(table.generated().iter().map(|(name, ty)| Column {
            sql: format!("{alias}.{name}"),
            ty: *ty,
            tenant: false,
        }));
        Self {
            columns,
            alias,
            table: Some(table),
            pinned: table.owner == Owner::Shared,
        }
    }

    fn of_outputs(outputs: &[Output], alias: String, pinned: bool) -> Self {
        let columns = outputs.iter().map(|output| Column {
            sql: format!("{alias}.{}", output.name),
            ty: output.ty,
            tenant: output.tenant,
        });
        Self {
            columns: columns.collect(),
            alias,
            table: None,
            pinned,
        }
    }

    fn tenant_column(&self) -> Option<&Column> {
        self.columns.iter().find(|column| column.tenant)
    }

    fn is_table(&self, name: &str) -> bool {
        self.table.is_some_and(|table| table.name == name)
    }
}

impl Generator {
    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    fn sqlite(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    fn mysql(&self) -> bool {
        self.dialect == Dialect::Mysql
    }

    fn postgres(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// A placeholder for a value of that type.
    fn argument(&mut self, ty: Type) -> String {
        let value = match ty {
            Type::Int => Value::Int(*self.random.pick(&super::data::INTEGERS)),
            Type::Text => Value::Text((*self.random.pick(&super::data::TEXTS)).to_owned()),
        };
        self.arguments.push(value);
        // A number on SQLite could be the slot that `$tenant` takes.
        let mark = if self.postgres() { "$" } else { ":a" };
        format!("{mark}{}", self.arguments.len())
    }

    fn literal(&mut self, ty: Type) -> String {
        super::data::literal(&mut self.random, ty)
    }

    /// Runs `write` in a block of its own inside the present one.
    fn nested<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let local = std::mem::take(&mut self.local);
        let depth = self.outer.len();
        self.outer.extend(local.iter().cloned());
        let result = write(self);
        self.outer.truncate(depth);
        self.local = local;
        result
    }

    /// Runs `write` in a block that does not see the present one.
    fn detached<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let local = std::mem::take(&mut self.local);
        let outer = std::mem::take(&mut self.outer);
        let result = write(self);
        self.outer = outer;
        self.local = local;
        result
    }
}

/// A choice that mutation may change.
fn choice(options: &[&str], chosen: usize) -> Part {
    Part::Pick(
        options.iter().map(|option| (*option).to_owned()).collect(),
        chosen,
    )
}

fn piece(node: Node) -> Part {
    Part::Piece(node)
}

fn word(text: impl Into<String>) -> Part {
    Part::Text(text.into())
}

/// Conditions joined by `and` after `before`; nothing if there are none.
fn conjunction(before: &'static str, items: Vec<Node>) -> Part {
    Part::List {
        before,
        separator: " and ",
        items,
        least: 0,
    }
}

/// Members that must all stay.
fn fixed(separator: &'static str, items: Vec<Node>) -> Part {
    let least = items.len();
    Part::List {
        before: "",
        separator,
        items,
        least,
    }
}

fn sort_of(ty: Type) -> Sort {
    match ty {
        Type::Int => Sort::Int,
        Type::Text => Sort::Text,
    }
}
