//! Names of schemas and databases that belong to one tenant each.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::TenantId;

/// What every name of ours begins with: no name of the server's or of another program's does.
const PREFIX: &str = "t_";

/// The longest name, in bytes, that no supported server cuts off.
const MAX_LEN: usize = 63;

/// The schema of a tenant: `t_` and its id.
///
/// Two tenants never have the same one, because ids have one spelling each and nothing is folded, cut or replaced. It is
/// always quoted where it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaName(Arc<str>);

impl SchemaName {
    /// The schema of the tenant with this id.
    ///
    /// # Errors
    ///
    /// [`NameError::TooLong`] if the id leaves no room for the prefix: a server would cut the name off, and two
    /// tenants could share it.
    pub fn of(tenant: &TenantId) -> Result<Self, NameError> {
        let length = PREFIX.len() + tenant.as_str().len();
        if length > MAX_LEN {
            return Err(NameError::TooLong { length });
        }
        Ok(Self(format!("{PREFIX}{tenant}").into()))
    }

    /// The name, without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as an identifier of PostgreSQL. What an id consists of needs no escape inside quotes.
    #[cfg(feature = "postgres")]
    pub(crate) fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A database on one of the servers that a [`TenantDb`](crate::TenantDb) knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatabaseName {
    server: Arc<str>,
    name: Arc<str>,
}

impl DatabaseName {
    /// The database `name` on the server that the handle knows as `server`.
    ///
    /// # Errors
    ///
    /// [`NameError`] unless the name consists of 1 to 63 of the characters `a-z`, `0-9`, `-` and `_`, beginning with a
    /// letter; no server folds, cuts off or quotes such a name, and it leaves no folder. Names that servers keep for
    /// themselves are refused.
    pub fn new(server: impl Into<Arc<str>>, name: &str) -> Result<Self, NameError> {
        if name.len() > MAX_LEN {
            return Err(NameError::TooLong { length: name.len() });
        }
        if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err(NameError::Start);
        }
        let wrong = |character: &char| !matches!(character, 'a'..='z' | '0'..='9' | '-' | '_');
        if let Some(character) = name.chars().find(wrong) {
            return Err(NameError::Character { character });
        }
        if RESERVED.contains(&name) || name.starts_with("pg_") {
            return Err(NameError::Reserved);
        }
        Ok(Self {
            server: server.into(),
            name: name.into(),
        })
    }

    /// The database that a tenant has where nothing else is said: `t_` and its id, on the server named `server`.
    ///
    /// # Errors
    ///
    /// [`NameError::TooLong`] if the id leaves no room for the prefix.
    pub fn of(server: impl Into<Arc<str>>, tenant: &TenantId) -> Result<Self, NameError> {
        Self::new(server, &format!("{PREFIX}{tenant}"))
    }

    /// Which server it is on.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Its name there.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.name, self.server)
    }
}

/// Databases that come with a server.
const RESERVED: [&str; 8] = [
    "postgres",
    "template0",
    "template1",
    "mysql",
    "information_schema",
    "performance_schema",
    "sys",
    "test",
];

/// Why a text is no name of a tenant's schema or database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameError {
    /// Longer than servers keep.
    #[error(
        "the name would be {length} bytes long; servers cut names off at {MAX_LEN}, so a shorter id is needed"
    )]
    TooLong {
        /// How long it would be, in bytes.
        length: usize,
    },
    /// It does not begin with a letter.
    #[error("a name begins with a letter `a-z`")]
    Start,
    /// A character that some server would fold or that needs quotes.
    #[error("a name consists of `a-z`, `0-9`, `-` and `_`, not {character:?}")]
    Character {
        /// The first such character.
        character: char,
    },
    /// A name that comes with a server.
    #[error("this name belongs to the server")]
    Reserved,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> TenantId {
        TenantId::parse(text).expect("a valid id")
    }

    #[test]
    fn a_schema_is_the_id_behind_a_prefix() {
        assert_eq!(
            SchemaName::of(&id("acme-2")).map(|name| name.to_string()),
            Ok("t_acme-2".to_owned())
        );
        assert!(SchemaName::of(&id(&"x".repeat(61))).is_ok());
        assert_eq!(
            SchemaName::of(&id(&"x".repeat(62))),
            Err(NameError::TooLong { length: 64 })
        );
    }

    #[test]
    fn a_database_has_a_plain_name() {
        assert!(DatabaseName::new("main", "t_acme").is_ok());
        for name in ["", "1a", "_a", "-a"] {
            assert_eq!(DatabaseName::new("main", name), Err(NameError::Start), "{name}");
        }
        for name in ["../etc", "a/b", "a b", "aB", "a\"b", "a\0", "a\u{e9}", "a.b"] {
            assert!(DatabaseName::new("main", name).is_err(), "{name}");
        }
        for name in ["postgres", "mysql", "pg_x", "template1", "sys"] {
            assert_eq!(
                DatabaseName::new("main", name),
                Err(NameError::Reserved),
                "{name}"
            );
        }
        assert!(DatabaseName::new("main", &"x".repeat(64)).is_err());
    }
}
