//! Columns that come, go, move and change.

use super::super::Reader;
use super::super::column::PartDef;
use super::super::cursor::Cursor;
use super::super::mention::Mentions;
use super::collation::Text;
use super::column::Place;
use super::types::{bytes_of, is_text};
use crate::catalog::{Column, KeyKind, KeyPart, QName, Table, TriggerEffect};

impl Reader {
    /// `add [column]`, behind these words.
    pub(super) fn mysql_add_column(
        &mut self,
        name: &QName,
        action: &mut Cursor<'_>,
        keep: bool,
    ) -> Option<()> {
        let around = self.mysql_extra(name).collation.clone();
        let (mut def, place) = self.mysql_column(action, around.as_deref())?;
        let table = self.table_mut(name)?;
        if table.column_index(&def.column.name).is_some() {
            return keep.then_some(());
        }
        insert_column(table, def.column.clone(), &place)?;
        let added = def.column.name.clone();
        self.mysql_columns_changed(name, Some(&added), None);
        self.mysql_column_keys(name, &mut def)?;
        self.mysql_inline_references(name, def)
    }

    /// `modify` and `change`: the new definition of a column.
    pub(super) fn mysql_change_column(
        &mut self,
        name: &QName,
        old: &str,
        action: &mut Cursor<'_>,
    ) -> Option<()> {
        let around = self.mysql_extra(name).collation.clone();
        let (mut def, place) = self.mysql_column(action, around.as_deref())?;
        let new = def.column.name.clone();
        if new != old {
            self.mysql_rename_column(name, old, &new)?;
        }
        let table = self.table_mut(name)?;
        let index = table.column_index(&new)?;
        let primary = table
            .keys
            .iter()
            .any(|key| key.kind == KeyKind::Primary && key.parts.contains(&KeyPart::Column(index)));
        def.column.not_null |= primary;
        *table.columns.get_mut(index)? = def.column.clone();
        if place != Place::Usual {
            move_column(table, index, &place)?;
            self.mysql_columns_changed(name, None, None);
        }
        self.mysql_column_keys(name, &mut def)?;
        self.mysql_inline_references(name, def)
    }

    /// Gives a column another name.
    pub(super) fn mysql_rename_column(&mut self, name: &QName, old: &str, new: &str) -> Option<()> {
        let table = self.table_mut(name)?;
        if table.column_index(new).is_some() {
            return None;
        }
        let index = table.column_index(old)?;
        new.clone_into(&mut table.columns.get_mut(index)?.name);
        let columns = table
            .columns
            .iter()
            .flat_map(|column| [&column.generated, &column.default]);
        let checks = table.checks.iter().map(|check| &check.text);
        let parts = table.keys.iter().flat_map(|key| &key.parts);
        let parts = parts.filter_map(|part| match part {
            KeyPart::Column(_) => None,
            KeyPart::Expression(text) => Some(text),
        });
        let named = {
            let mut texts = columns.flatten().chain(checks).chain(parts);
            texts.any(|text| Mentions::of(text).name(old))
        };
        if named {
            let what = format!("column `{old}` was renamed, which expressions of the table may name");
            self.poison_relation(name, what);
        }
        for key in self.tables_mut().flat_map(|table| &mut table.foreign_keys) {
            if key.parent == *name {
                for column in key.parent_columns.iter_mut().filter(|column| *column == old) {
                    new.clone_into(column);
                }
            }
        }
        for part in self.mysql_extra(name).indexes.values_mut().flatten() {
            match part {
                PartDef::Column(column) | PartDef::Collated(column, ..) if column == old => {
                    new.clone_into(column);
                }
                PartDef::Column(_) | PartDef::Collated(..) | PartDef::Expression(_) => {}
            }
        }
        if let Some(table) = self.table_mut(name)
            && table
                .triggers
                .iter()
                .any(|trigger| trigger.effect != TriggerEffect::Unknown)
        {
            for trigger in &mut table.triggers {
                // Its text still names the old column.
                trigger.effect = TriggerEffect::Unknown;
            }
        }
        self.mysql_columns_changed(name, Some(new), Some(old));
        Some(())
    }

