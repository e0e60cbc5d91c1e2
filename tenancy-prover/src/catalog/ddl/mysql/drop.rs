//! `drop` and `rename`.

use super::super::Reader;
use super::super::cursor::Cursor;
use crate::catalog::{QName, Relation};

impl Reader {
    /// `drop ..`, from that word on.
    pub(super) fn mysql_drop(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("drop")?;
        let temporary = cursor.eat("temporary");
        if let Some(kind) = cursor.eat_any(&["tables", "table", "view", "sequence"]) {
            return self.mysql_drop_relations(cursor, kind, temporary);
        }
        if cursor.eat("index") {
            cursor.eat("if exists");
            let index = cursor.identifier()?;
            cursor.expect("on")?;
            let table = self.mysql_table(&mut cursor)?;
            return self.mysql_drop_index(&table, &index);
        }
        if cursor.eat("trigger") {
            return self.mysql_drop_trigger(cursor);
        }
        if cursor.eat_any(&["function", "procedure"]).is_some() {
            return self.mysql_drop_routine(cursor);
        }
        if cursor.eat_any(&["database", "schema"]).is_some() {
            self.poison_all("`drop database`, which may be the one that holds everything".to_owned());
            return Some(());
        }
        cursor
            .eat_any(&[
                "event",
                "user",
                "role",
                "server",
                "tablespace",
                "undo tablespace",
                "logfile group",
                "resource group",
                "spatial reference system",
                "prepare",
            ])
            .map(|_| ())
    }

    fn mysql_drop_relations(&mut self, mut cursor: Cursor<'_>, kind: &str, temporary: bool) -> Option<()> {
        let optional = cursor.eat("if exists");
        for mut member in cursor.members() {
            let spelled = member.spelled();
            let name = self.mysql_name(&mut member)?;
            if self
                .mysql
                .tables
                .get(&name)
                .is_some_and(|extra| extra.spelling != spelled)
            {
                // Another one, or none, where the case of a table's name counts.
                return None;
            }
            member.cascade();
            if member.eat("wait") {
                member.number()?;
            }
            member.eat("nowait");
            member.cascade();
            member.end()?;
            let hidden = QName {
                schema: self.temporary_schema().to_owned(),
                name: name.name.clone(),
            };
            if self.catalog.relations.remove(&hidden).is_some() || temporary {
                if !temporary {
                    let what = "a drop that may have meant a temporary table of the same name".to_owned();
                    self.poison_relation(&name, what);
                }
                continue;
            }
            match self.catalog.relations.get(&name) {
                Some(relation) if kind_of(relation).contains(&kind) => {
                    self.mysql_drop_table(&name);
                }
                // What is something else stays.
                Some(_) | None if optional => {}
                Some(_) | None => return None,
            }
        }
        Some(())
    }

    /// Takes a table or view away. Foreign keys to it stay: with their checks switched off they mean what comes next
    /// under that name, and rows may be left without a parent.
    pub(super) fn mysql_drop_table(&mut self, name: &QName) {
        self.catalog.relations.remove(name);
        self.view_mentions.remove(name);
        self.mysql.tables.remove(name);
        self.free_name(name);
        self.mysql_columns_changed(name, None, None);
        self.distrust_foreign_keys(|table, key| key.parent == *name && table.name != *name);
    }

    /// Takes an index away, be it a key or not.
    pub(super) fn mysql_drop_index(&mut self, table: &QName, index: &str) -> Option<()> {
        if self.mysql_is_ambiguous(table, index) {
            return None;
        }
        if self.mysql_extra(table).indexes.remove(index).is_some() {
            return Some(());
        }
        let keys = &mut self.table_mut(table)?.keys;
        if let Some(at) = keys.iter().position(|key| key.name.as_deref() == Some(index)) {
            keys.remove(at);
            return Some(());
        }
        // The index of a foreign key, under that one's name or its first column's, is not modelled.
        let foreign = &self.table(table)?.foreign_keys;
        let implied = |name: &Option<String>| name.as_deref() == Some(index);
        (foreign.iter().any(|key| implied(&key.name)) || !foreign.is_empty()).then_some(())
    }

    /// `rename table a to b, ..`, from the first word on.
    pub(super) fn mysql_rename(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("rename")?;
        if cursor.eat("user") {
            return Some(());
        }
        cursor.eat_any(&["tables", "table"])?;
        cursor.eat("if exists");
        for mut member in cursor.members() {
            let old = self.mysql_name(&mut member)?;
            if member.eat("wait") {
                member.number()?;
            }
            member.eat("nowait");
            member.expect("to")?;
            self.mysql_rename_to(&old, &mut member)?;
            member.end()?;
        }
        Some(())
    }

    /// Gives a table or view the name at the cursor.
    pub(super) fn mysql_rename_to(&mut self, old: &QName, cursor: &mut Cursor<'_>) -> Option<()> {
        let spelling = cursor.spelled();
        let new = self.mysql_name(cursor)?;
        if self.mysql_is_hidden(old) {
            // The temporary one, if its connection is still there.
            let what = "a temporary table of the same name, which later statements may mean".to_owned();
            for name in [old, &new] {
                self.poison_relation(name, what.clone());
            }
            let hidden = QName {
                schema: self.temporary_schema().to_owned(),
                name: new.name,
            };
            self.add_opaque(hidden, "a temporary table");
            return None;
        }
        if new == *old || self.mysql_is_hidden(&new) {
            return None;
        }
        if self.catalog.relations.contains_key(&new) || !self.catalog.relations.contains_key(old) {
            return None;
        }
        let mut relation = self.catalog.relations.remove(old)?;
        match &mut relation {
            Relation::Table(table) => {
                // The names that the server made up follow.
                let (from, to) = (format!("{}_ibfk_", old.name), format!("{}_ibfk_", new.name));
                for key in &mut table.foreign_keys {
                    if let Some(number) = key.name.as_deref().and_then(|name| name.strip_prefix(&from)) {
                        key.name = Some(format!("{to}{number}"));
                    }
                }
                table.name = new.clone();
            }
            Relation::View(view) => view.name = new.clone(),
            Relation::Opaque { .. } => {}
        }
        self.catalog.relations.insert(new.clone(), relation);
        for key in self.tables_mut().flat_map(|table| &mut table.foreign_keys) {
            if key.parent == *old {
                key.parent = new.clone();
            }
        }
        if self.mysql.unchecked {
            let what =
                "a rename while foreign keys are not checked: what references it may mean another table";
            self.distrust_foreign_keys(|_, key| key.parent == new);
            self.poison_relation(&new, what.to_owned());
        }
        if let Some(mentions) = self.view_mentions.remove(old) {
            self.view_mentions.insert(new.clone(), mentions);
        }
        let mut extra = self.mysql.tables.remove(old).unwrap_or_default();
        extra.spelling = spelling;
        self.mysql.tables.insert(new.clone(), extra);
        // A view looks its tables up by name.
        self.mysql_columns_changed(old, None, None);
        self.mysql_columns_changed(&new, None, None);
        Some(())
    }
}

/// What `drop` must call it. A table that is not understood is dropped like one.
fn kind_of(relation: &Relation) -> &'static [&'static str] {
    match relation {
        Relation::Table(_) => &["table", "tables"],
        Relation::View(_) => &["view"],
        Relation::Opaque { origin: _, what } if what == "a sequence" => &["sequence", "table", "tables"],
        Relation::Opaque { origin: _, what: _ } => &["table", "tables"],
    }
}
