//! `set`, `call`, and statements about rows.

use super::super::Reader;
use super::super::cursor::Cursor;
use super::super::mention::Mentions;
use super::super::scan::Kind;
use crate::catalog::{QName, Relation};

/// Modes that change neither what a text means nor what DDL makes of it.
const HARMLESS_MODES: &[&str] = &[
    "",
    "allow_invalid_dates",
    "error_for_division_by_zero",
    "no_auto_create_user",
    "no_auto_value_on_zero",
    "no_dir_in_create",
    "no_engine_substitution",
    "no_unsigned_subtraction",
    "no_zero_date",
    "no_zero_in_date",
    "only_full_group_by",
    "strict_all_tables",
    "strict_trans_tables",
    "traditional",
    "time_truncate_fractional",
    "simultaneous_assignment",
    "time_round_fractional",
];

/// Character sets whose bytes below 128 are ASCII's wherever they stand.
const CHARACTER_SETS: &[&str] = &[
    "ascii", "binary", "default", "latin1", "utf8", "utf8mb3", "utf8mb4",
];

impl Reader {
    /// `set ..`, from that word on. A setting that is not understood may be any.
    pub(super) fn mysql_set(&mut self, cursor: Cursor<'_>) -> Option<()> {
        let what = format!("{}, which is not understood", super::super::describe(&cursor));
        if self.mysql_settings(cursor).is_none() {
            self.poison_all(what);
        }
        Some(())
    }

    fn mysql_settings(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("set")?;
        let mut transaction = cursor.clone();
        transaction.eat_any(&["global", "session", "local"]);
        if transaction.eat("transaction") {
            return Some(());
        }
        if cursor.is("statement") {
            return None;
        }
        for mut assignment in cursor.members() {
            if assignment
                .eat_any(&["names", "character set", "charset"])
                .is_some()
            {
                // How the session writes its texts; the tables' own character sets do not depend on it. In some of them a
                // backslash may be the second byte of a character, and strings end elsewhere.
                let set = assignment.skip()?;
                let set = assignment
                    .text(set)
                    .trim_matches(['\'', '"'])
                    .to_ascii_lowercase();
                CHARACTER_SETS.contains(&set.as_str()).then_some(())?;
                if assignment.eat("collate") {
                    assignment.skip()?;
                }
                assignment.end()?;
                continue;
            }
            if assignment
                .eat_any(&["role", "default role", "password"])
                .is_some()
            {
                continue;
            }
            let at = assignment.eat_symbol("@");
            if at && !assignment.eat_symbol("@") {
                self.mysql_variable(&mut assignment)?;
                continue;
            }
            let global = assignment
                .eat_any(&["global", "persist", "persist_only"])
                .is_some();
            if !global {
                assignment.eat_any(&["session", "local"]);
            }
            assignment.eat_symbol(".");
            let name = assignment.identifier()?;
            becomes(&mut assignment)?;
            self.mysql_setting(&name, &assignment, global);
        }
        Some(())
    }

    /// `@name = value`, behind the sign: dumps keep in it what a setting was.
    fn mysql_variable(&mut self, assignment: &mut Cursor<'_>) -> Option<()> {
        let name = assignment.spelled().to_ascii_lowercase();
        assignment.skip()?;
        becomes(assignment)?;
        let value = assignment.source_text().to_ascii_lowercase();
        let saves = [
            "@@foreign_key_checks",
            "@@session.foreign_key_checks",
            "@@local.foreign_key_checks",
        ];
        if saves.contains(&value.as_str()) && !self.mysql.unchecked {
            self.mysql.saved_on.insert(name);
        } else {
            self.mysql.saved_on.remove(&name);
        }
        Some(())
    }

    /// Whether a value switches `foreign_key_checks` on for certain.
    fn mysql_is_on(&self, value: &str) -> bool {
        match value.strip_prefix('@') {
            Some(variable) => self.mysql.saved_on.contains(variable.trim_matches('`')),
            None if value == "default" => !self.mysql.unchecked_by_default,
            None => matches!(value, "1" | "on" | "true"),
        }
    }

