//! `create table`.

use super::Reader;
use super::attach::{column_names, plain_column};
use super::column::{ColumnDef, ConstraintBody, ConstraintDef, PartDef, blank, column_constraints};
use super::column::{is_table_constraint, parse_column, parse_constraint};
use super::cursor::{Cursor, Name};
use super::names::Held;
use crate::Dialect;
use crate::catalog::{
    Check, Column, KeyKind, KeyPart, Origin, Ownership, QName, Relation, RowSecurity, SqlType, Table,
};

/// A member of `create table (..)`.
enum Member {
    Column(Box<ColumnDef>),
    Constraint(ConstraintDef),
    Like(Name, Vec<(bool, String)>),
    /// `of type (column with options ..)` and partitions: constraints of a column that is there already.
    Options(Box<ColumnDef>),
}

impl Reader {
    /// `create table`, behind that word.
    pub(super) fn create_table(&mut self, mut cursor: Cursor<'_>, temporary: bool) -> Option<()> {
        let keep = cursor.eat("if not exists");
        let written = cursor.name()?;
        let name = if temporary {
            QName {
                schema: self.temporary_schema().to_owned(),
                name: written.name.clone(),
            }
        } else {
            self.place(&written)?
        };
        // With `if not exists` whatever has the name stays; without it, the statement fails or the table was dropped by
        // something that was not understood.
        let doubtful = keep && self.held(&name) == Held::Perhaps;
        if !self.makes(&name, keep)? {
            return Some(());
        }
        if temporary && let Some(hidden) = self.find(&written) {
            let what = "a temporary table of the same name, which later statements may mean".to_owned();
            self.poison_relation(&hidden, what);
        }
        let created = self.define_table(&mut cursor, &name);
        if created.is_none() {
            self.add_opaque(name, "a table whose definition was not understood");
        } else if doubtful {
            let what = "`create table if not exists`, where something may have had the name".to_owned();
            self.poison_relation(&name, what);
        }
        created
    }

    /// Registers a relation that holds rows and is not understood.
    pub(super) fn add_opaque(&mut self, name: QName, what: &str) {
        let relation = Relation::Opaque {
            origin: self.origin(),
            what: what.to_owned(),
        };
        self.catalog.relations.insert(name, relation);
    }

    fn define_table(&mut self, cursor: &mut Cursor<'_>, name: &QName) -> Option<()> {
        if cursor.eat("partition of") {
            return self.create_partition(cursor, name);
        }
        let group = cursor.group();
        if !cursor.clone().up_to("as").done() {
            self.add_opaque(
                name.clone(),
                "a table made by `create table .. as`, whose columns are not known",
            );
            return Some(());
        }
        let members = group?
            .members()
            .into_iter()
            .map(|cursor| member(cursor, false))
            .collect::<Option<Vec<_>>>()?;
        let mut table = new_table(name.clone(), self.origin());
        let parents = if cursor.eat("inherits") {
            Some(cursor.group()?)
        } else {
            None
        };
        let partitioned = cursor.is("partition by");
        self.table_options(cursor, &mut table)?;

        let mut constraints = Vec::new();
        for parent in parents.iter().flat_map(Cursor::members) {
            let parent = self.find(&parent.clone().name()?)?;
            self.inherit_columns(&mut table, &parent)?;
            self.has_families = true;
            table.parents.push(parent);
        }
        let mut sequences = Vec::new();
        let mut descending = false;
        for member in members {
            match member {
                Member::Column(column) | Member::Options(column) => {
                    let column = *column;
                    descending |= column.descending;
                    if column.declared.serial || (column.identity && self.dialect() == Dialect::Postgres) {
                        sequences.push(column.name.clone());
                    }
                    constraints.extend(column.constraints.iter().cloned());
                    self.push_column(&mut table, column)?;
                }
                Member::Constraint(constraint) => constraints.push(constraint),
                Member::Like(source, options) => {
                    constraints.extend(self.like(&mut table, &source, &options)?);
                }
            }
        }
        self.catalog
            .relations
            .insert(name.clone(), Relation::Table(table));
        if partitioned {
            self.partitioned.insert(name.clone());
        }
        for column in sequences {
            self.add_owned_sequence(name, &column);
        }
        // PostgreSQL names the primary key first, then the rest in order.
        constraints.sort_by_key(|constraint| !is_primary(constraint));
        if self.dialect() == Dialect::Postgres {
            constraints = without_repeats(constraints);
        }
        for constraint in constraints {
            self.add_constraint(name, constraint, true)?;
        }
        self.mark_primary_key(name, descending);
        Some(())
    }

