//! Code that a statement of a migration runs though its text does not call it: triggers, defaults, checks, generated columns,
//! indexes, rules, views, operators. What such code does to the schema is as real as the statement.
//!
//! The walk goes from text to text: a name that is called brings the routine's body, a relation that is named what stands
//! on it. It only begins where the migrations define code that can change the schema at all.

use std::collections::BTreeSet;

use super::code::{builds_sql, called, changes_schema};
use super::cursor::{Cursor, Name, fold};
use super::mention::Mentions;
use super::scan::{Kind, Scanner, Token};
use super::{Reader, describe};
use crate::Dialect;
use crate::catalog::{QName, Relation, Table, Trigger};

/// Text that runs, and whether it changes rows, so that triggers and defaults run with it.
#[derive(Debug)]
struct Running {
    text: String,
    writes: bool,
}

/// What the code behind a statement does to the schema.
#[derive(Debug)]
enum Found {
    /// These bodies change what they name.
    Bodies(Vec<String>),
    /// Anything may have changed: says why.
    Everything(String),
}

/// What was looked at already.
#[derive(Debug, Default)]
struct Seen {
    routines: BTreeSet<String>,
    relations: BTreeSet<(QName, bool)>,
}

/// Code that runs where an operator, a cast, a rule or a type is used: no statement names it.
#[derive(Debug, Default)]
pub(super) struct Unnamed {
    /// Text in which functions stand as bare names (`sfunc = f`).
    names: String,
    /// Text that calls them.
    code: String,
}

impl Unnamed {
    /// Adds a statement that makes such code.
    pub(super) fn add(&mut self, statement: &Cursor<'_>) {
        let mut walk = statement.clone();
        if !walk.eat("create") {
            return;
        }
        walk.eat("or replace");
        let kinds = ["operator", "cast", "aggregate", "type", "transform", "conversion"];
        if kinds.iter().any(|kind| walk.is(kind)) {
            self.names.push_str(statement.source_text());
            self.names.push_str("\n; ");
        } else if walk.is("rule") || walk.is("policy") {
            self.add_code(statement.source_text());
        }
    }

    /// Adds an expression that nothing else keeps, such as a trigger's condition.
    pub(super) fn add_code(&mut self, text: &str) {
        self.code.push_str(text);
        self.code.push_str("\n; ");
    }
}

impl Reader {
    /// Looks for code behind a statement that changes the schema, and poisons what it names.
    pub(super) fn look_behind(&mut self, cursor: &Cursor<'_>) {
        if !self.risky_code || self.dialect() != Dialect::Postgres {
            return;
        }
        let Some(running) = running(cursor) else { return };
        match self.behind(running) {
            Found::Bodies(bodies) => {
                for body in bodies {
                    let what = format!("code that {} runs, which changes the schema", describe(cursor));
                    self.poison_text(&body, what);
                }
            }
            Found::Everything(why) => {
                self.poison_all(format!("{}, behind which {why}", describe(cursor)));
            }
        }
    }

    fn behind(&self, first: Running) -> Found {
        let mut seen = Seen::default();
        let mut bodies = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let mentioned = Mentions::of(&self.unnamed.names);
        let routines = self.routines.keys().map(|(name, _)| &name.name);
        names.extend(routines.filter(|name| mentioned.name(name)).cloned());
        let types = self.type_checks.values().flatten().map(|check| &check.text);
        let always = types.chain(self.domain_defaults.values());
        let always = always.chain([&self.unnamed.code]).map(|text| Running {
            text: text.clone(),
            writes: writes(text),
        });
        let mut queue: Vec<Running> = always.chain([first]).collect();
        while let Some(running) = queue.pop() {
            names.extend(self.names_called(&running.text));
            self.relations_named(&running, &mut seen, &mut queue, &mut names);
            while let Some(name) = names.pop() {
                if !seen.routines.insert(name.clone()) {
                    continue;
                }
                let named = Name { schema: None, name };
                for routine in self.routines_called(&named) {
                    let readable = matches!(routine.language.as_str(), "sql" | "plpgsql");
                    let Some(body) = routine.body.as_ref().filter(|_| readable) else {
                        if routine.language == "aggregate" {
                            continue;
                        }
                        return Found::Everything(format!(
                            "`{}` runs, whose code cannot be read",
                            named.name
                        ));
                    };
                    if builds_sql(body) {
                        return Found::Everything(format!(
                            "`{}` runs, which runs SQL that it builds (`execute`)",
                            named.name
                        ));
                    }
                    if changes_schema(body) {
                        bodies.push(body.clone());
                    }
                    queue.push(Running {
                        text: body.clone(),
                        writes: writes(body),
                    });
                }
            }
        }
        Found::Bodies(bodies)
    }

    /// The functions that a text calls, in attribute notation too.
    fn names_called(&self, text: &str) -> Vec<String> {
        let mut scanner = Scanner::new(text, Dialect::Postgres);
        let tokens: Vec<Token> = std::iter::from_fn(|| scanner.next_token()).collect();
        let spelled = |at: usize| {
            let token = tokens.get(at);
            token
                .and_then(|token| text.get(token.start..token.end))
                .unwrap_or("")
        };
        (0..tokens.len())
            .filter_map(|at| {
                if let Some((name, qualified)) = called(text, &tokens, at) {
                    let first = at.wrapping_sub(if qualified { 3 } else { 1 });
                    // `create function f()` and `execute function f()` call nothing.
                    let kind = spelled(first).to_ascii_lowercase();
                    let declares = ["function", "procedure", "aggregate", "routine"].contains(&kind.as_str());
                    return (!declares).then_some(name.name);
                }
                let token = tokens.get(at)?;
                let named =
                    matches!(token.kind, Kind::Word | Kind::Quoted) && at > 0 && spelled(at - 1) == ".";
                let name = fold(spelled(at), token.kind, Dialect::Postgres).filter(|_| named)?;
                let column = self.tables().any(|table| table.column_index(&name).is_some());
                (!column).then_some(name)
            })
            .filter(|name| self.catalog.functions.contains_key(name))
            .collect()
    }

