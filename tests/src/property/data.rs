//! Pairs of databases that agree on one tenant's rows and on shared rows and differ in everybody else's.

use std::collections::{BTreeMap, BTreeSet};

use tenancy_prover::Dialect;

use super::random::Random;
use super::schema::{TABLES, Type};

/// The tenant that statements run as.
pub(crate) const TENANT: &str = "acme";
/// The others. One differs from [`TENANT`] by case alone.
pub(crate) const OTHERS: [&str; 2] = ["beta", "ACME"];
/// Texts are few, so that joins match, and tenants' names are among them, so that mixed-up columns match as well.
pub(crate) const TEXTS: [&str; 4] = ["acme", "beta", "ACME", "x"];
/// Integers are few.
pub(crate) const INTEGERS: [i64; 3] = [1, 2, 3];

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// No value.
    Null,
    /// An integer.
    Int(i64),
    /// A text.
    Text(String),
}

/// The rows of each table.
pub(crate) type Rows = BTreeMap<&'static str, Vec<Vec<Value>>>;

/// Two contents of one database: [`TENANT`]'s rows and the shared rows are the same in both.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pair {
    /// One database.
    pub(crate) left: Rows,
    /// The other.
    pub(crate) right: Rows,
}

impl Pair {
    /// Pairs with fewer rows, the smallest first: without a table, then without a row. What both sides have goes from
    /// both, so that they go on agreeing.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let mut found = Vec::new();
        for table in TABLES.iter().rev() {
            let held = |rows: &Rows| rows.get(table.name).map_or(0, Vec::len);
            if held(&self.left) + held(&self.right) > 1 {
                let mut without = self.clone();
                without.left.remove(table.name);
                without.right.remove(table.name);
                found.push(without);
            }
        }
        for table in TABLES.iter().rev() {
            let mut rows: Vec<&Vec<Value>> = Vec::new();
            for side in [&self.left, &self.right] {
                rows.extend(side.get(table.name).into_iter().flatten());
            }
            rows.sort();
            rows.dedup();
            for row in rows {
                let mut without = self.clone();
                for side in [&mut without.left, &mut without.right] {
                    if let Some(stored) = side.get_mut(table.name) {
                        stored.retain(|other| other != row);
                    }
                }
                found.push(without);
            }
        }
        found
    }
}

/// How many rows the other tenants have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crowd {
    /// None but those that the tenant's own rows refer to.
    Empty,
    /// The tenant's rows once more under other names, and some.
    Mirror,
    /// Random ones.
    Random,
}

/// A random pair.
pub(crate) fn pair(random: &mut Random, dialect: Dialect) -> Pair {
    let mut own = Builder::new(random.next(), dialect);
    own.shared();
    own.rows_of(TENANT, Crowd::Random);
    let crowds = [
        (Crowd::Empty, Crowd::Random),
        (Crowd::Random, Crowd::Empty),
        (Crowd::Mirror, Crowd::Empty),
        (Crowd::Mirror, Crowd::Random),
        (Crowd::Random, Crowd::Random),
    ];
    let (left, right) = *random.pick(&crowds);
    Pair {
        left: own.with_others(random.next(), left),
        right: own.with_others(random.next(), right),
    }
}

/// Tables whose `id` no two rows share, whoever owns them.
const GLOBAL: [&str; 12] = [
    "proj", "tickets", "tasks", "comments", "memos", "lists", "cards", "logs", "labels", "links", "cats",
    "docs",
];

#[derive(Clone)]
struct Builder {
    random: Random,
    dialect: Dialect,
    rows: Rows,
    /// Keys in use: table or `table.column`, value.
    taken: BTreeSet<(&'static str, Value)>,
    /// Ids that the tenant's rows refer to and that others must own.
    foreign: BTreeMap<&'static str, BTreeSet<i64>>,
}

impl Builder {
    fn new(seed: u64, dialect: Dialect) -> Self {
        Self {
            random: Random::new(seed),
            dialect,
            rows: TABLES.iter().map(|table| (table.name, Vec::new())).collect(),
            taken: BTreeSet::new(),
            foreign: BTreeMap::new(),
        }
    }

