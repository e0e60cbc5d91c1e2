//! Columns that come, go and change; partitions and inheritance children follow their parent.

use super::Reader;
use super::alter::part_names;
use super::attach::plain_column;
use super::column::{collation, parse_column};
use super::cursor::{Cursor, fold};
use super::mention::Mentions;
use super::scan::{Kind, Scanner, Token};
use super::table::{is_primary, without_repeats};
use super::types;
use crate::Dialect;
use crate::catalog::{Column, Key, KeyPart, QName, Table};

impl Reader {
    /// `add column`, behind these words.
    pub(super) fn add_column(&mut self, name: &QName, cursor: &mut Cursor<'_>, only: bool) -> Option<()> {
        let keep = cursor.eat("if not exists");
        let def = parse_column(cursor)?;
        if self
            .table(name)?
            .columns
            .iter()
            .any(|column| column.name == def.name)
        {
            return keep.then_some(());
        }
        if def.declared.serial || (def.identity && self.dialect() == Dialect::Postgres) {
            self.add_owned_sequence(name, &def.name);
        }
        let constraints = def.constraints.clone();
        let column = self.column(def, name);
        self.capture_in_views(name, &column.name);
        for child in if only { Vec::new() } else { self.descendants(name) } {
            let table = self.table_mut(&child)?;
            if !table.columns.iter().any(|other| other.name == column.name) {
                table.columns.push(column.clone());
            }
        }
        self.table_mut(name)?.columns.push(column);
        let mut constraints = constraints;
        constraints.sort_by_key(|constraint| !is_primary(constraint));
        for constraint in without_repeats(constraints) {
            self.add_constraint(name, constraint, true)?;
        }
        Some(())
    }

    /// PostgreSQL fixes what a view's names and stars mean when the view is made; read again after a column came, its
    /// text could mean something else.
    pub(super) fn capture_in_views(&mut self, table: &QName, column: &str) {
        if self.dialect() != Dialect::Postgres {
            return;
        }
        let what = format!(
            "column `{column}` of `{}` came after the view: its text may mean something else now, create it again",
            table.name
        );
        let dialect = self.dialect();
        self.poison_views_where(&table.name, &what, |query| {
            super::view::would_capture(query, column, dialect)
        });
    }

    /// `drop column`.
    pub(super) fn drop_column(
        &mut self,
        name: &QName,
        column: &str,
        optional: bool,
        only: bool,
        cascade: bool,
    ) -> Option<()> {
        if !self.table(name)?.columns.iter().any(|other| other.name == column) {
            return optional.then_some(());
        }
        self.remove_column(name, column, only, cascade);
        if cascade {
            let what = format!("column `{column}` of `{}` was dropped with `cascade`", name.name);
            self.poison_views_of(&name.name, &what);
        }
        Some(())
    }

    /// Takes a column from a table, and from the children that have it only because of this parent.
    fn remove_column(&mut self, name: &QName, column: &str, only: bool, cascade: bool) {
        let dialect = self.dialect();
        let Some(table) = self.table_mut(name) else { return };
        let Some(index) = table.columns.iter().position(|other| other.name == column) else {
            return;
        };
        let gone = remove_from(table, index, dialect);
        let generated = table
            .columns
            .iter()
            .filter_map(|column| column.generated.as_ref());
        let follows = generated
            .into_iter()
            .any(|text| uses_column(text, column, dialect) != Some(false));
        if gone.doubtful || (cascade && follows) {
            let what = format!("column `{column}` was dropped, and it is not known what went with it");
            self.poison_relation(name, what);
        }
        for (key, parts) in gone.keys.iter().filter(|_| cascade) {
            self.drop_references_to(name, key, parts);
        }
        self.drop_plain_indexes_over(name, column);
        self.drop_owned_sequences(name, Some(column));
        for other in self.tables_mut() {
            let own = other.name == *name;
            other
                .security
                .policies
                .retain(|policy| !super::policy::reads(policy, name, Some((column, own))));
            other.foreign_keys.retain(|key| {
                key.parent != *name || !key.parent_columns.iter().any(|referenced| referenced == column)
            });
        }
        for child in if only { Vec::new() } else { self.children(name) } {
            let own = self.own_columns.contains(&(child.clone(), column.to_owned()));
            let elsewhere = self
                .table(&child)
                .into_iter()
                .flat_map(|table| &table.parents)
                .any(|parent| {
                    self.table(parent)
                        .is_some_and(|parent| parent.column_index(column).is_some())
                });
            if !own && !elsewhere {
                self.remove_column(&child, column, false, cascade);
            }
        }
    }