    fn table_options(&self, cursor: &mut Cursor<'_>, table: &mut Table) -> Option<()> {
        while !cursor.done() {
            if self.dialect() == Dialect::Sqlite {
                if cursor.eat("without rowid") {
                    table.without_rowid = true;
                } else {
                    cursor.expect("strict")?;
                    table.strict = true;
                }
                cursor.eat_symbol(",");
            } else if cursor
                .eat_any(&["partition by range", "partition by list", "partition by hash"])
                .is_some()
            {
                let key = cursor.group()?;
                // Every insert computes it.
                let computed = key
                    .members()
                    .into_iter()
                    .filter_map(|member| self.evaluated(&member))
                    .map(|text| Check::new(text, self.origin()));
                table.checks.extend(computed);
            } else if cursor.eat("with") {
                cursor.group()?;
            } else if cursor.eat_any(&["using", "tablespace"]).is_some() {
                cursor.identifier()?;
            } else {
                cursor.eat_any(&[
                    "without oids",
                    "on commit preserve rows",
                    "on commit delete rows",
                    "on commit drop",
                ])?;
            }
        }
        Some(())
    }

    /// The catalog's column for a definition.
    pub(super) fn column(&self, def: ColumnDef, table: &QName) -> Column {
        let default = if def.declared.serial {
            let name = self.object_name(&table.schema, &table.name, Some(&def.name), "seq");
            let sequence = QName {
                schema: table.schema.clone(),
                name,
            };
            Some(format!(
                "nextval('{}'::regclass)",
                sequence.to_string().replace('\'', "''")
            ))
        } else {
            def.default
        };
        let numbered = def.declared.serial
            || default
                .as_deref()
                .is_some_and(|default| self.takes_next_number(default));
        Column {
            name: def.name,
            ty: self.resolve_type(def.declared.ty),
            not_null: def.not_null || def.declared.serial,
            default,
            generated: def.generated,
            identity: def.identity || numbered,
            collation: def.collation.map(|collation| self.resolve_collation(collation)),
            invisible: false,
            changes_with_others: false,
            not_null_on_conflict: def.not_null_on_conflict,
            origin: self.origin_at(def.offset),
        }
    }

    /// True for a default that takes the next number of a sequence, and does no more.
    pub(super) fn takes_next_number(&self, default: &str) -> bool {
        takes_next_number(default, self.catalog.functions.contains_key("nextval"))
    }

    /// `public.c` is the user's collation `c`, unless PostgreSQL has one of that name too.
    pub(super) fn resolve_collation(&self, written: String) -> String {
        let own = written
            .strip_prefix("public.")
            .filter(|name| self.catalog.collations.contains_key(*name));
        let own = own.filter(|name| !matches!(*name, "C" | "POSIX" | "default" | "ucs_basic"));
        own.map(str::to_owned).unwrap_or(written)
    }

    /// A user's type under another search path gets its schema.
    pub(super) fn resolve_type(&self, ty: SqlType) -> SqlType {
        if super::types::is_builtin(&ty.name) || ty.name.contains('.') {
            return ty;
        }
        let written = Name {
            schema: None,
            name: ty.name.clone(),
        };
        let found = self
            .candidates(&written)
            .into_iter()
            .find(|name| self.catalog.types.contains_key(name));
        match found.filter(|found| !matches!(found.schema.as_str(), "public" | "")) {
            Some(found) => SqlType {
                name: format!("{}.{}", found.schema, found.name),
                ..ty
            },
            None => ty,
        }
    }

    fn push_column(&mut self, table: &mut Table, def: ColumnDef) -> Option<()> {
        let column = self.column(def, &table.name);
        match table.columns.iter_mut().find(|other| other.name == column.name) {
            // A child may repeat an inherited column; a second definition of the same column is an error.
            Some(inherited) if !table.parents.is_empty() && inherited.ty == column.ty => {
                inherited.not_null |= column.not_null;
                inherited.identity = column.identity || (inherited.identity && column.default.is_none());
                inherited.default = column.default.or_else(|| inherited.default.take());
                inherited.generated = column.generated.or_else(|| inherited.generated.take());
                self.own_columns.insert((table.name.clone(), column.name));
            }
            Some(_) => return None,
            None => table.columns.push(column),
        }
        Some(())
    }

