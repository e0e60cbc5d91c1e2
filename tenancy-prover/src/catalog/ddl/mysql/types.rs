//! Types as MySQL and MariaDB name them, made canonical: one name for each, integers without the width that they are
//! shown with (but `tinyint(1)`, which drivers take for a truth value), `unsigned` as part of the name.

use super::super::cursor::Cursor;
use super::collation::Text;
use crate::catalog::SqlType;

/// A type with what it says of itself beyond a name.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    /// The canonical type.
    pub(super) ty: SqlType,
    /// `serial`.
    pub(super) serial: bool,
    /// What the type says of its text.
    pub(super) text: Text,
}

/// True for types that have a collation.
pub(super) fn is_text(name: &str) -> bool {
    matches!(
        name,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set"
    )
}

/// The type that holds the bytes of a text type.
pub(super) fn bytes_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "char" => "binary",
        "varchar" => "varbinary",
        "tinytext" => "tinyblob",
        "text" => "blob",
        "mediumtext" => "mediumblob",
        "longtext" => "longblob",
        _ => return None,
    })
}

/// Reads a type and its attributes.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Option<Declared> {
    let mut text = Text::default();
    let mut serial = false;
    let word = cursor.word();
    cursor.skip()?;
    let (name, modifiers): (&str, Vec<u64>) = match word.as_str() {
        "bool" | "boolean" => ("tinyint", vec![1]),
        "tinyint" | "int1" => {
            let width = numbers(cursor)?;
            ("tinyint", if width == [1] { width } else { Vec::new() })
        }
        "smallint" | "int2" => ("smallint", width(cursor)?),
        "mediumint" | "middleint" | "int3" => ("mediumint", width(cursor)?),
        "int" | "integer" | "int4" => ("int", width(cursor)?),
        "bigint" | "int8" => ("bigint", width(cursor)?),
        "serial" => {
            serial = true;
            ("bigint unsigned", Vec::new())
        }
        "decimal" | "dec" | "numeric" | "fixed" => {
            let given = numbers(cursor)?;
            let precision = given.first().copied().unwrap_or(10);
            ("decimal", vec![precision, given.get(1).copied().unwrap_or(0)])
        }
        "float" => {
            let given = numbers(cursor)?;
            let wide = given.len() == 1 && given.first().is_some_and(|bits| *bits > 24);
            (if wide { "double" } else { "float" }, Vec::new())
        }
        "double" | "real" => {
            cursor.eat("precision");
            numbers(cursor)?;
            ("double", Vec::new())
        }
        "bit" => ("bit", one(cursor)?),
        "char" | "character" | "nchar" => character(cursor, &word, &mut text)?,
        "varchar" | "varcharacter" | "nvarchar" => {
            national(&word, &mut text);
            ("varchar", numbers(cursor)?)
        }
        "national" => {
            national("n", &mut text);
            if cursor.eat("varchar") || cursor.eat("char varying") || cursor.eat("character varying") {
                ("varchar", numbers(cursor)?)
            } else {
                cursor.eat_any(&["character", "char"])?;
                ("char", one(cursor)?)
            }
        }
        "binary" => ("binary", one(cursor)?),
        "varbinary" => ("varbinary", numbers(cursor)?),
        "tinytext" => ("tinytext", Vec::new()),
        "text" => (sized(cursor, "text")?, Vec::new()),
        "mediumtext" => ("mediumtext", Vec::new()),
        "longtext" => ("longtext", Vec::new()),
        "long" => {
            if cursor.eat("varbinary") {
                ("mediumblob", Vec::new())
            } else {
                cursor.eat_any(&["varchar", "varcharacter", "char varying"]);
                ("mediumtext", Vec::new())
            }
        }
        "tinyblob" => ("tinyblob", Vec::new()),
        "blob" => (sized(cursor, "blob")?, Vec::new()),
        "mediumblob" => ("mediumblob", Vec::new()),
        "longblob" => ("longblob", Vec::new()),
        "enum" | "set" => {
            cursor.group()?;
            (if word == "enum" { "enum" } else { "set" }, Vec::new())
        }
        "json" => ("json", Vec::new()),
        "date" => ("date", Vec::new()),
        "time" => ("time", numbers(cursor)?),
        "datetime" => ("datetime", numbers(cursor)?),
        "timestamp" => ("timestamp", numbers(cursor)?),
        "year" => {
            numbers(cursor)?;
            ("year", Vec::new())
        }
        "uuid" => ("uuid", Vec::new()),
        "inet4" => ("inet4", Vec::new()),
        "inet6" => ("inet6", Vec::new()),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => ("geometry", Vec::new()),
        _ => return None,
    };
    let mut name = name.to_owned();
    attributes(cursor, &mut name, &mut text)?;
    Some(Declared {
        ty: SqlType {
            name,
            modifiers: no_zero(modifiers),
            dimensions: 0,
        },
        serial,
        text,
    })
}