    fn with_others(&self, seed: u64, crowd: Crowd) -> Rows {
        let mut builder = self.clone();
        builder.random = Random::new(seed);
        builder.foreign.clear();
        for (table, ids) in &self.foreign {
            for id in ids {
                builder.foreign_row(table, *id);
            }
        }
        if crowd != Crowd::Empty {
            for tenant in OTHERS {
                builder.rows_of(tenant, crowd);
            }
            builder.ownerless();
        }
        builder.rows
    }

    fn shared(&mut self) {
        for id in INTEGERS {
            if self.random.chance(60) {
                let a = self.integer_or_null();
                let code = Value::Text((*self.random.pick(&TEXTS)).to_owned());
                if self.taken.insert(("plans.code", code.clone())) {
                    self.push("plans", vec![Value::Int(id), code, a]);
                }
            }
        }
    }

    fn push(&mut self, table: &'static str, row: Vec<Value>) {
        self.rows.get_mut(table).expect("a table of the schema").push(row);
    }

    fn integer(&mut self) -> Value {
        Value::Int(*self.random.pick(&INTEGERS))
    }

    fn integer_or_null(&mut self) -> Value {
        if self.random.chance(25) {
            Value::Null
        } else {
            self.integer()
        }
    }

    fn text_or_null(&mut self) -> Value {
        if self.random.chance(25) {
            Value::Null
        } else {
            Value::Text((*self.random.pick(&TEXTS)).to_owned())
        }
    }

    /// A free id of a table with global ids.
    fn global_id(&mut self, table: &'static str) -> Option<i64> {
        let id = i64::try_from(self.random.between(1, 6)).ok()?;
        let reserved = self.foreign.get(table).is_some_and(|ids| ids.contains(&id));
        (!reserved && self.taken.insert((table, Value::Int(id)))).then_some(id)
    }

    /// The ids of `tenant`'s rows in an owned table with columns `id, tenant_id, ..` or `tenant_id, id, ..`.
    fn ids_of(&self, table: &'static str, tenant: Option<&str>) -> Vec<i64> {
        let (id, owner) = if GLOBAL.contains(&table) { (0, 1) } else { (1, 0) };
        let owned = |row: &&Vec<Value>| match tenant {
            Some(tenant) => row[owner] == Value::Text(tenant.to_owned()),
            None => true,
        };
        let number = |row: &Vec<Value>| {
            if let Value::Int(number) = row[id] {
                Some(number)
            } else {
                None
            }
        };
        self.rows[table].iter().filter(owned).filter_map(number).collect()
    }

    /// A reference that may lead to another tenant's row: an own id, or one that is reserved for others.
    fn loose_reference(&mut self, table: &'static str, tenant: &str) -> Option<i64> {
        if tenant != TENANT {
            let ids = self.ids_of(table, None);
            return if ids.is_empty() {
                None
            } else {
                Some(*self.random.pick(&ids))
            };
        }
        let own = self.ids_of(table, Some(tenant));
        if !own.is_empty() && self.random.chance(60) {
            return Some(*self.random.pick(&own));
        }
        let id = i64::try_from(self.random.between(1, 6)).ok()?;
        if own.contains(&id) {
            return Some(id);
        }
        if self.taken.contains(&(table, Value::Int(id))) {
            return None;
        }
        self.foreign.entry(table).or_default().insert(id);
        Some(id)
    }

    /// Somebody else's row that the tenant's rows refer to.
    fn foreign_row(&mut self, table: &'static str, id: i64) {
        let tenant = *self.random.pick(&OTHERS);
        self.tenant_row(tenant);
        self.taken.insert((table, Value::Int(id)));
        let owner = Value::Text(tenant.to_owned());
        let (a, b) = (self.integer_or_null(), self.text_or_null());
        let row = match table {
            "proj" => vec![Value::Int(id), owner, a, b],
            "labels" => vec![Value::Int(id), owner, b],
            _ => vec![Value::Int(id), owner, Value::Null, a],
        };
        self.push(table, row);
    }

