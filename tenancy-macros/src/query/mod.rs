//! The query macros: read the call, have the statement proved, emit what binds and runs it.

mod check;
mod emit;
mod input;
mod sql;

use proc_macro2::TokenStream;

use input::Call;

/// Which of the macros was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// Whose rows the statement may see.
    pub(crate) scope: Scope,
    /// What a row becomes.
    pub(crate) rows: Rows,
    /// Where the statement is written.
    pub(crate) place: Place,
}

/// Whose rows a statement may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The current tenant's: proved.
    Tenant,
    /// Everybody's: declared by name, not proved.
    Central,
}

/// What a row becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// The driver's row, or sqlx's anonymous record.
    Plain,
    /// A type that is named first.
    As,
    /// Its first column.
    Scalar,
}

/// Where a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a string literal.
    Literal,
    /// In a file, named by a string literal relative to the crate's root.
    File,
}

/// The whole way from the call to its expansion. Never fails: errors are in the expansion, beside an expression of
/// the type that was asked for, so that nothing else in the program seems wrong.
pub(crate) fn expand(form: Form, tokens: TokenStream) -> TokenStream {
    let (call, mut errors) = Call::parse(form, tokens);
    let project = crate::project::load();
    let checked = match (&project, &call.sql) {
        (Ok(project), Some(sql)) => match check::check(form.scope, project, sql, &call) {
            Ok(proved) => Some(proved),
            Err(refused) => {
                errors.append(refused);
                None
            }
        },
        (Err(reason), sql) => {
            let span = sql.as_ref().map_or(call.span, sql::SqlText::span);
            errors.push(span, reason.as_str());
            None
        }
        (Ok(_), None) => None,
    };
    match (project, &call.sql, checked) {
        (Ok(project), Some(sql), Some(proved)) if errors.is_empty() => {
            emit::proved(form, &call, sql, &project, &proved)
        }
        (project, _, _) => emit::failed(form, &call, project.ok().as_deref(), errors),
    }
}