/// `datetime(0)` is `datetime`.
fn no_zero(modifiers: Vec<u64>) -> Vec<u64> {
    if modifiers == [0] { Vec::new() } else { modifiers }
}

/// `unsigned`, `zerofill`, and what is said of text, as far as it stands right behind the type.
fn attributes(cursor: &mut Cursor<'_>, name: &mut String, text: &mut Text) -> Option<()> {
    let textual = is_text(name);
    let mut unsigned = false;
    loop {
        if cursor.eat("unsigned") || cursor.eat("zerofill") {
            unsigned = true;
        } else if cursor.eat("signed") {
            // As it is without the word.
        } else if textual && cursor.eat("binary") {
            text.bin = true;
        } else if textual && cursor.eat("ascii") {
            text.charset = Some("latin1".to_owned());
        } else if textual && cursor.eat("unicode") {
            text.charset = Some("ucs2".to_owned());
        } else if textual && cursor.eat("byte") {
            text.charset = Some("binary".to_owned());
        } else if !(textual
            && (cursor.is("char") || cursor.is("charset") || cursor.is("character"))
            && text.eat(cursor)?)
        {
            break;
        }
    }
    if unsigned && !name.ends_with("unsigned") {
        name.push_str(" unsigned");
    }
    Some(())
}

fn national(word: &str, text: &mut Text) {
    if word.starts_with('n') {
        text.charset = Some("utf8mb3".to_owned());
    }
}

fn character(cursor: &mut Cursor<'_>, word: &str, text: &mut Text) -> Option<(&'static str, Vec<u64>)> {
    national(word, text);
    if cursor.eat_any(&["varying", "varchar", "varcharacter"]).is_some() {
        return Some(("varchar", numbers(cursor)?));
    }
    Some(("char", one(cursor)?))
}

/// The numbers in the parentheses that may follow; nothing if something else stands there.
fn numbers(cursor: &mut Cursor<'_>) -> Option<Vec<u64>> {
    match cursor.group() {
        None => Some(Vec::new()),
        Some(group) => group
            .members()
            .into_iter()
            .map(|mut member| {
                let number = member.number()?;
                member.end()?;
                Some(number)
            })
            .collect(),
    }
}

/// The width that an integer is shown with, which means nothing.
fn width(cursor: &mut Cursor<'_>) -> Option<Vec<u64>> {
    numbers(cursor)?;
    Some(Vec::new())
}

/// A length of 1 where none is written.
fn one(cursor: &mut Cursor<'_>) -> Option<Vec<u64>> {
    let given = numbers(cursor)?;
    Some(if given.is_empty() { vec![1] } else { given })
}

/// `text(n)` and `blob(n)` mean the smallest type of the kind that holds so much, which depends on the character set.
fn sized(cursor: &mut Cursor<'_>, name: &'static str) -> Option<&'static str> {
    numbers(cursor)?;
    Some(name)
}