    /// The indexes that are no keys go with their columns, too.
    fn drop_plain_indexes_over(&mut self, name: &QName, column: &str) {
        let dialect = self.dialect();
        let mut doubtful = Vec::new();
        self.plain_indexes.retain(|index, plain| {
            if plain.table != *name {
                return true;
            }
            let uses: Vec<Option<bool>> = plain
                .texts
                .iter()
                .chain(&plain.predicate)
                .map(|text| uses_column(text, column, dialect))
                .collect();
            let gone = plain.columns.iter().any(|other| other == column) || uses.contains(&Some(true));
            if !gone && uses.contains(&None) {
                doubtful.push(index.clone());
            }
            !gone && !uses.contains(&None)
        });
        for index in doubtful {
            self.doubt_name(index);
        }
    }

    /// `alter [column]`, behind these words.
    pub(super) fn alter_column(&mut self, name: &QName, cursor: &mut Cursor<'_>, only: bool) -> Option<()> {
        let column = cursor.identifier()?;
        let origin = self.origin_at(cursor.offset());
        self.table(name)?
            .columns
            .iter()
            .find(|other| other.name == column)?;
        let mut tables = if only { Vec::new() } else { self.descendants(name) };
        tables.push(name.clone());
        let change = self.column_change(cursor)?;
        cursor.end()?;
        if let Change::Identity = change {
            self.add_owned_sequence(name, &column);
        }
        if let Change::NoIdentity = change {
            self.drop_owned_sequences(name, Some(&column));
        }
        for table in tables {
            let Some(table) = self.table_mut(&table) else {
                continue;
            };
            let Some(column) = table.columns.iter_mut().find(|other| other.name == column) else {
                continue;
            };
            column.origin = origin.clone();
            change.apply(column);
        }
        Some(())
    }

    fn column_change(&self, cursor: &mut Cursor<'_>) -> Option<Change> {
        let text = |cursor: &mut Cursor<'_>| {
            let expression = cursor.until(|_| false);
            Some(expression.source_text().to_owned()).filter(|text| !text.is_empty())
        };
        if cursor.eat("set data type") || cursor.eat("type") {
            let ty = self.resolve_type(types::parse(cursor)?.ty);
            let collation = if cursor.eat("collate") {
                Some(self.resolve_collation(collation(cursor)?))
            } else {
                None
            };
            if cursor.eat("using") {
                text(cursor)?;
            }
            return Some(Change::Type(ty, collation));
        }
        if cursor.eat("set default") {
            let default = text(cursor)?;
            let numbered = self.takes_next_number(&default);
            return Some(Change::Default(Some(default), numbered));
        }
        if cursor.eat("set expression as") {
            return Some(Change::Generated(Some(cursor.group()?.source_text().to_owned())));
        }
        if cursor.eat("drop default") {
            return Some(Change::Default(None, false));
        }
        if cursor.eat("drop expression") {
            cursor.eat("if exists");
            return Some(Change::Generated(None));
        }
        if cursor.eat("set not null") {
            return Some(Change::NotNull(true));
        }
        if cursor.eat("drop not null") {
            return Some(Change::NotNull(false));
        }
        if cursor.eat("drop identity") {
            cursor.eat("if exists");
            return Some(Change::NoIdentity);
        }
        if cursor
            .eat_any(&[
                "add generated always as identity",
                "add generated by default as identity",
            ])
            .is_some()
        {
            cursor.group();
            return Some(Change::Identity);
        }
        // How values are stored, how they are estimated, where a sequence stands.
        cursor.eat_any(&[
            "set statistics",
            "set storage",
            "set compression",
            "set generated",
            "set increment",
            "set minvalue",
            "set maxvalue",
            "set start",
            "set restart",
            "set cache",
            "set cycle",
            "set no",
            "restart",
            "set",
            "reset",
        ])?;
        cursor.until(|_| false);
        Some(Change::Nothing)
    }
}

enum Change {
    Type(crate::catalog::SqlType, Option<String>),
    /// The text, and whether it takes the next number of a sequence.
    Default(Option<String>, bool),
    Generated(Option<String>),
    NotNull(bool),
    Identity,
    NoIdentity,
    Nothing,
}

