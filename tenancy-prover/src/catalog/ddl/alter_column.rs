//! Columns that come, go and change; partitions and inheritance children follow their parent.

use super::Reader;
use super::column::{collation, parse_column};
use super::cursor::Cursor;
use super::table::takes_next_number;
use super::types;
use crate::Dialect;
use crate::catalog::{Column, KeyPart, QName, Table};

impl Reader {
    /// `add column`, behind these words.
    pub(super) fn add_column(&mut self, name: &QName, cursor: &mut Cursor<'_>, only: bool) -> Option<()> {
        let keep = cursor.eat("if not exists");
        let def = parse_column(cursor)?;
        if self
            .table(name)?
            .columns
            .iter()
            .any(|column| column.name == def.name)
        {
            return keep.then_some(());
        }
        if def.declared.serial || (def.identity && self.dialect() == Dialect::Postgres) {
            self.add_owned_sequence(name, &def.name);
        }
        let constraints = def.constraints.clone();
        let column = self.column(def, name);
        self.capture_in_views(name, &column.name);
        for child in if only { Vec::new() } else { self.descendants(name) } {
            let table = self.table_mut(&child)?;
            if !table.columns.iter().any(|other| other.name == column.name) {
                table.columns.push(column.clone());
            }
        }
        self.table_mut(name)?.columns.push(column);
        for constraint in constraints {
            self.add_constraint(name, constraint, true)?;
        }
        Some(())
    }

    /// PostgreSQL fixes what a view's names and stars mean when the view is made; read again after a column came, its
    /// text could mean something else.
    pub(super) fn capture_in_views(&mut self, table: &QName, column: &str) {
        if self.dialect() != Dialect::Postgres {
            return;
        }
        let what = format!(
            "column `{column}` of `{}` came after the view: its text may mean something else now, create it again",
            table.name
        );
        self.poison_views_where(&table.name, &what, |query| {
            super::view::would_capture(query, column)
        });
    }

    /// `drop column`.
    pub(super) fn drop_column(
        &mut self,
        name: &QName,
        column: &str,
        optional: bool,
        only: bool,
        cascade: bool,
    ) -> Option<()> {
        if !self.table(name)?.columns.iter().any(|other| other.name == column) {
            return optional.then_some(());
        }
        self.remove_column(name, column, only);
        if cascade {
            let what = format!("column `{column}` of `{}` was dropped with `cascade`", name.name);
            self.poison_views_of(&name.name, &what);
        }
        Some(())
    }

    /// Takes a column from a table, and from the children that have it only because of this parent.
    fn remove_column(&mut self, name: &QName, column: &str, only: bool) {
        let Some(table) = self.table_mut(name) else { return };
        let Some(index) = table.columns.iter().position(|other| other.name == column) else {
            return;
        };
        remove_from(table, index);
        for other in self.tables_mut() {
            other.foreign_keys.retain(|key| {
                key.parent != *name || !key.parent_columns.iter().any(|referenced| referenced == column)
            });
        }
        for child in if only { Vec::new() } else { self.children(name) } {
            let own = self.own_columns.contains(&(child.clone(), column.to_owned()));
            let elsewhere = self
                .table(&child)
                .into_iter()
                .flat_map(|table| &table.parents)
                .any(|parent| {
                    self.table(parent)
                        .is_some_and(|parent| parent.column_index(column).is_some())
                });
            if !own && !elsewhere {
                self.remove_column(&child, column, false);
            }
        }
    }

    /// `alter [column]`, behind these words.
    pub(super) fn alter_column(&mut self, name: &QName, cursor: &mut Cursor<'_>, only: bool) -> Option<()> {
        let column = cursor.identifier()?;
        let origin = self.origin_at(cursor.offset());
        self.table(name)?
            .columns
            .iter()
            .find(|other| other.name == column)?;
        let mut tables = if only { Vec::new() } else { self.descendants(name) };
        tables.push(name.clone());
        let change = self.column_change(cursor)?;
        cursor.end()?;
        if let Change::Identity = change {
            self.add_owned_sequence(name, &column);
        }
        if let Change::NoIdentity = change {
            self.drop_owned_sequence(name, &column);
        }
        for table in tables {
            let Some(table) = self.table_mut(&table) else {
                continue;
            };
            let Some(column) = table.columns.iter_mut().find(|other| other.name == column) else {
                continue;
            };
            column.origin = origin.clone();
            change.apply(column);
        }
        Some(())
    }

