//! Code that migrations run: `do`, `call`, and functions called from data statements.

use std::collections::BTreeSet;

use super::Reader;
use super::cursor::{Cursor, Name};
use super::mention::Mentions;
use super::scan::{Kind, Scanner, Token};
use crate::Dialect;
use crate::catalog::QName;
use crate::functions;

/// How far running a piece of code can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    /// What its own text, and the text of what it calls, names.
    Named(String),
    /// Anything: it runs text that it builds, or code that cannot be read. Says which.
    Everything(String),
}

/// Functions that migrations call beside the pure ones; they change no schema.
const HARMLESS: &[&str] = &[
    "setval",
    "nextval",
    "currval",
    "lastval",
    "pg_get_serial_sequence",
    "set_config",
    "current_setting",
    "pg_notify",
    "pg_advisory_lock",
    "pg_advisory_unlock",
    "pg_advisory_xact_lock",
    "pg_try_advisory_lock",
    "pg_sleep",
    "now",
    "gen_random_uuid",
    "random",
    "to_regclass",
    "pg_backend_pid",
    "txid_current",
    "pg_get_constraintdef",
    "pg_get_indexdef",
    "pg_get_viewdef",
    "pg_relation_size",
    "pg_total_relation_size",
    "raise_application_error",
    "last_insert_rowid",
    "changes",
    "sqlite_version",
    "randomblob",
    "hex",
];

/// Words that a parenthesis may follow and that call nothing.
const KEYWORDS: &[&str] = &[
    "in",
    "values",
    "exists",
    "any",
    "all",
    "some",
    "and",
    "or",
    "not",
    "over",
    "filter",
    "array",
    "row",
    "cast",
    "using",
    "on",
    "from",
    "as",
    "select",
    "where",
    "by",
    "join",
    "lateral",
    "when",
    "then",
    "else",
    "case",
    "with",
    "union",
    "except",
    "intersect",
    "limit",
    "offset",
    "into",
    "set",
    "returning",
    "having",
    "between",
    "like",
    "is",
    "varchar",
    "char",
    "character",
    "numeric",
    "decimal",
    "timestamp",
    "timestamptz",
    "time",
    "interval",
    "if",
    "extract",
    "substring",
    "trim",
    "position",
    "overlay",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "grouping",
    "materialized",
    "conflict",
    "distinct",
    "within",
    "group",
    "sets",
    "rollup",
    "cube",
];

impl Reader {
    /// `do [language l] 'body'`.
    pub(super) fn do_block(&mut self, cursor: &Cursor<'_>) -> Option<()> {
        let mut walk = cursor.clone();
        walk.expect("do")?;
        let mut language = "plpgsql".to_owned();
        let mut body = None;
        while !walk.done() {
            if walk.eat("language") {
                language = walk.string().or_else(|| walk.identifier())?.to_lowercase();
            } else if let Some(text) = walk.string() {
                body = Some(text);
            } else {
                break;
            }
        }
        match body.filter(|_| walk.done() && language == "plpgsql") {
            Some(body) => self.run(cursor, &body, "a `do` block"),
            None => self.poison_all("a `do` block that cannot be read".to_owned()),
        }
        Some(())
    }

    /// `call procedure(..)`.
    pub(super) fn call(&mut self, cursor: &Cursor<'_>) -> Option<()> {
        let mut walk = cursor.clone();
        walk.expect("call")?;
        let name = walk.name()?;
        let what = format!("`call {}`", name.name);
        match self.reach_of_call(&name, &mut Vec::new()) {
            Some(Reach::Named(text)) => {
                self.poison_text(&with_statement(&text, cursor), what);
            }
            Some(Reach::Everything(why)) => self.poison_all(format!("{what}, which {why}")),
            None => self.poison_all(format!("{what}, a procedure that no migration defines")),
        }
        Some(())
    }

    fn run(&mut self, cursor: &Cursor<'_>, body: &str, what: &str) {
        match self.reach(body, &mut Vec::new()) {
            Reach::Named(text) => {
                self.poison_text(&with_statement(&text, cursor), what.to_owned());
            }
            Reach::Everything(why) => self.poison_all(format!("{what} that {why}")),
        }
    }

    /// What a call of that name can reach; nothing if no migration defines it.
    fn reach_of_call(&self, name: &Name, seen: &mut Vec<String>) -> Option<Reach> {
        let routines = self.routines_called(name);
        if routines.is_empty() {
            return None;
        }
        let mut all = String::new();
        if seen.contains(&name.name) {
            return Some(Reach::Named(all));
        }
        seen.push(name.name.clone());
        for routine in routines {
            let readable = matches!(routine.language.as_str(), "sql" | "plpgsql");
            let Some(body) = routine.body.as_ref().filter(|_| readable) else {
                if routine.language == "aggregate" {
                    continue;
                }
                return Some(Reach::Everything(format!(
                    "runs `{}`, whose code cannot be read",
                    name.name
                )));
            };
            match self.reach(body, seen) {
                Reach::Named(text) => {
                    all.push_str("\n; ");
                    all.push_str(&text);
                }
                everything @ Reach::Everything(_) => return Some(everything),
            }
        }
        Some(Reach::Named(all))
    }

