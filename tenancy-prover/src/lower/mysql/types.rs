//! Types: which equalities tell values apart, what a column can hold, which casts are harmless.

use sqlparser::ast::DataType;

use super::super::Lowerer;
use crate::Dialect;
use crate::catalog::{Column, Ownership, Relation};

use crate::TenantType;
use crate::catalog::SqlType;
use crate::plan::Identity;

/// Sorting and grouping look at so many bytes of a text (`max_sort_length`); a character has up to four.
const COMPARED: u64 = 1024 / 4;

/// The longest id of a tenant, in characters.
const LONGEST_ID: u64 = 63;

impl Lowerer<'_> {
    /// Whether every tenant's id fits a column of the type of the ids: a session that is not strict cuts what does not, and
    /// the rest may be the id of another. The widest is the key of the tenant table or, where there is none, what an id
    /// can be.
    pub(in crate::lower) fn holds_every_id(&self, column: &Column) -> bool {
        if self.dialect() != Dialect::Mysql {
            return true;
        }
        let root = self
            .catalog
            .relations
            .values()
            .find_map(|relation| match relation {
                Relation::Table(table) => match table.ownership {
                    Ownership::Tenant { column, root: true } => table.columns.get(column),
                    Ownership::Tenant { .. }
                    | Ownership::Via { .. }
                    | Ownership::Placed
                    | Ownership::Shared
                    | Ownership::Unclassified { .. } => None,
                },
                Relation::View(_) | Relation::Opaque { .. } => None,
            });
        let widest = match root {
            Some(root) => width(&root.ty),
            None => Some(match self.tenant_type {
                TenantType::Text => LONGEST_ID,
                TenantType::Int2 => 15,
                TenantType::Int4 => 31,
                TenantType::Int8 | TenantType::Uuid => 63,
            }),
        };
        width(&column.ty)
            .zip(widest)
            .is_some_and(|(width, widest)| width >= widest)
    }
}

/// How equality between two columns of a type behaves, their collation apart.
///
/// Integers of every width and sign compare as integers. Of texts only those count that are never cut when they are
/// grouped. `timestamp` compares as the session's time zone shows it, floats and decimals convert, the members of `enum`
/// and `set` are numbers and texts: no identity.
pub(in crate::lower) fn identity(ty: &SqlType) -> Option<Identity> {
    match ty.name.as_str() {
        "char" | "varchar" if width(ty)? < COMPARED => Some(Identity::Text),
        // A shorter value is stored with zeros behind it, and is another one from then on.
        "binary" | "varbinary" if ty.modifiers.first().is_some_and(|length| *length < COMPARED) => {
            Some(Identity::Bytes)
        }
        "uuid" => Some(Identity::Uuid),
        _ => integer(&ty.name).map(|_| Identity::Int),
    }
}

/// What `$tenant` is bound as beside a column of the type.
pub(in crate::lower) fn tenant_type(ty: &SqlType) -> Option<TenantType> {
    match ty.name.as_str() {
        "char" | "varchar" if width(ty)? < COMPARED => Some(TenantType::Text),
        _ => Some(match integer(&ty.name)? {
            0..=15 => TenantType::Int2,
            16..=31 => TenantType::Int4,
            _ => TenantType::Int8,
        }),
    }
}

/// How much a value of the type holds: characters, or the bits of the largest number. A session that is not strict cuts
/// what does not fit, so a value that goes into a narrower column may come out as another tenant's id.
pub(in crate::lower) fn width(ty: &SqlType) -> Option<u64> {
    match ty.name.as_str() {
        "char" | "varchar" => ty.modifiers.first().copied(),
        other => integer(other),
    }
}

/// The bits of the largest number of an integer type.
fn integer(name: &str) -> Option<u64> {
    let (name, unsigned) = match name.strip_suffix(" unsigned") {
        Some(name) => (name, 1),
        None => (name, 0),
    };
    let bits = match name {
        "tinyint" => 7,
        "smallint" => 15,
        "mediumint" => 23,
        "int" => 31,
        "bigint" => 63,
        _ => return None,
    };
    Some(bits + unsigned)
}

/// Whether texts that a collation takes for equal are the same but for trailing spaces; `None` if it is not known.
///
/// Only `utf8mb4_bin`: an argument in another character set is converted or compared by another collation, and the
/// collations that do not pad cannot be compared with it at all.
pub(in crate::lower) fn collation_is_exact(name: &str) -> Option<bool> {
    match name.to_ascii_lowercase().as_str() {
        "utf8mb4_bin" => Some(true),
        // The default of a character set or of the database, which nobody wrote down.
        "database" | "utf8mb4" | "utf8mb3" | "latin1" | "ascii" | "binary" => Some(false),
        other => {
            let charset = other.split('_').next().unwrap_or(other);
            matches!(
                charset,
                "utf8mb4" | "utf8mb3" | "utf8" | "latin1" | "ascii" | "ucs2" | "utf16" | "utf32"
            )
            .then_some(false)
        }
    }
}

/// Whether a cast to the type is known to be pure. Whatever it makes of a value is a new one.
pub(in crate::lower) fn can_cast(ty: &DataType) -> bool {
    match ty {
        DataType::Signed
        | DataType::SignedInteger
        | DataType::Unsigned
        | DataType::UnsignedInteger
        | DataType::Char(_)
        | DataType::Character(_)
        | DataType::Varchar(_)
        | DataType::Nvarchar(_)
        | DataType::Binary(_)
        | DataType::Int(_)
        | DataType::Integer(_)
        | DataType::Date
        | DataType::Datetime(_)
        | DataType::Time(..)
        | DataType::Timestamp(..)
        | DataType::Decimal(_)
        | DataType::Dec(_)
        | DataType::Numeric(_)
        | DataType::Double(_)
        | DataType::DoublePrecision
        | DataType::Real
        | DataType::Float(_)
        | DataType::JSON => true,
        // Everything else is another server's, or unknown.
        _ => false,
    }
}
