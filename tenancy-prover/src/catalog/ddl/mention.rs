//! What a statement that is not understood may have changed: every relation whose name occurs in its text.

use std::collections::BTreeSet;

use super::Reader;
use super::cursor::Cursor;
use super::scan::{Kind, Scanner, Token, is_word_part};
use crate::Dialect;
use crate::catalog::{Function, Poison, QName, Relation, SqlType};

/// The words of a text, whatever they stand in: code, strings, quoted names, comments between them.
#[derive(Debug, Clone)]
pub(super) struct Mentions {
    text: String,
    words: BTreeSet<String>,
    /// A `U&"..."` may spell any name.
    hidden: bool,
}

impl Mentions {
    /// The words of `text`.
    pub(super) fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        let words = text.split(|character: char| {
            let mut buffer = [0; 4];
            !character.encode_utf8(&mut buffer).bytes().all(is_word_part)
        });
        // `$` is part of a word, and it is what a dollar quote begins and ends with.
        let words = words.flat_map(|word| word.split('$').chain([word]));
        let words = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Self {
            words,
            text,
            hidden: false,
        }
    }

    /// The words of a statement.
    pub(super) fn of_statement(cursor: &Cursor<'_>) -> Self {
        let hidden = cursor
            .tokens()
            .iter()
            .any(|token| token.kind == Kind::UnicodeQuoted);
        Self {
            hidden,
            ..Self::of(cursor.source_text())
        }
    }

    /// True if the text may mean that relation. Case is ignored: a name may be put together from folded parts.
    pub(super) fn name(&self, name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.bytes().all(plain) {
            return self.words.contains(name);
        }
        let folded = name.to_lowercase();
        self.words.contains(&folded) || (!folded.bytes().all(is_word_part) && self.text.contains(&folded))
    }
}

impl Reader {
    /// Records that `cursor`'s statement may have changed any relation that it names, now or later.
    pub(super) fn poison_mentioned(&mut self, cursor: &Cursor<'_>, what: String) {
        let mentions = Mentions::of_statement(cursor);
        if mentions.hidden {
            self.poison_all(format!("{what}, which spells a name with unicode escapes"));
            return;
        }
        self.poison_reached(cursor.source_text(), mentions, what);
    }

    /// The same for the words of any text, such as the body of a procedure that the statement calls.
    pub(super) fn poison_text(&mut self, text: &str, what: String) {
        self.poison_reached(text, Mentions::of(text), what);
    }

    fn poison_reached(&mut self, text: &str, mentions: Mentions, what: String) {
        let reach = Reach::of(text);
        if let Some(why) = reach.everything {
            self.poison_all(format!("{what}, which {why}"));
            return;
        }
        if reach.search_path {
            self.path = None;
        }
        self.forget_mentioned(&reach, &mentions, &what);
        if mentions.name("operator") {
            // An operator of the project's own would be taken for PostgreSQL's.
            self.poison_all(format!("{what}, which may create operators"));
            return;
        }
        let poison = Poison {
            origin: self.origin(),
            what,
        };
        self.poison_mentioned_now(&mentions, &poison);
        self.pending.push((mentions, poison));
    }

    /// Records that nothing is known any more: a statement that can change any relation without naming it.
    pub(super) fn poison_all(&mut self, what: String) {
        if self.catalog.poison_all.is_none() {
            self.catalog.poison_all = Some(Poison {
                origin: self.origin(),
                what,
            });
        }
    }

    /// Records a reason against one relation.
    pub(super) fn poison_relation(&mut self, name: &QName, what: String) {
        let poison = Poison {
            origin: self.origin(),
            what,
        };
        if let Some(relation) = self.catalog.relations.get_mut(name) {
            add(relation, &poison);
        }
    }

    pub(super) fn poison_mentioned_now(&mut self, mentions: &Mentions, poison: &Poison) {
        let default = self.catalog.home;
        for (name, relation) in &mut self.catalog.relations {
            if mentions.name(&name.name) || (name.schema != default && mentions.name(&name.schema)) {
                add(relation, poison);
            }
        }
    }

