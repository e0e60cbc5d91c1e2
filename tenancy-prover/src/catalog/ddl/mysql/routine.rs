//! Functions and procedures.

use super::super::Reader;
use super::super::cursor::Cursor;
use super::super::mention::Mentions;
use crate::catalog::{Function, QName};

impl Reader {
    /// `create function|procedure`, behind these words.
    pub(super) fn mysql_create_routine(&mut self, mut cursor: Cursor<'_>, kind: &str) -> Option<()> {
        cursor.eat("if not exists");
        let name = cursor.name()?.name;
        if kind == "procedure" {
            self.mysql
                .procedures
                .entry(name)
                .or_default()
                .push(cursor.source_text().to_owned());
            return Some(());
        }
        // `create aggregate function`, and `returns .. soname` for both: code in a library.
        let aggregate = kind.starts_with("aggregate") || cursor.clone().up_to("fetch").eat("fetch");
        let function = Function {
            name: QName {
                schema: String::new(),
                name: name.clone(),
            },
            pure: false,
            aggregate,
            origin: self.origin(),
        };
        self.catalog.functions.entry(name).or_default().push(function);
        Some(())
    }

    /// `drop function|procedure`, behind these words. The name stays registered: knowing more of them refuses more.
    pub(super) fn mysql_drop_routine(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        cursor.eat("if exists");
        cursor.name()?;
        cursor.end()
    }

    /// `call procedure(..)`: what its text names may have changed.
    pub(super) fn mysql_call(&mut self, cursor: &Cursor<'_>) -> Option<()> {
        let mut walk = cursor.clone();
        walk.expect("call")?;
        let name = walk.name()?.name;
        let what = format!("`call {name}`");
        let Some(body) = self
            .mysql
            .procedures
            .get(&name)
            .map(|bodies| bodies.join("\n;\n"))
        else {
            self.poison_all(format!("{what}, a procedure that no migration defines"));
            return Some(());
        };
        let mentions = Mentions::of(&body);
        for word in ["execute", "prepare", "call", "use", "set", "rename"] {
            if mentions.name(word) {
                self.poison_all(format!("{what}, whose text has `{word}` in it"));
                return Some(());
            }
        }
        if self.mysql.unchecked {
            self.distrust_foreign_keys(|_, _| true);
        }
        self.poison_text(&format!("{body}\n; {}", cursor.source_text()), what);
        Some(())
    }
}
