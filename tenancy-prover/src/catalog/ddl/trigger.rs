//! Triggers and rewrite rules.

use super::Reader;
use super::column::names;
use super::cursor::Cursor;
use super::scan::{Kind, Scanner, Token};
use crate::Dialect;
use crate::catalog::{QName, Relation, Rule, Trigger, TriggerEffect};

/// Words that a string may follow and that name no type.
const BEFORE_TEXTS: &[&str] = &[
    "and",
    "or",
    "not",
    "like",
    "ilike",
    "to",
    "from",
    "escape",
    "between",
    "symmetric",
    "is",
    "when",
    "then",
    "else",
];

/// Words of the grammar that name builtin types, beside those types' own names.
const TYPE_WORDS: &[&str] = &[
    "integer",
    "int",
    "bigint",
    "smallint",
    "boolean",
    "real",
    "decimal",
    "dec",
    "float",
    "double",
    "character",
];

impl Reader {
    /// `create [constraint] trigger`, behind these words.
    pub(super) fn create_trigger(&mut self, mut cursor: Cursor<'_>, temporary: bool) -> Option<()> {
        let keep = cursor.eat("if not exists");
        // SQLite lets the trigger's schema be written; the table is in the same one.
        let name = cursor.name()?;
        if temporary || name.schema.as_deref() == Some("temp") {
            // The session's own: no application runs it.
            self.temporary_triggers.insert(name.name);
            return Some(());
        }
        let timing = cursor.eat_any(&["before", "after", "instead of"]);
        let mut trigger = Trigger {
            name: name.name,
            on_insert: false,
            on_update: None,
            on_delete: false,
            effect: TriggerEffect::Unknown,
            function: None,
            origin: self.origin(),
        };
        loop {
            match cursor.eat_any(&["insert", "update of", "update", "delete", "truncate"])? {
                "insert" => trigger.on_insert = true,
                "update" => trigger.on_update = Some(Vec::new()),
                "update of" => {
                    let columns = cursor.until(|cursor| cursor.is("on") || cursor.is("or"));
                    trigger.on_update = Some(names(&columns)?);
                }
                "delete" => trigger.on_delete = true,
                _ => {}
            }
            if !cursor.eat("or") {
                break;
            }
        }
        cursor.expect("on")?;
        let table = self.find(&cursor.name()?)?;
        let per_row = match self.dialect() {
            Dialect::Sqlite | Dialect::Mysql => true,
            Dialect::Postgres => self.postgres_trigger(&mut cursor, &mut trigger, timing, &table)?,
        };
        let list = match self.catalog.relations.get_mut(&table)? {
            Relation::Table(table) => &mut table.triggers,
            Relation::View(view) => &mut view.triggers,
            Relation::Opaque { .. } => return Some(()),
        };
        let existing = list.iter_mut().find(|other| other.name == trigger.name);
        match existing {
            Some(_) if keep => return Some(()),
            Some(existing) => existing.clone_from(&trigger),
            None => list.push(trigger.clone()),
        }
        if per_row && self.partitioned.contains(&table) {
            for child in self.descendants(&table) {
                self.inherit_trigger(&child, &trigger)?;
            }
        }
        Some(())
    }

    /// What follows the table's name in PostgreSQL; true for a row trigger.
    fn postgres_trigger(
        &mut self,
        cursor: &mut Cursor<'_>,
        trigger: &mut Trigger,
        timing: Option<&str>,
        table: &QName,
    ) -> Option<bool> {
        let head = cursor.until(|cursor| cursor.is("for") || cursor.is("when") || cursor.is("execute"));
        let referencing = head.is("referencing");
        let per_row = cursor.eat("for each row") || cursor.eat("for row");
        if !per_row {
            cursor.eat_any(&["for each statement", "for statement"]);
        }
        let harmless = if cursor.eat("when") {
            let condition = cursor.group()?;
            self.unnamed.add_code(condition.source_text());
            self.is_harmless_condition(&condition, table)
        } else {
            true
        };
        cursor.eat_any(&["execute function", "execute procedure"])?;
        let function = cursor.name()?;
        let arguments = cursor.group()?;
        cursor.end()?;
        let place = self
            .candidates(&function)
            .into_iter()
            .find(|name| self.has_routine(name));
        trigger.function = place.or_else(|| self.place(&function));
        // At a delete there is no `new`: returning it drops the delete, which a cascade then relies on in vain.
        let keeps = !trigger.on_delete;
        if per_row && timing == Some("before") && harmless && keeps && !referencing && arguments.done() {
            // What it assigns is read from the function's body once all files are read: a function can be replaced.
            trigger.effect = TriggerEffect::Assigns(Vec::new());
        }
        Some(per_row)
    }

