//! Functions and procedures: they are registered, nothing runs yet. What they may do is asked when they are called.

use super::Reader;
use super::code::{builds_sql, changes_schema};
use super::cursor::{Cursor, Name};
use crate::catalog::{Function, KeyPart, Poison, QName, Relation};

/// A function's or procedure's definition.
#[derive(Debug, Clone)]
pub(super) struct Routine {
    /// Its language, folded; `sql` for a body that is written without quotes.
    pub(super) language: String,
    /// Its body, if it is text that can be read.
    pub(super) body: Option<String>,
    /// It changes settings for its own duration, other than to look names up in the usual schemas.
    pub(super) settings: bool,
}

/// Functions of extensions that compute from their arguments, the clock or chance alone, by extension.
const PURE_FUNCTIONS: &[(&str, &[&str])] = &[
    (
        "uuid-ossp",
        &[
            "uuid_generate_v1",
            "uuid_generate_v1mc",
            "uuid_generate_v3",
            "uuid_generate_v4",
            "uuid_generate_v5",
            "uuid_nil",
            "uuid_ns_dns",
            "uuid_ns_url",
            "uuid_ns_oid",
            "uuid_ns_x500",
        ],
    ),
    (
        "pgcrypto",
        &["digest", "hmac", "crypt", "gen_salt", "gen_random_bytes"],
    ),
    (
        "pg_trgm",
        &[
            "similarity",
            "word_similarity",
            "strict_word_similarity",
            "show_trgm",
        ],
    ),
    ("unaccent", &["unaccent"]),
    (
        "fuzzystrmatch",
        &[
            "levenshtein",
            "levenshtein_less_equal",
            "soundex",
            "difference",
            "metaphone",
            "dmetaphone",
            "dmetaphone_alt",
        ],
    ),
];

impl Reader {
    /// `create extension`, behind these words: of the very common ones the functions are known.
    pub(super) fn create_extension(&mut self, mut cursor: Cursor<'_>) {
        cursor.eat("if not exists");
        let Some(extension) = cursor.identifier() else {
            return;
        };
        let mut cursor = cursor.up_to("schema");
        let written = if cursor.eat("schema") {
            cursor.identifier()
        } else {
            None
        };
        let known = PURE_FUNCTIONS.iter().find(|(name, _)| *name == extension);
        for function in known.into_iter().flat_map(|(_, functions)| functions.iter()) {
            let name = Name {
                schema: written.clone(),
                name: (*function).to_owned(),
            };
            let Some(name) = self.place(&name) else { return };
            let function = Function {
                name: name.clone(),
                pure: true,
                aggregate: false,
                origin: self.origin(),
            };
            self.catalog
                .functions
                .entry(name.name)
                .or_default()
                .push(function);
        }
    }

    /// `create [or replace] function|procedure|aggregate`, behind these words.
    pub(super) fn create_routine(&mut self, mut cursor: Cursor<'_>, kind: &str) -> Option<()> {
        let name = self.place(&cursor.name()?)?;
        let arguments = normalize(cursor.group()?.source_text());
        let mut routine = Routine {
            language: String::new(),
            body: None,
            settings: false,
        };
        while !cursor.done() {
            if cursor.eat("language") {
                routine.language = language(&mut cursor)?;
            } else if cursor.eat("as") {
                let body = cursor.string();
                // A second string names a symbol in a library.
                routine.body = if cursor.eat_symbol(",") { None } else { body };
            } else if cursor.is("begin atomic") {
                "sql".clone_into(&mut routine.language);
                routine.body = Some(cursor.until(|_| false).source_text().to_owned());
            } else if cursor.eat("return") {
                "sql".clone_into(&mut routine.language);
                routine.body = Some(cursor.until(|_| false).source_text().to_owned());
            } else if cursor.eat("set") {
                let usual = cursor.is("search_path") && has_usual_path(&mut cursor);
                routine.settings |= !usual;
            } else {
                cursor.skip();
            }
        }
        if kind == "aggregate" {
            "aggregate".clone_into(&mut routine.language);
        }
        let readable = matches!(routine.language.as_str(), "sql" | "plpgsql" | "aggregate");
        let body = routine.body.as_deref().unwrap_or("");
        self.risky_code |= !readable || builds_sql(body) || changes_schema(body);
        self.risky_code |= routine.body.is_none() && kind != "aggregate";
        if self.routines.insert((name.clone(), arguments), routine).is_none() {
            let function = Function {
                name: name.clone(),
                pure: false,
                aggregate: kind == "aggregate",
                origin: self.origin(),
            };
            self.catalog
                .functions
                .entry(name.name)
                .or_default()
                .push(function);
        }
        Some(())
    }

