//! The canonical expressions token by token: as printed, and as `pg_dump` writes them. What differs in anything but the
//! case of words, the spelling of a type and parentheses around the whole is not canonical.

use super::quote::is_plain;
use super::{SETTING, UNSET};
use crate::TenantType;

/// A token of an expression, with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// An unquoted word, folded.
    Word(String),
    /// A quoted name.
    Quoted(String),
    /// The value of a plain string.
    Text(String),
    /// A number as written.
    Number(String),
    /// An operator or punctuation.
    Symbol(String),
}

/// A canonical expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `column = (select <the setting as cast>)`.
    Tenant { column: String, cast: TenantType },
    /// `exists (select 1 from parent where parent.key = child.column)`.
    Parent {
        schema: Option<String>,
        parent: String,
        key: String,
        child: String,
        column: String,
    },
}

/// The canonical expression that `pieces` spell, if they do.
pub(crate) fn recognise(pieces: &[Piece]) -> Option<Shape> {
    let mut rest = pieces;
    loop {
        let found = tenant(rest).or_else(|| parent(rest));
        if found.is_some() {
            return found;
        }
        rest = without_parentheses(rest)?;
    }
}

/// What one pair of parentheses encloses.
fn without_parentheses(pieces: &[Piece]) -> Option<&[Piece]> {
    let [first, inner @ .., last] = pieces else {
        return None;
    };
    if !is(first, "(") || !is(last, ")") {
        return None;
    }
    let mut depth = 0_usize;
    for piece in inner {
        if is(piece, "(") {
            depth += 1;
        } else if is(piece, ")") {
            depth = depth.checked_sub(1)?;
        }
    }
    (depth == 0).then_some(inner)
}

fn is(piece: &Piece, symbol: &str) -> bool {
    matches!(piece, Piece::Symbol(text) if text == symbol)
}

/// Reads tokens from left to right; every method gives up at the first that is another.
struct Reading<'a>(std::slice::Iter<'a, Piece>);

impl Reading<'_> {
    fn word(&mut self, word: &str) -> Option<()> {
        matches!(self.0.next()?, Piece::Word(text) if text == word).then_some(())
    }

    fn symbols(&mut self, symbols: &[&str]) -> Option<()> {
        for symbol in symbols {
            is(self.0.next()?, symbol).then_some(())?;
        }
        Some(())
    }

    fn text(&mut self, value: &str) -> Option<()> {
        matches!(self.0.next()?, Piece::Text(text) if text == value).then_some(())
    }

    /// A name. A word that the server may take for more than a name (`current_user`) is none.
    fn name(&mut self) -> Option<String> {
        match self.0.next()? {
            Piece::Quoted(name) => Some(name.clone()),
            Piece::Word(name) if is_plain(name) => Some(name.clone()),
            Piece::Word(_) | Piece::Text(_) | Piece::Number(_) | Piece::Symbol(_) => None,
        }
    }

    /// `::type`.
    fn cast(&mut self) -> Option<TenantType> {
        self.symbols(&["::"])?;
        match self.0.next()? {
            Piece::Word(name) => match name.as_str() {
                "text" => Some(TenantType::Text),
                "uuid" => Some(TenantType::Uuid),
                "smallint" | "int2" => Some(TenantType::Int2),
                "int" | "integer" | "int4" => Some(TenantType::Int4),
                "bigint" | "int8" => Some(TenantType::Int8),
                _ => None,
            },
            Piece::Quoted(_) | Piece::Text(_) | Piece::Number(_) | Piece::Symbol(_) => None,
        }
    }

    fn cast_to(&mut self, wanted: TenantType) -> Option<()> {
        (self.cast()? == wanted).then_some(())
    }

    fn next_is(&self, symbol: &str) -> bool {
        self.0.as_slice().first().is_some_and(|piece| is(piece, symbol))
    }

    fn end(&self) -> Option<()> {
        self.0.as_slice().is_empty().then_some(())
    }

    /// The setting or an error. `dumped` is how the server writes it.
    fn setting(&mut self, dumped: bool) -> Option<()> {
        let literal = |reading: &mut Self, value: &str| {
            reading.text(value)?;
            if dumped {
                reading.cast_to(TenantType::Text)?;
            }
            Some(())
        };
        self.word("coalesce")?;
        self.symbols(&["("])?;
        self.word("nullif")?;
        self.symbols(&["("])?;
        self.word("current_setting")?;
        self.symbols(&["("])?;
        literal(self, SETTING)?;
        self.symbols(&[","])?;
        self.word("true")?;
        self.symbols(&[")", ","])?;
        literal(self, "")?;
        self.symbols(&[")", ","])?;
        if dumped {
            self.symbols(&["(", "("])?;
        }
        self.word("concat")?;
        self.symbols(&["("])?;
        self.text(UNSET)?;
        self.symbols(&[")"])?;
        if dumped {
            self.symbols(&[")"])?;
        }
        self.cast_to(TenantType::Int4)?;
        if dumped {
            self.symbols(&[")"])?;
        }
        self.cast_to(TenantType::Text)?;
        self.symbols(&[")"])
    }

    /// A column, or in a dump one that is compared as text: `(c)::text`.
    fn column<T>(&mut self, dumped: bool, read: impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        let as_text = dumped && self.next_is("(");
        if as_text {
            self.symbols(&["("])?;
        }
        let column = read(self)?;
        if as_text {
            self.symbols(&[")"])?;
            self.cast_to(TenantType::Text)?;
        }
        Some(column)
    }
}