    /// What a body in SQL or PL/pgSQL can reach.
    fn reach(&self, body: &str, seen: &mut Vec<String>) -> Reach {
        let mut scanner = Scanner::new(body, Dialect::Postgres);
        let tokens: Vec<Token> = std::iter::from_fn(|| scanner.next_token()).collect();
        let mut all = body.to_owned();
        let text = |at: usize| {
            let token = tokens.get(at);
            token
                .and_then(|token| body.get(token.start..token.end))
                .unwrap_or("")
                .to_ascii_lowercase()
        };
        for (at, token) in tokens.iter().enumerate() {
            if token.kind == Kind::UnicodeQuoted {
                return Reach::Everything("spells a name with unicode escapes".to_owned());
            }
            let word = text(at);
            let after = text(at + 1);
            if token.kind == Kind::Word
                && word == "execute"
                && !["function", "procedure", "on"].contains(&after.as_str())
            {
                return Reach::Everything("runs SQL that it builds (`execute`)".to_owned());
            }
            let Some((name, qualified)) = called(body, &tokens, at) else {
                continue;
            };
            match self.reach_of_call(&name, seen) {
                Some(Reach::Named(text)) => {
                    all.push_str("\n; ");
                    all.push_str(&text);
                }
                Some(everything @ Reach::Everything(_)) => return everything,
                None => {
                    let first = at.wrapping_sub(if qualified { 3 } else { 1 });
                    let performed = ["perform", "call"].contains(&text(first).as_str());
                    if performed && !is_harmless(&name.name) {
                        return Reach::Everything(format!(
                            "runs `{}`, which no migration defines",
                            name.name
                        ));
                    }
                }
            }
        }
        Reach::Named(all)
    }

    /// Statements about rows. They change no schema, unless a function that they call does, they write the system
    /// catalogue, or they are PostgreSQL's `select .. into`, which makes a table.
    pub(super) fn data(&mut self, cursor: &Cursor<'_>) -> Option<()> {
        let (source, tokens) = (cursor.source(), cursor.tokens());
        self.set_config_calls(cursor);
        if writes_system_catalogue(source, tokens) {
            self.poison_all("a statement that writes the system catalogue".to_owned());
        }
        if self.dialect() == Dialect::Postgres {
            self.select_into(cursor);
        }
        let selects = cursor.is("select") || cursor.is_symbol("(");
        let mut unknown = None;
        let mut seen = BTreeSet::new();
        for at in opened_by_names(source, tokens) {
            // Seed rows call the same functions over and over. What a name is depends on the token before it; a schema
            // begins two tokens before.
            let text = |at: usize| {
                let token = tokens.get(at);
                token
                    .and_then(|token| source.get(token.start..token.end))
                    .unwrap_or("")
            };
            let before = text(at.wrapping_sub(1));
            if before != "." && !seen.insert((before, text(at))) {
                continue;
            }
            let Some((name, _)) = called(source, tokens, at) else {
                continue;
            };
            match self.reach_of_call(&name, &mut Vec::new()) {
                Some(Reach::Named(text)) if changes_schema(&text) => {
                    let what = format!("a call of `{}`, which changes the schema", name.name);
                    self.poison_text(&with_statement(&text, cursor), what);
                }
                Some(Reach::Named(_)) => {}
                Some(Reach::Everything(why)) => {
                    self.poison_all(format!("a call of `{}`, which {why}", name.name));
                }
                None if selects && !is_harmless(&name.name) => unknown = Some(name.name),
                None => {}
            }
        }
        if let Some(function) = unknown {
            let mentions = Mentions::of(cursor.source_text());
            if cursor.source_text().contains("||") || mentions.name("format") || mentions.name("concat") {
                self.poison_all(format!(
                    "a call of `{function}`, which is not known, with text that it builds"
                ));
            }
            // An extension's function may do to a table what its arguments say (`create_hypertable('t', ..)`).
            self.poison_mentioned(cursor, format!("a call of `{function}`, which is not known"));
        }
        Some(())
    }

    fn select_into(&mut self, cursor: &Cursor<'_>) {
        if !cursor.is("select") && !cursor.is("with") {
            return;
        }
        let mut walk = cursor.clone();
        if walk.is("with") {
            walk = walk.up_to("select");
            if walk.done() {
                return;
            }
        }
        let mut walk = walk.up_to("into");
        if !walk.eat("into") || cursor.clone().up_to("insert").eat("insert") {
            return;
        }
        let temporary = walk.eat_any(&["temporary", "temp"]).is_some();
        walk.eat("unlogged");
        walk.eat("table");
        let Some(written) = walk.name() else { return };
        let name = if temporary {
            Some(QName {
                schema: self.temporary_schema().to_owned(),
                name: written.name,
            })
        } else {
            self.place(&written)
        };
        if let Some(name) = name.filter(|name| !self.catalog.relations.contains_key(name)) {
            self.add_opaque(
                name,
                "a table made by `select .. into`, whose columns are not known",
            );
        }
    }
}