    fn inherit_columns(&self, table: &mut Table, parent: &QName) -> Option<()> {
        let parent = self.table(parent)?;
        table.checks.extend(parent.checks.iter().cloned());
        for column in &parent.columns {
            match table.columns.iter_mut().find(|other| other.name == column.name) {
                Some(other) => other.not_null |= column.not_null,
                None => table.columns.push(Column {
                    identity: false,
                    ..column.clone()
                }),
            }
        }
        Some(())
    }

    fn create_partition(&mut self, cursor: &mut Cursor<'_>, name: &QName) -> Option<()> {
        let parent = self.find(&cursor.name()?)?;
        let mut table = new_table(name.clone(), self.origin());
        table.columns.clone_from(&self.table(&parent)?.columns);
        let mut constraints = Vec::new();
        if let Some(group) = cursor.group() {
            for part in group.members() {
                match member(part, true)? {
                    Member::Constraint(constraint) => constraints.push(constraint),
                    Member::Options(def) | Member::Column(def) => {
                        constraints.extend(def.constraints);
                        let column = table.columns.iter_mut().find(|column| column.name == def.name)?;
                        column.not_null |= def.not_null;
                        if let Some(default) = def.default {
                            column.identity = self.takes_next_number(&default);
                            column.default = Some(default);
                        }
                        if let Some(generated) = def.generated {
                            column.generated = Some(generated);
                        }
                    }
                    Member::Like(..) => return None,
                }
            }
        }
        let partitioned = partition_bound(cursor)?;
        self.table_options(cursor, &mut table)?;
        self.catalog
            .relations
            .insert(name.clone(), Relation::Table(table));
        if partitioned {
            self.partitioned.insert(name.clone());
        }
        constraints.sort_by_key(|constraint| !is_primary(constraint));
        for constraint in without_repeats(constraints) {
            self.add_constraint(name, constraint, true)?;
        }
        self.attach_partition(&parent, name)
    }

    /// `like source including ..`: the columns, and the keys as constraints of the new table.
    fn like(
        &self,
        table: &mut Table,
        source: &Name,
        options: &[(bool, String)],
    ) -> Option<Vec<ConstraintDef>> {
        let source = self.table(&self.find(source)?)?;
        let including = |what: &str| {
            let said = options
                .iter()
                .rev()
                .find(|(_, option)| option == what || option == "all");
            said.is_some_and(|(including, _)| *including)
        };
        for column in &source.columns {
            table.columns.push(Column {
                default: column.default.clone().filter(|_| including("defaults")),
                generated: column.generated.clone().filter(|_| including("generated")),
                identity: if column.default.is_some() {
                    column.identity && including("defaults")
                } else {
                    column.identity && including("identity")
                },
                origin: self.origin(),
                ..column.clone()
            });
        }
        if including("constraints") {
            table.checks.extend(source.checks.iter().cloned());
        }
        if !including("indexes") {
            return Some(Vec::new());
        }
        let plain = self
            .plain_indexes
            .values()
            .filter(|index| index.table == source.name);
        table
            .checks
            .extend(plain.flat_map(|index| self.evaluated_by_index(index)));
        let keys = source.keys.iter().map(|key| ConstraintDef {
            name: None,
            body: ConstraintBody::Key {
                kind: key.kind,
                parts: key
                    .parts
                    .iter()
                    .filter_map(|part| part_def(part, source))
                    .collect(),
                included: column_names(source, &key.included),
                nulls_equal: false,
                predicate: key.predicate.clone(),
                constraint: key.constraint,
            },
            deferrable: key.deferrable,
            validated: true,
            on_conflict: None,
            offset: self.file.statement,
        });
        Some(keys.collect())
    }

    /// SQLite: a primary key of one `integer` column is the rowid, unless the column says `primary key desc`.
    fn mark_primary_key(&mut self, name: &QName, descending: bool) {
        let Dialect::Sqlite = self.dialect() else { return };
        let Some(table) = self.table_mut(name) else { return };
        let primary = table
            .keys
            .iter()
            .find(|key| key.kind == KeyKind::Primary)
            .map(|key| key.parts.clone());
        let columns: Vec<usize> = primary.iter().flatten().filter_map(plain_column).collect();
        let (implied, without_rowid) = (table.without_rowid || table.strict, table.without_rowid);
        for &index in &columns {
            let Some(column) = table.columns.get_mut(index) else {
                continue;
            };
            let alias = columns.len() == 1
                && !without_rowid
                && !descending
                && column.ty.name == "integer"
                && column.ty.modifiers.is_empty();
            column.identity |= alias;
            column.not_null |= implied || alias;
        }
    }
}