    /// True if a `when` condition only compares columns, variables and literals. What stands behind a dot must be a column
    /// of `new` or `old`: `new.f` is a call of `f` where there is no such column.
    fn is_harmless_condition(&self, condition: &Cursor<'_>, table: &QName) -> bool {
        let Some(table) = self.table(table) else {
            return false;
        };
        let tokens = condition.tokens();
        let text = |at: usize| tokens.get(at).map_or("", |token| condition.text(*token));
        let is_column = |at: usize| {
            let row = text(at.wrapping_sub(2));
            let of_row = row.eq_ignore_ascii_case("new") || row.eq_ignore_ascii_case("old");
            let kind = tokens.get(at).map(|token| token.kind);
            let name = kind.and_then(|kind| super::cursor::fold(text(at), kind, Dialect::Postgres));
            of_row && name.is_some_and(|name| table.column_index(&name).is_some())
        };
        let is_text = |at: usize| tokens.get(at).is_some_and(|token| token.kind == Kind::Text);
        let is_type = |at: usize| {
            let word = text(at).to_ascii_lowercase();
            super::types::is_builtin(&word) || TYPE_WORDS.contains(&word.as_str())
        };
        // A cast may be one of the project's own.
        let casts = self.catalog.cast_targets.is_empty();
        (0..tokens.len()).all(|at| match tokens.get(at).map(|token| token.kind) {
            Some(Kind::Word | Kind::Quoted) if at > 0 && text(at - 1) == "." && !is_column(at) => false,
            // A cast, or a literal of a type: a domain's checks run.
            Some(Kind::Word | Kind::Quoted) if at > 0 && text(at - 1) == "::" => is_type(at),
            Some(Kind::Word) => {
                let word = text(at).to_ascii_lowercase();
                let word = word.as_str();
                let calls = text(at + 1) == "(" && !["and", "or", "not", "from"].contains(&word);
                let literal = is_text(at + 1) && !BEFORE_TEXTS.contains(&word) && !is_type(at);
                // They stand for operators.
                let operates = !self.catalog.operators.is_empty()
                    && ["between", "like", "ilike", "similar"].contains(&word);
                !calls && !literal && !operates && word != "select" && word != "operator"
            }
            Some(Kind::Quoted) => text(at + 1) != "(" && !is_text(at + 1),
            Some(Kind::Symbol) => {
                let symbol = text(at);
                [
                    "(", ")", ".", "*", "=", "<>", "!=", "<", ">", "<=", ">=", ",", "::",
                ]
                .contains(&symbol)
                    && (symbol != "::" || casts)
                    && !self.catalog.operators.contains(symbol)
            }
            Some(Kind::Text | Kind::Number) => true,
            Some(Kind::UnicodeQuoted | Kind::Dollar) | None => false,
        })
    }