    /// `alter function|procedure|routine|aggregate`, behind these words.
    pub(super) fn alter_routine(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let written = cursor.name()?;
        let arguments = cursor.group().map(|group| normalize(group.source_text()));
        let name = self
            .candidates(&written)
            .into_iter()
            .find(|name| self.has_routine(name));
        let Some(name) = name else {
            // It came from somewhere else, or not at all: the name is not known to be anything, and stays so.
            return Some(());
        };
        let renamed = if cursor.eat("rename to") {
            Some(QName {
                schema: name.schema.clone(),
                name: cursor.identifier()?,
            })
        } else if cursor.eat("set schema") {
            Some(QName {
                schema: cursor.identifier()?,
                name: name.name.clone(),
            })
        } else {
            None
        };
        let chosen = |key: &(QName, String)| {
            key.0 == name && arguments.as_ref().is_none_or(|arguments| *arguments == key.1)
        };
        let Some(new) = renamed else {
            if cursor.is("set") || cursor.is("reset") {
                for (_, routine) in self.routines.iter_mut().filter(|(key, _)| chosen(key)) {
                    routine.settings = true;
                }
            }
            return Some(());
        };
        let keys: Vec<_> = self.routines.keys().filter(|key| chosen(key)).cloned().collect();
        let moved = keys.iter().any(|(_, arguments)| arguments.is_empty());
        for key in keys {
            if let Some(routine) = self.routines.remove(&key) {
                self.routines.insert((new.clone(), key.1), routine);
            }
        }
        // The old name stays registered: too many names of functions can only refuse more.
        let aggregate = self
            .catalog
            .functions
            .get(&name.name)
            .into_iter()
            .flatten()
            .any(|known| known.aggregate);
        let function = Function {
            name: new.clone(),
            pure: false,
            aggregate,
            origin: self.origin(),
        };
        self.catalog
            .functions
            .entry(new.name.clone())
            .or_default()
            .push(function);
        for trigger in self.tables_mut().flat_map(|table| &mut table.triggers) {
            if moved && trigger.function.as_ref() == Some(&name) {
                trigger.function = Some(new.clone());
            }
        }
        Some(())
    }

    /// `drop function|procedure|routine|aggregate`, behind these words.
    pub(super) fn drop_routine(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.eat("if exists");
        let cascade = cursor.clone().up_to("cascade").eat("cascade");
        for mut member in cursor.members() {
            let written = member.name()?;
            let arguments = member.group().map(|group| normalize(group.source_text()));
            let name = self
                .candidates(&written)
                .into_iter()
                .find(|name| self.has_routine(name));
            let Some(name) = name else {
                // Nothing here defines it; what used it goes with it all the same.
                if cascade {
                    self.poison_users_of(&written.name);
                }
                continue;
            };
            let matches = |key: &(QName, String)| {
                key.0 == name && arguments.as_ref().is_none_or(|arguments| *arguments == key.1)
            };
            let gone: Vec<_> = self.routines.keys().filter(|key| matches(key)).cloned().collect();
            for key in &gone {
                self.routines.remove(key);
            }
            // Arguments can be spelled in many ways: what was not found stays registered, which can only refuse more.
            if !self.has_routine(&name)
                && let Some(functions) = self.catalog.functions.get_mut(&name.name)
            {
                functions.retain(|function| function.name != name);
                if functions.is_empty() {
                    self.catalog.functions.remove(&name.name);
                }
            }
            if cascade {
                // A trigger's function has no arguments.
                if gone.iter().any(|(_, arguments)| arguments.is_empty()) {
                    self.drop_triggers_of(&name);
                }
                self.poison_users_of(&name.name);
            }
        }
        Some(())
    }

