//! Views and triggers.

use super::super::Reader;
use super::super::column::names;
use super::super::cursor::Cursor;
use super::super::mention::Mentions;
use super::super::view::{defining_query, has_star, would_capture};
use super::Extra;
use crate::Dialect;
use crate::catalog::{QName, Relation, Trigger, TriggerEffect, View};

impl Reader {
    /// `create [or replace] view`, behind that word.
    pub(super) fn mysql_create_view(
        &mut self,
        mut cursor: Cursor<'_>,
        replace: bool,
        security_invoker: bool,
    ) -> Option<()> {
        let keep = cursor.eat("if not exists");
        let spelling = cursor.spelled();
        let name = self.mysql_name(&mut cursor)?;
        if replace && matches!(self.catalog.relations.get(&name), Some(Relation::View(_))) {
            let what = format!(
                "the view `{}`, which it may read, was replaced: create it again",
                name.name
            );
            self.mysql_poison_views(&name, &what, |query| has_star(query, Dialect::Mysql));
            self.catalog.relations.remove(&name);
        }
        if !self.makes(&name, keep)? {
            return Some(());
        }
        let columns = match cursor.group() {
            Some(group) => names(&group)?,
            None => Vec::new(),
        };
        cursor.expect("as")?;
        let query_line = self.origin_at(cursor.offset()).line;
        let query = defining_query(&cursor);
        if query.is_empty() {
            return None;
        }
        let view = View {
            name: name.clone(),
            origin: self.origin(),
            columns,
            query,
            query_line,
            materialized: false,
            security_invoker,
            triggers: Vec::new(),
            rules: Vec::new(),
            poison: Vec::new(),
            declared_shared: false,
            declared: false,
        };
        let extra = Extra {
            spelling,
            ..Extra::default()
        };
        self.mysql.tables.insert(name.clone(), extra);
        self.view_mentions.insert(name.clone(), Mentions::of(&view.query));
        self.catalog.relations.insert(name, Relation::View(view));
        Some(())
    }

    /// `alter .. view`, behind that word: another query under the same name.
    pub(super) fn mysql_alter_view(&mut self, cursor: Cursor<'_>, security_invoker: bool) -> Option<()> {
        self.mysql_create_view(cursor, true, security_invoker)
    }

    /// The names and stars of a view are fixed when it is made, while the tables that it names are looked up when it is
    /// used: read again after a column came or went, its text could mean something else.
    pub(super) fn mysql_columns_changed(&mut self, table: &QName, came: Option<&str>, went: Option<&str>) {
        let what = format!(
            "columns of `{}` changed after the view: create it again",
            table.name
        );
        self.mysql_poison_views(table, &what, |query| {
            has_star(query, Dialect::Mysql)
                || came.is_some_and(|column| would_capture(query, column, Dialect::Mysql))
                || went.is_some_and(|column| Mentions::of(query).name(column))
        });
    }

    fn mysql_poison_views(&mut self, table: &QName, what: &str, matches: impl Fn(&str) -> bool) {
        self.poison_views_where(&table.name, what, matches);
    }

    /// `create trigger`, behind that word.
    pub(super) fn mysql_create_trigger(&mut self, mut cursor: Cursor<'_>, replace: bool) -> Option<()> {
        let keep = cursor.eat("if not exists");
        let name = trigger_name(&mut cursor)?;
        let before = cursor.eat_any(&["before", "after"])? == "before";
        let event = cursor.eat_any(&["insert", "update", "delete"])?;
        cursor.expect("on")?;
        let table = self.mysql_table(&mut cursor)?;
        cursor.expect("for each row")?;
        if cursor.eat_any(&["follows", "precedes"]).is_some() {
            cursor.identifier()?;
        }
        let assigned = assignments(cursor).filter(|_| before && event != "delete");
        let trigger = Trigger {
            name: name.clone(),
            on_insert: event == "insert",
            on_update: (event == "update").then(Vec::new),
            on_delete: event == "delete",
            effect: assigned.map_or(TriggerEffect::Unknown, TriggerEffect::Assigns),
            function: None,
            origin: self.origin(),
        };
        // A trigger's name is the database's; a second one of the name fails, or takes the first one's place. Where names
        // that differ by case are one name, what is kept here besides can only refuse more.
        let exists = self
            .tables()
            .any(|table| table.triggers.iter().any(|trigger| trigger.name == name));
        if exists && keep {
            return Some(());
        }
        if replace {
            for table in self.tables_mut() {
                table.triggers.retain(|trigger| trigger.name != name);
            }
        }
        self.table_mut(&table)?.triggers.push(trigger);
        Some(())
    }

    /// `drop trigger`, behind that word.
    pub(super) fn mysql_drop_trigger(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.eat("if exists");
        let name = trigger_name(&mut cursor)?;
        for table in self.tables_mut() {
            table.triggers.retain(|trigger| trigger.name != name);
        }
        cursor.end()
    }
}

/// The name of a trigger as it is written, for its case counts on most systems; nothing for `database.name`.
fn trigger_name(cursor: &mut Cursor<'_>) -> Option<String> {
    let spelled = cursor.spelled();
    cursor.name()?.schema.is_none().then_some(spelled)
}

/// The assignments of a body that is `set new.column = expression, ..`, perhaps several between `begin` and `end`, and
/// nothing else.
fn assignments(mut body: Cursor<'_>) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let block = body.eat("begin");
    loop {
        body.expect("set")?;
        loop {
            body.expect("new")?;
            body.eat_symbol(".").then_some(())?;
            let column = body.identifier()?;
            if !body.eat_symbol("=") {
                (body.eat_symbol(":") && body.eat_symbol("=")).then_some(())?;
            }
            let expression = body.until(|cursor| cursor.is_symbol(";") || cursor.is_symbol(","));
            let reads = expression.tokens().iter().any(|token| {
                let text = expression.text(*token);
                // A variable is state of the session.
                text == "@"
                    || ["select", "table", "values", "with"]
                        .iter()
                        .any(|word| text.eq_ignore_ascii_case(word))
            });
            if reads || expression.done() {
                return None;
            }
            found.push((column, expression.source_text().to_owned()));
            if !body.eat_symbol(",") {
                break;
            }
        }
        if !block {
            body.end()?;
            return Some(found);
        }
        body.eat_symbol(";").then_some(())?;
        if body.eat("end") {
            body.eat_symbol(";");
            body.end()?;
            return Some(found);
        }
    }
}