/// Whether a body runs SQL that it builds, or hides a name.
pub(super) fn builds_sql(body: &str) -> bool {
    let mut scanner = Scanner::new(body, Dialect::Postgres);
    let tokens: Vec<Token> = std::iter::from_fn(|| scanner.next_token()).collect();
    let is = |at: usize, words: &[&str]| {
        let token = tokens.get(at);
        let text = token
            .and_then(|token| body.get(token.start..token.end))
            .unwrap_or("");
        words.iter().any(|word| text.eq_ignore_ascii_case(word))
    };
    tokens.iter().enumerate().any(|(at, token)| {
        token.kind == Kind::UnicodeQuoted
            || (token.kind == Kind::Word
                && is(at, &["execute"])
                && !is(at + 1, &["function", "procedure", "on"]))
    })
}

/// The text of code and of the statement that runs it, each a statement of its own.
fn with_statement(code: &str, cursor: &Cursor<'_>) -> String {
    format!("{code}\n; {}", cursor.source_text())
}

/// The positions of words and quoted names that a parenthesis follows.
fn opened_by_names<'a>(source: &'a str, tokens: &'a [Token]) -> impl Iterator<Item = usize> + 'a {
    let bytes = source.as_bytes();
    let opens = move |pair: &[Token; 2]| {
        let [name, open] = pair;
        open.kind == Kind::Symbol
            && bytes.get(open.start) == Some(&b'(')
            && matches!(name.kind, Kind::Word | Kind::Quoted)
    };
    let pairs = tokens.array_windows().enumerate();
    pairs.filter(move |(_, pair)| opens(pair)).map(|(at, _)| at)
}

/// The name before a parenthesis that opens at `at + 1`, and whether it has a schema.
pub(super) fn called(source: &str, tokens: &[Token], at: usize) -> Option<(Name, bool)> {
    let text = |at: usize| {
        tokens
            .get(at)
            .and_then(|token| source.get(token.start..token.end))
            .unwrap_or("")
    };
    let token = tokens
        .get(at)
        .filter(|token| matches!(token.kind, Kind::Word | Kind::Quoted))?;
    if tokens.get(at + 1)?.kind != Kind::Symbol || text(at + 1) != "(" {
        return None;
    }
    let name = super::cursor::fold(text(at), token.kind, Dialect::Postgres)?;
    let qualified = at >= 2 && text(at - 1) == ".";
    let into = ["into", "table", "update", "references", "as", "exists"];
    if !qualified {
        let previous = if at == 0 { "" } else { text(at - 1) };
        if token.kind == Kind::Word && KEYWORDS.contains(&name.as_str())
            || into.iter().any(|word| previous.eq_ignore_ascii_case(word))
        {
            return None;
        }
        return Some((Name { schema: None, name }, false));
    }
    let before = if at < 3 { "" } else { text(at - 3) };
    if into.iter().any(|word| before.eq_ignore_ascii_case(word)) {
        return None;
    }
    let schema = tokens
        .get(at - 2)
        .and_then(|token| super::cursor::fold(text(at - 2), token.kind, Dialect::Postgres));
    Some((Name { schema, name }, true))
}

fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name)
        || functions::lookup(Dialect::Postgres, name).is_some()
        || functions::lookup(Dialect::Sqlite, name).is_some()
}

/// Whether a body may change the schema by what its text says.
pub(super) fn changes_schema(body: &str) -> bool {
    let mentions = Mentions::of(body);
    ["create", "alter", "drop", "rename"]
        .iter()
        .any(|word| mentions.name(word))
}

/// `update pg_class`, `delete from pg_catalog.pg_constraint`, and SQLite's schema table.
fn writes_system_catalogue(source: &str, tokens: &[Token]) -> bool {
    let text = |at: usize| {
        tokens
            .get(at)
            .and_then(|token| source.get(token.start..token.end))
            .unwrap_or("")
    };
    let is = |at: usize, word: &str| text(at).eq_ignore_ascii_case(word);
    tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.kind == Kind::Word && matches!(token.end - token.start, 4 | 6 | 8))
        .any(|(at, _)| {
            let target = if ["update", "into", "truncate", "copy"]
                .iter()
                .any(|word| is(at, word))
            {
                at + 1
            } else if is(at, "delete") {
                at + 2
            } else {
                return false;
            };
            let name = text(if is(target, "only") { target + 1 } else { target });
            let name = name.trim_matches('"').to_ascii_lowercase();
            name.starts_with("pg_") || name.starts_with("sqlite_") || name == "information_schema"
        })
}
