//! `alter`, action by action; and `create index`, which is one of them.

use super::super::Reader;
use super::super::cursor::Cursor;
use super::super::mention::Mentions;
use super::key::{TableKey, index_options, is_table_key};
use super::table::{Options, table_option};
use crate::catalog::{KeyKind, QName, Relation};

impl Reader {
    /// `alter ..`, from that word on.
    pub(super) fn mysql_alter(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("alter")?;
        cursor.eat("online");
        cursor.eat("ignore");
        if cursor.eat("table") {
            return self.mysql_alter_table(cursor);
        }
        if cursor
            .eat_any(&[
                "database",
                "schema",
                "user",
                "role",
                "server",
                "instance",
                "sequence",
                "procedure",
                "function",
                "tablespace",
                "undo tablespace",
                "logfile group",
                "resource group",
            ])
            .is_some()
        {
            // The database's default collation is never known; a routine's body does not change this way.
            return Some(());
        }
        let invoker = self.mysql_head(&mut cursor)?;
        if cursor.eat("view") {
            return self.mysql_alter_view(cursor, invoker);
        }
        cursor.expect("event")
    }

    fn mysql_alter_table(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let optional = cursor.eat("if exists");
        let name = self.mysql_name(&mut cursor)?;
        if cursor.eat("wait") {
            cursor.number()?;
        }
        cursor.eat("nowait");
        if self.mysql_is_hidden(&name) {
            let renames = |action: &Cursor<'_>| action.is("rename") && !is_part_rename(action);
            for mut action in cursor.members().into_iter().filter(renames) {
                action.expect("rename")?;
                action.eat_any(&["to", "as"]);
                action.eat_symbol("=");
                self.mysql_rename_to(&name, &mut action)?;
            }
            return None;
        }
        match self.catalog.relations.get(&name) {
            Some(Relation::Table(_)) => {}
            Some(Relation::Opaque { .. }) => {
                return (!Mentions::of_statement(&cursor).name("foreign")).then_some(());
            }
            Some(Relation::View(_)) => return None,
            None => return optional.then_some(()),
        }
        // The server's order: what goes, what changes, what comes, then the keys.
        let mut actions = cursor.members();
        // What is there is asked of the table as it was, not as other actions leave it.
        let conditional = |action: &Cursor<'_>| !action.clone().up_to("if").done();
        let kind = actions.first()?.word();
        let alike = actions.iter().all(|action| action.word() == kind);
        if actions.iter().any(conditional) && !alike {
            return None;
        }
        // Whether the other actions go by the old default or by the new one is the server's affair.
        if actions.len() > 1 && actions.iter().any(sets_default_text) {
            return None;
        }
        let drops_constraint =
            |action: &Cursor<'_>| action.is("drop foreign key") || action.is("drop constraint");
        if actions.iter().any(drops_constraint) && actions.iter().any(adds_foreign_key) {
            // The server counts those that go when it numbers those that come.
            self.mysql_extra(&name).numbers_unknown = true;
        }
        let dropped = column_names(&actions, "drop");
        let added = column_names(&actions, "add");
        if added.iter().any(|column| dropped.contains(column)) {
            // Keys of the column that goes keep the one that comes under its name.
            return None;
        }
        actions.sort_by_key(pass);
        for action in &mut actions {
            self.mysql_action(&name, action)?;
        }
        let renames = actions
            .iter()
            .find(|action| action.is("rename") && !is_part_rename(action));
        if let Some(action) = renames {
            let mut action = action.clone();
            action.expect("rename")?;
            action.eat_any(&["to", "as"]);
            action.eat_symbol("=");
            self.mysql_rename_to(&name, &mut action)?;
            action.end()?;
        }
        Some(())
    }