fn tenant(pieces: &[Piece]) -> Option<Shape> {
    [false, true].into_iter().find_map(|dumped| {
        let mut reading = Reading(pieces.iter());
        let column = reading.column(dumped, Reading::name)?;
        reading.symbols(&["=", "("])?;
        reading.word("select")?;
        let cast = if dumped {
            let cast = reading.next_is("(");
            if cast {
                reading.symbols(&["("])?;
            }
            reading.setting(dumped)?;
            if cast {
                reading.symbols(&[")"])?;
                reading.cast()?
            } else {
                TenantType::Text
            }
        } else {
            reading.setting(dumped)?;
            if reading.next_is("::") {
                reading.cast()?
            } else {
                TenantType::Text
            }
        };
        if dumped {
            reading.word("as")?;
            (reading.name()? == "coalesce").then_some(())?;
        }
        reading.symbols(&[")"])?;
        reading.end()?;
        Some(Shape::Tenant { column, cast })
    })
}

fn parent(pieces: &[Piece]) -> Option<Shape> {
    [false, true].into_iter().find_map(|dumped| {
        let mut reading = Reading(pieces.iter());
        reading.word("exists")?;
        reading.symbols(&["("])?;
        reading.word("select")?;
        matches!(reading.0.next()?, Piece::Number(one) if one == "1").then_some(())?;
        reading.word("from")?;
        let mut parent = reading.name()?;
        let mut schema = None;
        if reading.next_is(".") {
            reading.symbols(&["."])?;
            schema = Some(std::mem::replace(&mut parent, reading.name()?));
        }
        reading.word("where")?;
        if dumped {
            reading.symbols(&["("])?;
        }
        let qualified = |reading: &mut Reading<'_>| {
            let table = reading.name()?;
            reading.symbols(&["."])?;
            Some((table, reading.name()?))
        };
        let (above, key) = reading.column(dumped, qualified)?;
        reading.symbols(&["="])?;
        let (child, column) = reading.column(dumped, qualified)?;
        if dumped {
            reading.symbols(&[")"])?;
        }
        reading.symbols(&[")"])?;
        reading.end()?;
        (above == parent && child != parent).then_some(())?;
        Some(Shape::Parent {
            schema,
            parent,
            key,
            child,
            column,
        })
    })
}