    /// What a text changes that is no relation: routines whose code is another now, indexes that a name alone reaches,
    /// domains and collations that it makes.
    fn forget_mentioned(&mut self, reach: &Reach, mentions: &Mentions, what: &str) {
        if !reach.changes_schema {
            return;
        }
        for ((name, _), routine) in &mut self.routines {
            if mentions.name(&name.name) {
                routine.body = None;
                self.risky_code = true;
            }
        }
        let schema = self.catalog.home;
        for name in &reach.functions {
            let function = Function {
                name: QName {
                    schema: schema.to_owned(),
                    name: name.clone(),
                },
                pure: false,
                aggregate: false,
                origin: self.origin(),
            };
            self.catalog
                .functions
                .entry(name.clone())
                .or_default()
                .push(function);
        }
        for name in &reach.collations {
            self.catalog.collations.insert(name.clone(), false);
        }
        self.unknown_types.extend(reach.types.iter().cloned());
        // `drop index`, `alter index`: nothing else reaches an index without its table.
        let indexes = mentions.name("index");
        let users: Vec<QName> = self
            .tables()
            .filter(|table| {
                let mut keys = table.keys.iter().filter_map(|key| key.name.as_ref());
                keys.any(|name| mentions.name(name))
                    || table.columns.iter().any(|column| reach.uses(&column.ty))
            })
            .map(|table| table.name.clone())
            .collect();
        for user in users {
            self.poison_relation(&user, what.to_owned());
        }
        let plain = self.plain_indexes.keys();
        let plain: Vec<QName> = plain
            .filter(|name| indexes && mentions.name(&name.name))
            .cloned()
            .collect();
        for index in plain {
            self.plain_indexes.remove(&index);
            self.doubt_name(index);
        }
    }

    /// Columns of a domain that only unread code made may have defaults and checks that nobody knows.
    pub(super) fn distrust_unknown_types(&mut self) {
        let types = std::mem::take(&mut self.unknown_types);
        let users: Vec<QName> = self
            .tables()
            .filter(|table| table.columns.iter().any(|column| is_one_of(&types, &column.ty)))
            .map(|table| table.name.clone())
            .collect();
        for user in users {
            let what = "a domain that code makes or changes, which a column has as its type".to_owned();
            self.poison_relation(&user, what);
        }
    }

    /// Poisons the views whose text mentions `name`.
    pub(super) fn poison_views_of(&mut self, name: &str, what: &str) {
        self.poison_views_where(name, what, |_| true);
    }

    /// Poisons the views whose text mentions `name` and satisfies a condition.
    pub(super) fn poison_views_where(&mut self, name: &str, what: &str, matches: impl Fn(&str) -> bool) {
        let poison = Poison {
            origin: self.origin(),
            what: what.to_owned(),
        };
        for (view, mentions) in &self.view_mentions {
            if let Some(Relation::View(view)) = self.catalog.relations.get_mut(view)
                && mentions.name(name)
                && matches(&view.query)
            {
                view.poison.push(poison.clone());
            }
        }
    }
}

/// What a text can do beyond the tables that it names.
#[derive(Debug, Default)]
struct Reach {
    /// It can change tables without naming them: says how.
    everything: Option<&'static str>,
    /// It creates, alters or drops something.
    changes_schema: bool,
    /// It sets the search path.
    search_path: bool,
    /// Functions that it creates or alters.
    functions: Vec<String>,
    /// Collations that it creates or alters.
    collations: Vec<String>,
    /// Domains that it creates or alters, and types that it alters.
    types: BTreeSet<String>,
}

/// Settings that change what statements or checks mean, for the session or for good.
const RISKY: &[&str] = &[
    "standard_conforming_strings",
    "session_replication_role",
    "transform_null_equals",
];