    /// `drop function .. cascade` takes triggers with it.
    fn drop_triggers_of(&mut self, function: &QName) {
        for table in self.tables_mut() {
            table
                .triggers
                .retain(|trigger| trigger.function.as_ref() != Some(function));
        }
    }

    /// What else used the function is in doubt.
    pub(super) fn poison_users_of(&mut self, function: &str) {
        let what = format!("`drop .. cascade` of the function `{function}`");
        let poison = Poison {
            origin: self.origin(),
            what: what.clone(),
        };
        for table in self.tables_mut() {
            let texts = table
                .columns
                .iter()
                .flat_map(|column| [&column.default, &column.generated]);
            let mut texts = texts
                .flatten()
                .chain(table.keys.iter().filter_map(|key| key.predicate.as_ref()));
            let parts = table
                .keys
                .iter()
                .flat_map(|key| &key.parts)
                .any(|part| match part {
                    KeyPart::Expression(text) => super::mention::Mentions::of(text).name(function),
                    KeyPart::Column(_) => false,
                });
            if parts || texts.any(|text| super::mention::Mentions::of(text).name(function)) {
                table.poison.push(poison.clone());
            }
        }
        self.poison_views_of(function, &what);
    }

    /// True if a migration defined a routine of that name.
    pub(super) fn has_routine(&self, name: &QName) -> bool {
        self.routines.keys().any(|key| key.0 == *name)
    }

    /// The routines that an unqualified or qualified call may mean.
    pub(super) fn routines_called(&self, called: &Name) -> Vec<&Routine> {
        if !self.catalog.functions.contains_key(&called.name) {
            return Vec::new();
        }
        self.routines
            .iter()
            .filter(|((name, _), _)| {
                name.name == called.name && called.schema.as_ref().is_none_or(|schema| *schema == name.schema)
            })
            .map(|(_, routine)| routine)
            .collect()
    }

    /// The body of a trigger function that can be read as it stands.
    pub(super) fn trigger_body(&self, name: &QName) -> Option<&str> {
        let routine = self.routines.get(&(name.clone(), String::new()))?;
        if routine.language != "plpgsql" || routine.settings {
            return None;
        }
        routine.body.as_deref()
    }

    /// Removes a trigger; `drop trigger`, behind these words.
    pub(super) fn drop_trigger(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let optional = cursor.eat("if exists");
        let written = cursor.name()?;
        let trigger = written.name;
        let temporary = written
            .schema
            .is_none_or(|schema| schema == "temp" || schema == "temporary");
        if temporary && self.temporary_triggers.remove(&trigger) {
            return Some(());
        }
        let table = if cursor.eat("on") {
            Some(cursor.name()?)
        } else {
            None
        };
        cursor.cascade();
        cursor.end()?;
        let only = match &table {
            Some(table) => match self.find(table) {
                Some(table) => Some(table),
                None => return self.absent(table, optional),
            },
            None => None,
        };
        // Partitions have copies; inheritance children have triggers of their own.
        let copied = only.iter().filter(|table| self.partitioned.contains(*table));
        let mut tables: Vec<QName> = copied.flat_map(|table| self.descendants(table)).collect();
        tables.extend(only.clone());
        for (name, relation) in &mut self.catalog.relations {
            let list = match relation {
                Relation::Table(table) => &mut table.triggers,
                Relation::View(view) => &mut view.triggers,
                Relation::Opaque { .. } => continue,
            };
            if only.is_none() || tables.contains(name) {
                list.retain(|other| other.name != trigger);
            }
        }
        Some(())
    }
}

fn normalize(arguments: &str) -> String {
    arguments
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn language(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor
        .string()
        .or_else(|| cursor.identifier())
        .map(|language| language.to_lowercase())
}

/// `search_path = ''`, or a list of the schemas that are searched anyway.
fn has_usual_path(cursor: &mut Cursor<'_>) -> bool {
    cursor.skip();
    if !cursor.eat_symbol("=") && !cursor.eat("to") {
        return false;
    }
    loop {
        let name = cursor.string().or_else(|| cursor.identifier());
        if !name.is_some_and(|name| ["", "pg_catalog", "public", "pg_temp"].contains(&name.as_str())) {
            return false;
        }
        if !cursor.eat_symbol(",") {
            return true;
        }
    }
}