/// True for a default that is one call of `nextval`: what `serial` means, and how dumps write it. A `nextval` of the
/// project's own may be the one that is meant, unless the schema is written.
fn takes_next_number(default: &str, own: bool) -> bool {
    let call = default.to_ascii_lowercase();
    let (call, own) = match call.strip_prefix("pg_catalog.") {
        Some(call) => (call, false),
        None => (call.as_str(), own),
    };
    if own {
        return false;
    }
    let Some(argument) = call
        .strip_prefix("nextval('")
        .and_then(|rest| rest.strip_suffix(')'))
    else {
        return false;
    };
    let literal = argument
        .strip_suffix("::regclass")
        .or(argument.strip_suffix("::text"))
        .unwrap_or(argument);
    literal
        .strip_suffix('\'')
        .is_some_and(|name| !name.contains('\''))
}

/// `unique primary key` is one index: of equal keys in one statement PostgreSQL makes the first, under the first name that
/// is written.
pub(super) fn without_repeats(constraints: Vec<ConstraintDef>) -> Vec<ConstraintDef> {
    let mut kept: Vec<ConstraintDef> = Vec::new();
    for constraint in constraints {
        match kept.iter_mut().find(|first| first.makes_same_index(&constraint)) {
            Some(first) => first.name = first.name.take().or(constraint.name),
            None => kept.push(constraint),
        }
    }
    kept
}

/// True for a primary key.
pub(super) fn is_primary(constraint: &ConstraintDef) -> bool {
    matches!(
        constraint.body,
        ConstraintBody::Key {
            kind: KeyKind::Primary,
            ..
        }
    )
}

fn part_def(part: &KeyPart, table: &Table) -> Option<PartDef> {
    match part {
        KeyPart::Column(index) => Some(PartDef::Column(table.columns.get(*index)?.name.clone())),
        KeyPart::Expression(text) => Some(PartDef::Expression(text.clone())),
    }
}

/// A table of which nothing is said but its name.
pub(super) fn new_table(name: QName, origin: Origin) -> Table {
    Table {
        name,
        origin,
        columns: Vec::new(),
        keys: Vec::new(),
        foreign_keys: Vec::new(),
        triggers: Vec::new(),
        rules: Vec::new(),
        checks: Vec::new(),
        parents: Vec::new(),
        without_rowid: false,
        strict: false,
        security: RowSecurity::default(),
        ownership: Ownership::Unclassified { reason: None },
        poison: Vec::new(),
        declared: false,
    }
}

/// `for values ..` or `default`, and whether the partition is partitioned itself.
pub(super) fn partition_bound(cursor: &mut Cursor<'_>) -> Option<bool> {
    if !cursor.eat("default") {
        cursor.expect("for values")?;
        if cursor.eat("in") || cursor.eat("with") {
            cursor.group()?;
        } else {
            cursor.expect("from")?;
            cursor.group()?;
            cursor.expect("to")?;
            cursor.group()?;
        }
    }
    Some(cursor.is("partition by"))
}

fn member(mut cursor: Cursor<'_>, options: bool) -> Option<Member> {
    if is_table_constraint(&cursor) {
        return Some(Member::Constraint(parse_constraint(&mut cursor)?));
    }
    if cursor.dialect() == Dialect::Postgres && cursor.eat("like") {
        let source = cursor.name()?;
        let mut said = Vec::new();
        while !cursor.done() {
            let including = cursor.eat_any(&["including", "excluding"])? == "including";
            said.push((including, cursor.identifier()?));
        }
        return Some(Member::Like(source, said));
    }
    if !options {
        return Some(Member::Column(Box::new(parse_column(&mut cursor)?)));
    }
    let offset = cursor.offset();
    let name = cursor.identifier()?;
    cursor.eat("with options");
    let mut column = blank(name, offset);
    column_constraints(&mut cursor, &mut column)?;
    Some(Member::Options(Box::new(column)))
}