    fn mysql_action(&mut self, name: &QName, action: &mut Cursor<'_>) -> Option<()> {
        if action.eat("add") {
            return self.mysql_add(name, action);
        }
        if action.eat("drop") {
            return self.mysql_drop_part(name, action);
        }
        if action.eat("modify") {
            action.eat("column");
            action.eat("if exists");
            let old = action.clone().identifier()?;
            return self.mysql_change_column(name, &old, action);
        }
        if action.eat("change") {
            action.eat("column");
            action.eat("if exists");
            let old = action.identifier()?;
            return self.mysql_change_column(name, &old, action);
        }
        if action.eat("rename column") {
            action.eat("if exists");
            let old = action.identifier()?;
            action.expect("to")?;
            let new = action.identifier()?;
            action.end()?;
            return self.mysql_rename_column(name, &old, &new);
        }
        if action.eat_any(&["rename index", "rename key"]).is_some() {
            action.eat("if exists");
            let old = action.identifier()?;
            action.expect("to")?;
            let new = action.identifier()?;
            action.end()?;
            return self.mysql_rename_index(name, &old, new);
        }
        if action.is("rename") {
            // The whole table's: done last.
            return Some(());
        }
        if action.eat_any(&["alter index", "alter key"]).is_some() {
            action.eat("if exists");
            action.identifier()?;
            return action
                .eat_any(&["visible", "invisible", "ignored", "not ignored"])
                .map(|_| ());
        }
        if action.eat_any(&["alter check", "alter constraint"]).is_some() {
            action.identifier()?;
            return action.eat_any(&["not enforced", "enforced"]).map(|_| ());
        }
        if action.eat("alter") {
            action.eat("column");
            return self.mysql_alter_default(name, action);
        }
        if action.eat("convert to") {
            return self.mysql_convert(name, action);
        }
        if action.eat("order by") {
            return Some(());
        }
        if action
            .eat_any(&[
                "enable keys",
                "disable keys",
                "force",
                "with validation",
                "without validation",
                "remove partitioning",
                "truncate partition",
                "coalesce partition",
                "reorganize partition",
                "analyze partition",
                "check partition",
                "optimize partition",
                "rebuild partition",
                "repair partition",
            ])
            .is_some()
        {
            return Some(());
        }
        if action.eat_any(&["algorithm", "lock"]).is_some() {
            action.eat_symbol("=");
            action.identifier()?;
            return action.end();
        }
        if action.eat("partition by") && !action.is("system_time") {
            return Some(());
        }
        self.mysql_alter_options(name, action)
    }

    fn mysql_alter_options(&mut self, name: &QName, action: &mut Cursor<'_>) -> Option<()> {
        let mut options = Options::default();
        while !action.done() {
            if action.eat("partition by") {
                return (!action.is("system_time")).then_some(());
            }
            table_option(action, &mut options)?;
        }
        if options.engine.is_some_and(|engine| engine != "innodb") {
            self.mysql_extra(name).keyless = true;
        }
        let around = self.mysql_extra(name).collation.clone();
        if let Some(collation) = options.text.collation(around.as_deref()) {
            self.mysql_extra(name).collation = Some(collation);
        }
        Some(())
    }

    fn mysql_add(&mut self, name: &QName, action: &mut Cursor<'_>) -> Option<()> {
        let origin = self.origin_at(action.offset());
        if is_table_key(action) {
            let keep = !action.clone().up_to("if").done();
            let key = self.mysql_table_key(action)?;
            if keep && self.mysql_may_be_there(name, &key) {
                return None;
            }
            let foreign = matches!(key, TableKey::Foreign(..));
            if let TableKey::Key(_, Some(index), _) | TableKey::Index(Some(index), _) = &key
                && keep
                && self.mysql_has_index(name, index)
            {
                return Some(());
            }
            self.mysql_add_key(name, key, origin)?;
            if foreign && self.mysql.unchecked {
                let added = self.table_mut(name)?.foreign_keys.last_mut()?;
                added.distrusted = true;
                added.validated = false;
            }
            return Some(());
        }
        if action.eat("partition") {
            return Some(());
        }
        if action.is("system versioning") || action.is("period for") {
            return None;
        }
        action.eat("column");
        let keep = action.eat("if not exists");
        if let Some(group) = action.group() {
            action.end()?;
            for mut member in group.members() {
                self.mysql_add_column(name, &mut member, keep)?;
            }
            return Some(());
        }
        self.mysql_add_column(name, action, keep)
    }

    fn mysql_rename_index(&mut self, name: &QName, old: &str, new: String) -> Option<()> {
        if self.mysql_has_index(name, &new) || self.mysql_is_ambiguous(name, old) {
            return None;
        }
        if let Some(parts) = self.mysql_extra(name).indexes.remove(old) {
            self.mysql_extra(name).indexes.insert(new, parts);
            return Some(());
        }
        let keys = &mut self.table_mut(name)?.keys;
        let key = keys.iter_mut().find(|key| key.name.as_deref() == Some(old))?;
        key.name = Some(new);
        Some(())
    }

    fn mysql_drop_part(&mut self, name: &QName, action: &mut Cursor<'_>) -> Option<()> {
        if action.eat("primary key") {
            action.end()?;
            return self.mysql_drop_index(name, "primary");
        }
        if action.eat("foreign key") {
            let optional = action.eat("if exists");
            let key = action.identifier()?;
            action.end()?;
            return self.mysql_drop_foreign_key(name, &key, optional);
        }
        if action.eat_any(&["index", "key"]).is_some() {
            let optional = action.eat("if exists");
            let index = action.identifier()?;
            action.end()?;
            let found = self.mysql_drop_index(name, &index);
            return if optional { Some(()) } else { found };
        }
        if action.eat("check") {
            action.identifier()?;
            return action.end();
        }
        if action.eat("constraint") {
            action.eat("if exists");
            let constraint = action.identifier()?;
            action.end()?;
            let table = self.table(name)?;
            let named = |other: &Option<String>| other.as_deref() == Some(constraint.as_str());
            let foreign = table.foreign_keys.iter().any(|key| named(&key.name));
            if table.keys.iter().any(|key| named(&key.name)) {
                if foreign || !table.checks.is_empty() {
                    // Which of them goes is the server's affair; a check may have the name, too.
                    return None;
                }
                return self.mysql_drop_index(name, &constraint);
            }
            // Or a check, which stays listed: it can only refuse more.
            return self.mysql_drop_foreign_key(name, &constraint, true);
        }
        if action.eat("partition") {
            return Some(());
        }
        if action.is("system versioning") || action.is("period for") {
            return None;
        }
        action.eat("column");
        let optional = action.eat("if exists");
        let column = action.identifier()?;
        action.cascade();
        action.end()?;
        self.mysql_drop_column(name, &column, optional)
    }

