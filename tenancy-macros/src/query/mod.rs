//! The query macros: read the call, have the statement proved, emit what binds and runs it.

mod check;
mod emit;
mod input;
mod memory;
mod sql;

use proc_macro2::TokenStream;

use crate::project;
pub(crate) use emit::database;
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
    let project = match project::load() {
        Ok(project) => project,
        Err(failure) => {
            let span = call.sql.as_ref().map_or(call.span, sql::SqlText::span);
            errors.push(span, project::explain(&failure));
            return emit::failed(form, &call, failure.dialect, errors);
        }
    };
    let dialect = project.config.dialect;
    let Some(sql) = &call.sql else {
        return emit::failed(form, &call, Some(dialect), errors);
    };
    match check::check(form.scope, &project, sql, &call) {
        Ok(proved) if errors.is_empty() => emit::proved(form, &call, sql, &project, &proved),
        Ok(_) => emit::failed(form, &call, Some(dialect), errors),
        Err(refused) => {
            errors.append(refused);
            emit::failed(form, &call, Some(dialect), errors)
        }
    }
}
