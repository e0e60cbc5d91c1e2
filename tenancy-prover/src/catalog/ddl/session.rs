//! Statements about the session: the search path counts, a few settings are dangerous, the rest is harmless.

use super::Reader;
use super::cursor::{Cursor, truncate};
use super::scan::Token;
use crate::Dialect;

impl Reader {
    /// `set`, `reset` and `discard`.
    pub(super) fn set(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        if cursor.eat("discard") || cursor.is("reset all") || cursor.is("reset search_path") {
            self.set_path(&[self.catalog.home.to_owned()]);
            return Some(());
        }
        if cursor.eat("reset") {
            return Some(());
        }
        cursor.expect("set")?;
        let local = cursor.eat_any(&["session", "local"]) == Some("local");
        let replica = self.replica && local;
        if cursor.eat("schema") {
            self.path = cursor.string().map(|schema| vec![schema]);
            return Some(());
        }
        let name = cursor.identifier()?;
        if !cursor.eat_symbol("=") && !cursor.eat("to") {
            // `set role x`, `set transaction ..`, `set time zone ..`, `set constraints ..`, `set authorization ..`.
            return Some(());
        }
        let values: Vec<String> = cursor
            .members()
            .iter_mut()
            .map(|value| {
                value
                    .string()
                    .or_else(|| value.identifier())
                    .unwrap_or_else(|| value.source_text().to_owned())
            })
            .collect();
        self.setting(&name, &values);
        // What is set for one transaction ends with it.
        self.replica |= replica;
        Some(())
    }

    fn setting(&mut self, name: &str, values: &[String]) {
        let value = values
            .first()
            .map(|value| value.to_ascii_lowercase())
            .unwrap_or_default();
        match name {
            "search_path" if value == "default" => {
                self.set_path(&[self.catalog.home.to_owned()]);
            }
            "search_path" => self.set_path(values),
            "standard_conforming_strings" if !matches!(value.as_str(), "on" | "true" | "yes" | "1") => {
                self.poison_all(
                    "`standard_conforming_strings` is switched off: strings end elsewhere".to_owned(),
                );
            }
            // Nothing checks foreign keys now.
            "session_replication_role" if value == "replica" => {
                self.distrust_foreign_keys(|_, _| true);
                self.replica = true;
            }
            "session_replication_role" => self.replica = false,
            _ => {}
        }
    }

    fn set_path(&mut self, schemas: &[String]) {
        let builtin = schemas.iter().position(|schema| schema == "pg_catalog");
        self.hides_builtins = builtin.is_some_and(|at| at > 0);
        let home = self.catalog.home;
        let own = |schema: &&String| {
            *schema == home || !["$user", "pg_catalog", "pg_temp", ""].contains(&schema.as_str())
        };
        self.path = Some(schemas.iter().filter(own).cloned().collect());
    }

    /// `select set_config('search_path', ..)`, as `pg_dump` writes it.
    pub(super) fn set_config_calls(&mut self, cursor: &Cursor<'_>) {
        let name = "set_config";
        let called = |token: &Token| {
            token.end - token.start == name.len() && cursor.text(*token).eq_ignore_ascii_case(name)
        };
        if !cursor.tokens().iter().any(called) {
            return;
        }
        let mut walk = cursor.clone();
        while !walk.done() {
            if !walk.eat(name) {
                walk.skip();
                continue;
            }
            let Some(arguments) = walk.group() else { continue };
            let mut arguments = arguments.members();
            let mut literal = |at: usize| {
                let argument = arguments.get_mut(at)?;
                let value = argument.string()?;
                argument.end()?;
                Some(value)
            };
            let (name, value) = (literal(0), literal(1));
            match (name.map(|name| name.to_ascii_lowercase()), value) {
                (Some(name), Some(value)) if name == "search_path" => {
                    let schemas = value.split(',').map(|schema| path_element(schema.trim()));
                    self.set_path(&schemas.collect::<Vec<_>>());
                }
                (Some(name), Some(value)) => self.setting(&name, &[value]),
                (Some(name), None) if name != "search_path" => {}
                (Some(_) | None, _) => self.path = None,
            }
        }
    }

    /// SQLite's `pragma`.
    pub(super) fn pragma(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("pragma")?;
        let name = cursor.name()?.name;
        let value = cursor
            .source_text()
            .trim_matches(|character: char| !character.is_ascii_alphanumeric());
        let on = matches!(value.to_ascii_lowercase().as_str(), "on" | "yes" | "true" | "1");
        match name.as_str() {
            "writable_schema" => self.poison_all("`pragma writable_schema`".to_owned()),
            "legacy_alter_table" if !value.is_empty() => self.legacy_alter_table = on,
            // Enforcement of foreign keys is not relied on; the rest is storage and the session.
            _ => {}
        }
        Some(())
    }

    /// True if `alter role|database|system .. set ..` changes what names or strings mean to the application.
    pub(super) fn lasting_setting(&mut self, cursor: &Cursor<'_>) {
        let Dialect::Postgres = self.dialect() else { return };
        let risky = [
            "search_path",
            "standard_conforming_strings",
            "session_replication_role",
            "transform_null_equals",
        ];
        if cursor.tokens().iter().any(|token| {
            risky
                .iter()
                .any(|name| cursor.text(*token).eq_ignore_ascii_case(name))
        }) {
            self.poison_all("a lasting setting that changes what names or strings mean".to_owned());
        }
    }
}

fn path_element(written: &str) -> String {
    match written
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
    {
        Some(inner) => truncate(inner.replace("\"\"", "\"")),
        None => truncate(written.to_ascii_lowercase()),
    }
}