    fn mysql_drop_foreign_key(&mut self, name: &QName, key: &str, optional: bool) -> Option<()> {
        let unknown = self.mysql_extra(name).numbers_unknown;
        let generated = key.contains("_ibfk_") || key.bytes().all(|byte| byte.is_ascii_digit());
        let differently = self
            .table(name)?
            .foreign_keys
            .iter()
            .any(|key| key.name.is_none());
        let known = self
            .table(name)?
            .foreign_keys
            .iter()
            .any(|other| other.name.as_deref() == Some(key));
        if (unknown && generated) || (differently && !known) {
            // MariaDB has numbered the inline references, MySQL has not.
            return None;
        }
        let keys = &mut self.table_mut(name)?.foreign_keys;
        match keys.iter().position(|other| other.name.as_deref() == Some(key)) {
            Some(at) => {
                keys.remove(at);
                Some(())
            }
            None => (optional && !generated).then_some(()),
        }
    }

    /// `create [unique | fulltext | spatial] index`, behind `create`.
    pub(super) fn mysql_create_index(&mut self, mut cursor: Cursor<'_>, replace: bool) -> Option<()> {
        let unique = cursor.eat("unique");
        if !unique {
            cursor.eat_any(&["fulltext", "spatial"]);
        }
        cursor.expect("index")?;
        let keep = cursor.eat("if not exists");
        let index = cursor.identifier()?;
        index_options(&mut cursor)?;
        cursor.expect("on")?;
        let table = self.mysql_table(&mut cursor)?;
        let parts = self.mysql_parts(&cursor.group()?)?;
        index_options(&mut cursor)?;
        while cursor.eat_any(&["algorithm", "lock"]).is_some() {
            cursor.eat_symbol("=");
            cursor.identifier()?;
        }
        cursor.end()?;
        if self.mysql_has_index(&table, &index) {
            if keep {
                return Some(());
            }
            if !replace {
                return None;
            }
            self.mysql_drop_index(&table, &index)?;
        }
        let origin = self.origin();
        let key = if unique {
            TableKey::Key(KeyKind::Unique, Some(index), parts)
        } else {
            TableKey::Index(Some(index), parts)
        };
        if keep && self.mysql_may_be_there(&table, &key) {
            return None;
        }
        self.mysql_add_key(&table, key, origin)
    }
}

/// True for `rename column`, `rename index`, `rename key`.
fn is_part_rename(action: &Cursor<'_>) -> bool {
    ["rename column", "rename index", "rename key"]
        .iter()
        .any(|words| action.is(words))
}

/// When an action runs, whatever the order in which they are written.
fn pass(action: &Cursor<'_>) -> u8 {
    let mut action = action.clone();
    if action.is("drop") {
        0
    } else if action.is("modify") || action.is("change") || action.is("rename column") {
        // One that moves may move behind a column that comes.
        let mut places = action.clone();
        places.until(|cursor| cursor.is("after") || cursor.is("first"));
        if places.done() { 1 } else { 2 }
    } else if action.eat("add") {
        if is_table_key(&action) { 3 } else { 2 }
    } else {
        4
    }
}

/// The names of the columns behind `add` or `drop`.
fn column_names(actions: &[Cursor<'_>], word: &str) -> Vec<String> {
    let mut names = Vec::new();
    for action in actions {
        let mut action = action.clone();
        if !action.eat(word) || is_table_key(&action) || action.is("partition") {
            continue;
        }
        action.eat("column");
        action.eat_any(&["if exists", "if not exists"]);
        match action.group() {
            Some(group) => names.extend(
                group
                    .members()
                    .into_iter()
                    .filter_map(|mut member| member.identifier()),
            ),
            None => names.extend(action.identifier()),
        }
    }
    names
}

/// `add foreign key`, `add constraint .. foreign key`, `add .. references`.
fn adds_foreign_key(action: &Cursor<'_>) -> bool {
    action.is("add") && {
        let mut rest = action.clone();
        rest.until(|cursor| cursor.is("references"));
        !rest.done()
    }
}

/// `[default] character set c`, `collate c`: what new columns of the table compare by.
fn sets_default_text(action: &Cursor<'_>) -> bool {
    let mut action = action.clone();
    action.eat("default");
    ["character set", "charset", "char set", "collate"]
        .iter()
        .any(|words| action.is(words))
}
