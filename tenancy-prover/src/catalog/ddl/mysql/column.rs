//! Column definitions.

use super::super::Reader;
use super::super::column::{ForeignDef, PartDef, action, names};
use super::super::cursor::Cursor;
use super::collation::{DATABASE, Text};
use super::types::{self, bytes_of, is_text};
use crate::catalog::{Column, KeyKind, QName, ReferentialAction};

/// A column as its definition says it.
#[derive(Debug)]
pub(super) struct ColumnDef {
    /// The catalog's column.
    pub(super) column: Column,
    /// What it says of its text, for when the table says something else later.
    pub(super) text: Text,
    /// `primary key`, `unique`.
    pub(super) keys: Vec<KeyKind>,
    /// Inline references, which MySQL reads over and MariaDB enforces, each with where it begins.
    pub(super) references: Vec<(ForeignDef, usize)>,
    /// The texts of checks.
    pub(super) checks: Vec<(String, usize)>,
}

/// Where a column goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// To the end, or where it was.
    Usual,
    /// `first`.
    First,
    /// `after column`.
    After(String),
}

impl Reader {
    /// Reads a column definition to its end, or to where it is placed.
    pub(super) fn mysql_column(
        &self,
        cursor: &mut Cursor<'_>,
        around: Option<&str>,
    ) -> Option<(ColumnDef, Place)> {
        let offset = cursor.offset();
        let name = cursor.identifier()?;
        let declared = types::parse(cursor)?;
        let mut def = ColumnDef {
            column: Column {
                name,
                ty: declared.ty,
                not_null: declared.serial,
                default: None,
                generated: None,
                identity: declared.serial,
                collation: None,
                invisible: false,
                changes_with_others: false,
                not_null_on_conflict: None,
                origin: self.origin_at(offset),
            },
            text: declared.text,
            keys: if declared.serial {
                vec![KeyKind::Unique]
            } else {
                Vec::new()
            },
            references: Vec::new(),
            checks: Vec::new(),
        };
        let mut place = Place::Usual;
        while !cursor.done() {
            if cursor.eat("first") {
                place = Place::First;
                break;
            }
            if cursor.eat("after") {
                place = Place::After(cursor.identifier()?);
                break;
            }
            attribute(cursor, &mut def)?;
        }
        cursor.end()?;
        if def.column.ty.name == "timestamp" && def.column.default.is_none() {
            // Servers whose `explicit_defaults_for_timestamp` is off add `on update` to the first one.
            def.column.changes_with_others = true;
        }
        settle(&mut def, around);
        Some((def, place))
    }

    /// The parts of a list of columns, prefixes and expressions.
    pub(super) fn mysql_parts(&self, group: &Cursor<'_>) -> Option<Vec<PartDef>> {
        group.members().into_iter().map(part).collect()
    }

    /// `references t (c) ..`, behind that word.
    pub(super) fn mysql_references(
        &mut self,
        cursor: &mut Cursor<'_>,
        columns: Vec<String>,
    ) -> Option<(QName, ForeignDef)> {
        let spelled = cursor.clone();
        let foreign = references(cursor, columns)?;
        let parent = self.mysql_name(&mut spelled.clone())?;
        Some((parent, foreign))
    }
}

/// Gives the column its collation, and turns text that is bytes into the type of bytes.
fn settle(def: &mut ColumnDef, around: Option<&str>) {
    let column = &mut def.column;
    if column.ty.name == "json" {
        // MariaDB keeps it as `longtext` of this collation; MySQL's type compares as JSON does.
        column.collation = Some("utf8mb4_bin".to_owned());
        return;
    }
    if !is_text(&column.ty.name) {
        return;
    }
    let collation = def
        .text
        .collation(around)
        .or_else(|| around.map(str::to_owned))
        .unwrap_or_else(|| DATABASE.to_owned());
    if let Some(bytes) = bytes_of(&column.ty.name)
        && (def.text.is_bytes() || collation == "binary")
    {
        bytes.clone_into(&mut column.ty.name);
        return;
    }
    column.collation = Some(collation);
}