    fn column_change(&self, cursor: &mut Cursor<'_>) -> Option<Change> {
        let text = |cursor: &mut Cursor<'_>| {
            let expression = cursor.until(|_| false);
            Some(expression.source_text().to_owned()).filter(|text| !text.is_empty())
        };
        if cursor.eat("set data type") || cursor.eat("type") {
            let ty = self.resolve_type(types::parse(cursor)?.ty);
            let collation = if cursor.eat("collate") {
                Some(self.resolve_collation(collation(cursor)?))
            } else {
                None
            };
            if cursor.eat("using") {
                text(cursor)?;
            }
            return Some(Change::Type(ty, collation));
        }
        if cursor.eat("set default") {
            return Some(Change::Default(Some(text(cursor)?)));
        }
        if cursor.eat("set expression as") {
            return Some(Change::Generated(Some(cursor.group()?.source_text().to_owned())));
        }
        if cursor.eat("drop default") {
            return Some(Change::Default(None));
        }
        if cursor.eat("drop expression") {
            cursor.eat("if exists");
            return Some(Change::Generated(None));
        }
        if cursor.eat("set not null") {
            return Some(Change::NotNull(true));
        }
        if cursor.eat("drop not null") {
            return Some(Change::NotNull(false));
        }
        if cursor.eat("drop identity") {
            cursor.eat("if exists");
            return Some(Change::NoIdentity);
        }
        if cursor
            .eat_any(&[
                "add generated always as identity",
                "add generated by default as identity",
            ])
            .is_some()
        {
            cursor.group();
            return Some(Change::Identity);
        }
        // How values are stored, how they are estimated, where a sequence stands.
        cursor.eat_any(&[
            "set statistics",
            "set storage",
            "set compression",
            "set generated",
            "set increment",
            "set minvalue",
            "set maxvalue",
            "set start",
            "set restart",
            "set cache",
            "set cycle",
            "set no",
            "restart",
            "set",
            "reset",
        ])?;
        cursor.until(|_| false);
        Some(Change::Nothing)
    }
}

enum Change {
    Type(crate::catalog::SqlType, Option<String>),
    Default(Option<String>),
    Generated(Option<String>),
    NotNull(bool),
    Identity,
    NoIdentity,
    Nothing,
}

impl Change {
    fn apply(&self, column: &mut Column) {
        match self {
            Self::Type(ty, collation) => {
                column.ty = ty.clone();
                column.collation.clone_from(collation);
            }
            Self::Default(default) => {
                column.default.clone_from(default);
                column.identity = default.as_deref().is_some_and(takes_next_number);
            }
            Self::Generated(generated) => column.generated.clone_from(generated),
            Self::NotNull(not_null) => column.not_null = *not_null,
            Self::Identity => {
                column.identity = true;
                column.not_null = true;
            }
            Self::NoIdentity => column.identity = false,
            Self::Nothing => {}
        }
    }
}

/// Takes a column out, and every key and foreign key that it belongs to.
fn remove_from(table: &mut Table, index: usize) {
    let column = table.columns.remove(index).name;
    let gone = |part: &KeyPart| match part {
        KeyPart::Column(other) => *other == index,
        KeyPart::Expression(text) => super::mention::Mentions::of(text).name(&column),
    };
    let moved = |other: usize| if other > index { other - 1 } else { other };
    table.keys.retain(|key| {
        let in_predicate = key
            .predicate
            .as_ref()
            .is_some_and(|text| super::mention::Mentions::of(text).name(&column));
        !in_predicate && !key.parts.iter().any(gone) && !key.included.contains(&index)
    });
    for other in table.keys.iter_mut().flat_map(|key| &mut key.included) {
        *other = moved(*other);
    }
    for part in table.keys.iter_mut().flat_map(|key| &mut key.parts) {
        match part {
            KeyPart::Column(other) => *other = moved(*other),
            KeyPart::Expression(_) => {}
        }
    }
    table.foreign_keys.retain(|key| !key.columns.contains(&index));
    for other in table.foreign_keys.iter_mut().flat_map(|key| &mut key.columns) {
        *other = moved(*other);
    }
}
