//! Tenant ids, each with exactly one spelling.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// The longest id, in bytes: it fits an identifier of PostgreSQL.
const MAX_LEN: usize = 63;

/// The id of a tenant, in the only spelling that it has.
///
/// One to 63 of the characters `a-z`, `0-9`, `-` and `_`, the first a letter or a digit. Whatever a database or a
/// library takes for equal (case, padding, Unicode forms) is therefore equal byte for byte. What reads as a number must be the plain decimal (`42`, not
/// `042`, `4e1` or `0x2a`), and what reads as a UUID must be in the hyphenated form.
///
/// Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(Arc<str>);

impl TenantId {
    /// Reads an id.
    ///
    /// # Errors
    ///
    /// [`TenantIdError`] when the text is not the one spelling of an id. Nothing is folded or trimmed: a caller that
    /// accepts other spellings decides itself what they stand for.
    pub fn parse(text: &str) -> Result<Self, TenantIdError> {
        if text.is_empty() {
            return Err(TenantIdError::Empty);
        }
        if text.len() > MAX_LEN {
            return Err(TenantIdError::TooLong { length: text.len() });
        }
        for (position, character) in text.chars().enumerate() {
            let allowed = match character {
                'a'..='z' | '0'..='9' => true,
                '-' | '_' => position > 0,
                _ => false,
            };
            if !allowed {
                return Err(TenantIdError::Character { position, character });
            }
        }
        if is_number(text) && !is_plain_decimal(text) {
            return Err(TenantIdError::NumberSpelling);
        }
        if is_uuid(text) && !is_hyphenated_uuid(text) {
            return Err(TenantIdError::UuidSpelling);
        }
        Ok(Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a number, if it is one that fits.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The id as the 16 bytes of a UUID, if it is one.
    pub(crate) fn as_uuid(&self) -> Option<[u8; 16]> {
        if !is_hyphenated_uuid(&self.0) {
            return None;
        }
        let digits: String = self.0.chars().filter(|c| *c != '-').collect();
        u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
    }
}

/// Whether some common reader of numbers accepts the text: decimal, float, digit separators, a base prefix.
fn is_number(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let based = ["0x", "0o", "0b"].iter().any(|prefix| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    based || digits.parse::<f64>().is_ok()
}

fn is_plain_decimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

/// Whether the text reads as a UUID; PostgreSQL takes a hyphen after any group of four digits, or none.
fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(|b| *b != b'-');
    digits.clone().count() == 32 && digits.clone().all(|b| b.is_ascii_hexdigit())
}

fn is_hyphenated_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantId({})", self.0)
    }
}

impl FromStr for TenantId {
    type Err = TenantIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for TenantId {
    type Error = TenantIdError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl AsRef<str> for TenantId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Why a text is no tenant id. The text itself is never part of the message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TenantIdError {
    /// There is nothing.
    #[error("a tenant id is empty; give one to {MAX_LEN} characters")]
    Empty,
    /// It is too long.
    #[error("a tenant id has {length} bytes; at most {MAX_LEN} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A character that is not allowed, or not in first place.
    #[error(
        "a tenant id has {character:?} at character {position} (counted from 0); use a-z, 0-9, `-` and `_`, \
         and begin with a letter or a digit"
    )]
    Character {
        /// Where, counted in characters from 0.
        position: usize,
        /// Which.
        character: char,
    },
    /// A number in another spelling than the plain decimal.
    #[error(
        "a tenant id reads as a number but is not its plain decimal spelling; drop leading zeros, separators, exponents and prefixes"
    )]
    NumberSpelling,
    /// A UUID in another spelling than the lower-case hyphenated one.
    #[error("a tenant id reads as a UUID but is not in the hyphenated form (8-4-4-4-12 digits)")]
    UuidSpelling,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_one_spelling() {
        for text in [
            "a",
            "0",
            "42",
            "acme",
            "acme-2_b",
            "9lives",
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        ] {
            assert_eq!(
                TenantId::parse(text).map(|id| id.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn refuses_other_spellings_of_numbers() {
        for text in [
            "007", "00", "1e5", "1e-5", "1_000", "0x2a", "0b1", "inf", "nan", "infinity",
        ] {
            assert_eq!(
                TenantId::parse(text),
                Err(TenantIdError::NumberSpelling),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_other_spellings_of_uuids() {
        for text in [
            "6f9619ff8b86d011b42d00c04fc964ff",
            "6f96-19ff-8b86-d011-b42d-00c0-4fc9-64ff",
            "6f9619ff-8b86d011-b42d00c0-4fc964ff",
        ] {
            assert_eq!(TenantId::parse(text), Err(TenantIdError::UuidSpelling), "{text}");
        }
        for (text, position) in [
            ("6F9619FF-8B86-D011-B42D-00C04FC964FF", 1),
            ("{6f9619ff-8b86-d011-b42d-00c04fc964ff}", 0),
        ] {
            assert!(
                matches!(TenantId::parse(text), Err(TenantIdError::Character { position: at, .. }) if at == position)
            );
        }
    }

    #[test]
    fn names_the_position_and_never_the_text() {
        assert_eq!(TenantId::parse(""), Err(TenantIdError::Empty));
        let position = |text: &str| match TenantId::parse(text) {
            Err(TenantIdError::Character { position, .. }) => Some(position),
            _ => None,
        };
        assert_eq!(position("Acme"), Some(0));
        assert_eq!(position("acme "), Some(4));
        assert_eq!(position("-acme"), Some(0));
        assert_eq!(position("acm\u{e9}"), Some(3));
        assert_eq!(position("e\u{301}a"), Some(1));
        assert_eq!(position("a\0"), Some(1));
        let long = "x".repeat(5_000);
        let error = TenantId::parse(&long);
        assert_eq!(error, Err(TenantIdError::TooLong { length: 5_000 }));
        assert!(error.is_err_and(|e| e.to_string().len() < 200));
    }

    #[test]
    fn reads_numbers_and_uuids() -> Result<(), TenantIdError> {
        assert_eq!(TenantId::parse("42")?.as_i64(), Some(42));
        assert_eq!(TenantId::parse("acme")?.as_i64(), None);
        assert_eq!(TenantId::parse("99999999999999999999")?.as_i64(), None);
        let uuid = TenantId::parse("6f9619ff-8b86-d011-b42d-00c04fc964ff")?;
        assert_eq!(
            uuid.as_uuid().map(|bytes| (bytes[0], bytes[15])),
            Some((0x6f, 0xff))
        );
        assert_eq!(TenantId::parse("acme")?.as_uuid(), None);
        Ok(())
    }
}