    fn tenant_row(&mut self, tenant: &str) {
        if self.taken.insert(("tenants", Value::Text(tenant.to_owned()))) {
            let b = self.text_or_null();
            let plans: Vec<Value> = self.rows["plans"].iter().map(|row| row[0].clone()).collect();
            let a = if plans.is_empty() {
                Value::Null
            } else {
                self.random.pick(&plans).clone()
            };
            self.push("tenants", vec![Value::Text(tenant.to_owned()), b, a]);
        }
    }

    /// Rows that are nobody's.
    fn ownerless(&mut self) {
        for _ in 0..self.random.below(3) {
            if let Some(id) = self.global_id("logs") {
                let (a, b) = (self.integer_or_null(), self.text_or_null());
                self.push("logs", vec![Value::Int(id), Value::Null, a, b]);
            }
            if let Some(id) = self.global_id("memos") {
                let b = self.text_or_null();
                self.push("memos", vec![Value::Int(id), Value::Null, b]);
            }
        }
    }

    fn rows_of(&mut self, tenant: &'static str, crowd: Crowd) {
        self.tenant_row(tenant);
        for table in TABLES {
            let count = self.random.weighted(&[1, 2, 3, 3, 2]);
            for _ in 0..count {
                let _ = self.row(table.name, tenant);
            }
            if crowd == Crowd::Mirror {
                self.mirror(table.name, tenant);
            }
        }
    }

    /// [`TENANT`]'s rows under another name, where the keys allow it.
    fn mirror(&mut self, table: &'static str, tenant: &str) {
        if !matches!(table, "orders" | "entries_nv" | "kv") {
            return;
        }
        let keys = 2;
        let own: Vec<Vec<Value>> = self.rows[table]
            .iter()
            .filter(|row| row[0] == Value::Text(TENANT.to_owned()))
            .cloned()
            .collect();
        for mut row in own {
            row[0] = Value::Text(tenant.to_owned());
            if !self.rows[table].iter().any(|other| other[..keys] == row[..keys]) {
                self.push(table, row);
            }
        }
    }