impl Reach {
    fn of(text: &str) -> Self {
        let mut reach = Self::default();
        let mut scanner = Scanner::new(text, Dialect::Postgres);
        let tokens: Vec<Token> = std::iter::from_fn(|| scanner.next_token()).collect();
        let spelled = |at: usize| {
            let token = tokens.get(at).filter(|token| token.kind != Kind::Dollar);
            let text = token.and_then(|token| text.get(token.start..token.end));
            text.unwrap_or("").to_ascii_lowercase()
        };
        // The words that the current statement begins with, and the one before the current.
        let [mut first, mut second, mut before] = [const { String::new() }; 3];
        for (at, token) in tokens.iter().enumerate() {
            let word = spelled(at);
            if token.kind == Kind::Text {
                let value = word.trim_matches('\'');
                reach.search_path |= value == "search_path";
                if RISKY.contains(&value) {
                    reach.everything = Some("changes what later statements mean");
                }
            }
            if token.kind == Kind::Word {
                reach.changes_schema |= matches!(word.as_str(), "create" | "alter" | "drop" | "rename");
                reach.everything = reach
                    .everything
                    .or_else(|| everything([&first, &second], &before, &word));
                reach.search_path |= word == "search_path" && first == "set";
                if matches!(first.as_str(), "create" | "alter") {
                    let named = name_after(text, &tokens, at);
                    match word.as_str() {
                        "function" | "procedure" | "aggregate" | "routine" => reach.functions.extend(named),
                        "collation" => reach.collations.extend(named),
                        "domain" => reach.types.extend(named),
                        "type" if before == "alter" && moves_type(text, &tokens, at) => {
                            reach.types.extend(named);
                        }
                        _ => {}
                    }
                }
            }
            if matches!(word.as_str(), ";" | "begin" | "then" | "else" | "loop") {
                (first, second) = (String::new(), String::new());
            } else if first.is_empty() {
                first.clone_from(&word);
            } else if second.is_empty() {
                second.clone_from(&word);
            }
            before = word;
        }
        reach
    }

    /// True for a column whose domain or type the text changes.
    fn uses(&self, ty: &SqlType) -> bool {
        !self.types.is_empty() && is_one_of(&self.types, ty)
    }
}

fn is_one_of(types: &BTreeSet<String>, ty: &SqlType) -> bool {
    let name = ty.name.rsplit('.').next().unwrap_or(&ty.name);
    types.contains(name)
}

/// Why a word in a statement that begins with two others can change what the statement does not name.
fn everything([first, second]: [&str; 2], before: &str, word: &str) -> Option<&'static str> {
    match word {
        "cascade" if !matches!(before, "delete" | "update") && first != "truncate" => {
            Some("drops what it does not name (`cascade`)")
        }
        "owned" if before == "drop" => Some("drops what it does not name (`drop owned`)"),
        "schema" if matches!(before, "drop" | "alter") => Some("drops or renames a schema"),
        "cast" if before == "create" => Some("creates a cast"),
        "trigger" if before == "event" && first == "create" => Some("creates an event trigger"),
        "search_path" if first == "alter" && !matches!(second, "function" | "procedure" | "routine") => {
            Some("changes a lasting setting")
        }
        _ if RISKY.contains(&word) => Some("changes what later statements mean"),
        _ => None,
    }
}

/// The name behind `function`, `domain` and the like, without its schema.
fn name_after(text: &str, tokens: &[Token], at: usize) -> Option<String> {
    let mut cursor = Cursor::new(text, tokens.get(at + 1..)?, Dialect::Postgres);
    cursor.eat("if not exists");
    cursor.eat("if exists");
    Some(cursor.name()?.name)
}

/// True for `type name rename to ..` and `type name set schema ..`: columns name the type otherwise from then on.
fn moves_type(text: &str, tokens: &[Token], at: usize) -> bool {
    let mut cursor = Cursor::new(text, tokens.get(at + 1..).unwrap_or(&[]), Dialect::Postgres);
    cursor.name().is_some() && (cursor.is("rename to") || cursor.is("set schema"))
}

fn add(relation: &mut Relation, poison: &Poison) {
    let list = match relation {
        Relation::Table(table) => {
            if !table.security.doubts.contains(poison) {
                table.security.doubts.push(poison.clone());
            }
            &mut table.poison
        }
        Relation::View(view) => &mut view.poison,
        Relation::Opaque { .. } => return,
    };
    if !list.contains(poison) {
        list.push(poison.clone());
    }
}