    /// What stands on the relations that a text names.
    fn relations_named(
        &self,
        running: &Running,
        seen: &mut Seen,
        queue: &mut Vec<Running>,
        names: &mut Vec<String>,
    ) {
        let mentions = Mentions::of(&running.text);
        let named = self
            .catalog
            .relations
            .keys()
            .filter(|name| mentions.name(&name.name));
        let mut next: Vec<&QName> = named.collect();
        while let Some(name) = next.pop() {
            if !seen.relations.insert((name.clone(), running.writes)) {
                continue;
            }
            let fires = |triggers: &[Trigger], names: &mut Vec<String>| {
                let functions = triggers.iter().filter_map(|trigger| trigger.function.as_ref());
                names.extend(functions.filter(|_| running.writes).map(|name| name.name.clone()));
            };
            match self.catalog.relations.get(name) {
                Some(Relation::View(view)) => {
                    fires(&view.triggers, names);
                    queue.push(Running {
                        text: view.query.clone(),
                        writes: running.writes,
                    });
                }
                Some(Relation::Table(table)) => {
                    fires(&table.triggers, names);
                    for text in self.evaluated_on(table, running.writes) {
                        names.extend(self.names_called(&text));
                    }
                    // Referential actions and partitions.
                    next.extend(&table.parents);
                    let others = self.tables().filter(|other| {
                        other.parents.contains(name)
                            || other.foreign_keys.iter().any(|key| key.parent == *name)
                    });
                    next.extend(others.map(|other| &other.name));
                }
                Some(Relation::Opaque { .. }) | None => {}
            }
        }
    }

    /// The expressions of a table that its rows run: when the table is built anew, and with `defaults` those of new rows.
    fn evaluated_on(&self, table: &Table, defaults: bool) -> Vec<String> {
        let columns = table.columns.iter().flat_map(|column| {
            let default = column.default.as_ref().filter(|_| defaults);
            column.generated.iter().chain(default).cloned()
        });
        let checks = table.checks.iter().map(|check| check.text.clone());
        let keys = table.keys.iter().flat_map(|key| {
            let members = key.parts.iter().filter_map(|part| match part {
                crate::catalog::KeyPart::Column(_) => None,
                crate::catalog::KeyPart::Expression(text) => Some(text.clone()),
            });
            members.chain(key.predicate.clone())
        });
        let plain = self
            .plain_indexes
            .values()
            .filter(|index| index.table == table.name);
        let plain = plain.flat_map(|index| index.texts.iter().chain(&index.predicate).cloned());
        columns.chain(checks).chain(keys).chain(plain).collect()
    }
}

/// The text of a statement that runs when the migration does; nothing for one that only declares.
fn running(cursor: &Cursor<'_>) -> Option<Running> {
    let whole = |writes: bool| {
        Some(Running {
            text: cursor.source_text().to_owned(),
            writes,
        })
    };
    let mut walk = cursor.clone();
    match cursor.word().as_str() {
        "insert" | "update" | "delete" | "merge" | "with" | "select" | "values" | "table" | "copy"
        | "truncate" | "explain" | "declare" | "fetch" | "move" | "" => whole(writes(cursor.source_text())),
        "call" => whole(true),
        "do" => {
            let mut text = String::new();
            while !walk.done() {
                match walk.string() {
                    Some(body) => text.push_str(&body),
                    None => {
                        walk.skip();
                    }
                }
            }
            let writes = writes(&text);
            Some(Running { text, writes })
        }
        "refresh" | "analyze" | "analyse" | "vacuum" | "reindex" | "cluster" => whole(false),
        "create" => {
            walk.skip();
            walk.eat("unlogged");
            let index = walk.is("index") || walk.is("unique index");
            let filled = walk.is("materialized view");
            let table = walk.eat("table");
            let queried = table && !walk.clone().up_to("as").done();
            let partition = table && !walk.up_to("partition").done();
            (index || filled || queried || partition)
                .then(|| whole(false))
                .flatten()
        }
        "alter" => {
            walk.skip();
            if !walk.is("table") && !walk.is("domain") && !walk.is("foreign table") {
                return None;
            }
            let runs = |action: &Cursor<'_>| {
                let mut action = action.clone();
                let alters = action.eat("alter column") || action.eat("alter");
                if alters {
                    action.skip();
                    return action.is("type") || action.is("set data") || action.is("set expression");
                }
                ["add", "attach", "validate"].iter().any(|word| action.is(word))
            };
            // What stands before the first action is the table's name.
            walk.skip();
            walk.eat("table");
            let head = walk.until(|cursor| {
                ["add", "alter", "attach", "validate"]
                    .iter()
                    .any(|word| cursor.is(word))
            });
            let actions = walk.members();
            let texts: Vec<&str> = actions
                .iter()
                .filter(|action| runs(action))
                .map(Cursor::source_text)
                .collect();
            (!texts.is_empty()).then(|| Running {
                text: format!("{} ; {}", head.source_text(), texts.join(" , ")),
                writes: false,
            })
        }
        _ => None,
    }
}

/// Whether a text changes rows.
fn writes(text: &str) -> bool {
    let mentions = Mentions::of(text);
    ["insert", "update", "delete", "merge", "copy", "truncate"]
        .iter()
        .any(|word| mentions.name(word))
}
