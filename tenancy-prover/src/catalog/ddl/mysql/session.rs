//! `set`, `call`, and statements about rows.

use super::super::Reader;
use super::super::cursor::Cursor;
use super::super::mention::Mentions;
use crate::catalog::QName;

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

impl Reader {
    /// `set ..`, from that word on.
    pub(super) fn mysql_set(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.expect("set")?;
        if cursor
            .eat_any(&[
                "names",
                "character set",
                "charset",
                "transaction",
                "password",
                "role",
                "default role",
            ])
            .is_some()
        {
            // How the session writes its texts; the tables' own character sets do not depend on it.
            return Some(());
        }
        if cursor.is("statement") {
            return None;
        }
        for mut assignment in cursor.members() {
            let mut global = false;
            while assignment.eat_symbol("@") {
                global |= assignment.is("global") || assignment.is("persist");
            }
            global |= assignment
                .eat_any(&["global", "persist", "persist_only"])
                .is_some();
            assignment.eat_any(&["session", "local", "transaction"]);
            assignment.eat_symbol(".");
            if assignment.is("isolation") || assignment.is("read") {
                return Some(());
            }
            let name = assignment.identifier()?;
            if !assignment.eat_symbol("=") {
                (assignment.eat_symbol(":") && assignment.eat_symbol("=")).then_some(())?;
            }
            let value = assignment.source_text().to_ascii_lowercase();
            self.mysql_setting(&name, &value, global);
        }
        Some(())
    }

    fn mysql_setting(&mut self, name: &str, value: &str, global: bool) {
        match name {
            "foreign_key_checks" => {
                let off = matches!(value, "0" | "off" | "false");
                self.mysql.unchecked = off;
                if off && global {
                    self.distrust_foreign_keys(|_, _| true);
                }
            }
            "sql_mode" => {
                let restored = value.starts_with('@');
                let modes = value.trim_matches(['\'', '"']);
                let harmless = modes.split(',').all(|mode| HARMLESS_MODES.contains(&mode.trim()));
                if !harmless && !restored && value != "default" {
                    self.poison_all(format!(
                        "`sql_mode` is set to {value}, which may change what texts, quotes and operators mean"
                    ));
                }
            }
            "default_storage_engine" | "storage_engine" if !value.contains("innodb") => {
                self.poison_all(
                    "another storage engine is made the default: say `engine` at each table".to_owned(),
                );
            }
            "character_set_database"
            | "collation_database"
            | "lower_case_table_names"
            | "default_tmp_storage_engine"
            | "sql_generate_invisible_primary_key"
            | "explicit_defaults_for_timestamp"
            | "old_mode" => {
                if name == "sql_generate_invisible_primary_key" && !matches!(value, "0" | "off" | "false") {
                    self.poison_all("tables get a primary key that their text does not show".to_owned());
                }
            }
            _ => {}
        }
    }

    /// Statements about rows: no function may change a schema here. While foreign keys are not checked, what comes in
    /// need not have its parent.
    pub(super) fn mysql_data(&mut self, cursor: &Cursor<'_>) {
        if !self.mysql.unchecked || cursor.is("select") {
            return;
        }
        let mentions = Mentions::of_statement(cursor);
        let written: Vec<QName> = self
            .tables()
            .map(|table| table.name.clone())
            .filter(|name| mentions.name(&name.name))
            .collect();
        self.distrust_foreign_keys(|table, key| {
            written.contains(&table.name) || written.contains(&key.parent)
        });
    }
}