    /// Reads what triggers assign from the bodies that their functions have in the end.
    pub(super) fn resolve_trigger_effects(&mut self) {
        let effects: std::collections::BTreeMap<QName, Option<Vec<(String, String)>>> = self
            .tables()
            .flat_map(|table| &table.triggers)
            .filter_map(|trigger| trigger.function.clone())
            .map(|function| {
                (
                    function.clone(),
                    self.trigger_body(&function).and_then(assignments),
                )
            })
            .collect();
        for trigger in self.tables_mut().flat_map(|table| &mut table.triggers) {
            let assigned = trigger
                .function
                .as_ref()
                .and_then(|function| effects.get(function))
                .cloned()
                .flatten();
            trigger.effect = match (&trigger.effect, assigned) {
                (TriggerEffect::Assigns(_), Some(assigned)) => TriggerEffect::Assigns(assigned),
                (TriggerEffect::Assigns(_), None) | (TriggerEffect::Unknown, _) => TriggerEffect::Unknown,
            };
        }
    }

    /// `create [or replace] rule`, behind these words.
    pub(super) fn create_rule(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let name = cursor.identifier()?;
        cursor.expect("as on")?;
        let event = cursor.eat_any(&["select", "insert", "update", "delete"])?;
        cursor.expect("to")?;
        let table = self.find(&cursor.name()?)?;
        let rule = Rule {
            name,
            event: event.to_owned(),
            origin: self.origin(),
        };
        let rules = match self.catalog.relations.get_mut(&table)? {
            Relation::Table(table) => &mut table.rules,
            Relation::View(view) => &mut view.rules,
            Relation::Opaque { .. } => return Some(()),
        };
        rules.retain(|other| other.name != rule.name);
        rules.push(rule);
        Some(())
    }

    /// `alter rule`, behind these words.
    pub(super) fn rename_rule(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let old = cursor.identifier()?;
        cursor.expect("on")?;
        let table = self.find(&cursor.name()?)?;
        cursor.expect("rename to")?;
        let new = cursor.identifier()?;
        cursor.end()?;
        let rules = match self.catalog.relations.get_mut(&table)? {
            Relation::Table(table) => &mut table.rules,
            Relation::View(view) => &mut view.rules,
            Relation::Opaque { .. } => return Some(()),
        };
        rules.iter_mut().find(|rule| rule.name == old)?.name = new;
        Some(())
    }
}

/// The assignments of a body that is `begin new.column := expression; .. return new; end` and nothing else.
fn assignments(body: &str) -> Option<Vec<(String, String)>> {
    let mut scanner = Scanner::new(body, Dialect::Postgres);
    let tokens: Vec<Token> = std::iter::from_fn(|| scanner.next_token()).collect();
    let mut cursor = Cursor::new(body, &tokens, Dialect::Postgres);
    cursor.expect("begin")?;
    let mut found = Vec::new();
    while !cursor.eat("return new") {
        cursor.expect("new")?;
        cursor.eat_symbol(".").then_some(())?;
        let column = cursor.identifier()?;
        (cursor.eat_symbol(":=") || cursor.eat_symbol("=")).then_some(())?;
        let expression = cursor.until(|cursor| cursor.is_symbol(";"));
        // An expression in PL/pgSQL is what may stand behind `select`: it can go on to read tables.
        let queries = expression.tokens().iter().any(|token| {
            ["select", "table", "values"]
                .iter()
                .any(|word| expression.text(*token).eq_ignore_ascii_case(word))
        }) || reads_on(&expression);
        if queries || expression.done() {
            return None;
        }
        found.push((column, expression.source_text().to_owned()));
        cursor.eat_symbol(";").then_some(())?;
    }
    cursor.eat_symbol(";").then_some(())?;
    cursor.expect("end")?;
    cursor.eat_symbol(";");
    cursor.end()?;
    Some(found)
}

/// True if a clause of a query follows the expression.
fn reads_on(expression: &Cursor<'_>) -> bool {
    const CLAUSES: &[&str] = &[
        "from",
        "where",
        "into",
        "union",
        "intersect",
        "except",
        "group",
        "having",
        "window",
        "order",
        "limit",
    ];
    let clause = expression
        .clone()
        .until(|cursor| CLAUSES.iter().any(|word| cursor.is(word)) && !cursor.follows("distinct"));
    clause.tokens().len() < expression.tokens().len()
}