    /// A column goes out of every key; a key without columns goes, too.
    pub(super) fn mysql_drop_column(&mut self, name: &QName, column: &str, optional: bool) -> Option<()> {
        let table = self.table_mut(name)?;
        let Some(index) = table.column_index(column) else {
            return optional.then_some(());
        };
        if table.foreign_keys.iter().any(|key| key.columns.contains(&index)) {
            // The server refuses; with the checks switched off it may not.
            return None;
        }
        table.columns.remove(index);
        let moved = |at: usize| if at > index { at - 1 } else { at };
        for key in &mut table.keys {
            key.parts.retain(|part| match part {
                KeyPart::Column(at) => *at != index,
                KeyPart::Expression(text) => !Mentions::of(text).name(column),
            });
            for part in &mut key.parts {
                if let KeyPart::Column(at) = part {
                    *at = moved(*at);
                }
            }
        }
        table.keys.retain(|key| !key.parts.is_empty());
        for key in &mut table.foreign_keys {
            for at in &mut key.columns {
                *at = moved(*at);
            }
        }
        let indexes = &mut self.mysql_extra(name).indexes;
        for parts in indexes.values_mut() {
            parts.retain(|part| match part {
                PartDef::Column(other) | PartDef::Collated(other, ..) => other != column,
                PartDef::Expression(text) => !Mentions::of(text).name(column),
            });
        }
        indexes.retain(|_, parts| !parts.is_empty());
        self.mysql_columns_changed(name, None, Some(column));
        Some(())
    }

    /// `alter column .. set default` and `drop default`.
    pub(super) fn mysql_alter_default(&mut self, name: &QName, action: &mut Cursor<'_>) -> Option<()> {
        let column = action.identifier()?;
        let table = self.table_mut(name)?;
        let index = table.column_index(&column)?;
        let column = table.columns.get_mut(index)?;
        if action.eat("drop default") {
            column.default = None;
            return action.end();
        }
        if action.eat("set default") {
            let text = action.until(|_| false).source_text().to_owned();
            column.default = (!text.is_empty()).then_some(text);
            return Some(());
        }
        None
    }

    /// `convert to character set c [collate d]`: every text column of the table.
    pub(super) fn mysql_convert(&mut self, name: &QName, action: &mut Cursor<'_>) -> Option<()> {
        let mut text = Text::default();
        while !action.done() {
            if !text.eat(action)? {
                return None;
            }
        }
        let around = super::collation::DATABASE;
        let collation = text.collation(None).unwrap_or_else(|| around.to_owned());
        self.mysql_extra(name).collation = Some(collation.clone());
        for column in &mut self.table_mut(name)?.columns {
            if !is_text(&column.ty.name) {
                continue;
            }
            match bytes_of(&column.ty.name).filter(|_| text.is_bytes()) {
                Some(bytes) => {
                    bytes.clone_into(&mut column.ty.name);
                    column.collation = None;
                }
                None => column.collation = Some(collation.clone()),
            }
        }
        Some(())
    }
}

fn insert_column(table: &mut Table, column: Column, place: &Place) -> Option<()> {
    let from = table.columns.len();
    table.columns.push(column);
    move_column(table, from, place)
}

/// Moves a column to its place; what refers to columns by their positions follows.
fn move_column(table: &mut Table, from: usize, place: &Place) -> Option<()> {
    let mut order: Vec<usize> = (0..table.columns.len()).filter(|at| *at != from).collect();
    let to = match place {
        Place::Usual => return Some(()),
        Place::First => 0,
        Place::After(name) => {
            let after = table.column_index(name)?;
            order.iter().position(|at| *at == after)? + 1
        }
    };
    order.insert(to, from);
    let moved = |at: usize| order.iter().position(|other| *other == at).unwrap_or(at);
    for key in &mut table.keys {
        for part in &mut key.parts {
            if let KeyPart::Column(at) = part {
                *at = moved(*at);
            }
        }
    }
    for key in &mut table.foreign_keys {
        for at in &mut key.columns {
            *at = moved(*at);
        }
    }
    let mut columns = Vec::with_capacity(table.columns.len());
    for at in &order {
        columns.push(table.columns.get(*at)?.clone());
    }
    table.columns = columns;
    Some(())
}