    /// One row of `tenant`, or nothing where a key is taken or no parent is there.
    fn row(&mut self, table: &'static str, tenant: &'static str) -> Option<()> {
        let owner = Value::Text(tenant.to_owned());
        // SQLite may hold rows from before its foreign keys were enforced.
        let loose = self.dialect == Dialect::Sqlite && self.random.chance(40);
        let (a, b) = (self.integer_or_null(), self.text_or_null());
        let global = if GLOBAL.contains(&table) {
            Some(Value::Int(self.global_id(table)?))
        } else {
            None
        };
        let row = match table {
            "proj" | "logs" => vec![global?, owner, a, b],
            "lists" | "labels" | "docs" => vec![global?, owner, b],
            "orders" => vec![owner, self.integer(), a, b],
            "slots" => {
                let a = if self.random.chance(30) {
                    Value::Null
                } else {
                    Value::Int(i64::try_from(self.random.between(1, 6)).ok()?)
                };
                if a != Value::Null && !self.taken.insert(("slots.a", a.clone())) {
                    return None;
                }
                vec![owner, self.integer(), a, b]
            }
            "tokens" => {
                let token = Value::Text((*self.random.pick(&["acme", "beta", "x", "y", "z"])).to_owned());
                self.taken.insert((table, token.clone())).then_some(())?;
                vec![token, owner, a]
            }
            "kv" => vec![owner, Value::Text((*self.random.pick(&TEXTS)).to_owned()), b],
            "items" => {
                let order = self.parent("orders", tenant, loose)?;
                vec![owner, order, self.integer(), a, b]
            }
            "notes" => {
                let key = |of: &Value| Value::Text(format!("{tenant} {of:?}"));
                let open = b == Value::Text("x".to_owned()) && a != Value::Null;
                if open && !self.taken.insert(("notes.open", key(&a))) {
                    return None;
                }
                let lower = match &b {
                    Value::Text(text) => Value::Text(text.to_lowercase()),
                    other => other.clone(),
                };
                let three = a == Value::Int(3) && lower != Value::Null;
                if three && !self.taken.insert(("notes.text", key(&lower))) {
                    return None;
                }
                vec![owner, self.integer(), a, b]
            }
            "entries" => {
                let parent = self.parent("proj", tenant, loose)?;
                vec![owner, self.integer(), parent, a]
            }
            "entries_null" => {
                let parent = if self.random.chance(30) {
                    Value::Null
                } else {
                    self.parent("proj", tenant, loose)?
                };
                vec![owner, self.integer(), parent, a]
            }
            "entries_df" | "entries_nv" => {
                let parent = Value::Int(i64::try_from(self.random.between(1, 6)).ok()?);
                vec![owner, self.integer(), parent, a]
            }
            "tickets" => {
                let parent = if self.random.chance(20) {
                    Value::Null
                } else {
                    self.loose_reference("proj", tenant)
                        .map_or(Value::Null, Value::Int)
                };
                vec![global?, owner, parent, a, b]
            }
            "tasks" => vec![global?, self.parent("proj", tenant, false)?, a, b],
            "memos" => vec![global?, self.parent("proj", tenant, false)?, b],
            "cards" => vec![global?, self.parent("lists", tenant, false)?, b],
            "comments" => {
                let own: BTreeSet<i64> = self.ids_of("proj", Some(tenant)).into_iter().collect();
                let tasks: Vec<Value> = self.rows["tasks"]
                    .iter()
                    .filter(|row| matches!(row[1], Value::Int(id) if own.contains(&id)))
                    .map(|row| row[0].clone())
                    .collect();
                if tasks.is_empty() {
                    return None;
                }
                vec![global?, self.random.pick(&tasks).clone(), a, b]
            }
            "links" => {
                let label = self.loose_reference("labels", tenant)?;
                vec![global?, owner, Value::Int(label), a]
            }
            "nodes" => {
                let id = *self.random.pick(&INTEGERS);
                // Parents come first, so that every chain of parents has an end.
                let mut parents = self.ids_of("nodes", Some(tenant));
                parents.retain(|parent| *parent < id);
                let parent = if parents.is_empty() {
                    Value::Null
                } else {
                    Value::Int(*self.random.pick(&parents))
                };
                vec![owner, Value::Int(id), parent, a]
            }
            "cats" => {
                let Some(Value::Int(id)) = global else { return None };
                let parent = self.loose_reference("cats", tenant).filter(|parent| *parent < id);
                vec![Value::Int(id), owner, parent.map_or(Value::Null, Value::Int), a]
            }
            _ => return None,
        };
        let keys: &[usize] = match table {
            "items" => &[0, 1, 2],
            "orders" | "slots" | "kv" | "entries" | "entries_null" | "entries_df" | "entries_nv"
            | "nodes" | "notes" => &[0, 1],
            _ => &[],
        };
        let same = |other: &&Vec<Value>| !keys.is_empty() && keys.iter().all(|key| other[*key] == row[*key]);
        if self.rows[table].iter().find(same).is_none() {
            self.push(table, row);
        }
        Some(())
    }

    /// The id of one of `tenant`'s rows in `table`; any number where `loose`.
    fn parent(&mut self, table: &'static str, tenant: &str, loose: bool) -> Option<Value> {
        if loose {
            return Some(Value::Int(i64::try_from(self.random.between(1, 6)).ok()?));
        }
        let ids = self.ids_of(table, Some(tenant));
        if ids.is_empty() {
            None
        } else {
            Some(Value::Int(*self.random.pick(&ids)))
        }
    }
}

/// A constant of the type, as SQL spells it.
pub(crate) fn literal(random: &mut Random, ty: Type) -> String {
    match ty {
        Type::Int => random.pick(&INTEGERS).to_string(),
        Type::Text => format!("'{}'", random.pick(&TEXTS)),
    }
}