impl Change {
    fn apply(&self, column: &mut Column) {
        match self {
            Self::Type(ty, collation) => {
                column.ty = ty.clone();
                column.collation.clone_from(collation);
            }
            Self::Default(default, numbered) => {
                column.default.clone_from(default);
                column.identity = *numbered;
            }
            Self::Generated(generated) => column.generated.clone_from(generated),
            Self::NotNull(not_null) => column.not_null = *not_null,
            Self::Identity => {
                column.identity = true;
                column.not_null = true;
            }
            Self::NoIdentity => column.identity = false,
            Self::Nothing => {}
        }
    }
}

/// What went with a column.
struct Gone {
    /// The keys, and the names that their columns had.
    keys: Vec<(Key, Vec<Option<String>>)>,
    /// An index may have gone that stayed here.
    doubtful: bool,
}

/// Takes a column out, and every key and foreign key that it belongs to.
fn remove_from(table: &mut Table, index: usize, dialect: Dialect) -> Gone {
    let mut gone = Gone {
        keys: Vec::new(),
        doubtful: false,
    };
    let Some(column) = table.columns.get(index).map(|column| column.name.clone()) else {
        return gone;
    };
    for key in std::mem::take(&mut table.keys) {
        let plain =
            key.included.contains(&index) || key.parts.iter().any(|part| plain_column(part) == Some(index));
        let texts = key.parts.iter().filter_map(|part| match part {
            KeyPart::Column(_) => None,
            KeyPart::Expression(text) => Some(text),
        });
        let uses: Vec<Option<bool>> = texts
            .chain(&key.predicate)
            .map(|text| uses_column(text, &column, dialect))
            .collect();
        if plain || uses.contains(&Some(true)) {
            let parts = part_names(table, &key);
            gone.keys.push((key, parts));
        } else {
            gone.doubtful |= uses.contains(&None);
            table.keys.push(key);
        }
    }
    table.columns.remove(index);
    let moved = |other: usize| if other > index { other - 1 } else { other };
    for key in &mut table.keys {
        for other in &mut key.included {
            *other = moved(*other);
        }
        for part in &mut key.parts {
            match part {
                KeyPart::Column(other) => *other = moved(*other),
                KeyPart::Expression(_) => {}
            }
        }
    }
    table.foreign_keys.retain(|key| !key.columns.contains(&index));
    for key in &mut table.foreign_keys {
        for other in key.columns.iter_mut().chain(key.set_columns.iter_mut().flatten()) {
            *other = moved(*other);
        }
    }
    gone
}

/// Whether an index's expression or predicate uses a column; nothing if the word is there and may mean something else.
fn uses_column(text: &str, column: &str, dialect: Dialect) -> Option<bool> {
    if !Mentions::of(text).name(column) {
        return Some(false);
    }
    let mut scanner = Scanner::new(text, dialect);
    let tokens: Vec<Token> = std::iter::from_fn(|| scanner.next_token()).collect();
    let spelled = |token: &Token| text.get(token.start..token.end).unwrap_or("");
    let beside = |token: Option<&Token>, words: &[&str]| {
        token.is_none_or(|token| match token.kind {
            Kind::Symbol => true,
            Kind::Word => words.iter().any(|word| spelled(token).eq_ignore_ascii_case(word)),
            Kind::Quoted | Kind::UnicodeQuoted | Kind::Text | Kind::Dollar | Kind::Number => false,
        })
    };
    let is = |token: Option<&Token>, symbols: &[&str]| {
        token.is_some_and(|token| symbols.contains(&spelled(token)))
    };
    let used = tokens.iter().enumerate().any(|(at, token)| {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let after = tokens.get(at + 1);
        let named = matches!(token.kind, Kind::Word | Kind::Quoted)
            && fold(spelled(token), token.kind, dialect).as_deref() == Some(column);
        // A member of an index begins with its column, a collation or an operator class follows.
        let leads = at == 0 && after.is_some_and(|after| after.kind == Kind::Word);
        named
            && !is(before, &["::", "."])
            && !is(after, &["(", "."])
            && beside(before, &["and", "or", "not", "when", "then", "else", "case"])
            && (leads
                || beside(
                    after,
                    &[
                        "and", "or", "is", "in", "like", "not", "then", "else", "end", "when",
                    ],
                ))
    });
    used.then_some(true)
}