    fn mysql_setting(&mut self, name: &str, value: &Cursor<'_>, global: bool) {
        let text = value.source_text().to_ascii_lowercase();
        let off = matches!(text.as_str(), "0" | "off" | "false");
        match name {
            "foreign_key_checks" => {
                let on = self.mysql_is_on(&text);
                if global {
                    // Sessions begin with it; this one keeps its own.
                    self.mysql.unchecked_by_default |= !on;
                } else {
                    self.mysql.unchecked = !on;
                }
                if !on && global {
                    self.mysql.unchecked = true;
                    self.distrust_foreign_keys(|_, _| true);
                }
            }
            "sql_mode" if !is_harmless_mode(value) => {
                self.poison_all(format!(
                    "`sql_mode` is set to {}, which may change what texts, quotes and operators mean",
                    value.source_text()
                ));
            }
            "default_storage_engine" | "storage_engine" | "enforce_storage_engine"
                if !text.contains("innodb") =>
            {
                self.poison_all(
                    "another storage engine is made the default: say `engine` at each table".to_owned(),
                );
            }
            "sql_generate_invisible_primary_key" if !off => {
                self.poison_all("tables get a primary key that their text does not show".to_owned());
            }
            _ => {}
        }
    }

    /// Statements about rows: no function may change a schema here. While foreign keys are not checked, what comes in
    /// need not have its parent.
    pub(super) fn mysql_data(&mut self, cursor: &Cursor<'_>) {
        if !self.mysql.unchecked {
            return;
        }
        if cursor.is("select") || cursor.is("do") {
            // A function may write.
            if !self.catalog.functions.is_empty() {
                self.distrust_foreign_keys(|_, _| true);
            }
            return;
        }
        let mentions = Mentions::of_statement(cursor);
        let through_view = self
            .catalog
            .relations
            .iter()
            .any(|(name, relation)| matches!(relation, Relation::View(_)) && mentions.name(&name.name));
        if through_view {
            self.distrust_foreign_keys(|_, _| true);
            return;
        }
        let written: Vec<QName> = self
            .tables()
            .map(|table| table.name.clone())
            .filter(|name| mentions.name(&name.name))
            .collect();
        let reacts = |name: &QName| self.table(name).is_some_and(|table| !table.triggers.is_empty());
        if written.iter().any(reacts) {
            self.distrust_foreign_keys(|_, _| true);
        }
        self.distrust_foreign_keys(|table, key| {
            written.contains(&table.name) || written.contains(&key.parent)
        });
    }
}

/// `=` or `:=`.
fn becomes(assignment: &mut Cursor<'_>) -> Option<()> {
    if assignment.eat_symbol("=") {
        return Some(());
    }
    (assignment.eat_symbol(":") && assignment.eat_symbol("=")).then_some(())
}

/// True if a value for `sql_mode` is put together from harmless modes and from what it was.
fn is_harmless_mode(value: &Cursor<'_>) -> bool {
    const WORDS: &[&str] = &[
        "select",
        "replace",
        "concat",
        "concat_ws",
        "sql_mode",
        "session",
        "global",
        "local",
        "default",
        "traditional",
    ];
    let saved = |at: usize| {
        // A variable of the user's: what a dump saved before.
        let text = |at: usize| value.tokens().get(at).map_or("", |token| value.text(*token));
        at > 0 && text(at - 1) == "@" && (at < 2 || text(at - 2) != "@")
    };
    let modes = value
        .tokens()
        .iter()
        .enumerate()
        .all(|(at, token)| match token.kind {
            Kind::Word => {
                let word = value.text(*token).to_ascii_lowercase();
                WORDS.contains(&word.as_str()) || HARMLESS_MODES.contains(&word.as_str()) || saved(at)
            }
            Kind::Text => {
                let text = value.text(*token).to_ascii_lowercase();
                let modes = text.trim_matches(['\'', '"']);
                modes.split(',').all(|mode| HARMLESS_MODES.contains(&mode.trim()))
            }
            Kind::Symbol => ["(", ")", ",", ".", "@"].contains(&value.text(*token)),
            Kind::Quoted | Kind::UnicodeQuoted | Kind::Dollar | Kind::Number => false,
        });
    modes && !value.done()
}
