//! Type names as the DDL writes them, made canonical.

use super::cursor::Cursor;
use super::scan::Kind;
use crate::Dialect;
use crate::catalog::SqlType;

/// A column's type, and whether it is one of PostgreSQL's `serial` forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    /// The canonical type.
    pub(super) ty: SqlType,
    /// `serial`, `bigserial`, `smallserial`.
    pub(super) serial: bool,
}

/// Names in `pg_catalog` that a user's type of the same name in another schema must not be taken for.
const BUILTIN: &[&str] = &[
    "text",
    "varchar",
    "bpchar",
    "char",
    "name",
    "uuid",
    "int2",
    "int4",
    "int8",
    "oid",
    "bool",
    "numeric",
    "float4",
    "float8",
    "bytea",
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "json",
    "jsonb",
    "xml",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "bit",
    "varbit",
    "money",
    "point",
    "line",
    "lseg",
    "box",
    "path",
    "polygon",
    "circle",
    "tsvector",
    "tsquery",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "int4multirange",
    "int8multirange",
    "nummultirange",
    "tsmultirange",
    "tstzmultirange",
    "datemultirange",
    "jsonpath",
    "regclass",
    "regproc",
    "regtype",
    "pg_lsn",
    "xid",
    "xid8",
    "cid",
    "tid",
];

/// True if PostgreSQL itself brings a type of that canonical name.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTIN.contains(&name)
}

/// Reads a type.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Option<Declared> {
    match cursor.dialect() {
        Dialect::Postgres => postgres(cursor),
        Dialect::Sqlite => Some(Declared {
            ty: sqlite(cursor),
            serial: false,
        }),
        Dialect::Mysql => None,
    }
}

fn postgres(cursor: &mut Cursor<'_>) -> Option<Declared> {
    let quoted = cursor.peek()?.kind == Kind::Quoted;
    let mut name = cursor.name()?;
    let catalog = name.schema.as_deref() == Some("pg_catalog");
    let mut modifiers = Vec::new();
    let mut serial = false;
    if name.schema.is_none() && !quoted {
        name.name = spelled(cursor, &name.name, &mut modifiers, &mut serial)?;
    } else if catalog && !quoted {
        // `pg_catalog.int4` is how the catalogue spells it; the aliases are grammar, not names in that schema.
        modifiers = numbers(cursor);
    } else {
        modifiers = numbers(cursor);
        if name.schema.is_none() && name.name == "char" {
            // The one-byte type that only quotes can name.
            name.name = "\"char\"".to_owned();
        }
    }
    let schema = name
        .schema
        .filter(|schema| !catalog && (schema != "public" || is_builtin(&name.name)));
    let full = match schema {
        Some(schema) => format!("{schema}.{}", name.name),
        None => name.name,
    };
    Some(Declared {
        ty: SqlType {
            name: full,
            modifiers,
            dimensions: dimensions(cursor)?,
        },
        serial,
    })
}

/// The canonical name of an unquoted, unqualified spelling, with the words and numbers that belong to it.
fn spelled(
    cursor: &mut Cursor<'_>,
    word: &str,
    modifiers: &mut Vec<u64>,
    serial: &mut bool,
) -> Option<String> {
    let plain = |name: &str| name.to_owned();
    let name = match word {
        "int" | "integer" | "int4" => plain("int4"),
        "smallint" | "int2" => plain("int2"),
        "bigint" | "int8" => plain("int8"),
        "boolean" | "bool" => plain("bool"),
        "real" | "float4" => plain("float4"),
        "serial" | "serial4" | "bigserial" | "serial8" | "smallserial" | "serial2" => {
            *serial = true;
            plain(match word {
                "bigserial" | "serial8" => "int8",
                "smallserial" | "serial2" => "int2",
                _ => "int4",
            })
        }
        "double" => {
            cursor.expect("precision")?;
            plain("float8")
        }
        "float" => {
            let bits = numbers(cursor);
            plain(if bits.first().is_some_and(|bits| *bits <= 24) {
                "float4"
            } else {
                "float8"
            })
        }
        "decimal" | "dec" | "numeric" => {
            *modifiers = numbers(cursor);
            if modifiers.len() == 1 {
                modifiers.push(0);
            }
            plain("numeric")
        }
        "national" => {
            cursor.eat_any(&["character", "char"])?;
            character(cursor, modifiers)
        }
        "character" | "char" | "nchar" => character(cursor, modifiers),
        "bit" => {
            let varying = cursor.eat("varying");
            *modifiers = numbers(cursor);
            if !varying && modifiers.is_empty() {
                modifiers.push(1);
            }
            plain(if varying { "varbit" } else { "bit" })
        }
        "timestamp" | "time" => {
            *modifiers = numbers(cursor);
            let zoned = cursor.eat("with time zone");
            if !zoned {
                cursor.eat("without time zone");
            }
            format!("{word}{}", if zoned { "tz" } else { "" })
        }
        "interval" => {
            while cursor
                .eat_any(&["year", "month", "day", "hour", "minute", "second", "to"])
                .is_some()
            {}
            *modifiers = numbers(cursor);
            plain("interval")
        }
        _ => {
            *modifiers = numbers(cursor);
            plain(word)
        }
    };
    Some(name)
}

fn character(cursor: &mut Cursor<'_>, modifiers: &mut Vec<u64>) -> String {
    let varying = cursor.eat("varying");
    *modifiers = numbers(cursor);
    if varying {
        return "varchar".to_owned();
    }
    if modifiers.is_empty() {
        modifiers.push(1);
    }
    "bpchar".to_owned()
}

/// The numbers in the parentheses that may follow a type; other members (`geometry(point, 4326)`) are left out.
fn numbers(cursor: &mut Cursor<'_>) -> Vec<u64> {
    let Some(group) = cursor.group() else {
        return Vec::new();
    };
    group.members().iter_mut().filter_map(Cursor::number).collect()
}

fn dimensions(cursor: &mut Cursor<'_>) -> Option<u8> {
    // PostgreSQL does not keep the number of dimensions: `int[][]` is the type `int[]`.
    let mut array = cursor.eat("array");
    while cursor.eat_symbol("[") {
        cursor.number();
        cursor.eat_symbol("]").then_some(())?;
        array = true;
    }
    Some(u8::from(array))
}

/// Words that begin a column constraint in SQLite, and so end a type.
const SQLITE_CONSTRAINTS: &[&str] = &[
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
    "on",
    "deferrable",
];

fn sqlite(cursor: &mut Cursor<'_>) -> SqlType {
    let mut words = Vec::new();
    while let Some(token) = cursor.peek() {
        if token.kind == Kind::Word && SQLITE_CONSTRAINTS.contains(&cursor.word().as_str()) {
            break;
        }
        match cursor.identifier() {
            Some(word) => words.push(word),
            None => break,
        }
    }
    let modifiers = numbers(cursor);
    SqlType {
        name: words.join(" "),
        modifiers,
        dimensions: 0,
    }
}