fn attribute(cursor: &mut Cursor<'_>, def: &mut ColumnDef) -> Option<()> {
    let offset = cursor.offset();
    if cursor.eat("not null") {
        def.column.not_null = true;
    } else if cursor.eat("null") {
        def.column.not_null = false;
    } else if cursor.eat("default") {
        def.column.default = Some(default(cursor)?);
    } else if cursor.eat("on update") {
        cursor.eat_any(&["current_timestamp", "now", "localtime", "localtimestamp"])?;
        cursor.group();
        def.column.changes_with_others = true;
    } else if cursor.eat("auto_increment") {
        def.column.identity = true;
        // It is never null: a null is replaced by the next number.
        def.column.not_null = true;
    } else if cursor.eat("serial default value") {
        def.column.identity = true;
        def.column.not_null = true;
        def.keys.push(KeyKind::Unique);
    } else if cursor.eat("generated always as") || cursor.eat("as") {
        def.column.generated = Some(cursor.group()?.source_text().to_owned());
        cursor.eat_any(&["virtual", "stored", "persistent"]);
    } else if cursor.eat("primary key") || cursor.eat("primary") || cursor.eat("key") {
        def.column.not_null = true;
        def.keys.push(KeyKind::Primary);
    } else if cursor.eat("unique key") || cursor.eat("unique") {
        def.keys.push(KeyKind::Unique);
    } else if cursor.eat("references") {
        let foreign = references(cursor, vec![def.column.name.clone()])?;
        def.references.push((foreign, offset));
    } else if cursor.is("check") || cursor.is("constraint") {
        if cursor.eat("constraint") && !cursor.is("check") {
            cursor.identifier()?;
            if cursor.is("references") {
                return Some(());
            }
        }
        cursor.expect("check")?;
        def.checks
            .push((cursor.group()?.source_text().to_owned(), offset));
        cursor.eat_any(&["not enforced", "enforced"]);
    } else if cursor.eat("comment") {
        cursor.string()?;
    } else if cursor.eat("column_format") || cursor.eat("storage") || cursor.eat("srid") {
        cursor.skip()?;
    } else if cursor.eat("ref_system_id") {
        cursor.eat_symbol("=");
        cursor.skip()?;
    } else if cursor.eat("invisible") {
        def.column.invisible = true;
    } else if cursor
        .eat_any(&["visible", "without system versioning"])
        .is_none()
        && !def.text.eat(cursor)?
    {
        // `with system versioning`, compression: `*` and rows would mean something else.
        return None;
    }
    Some(())
}

/// The text of a default: a literal, a call, or an expression in parentheses.
fn default(cursor: &mut Cursor<'_>) -> Option<String> {
    let start = cursor.clone();
    if cursor.group().is_none() {
        if cursor.eat_symbol("-") || cursor.eat_symbol("+") {
            cursor.number_token()?;
        } else if cursor.string().is_none() {
            // A word: a constant, a function, the mark before a string (`b'0'`, `_utf8mb4'x'`).
            let word = cursor.skip()?;
            let mark = cursor.text(word);
            if mark.starts_with('_')
                || ["b", "n", "x"]
                    .iter()
                    .any(|prefix| mark.eq_ignore_ascii_case(prefix))
            {
                cursor.string()?;
            } else if cursor.eat("value for") {
                // MariaDB's `next value for sequence`.
                cursor.name()?;
            } else {
                cursor.group();
            }
        }
    }
    Some(cursor.text_since(&start).to_owned())
}

fn references(cursor: &mut Cursor<'_>, columns: Vec<String>) -> Option<ForeignDef> {
    let parent = cursor.name()?;
    let parent_columns = match cursor.group() {
        Some(group) => names(&group)?,
        None => Vec::new(),
    };
    let mut foreign = ForeignDef {
        columns,
        parent,
        parent_columns,
        on_delete: ReferentialAction::Restrict,
        set_columns: None,
        on_update: ReferentialAction::Restrict,
        match_full: false,
    };
    loop {
        if cursor.eat("match") {
            cursor.eat_any(&["simple", "full", "partial"])?;
        } else if cursor.eat("on delete") {
            foreign.on_delete = action(cursor)?;
        } else if cursor.is("on update") {
            // `on update current_timestamp` is the column's.
            let mut ahead = cursor.clone();
            ahead.eat("on update");
            let Some(found) = action(&mut ahead) else {
                return Some(foreign);
            };
            *cursor = ahead;
            foreign.on_update = found;
        } else {
            return Some(foreign);
        }
    }
}

/// `column`, `column(10)`, `(expression)`, each with `asc` or `desc`.
fn part(mut cursor: Cursor<'_>) -> Option<PartDef> {
    let text = cursor.source_text().to_owned();
    if let Some(group) = cursor.group() {
        cursor.eat_any(&["asc", "desc"]);
        cursor.end()?;
        return (!group.done()).then_some(PartDef::Expression(text));
    }
    let column = cursor.identifier()?;
    let length = match cursor.group() {
        Some(mut group) => Some(group.number()?),
        None => None,
    };
    cursor.eat_any(&["asc", "desc"]);
    cursor.end()?;
    Some(match length {
        // A prefix: rows collide that agree in its first characters. (No collation: the length is kept in its place.)
        Some(length) => PartDef::Collated(column, length.to_string(), text),
        None => PartDef::Column(column),
    })
}
