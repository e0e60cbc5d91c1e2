//! Which collation a column's text compares by.
//!
//! MySQL compares text by the collation of the column, which is the one that the column names, else the default of the
//! character set that it names, else the table's default, else the database's, which no migration knows. The default
//! collation of a character set is the server's choice, so it is kept under the name of the character set itself:
//! `utf8mb4` means "whatever the server compares utf8mb4 by".
//!
//! **Which collations tell tenants apart.** `utf8mb4_bin` does, although it pads: it equates two texts only if they differ
//! in blanks at the end. An id of a tenant has one spelling, of `a-z 0-9 - _`; so no two tenants are equal under it, and
//! what is stored as `'acme '` is the row of no other tenant but `acme`, whoever wrote it. (Under a key to `tenants` it
//! could not even be stored beside an `acme`: the primary key there compares by the same collation.) Equality under one
//! collation is an equivalence, so facts about columns may be chained; what they speak of are classes of spellings, and
//! each class holds at most one tenant.
//!
//! A collation that ignores case or accents does not: `'ACME'` is a text that another program may have meant for another
//! tenant, and languages go further (`y` is `i` in Lithuanian), so that ids of one spelling each are
//! equal. A key to `tenants` under such a collation would forbid it, but only for the rows below that key. Therefore these
//! are refused, with the advice to say `collate utf8mb4_bin`.

use super::super::cursor::Cursor;

/// The name that stands for the collation of the database.
pub(super) const DATABASE: &str = "database";

/// What a column or table says of its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// `character set`.
    pub(super) charset: Option<String>,
    /// `collate`.
    pub(super) collate: Option<String>,
    /// `binary` behind a type: the collation that ends in `_bin`.
    pub(super) bin: bool,
}

impl Text {
    /// Reads one clause, if one is here: `[default] character set [=] c`, `charset`, `collate [=] c`, `ascii`, ..
    pub(super) fn eat(&mut self, cursor: &mut Cursor<'_>) -> Option<bool> {
        if cursor
            .eat_any(&["character set", "charset", "char set"])
            .is_some()
        {
            cursor.eat_symbol("=");
            self.charset = Some(canonical(&word(cursor)?));
        } else if cursor.eat("collate") {
            cursor.eat_symbol("=");
            self.collate = Some(canonical(&word(cursor)?));
        } else {
            return Some(false);
        }
        Some(true)
    }

    /// The collation that follows, given the one of what is around; nothing if nothing is said.
    pub(super) fn collation(&self, around: Option<&str>) -> Option<String> {
        // The default is not what is around: it is that of the character set, or of the database.
        let known = |name: &String| {
            if name == "default" {
                DATABASE.to_owned()
            } else {
                name.clone()
            }
        };
        let charset = self.charset.as_ref().map(known);
        match &self.collate {
            Some(collate) if collate == "default" => {
                return Some(charset.unwrap_or_else(|| DATABASE.to_owned()));
            }
            Some(collate) => return Some(collate.clone()),
            None => {}
        }
        match (charset.as_deref(), self.bin) {
            (Some(charset), true) => Some(binary_of(charset)),
            (Some(charset), false) => Some(charset.to_owned()),
            (None, true) => Some(binary_of(charset_of(around?))),
            (None, false) => None,
        }
    }

    /// True if the text is no text at all: bytes.
    pub(super) fn is_bytes(&self) -> bool {
        let is = |name: &Option<String>| name.as_deref() == Some("binary");
        is(&self.charset) || is(&self.collate)
    }
}

/// The character set of a collation.
pub(super) fn charset_of(collation: &str) -> &str {
    collation.split('_').next().unwrap_or(collation)
}

fn binary_of(charset: &str) -> String {
    match charset {
        "binary" | DATABASE => charset.to_owned(),
        _ => format!("{charset}_bin"),
    }
}

/// `utf8` is the old name of `utf8mb3`.
fn canonical(written: &str) -> String {
    let written = written.to_ascii_lowercase();
    match written.strip_prefix("utf8") {
        Some("") => "utf8mb3".to_owned(),
        Some(rest) if rest.starts_with('_') => format!("utf8mb3{rest}"),
        Some(_) | None => written,
    }
}

/// A bare, quoted or string name.
pub(super) fn word(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.string().or_else(|| cursor.identifier())
}
