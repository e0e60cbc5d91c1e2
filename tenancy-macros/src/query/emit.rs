//! Tokens: what a proved statement, or a refused one, becomes.
//!
//! The compiler's time goes into checking the expansion, so there is little of it and nothing generic but the
//! arguments' own types. Names are hygienic, paths absolute, so that nothing in scope can change their meaning.

use std::path::Path;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned as _;
use tenancy_prover::config::Isolation;
use tenancy_prover::{Bind, Dialect, Project, Proved, TenantType};

use super::input::Call;
use super::sql::SqlText;
use super::{Form, Rows, Scope};
use crate::errors::Errors;
use crate::project as projects;

/// The expansion of a proved statement.
pub(super) fn proved(
    form: Form,
    call: &Call,
    sql: &SqlText,
    project: &Project,
    proved: &Proved,
) -> TokenStream {
    let tracked = tracked(sql, project);
    let bound = Bound::new(call, proved);
    let query = if project.config.sqlx_types {
        sqlx_query(form, call, project, proved, &bound)
    } else {
        own_query(form, call, project, proved, &bound)
    };
    let query = bound.around(query);
    let block = quote_spanned! {Span::mixed_site()=> { #tracked #query } };
    dump(&block);
    block
}

/// The expansion of a call with errors: the errors, and an expression of the type that was asked for.
pub(super) fn failed(form: Form, call: &Call, dialect: Option<Dialect>, errors: Errors) -> TokenStream {
    let errors = errors.into_tokens();
    let krate = &call.krate;
    let arguments = &call.arguments;
    let database = dialect.map_or_else(|| Ident::new("unknown", Span::mixed_site()), database);
    let query = quote_spanned! {Span::mixed_site()=> #krate::__private::#database::failed_query() };
    let query = typed(form, call, query);
    let used =
        (!arguments.is_empty()).then(|| quote_spanned! {Span::mixed_site()=> let _ = (#(&(#arguments),)*); });
    quote_spanned! {Span::mixed_site()=> { #errors #used #query } }
}

/// The builder of this crate: one statement a bind, so that no generic chain has to be checked.
fn own_query(form: Form, call: &Call, project: &Project, proved: &Proved, bound: &Bound<'_>) -> TokenStream {
    let krate = &call.krate;
    let database = database(project.config.dialect);
    let start = match form.scope {
        Scope::Tenant => Ident::new(needs(proved), Span::mixed_site()),
        Scope::Central => Ident::new("central_query", Span::mixed_site()),
    };
    let text = text(call, &proved.sql);
    let name = Ident::new("query", Span::mixed_site());
    let mutable = (!proved.binds.is_empty()).then(|| quote!(mut));
    let binds = proved.binds.iter().map(|bind| match bind {
        Bind::Argument { index, .. } => {
            let argument = bound.reference(*index);
            quote_spanned! {bound.span(*index)=> #name.bind(#argument); }
        }
        Bind::Tenant(kind) => {
            let method = format_ident!("bind_tenant_{}", tenant(*kind), span = Span::mixed_site());
            quote_spanned! {Span::mixed_site()=> #name.#method(); }
        }
    });
    let query = typed(form, call, quote!(#name));
    quote_spanned! {Span::mixed_site()=>
        let #mutable #name = #krate::__private::#database::#start(#text);
        #(#binds)*
        #query
    }
}

/// sqlx's own checked macro over the final text, which checks the types of columns and arguments.
fn sqlx_query(form: Form, call: &Call, project: &Project, proved: &Proved, bound: &Bound<'_>) -> TokenStream {
    let krate = &call.krate;
    let database = database(project.config.dialect);
    let text = text(call, &proved.sql);
    let captured = Ident::new("captured", Span::mixed_site());
    let binds = proved.binds.iter().map(|bind| match bind {
        Bind::Argument { index, .. } => bound.value(*index),
        Bind::Tenant(kind) => {
            let method = Ident::new(tenant(*kind), Span::mixed_site());
            quote_spanned! {Span::mixed_site()=> #captured.#method() }
        }
    });
    let row = call.row.as_ref().map(|row| quote!(#row,));
    let checked = match form.rows {
        Rows::Plain => "query",
        Rows::As => "query_as",
        Rows::Scalar => "query_scalar",
    };
    let checked = Ident::new(checked, Span::mixed_site());
    let capture = match form.scope {
        Scope::Tenant => format_ident!("capture_{}", needs(proved), span = Span::mixed_site()),
        Scope::Central => Ident::new("central_capture", Span::mixed_site()),
    };
    quote_spanned! {Span::mixed_site()=>
        let #captured = #krate::__private::#database::#capture();
        #captured.wrap(::sqlx::#checked!(#row #text #(, #binds)*))
    }
}

/// The query with the type of its rows.
fn typed(form: Form, call: &Call, query: TokenStream) -> TokenStream {
    match form.rows {
        Rows::Plain => query,
        Rows::As => match &call.row {
            Some(row) => {
                quote_spanned! {row.span().resolved_at(Span::mixed_site())=> #query.typed::<#row>() }
            }
            None => query,
        },
        Rows::Scalar => quote_spanned! {Span::mixed_site()=> #query.scalar() },
    }
}

/// The final text as a literal at the place of the author's.
fn text(call: &Call, sql: &str) -> Literal {
    let mut text = Literal::string(sql);
    text.set_span(call.sql.as_ref().map_or(call.span, SqlText::span));
    text
}

/// What cargo must watch. A file is watched once a crate: watching fifty in every query would cost seconds.
fn tracked(sql: &SqlText, project: &Project) -> TokenStream {
    let files = projects::untracked(project);
    let files = files
        .iter()
        .chain(&sql.file)
        .filter_map(|file| Path::to_str(file));
    quote_spanned! {Span::mixed_site()=>
        #(const _: &[::core::primitive::u8] = ::core::include_bytes!(#files);)*
    }
}

/// The module of a dialect in the private part of the facade.
pub(crate) fn database(dialect: Dialect) -> Ident {
    let name = match dialect {
        Dialect::Postgres => "postgres",
        Dialect::Sqlite => "sqlite",
        Dialect::Mysql => "mysql",
    };
    Ident::new(name, Span::mixed_site())
}

/// What the statement needs of the place where it runs, as a part of names.
fn needs(proved: &Proved) -> &'static str {
    match (proved.isolation, proved.reads) {
        (Isolation::Rows, true) => "rows_read",
        (Isolation::Rows, false) => "rows_write",
        (Isolation::Rls, true) => "rls_read",
        (Isolation::Rls, false) => "rls_write",
        (Isolation::Schema, true) => "schema_read",
        (Isolation::Schema, false) => "schema_write",
        (Isolation::Database, true) => "database_read",
        (Isolation::Database, false) => "database_write",
    }
}

fn tenant(kind: TenantType) -> &'static str {
    match kind {
        TenantType::Text => "text",
        TenantType::Uuid => "uuid",
        TenantType::Int2 => "int2",
        TenantType::Int4 => "int4",
        TenantType::Int8 => "int8",
    }
}

/// How the arguments get into the query: straight, or through names where the driver's order is not the author's.
struct Bound<'a> {
    arguments: &'a [Expr],
    names: Option<Vec<Ident>>,
}

impl<'a> Bound<'a> {
    fn new(call: &'a Call, proved: &Proved) -> Self {
        let order = proved.binds.iter().filter_map(|bind| match bind {
            Bind::Argument { index, .. } => Some(*index),
            Bind::Tenant(_) => None,
        });
        let straight = order.eq(0..call.arguments.len());
        let names = (!straight).then(|| {
            (0..call.arguments.len())
                .map(|at| Ident::new(&format!("argument{at}"), Span::mixed_site()))
                .collect()
        });
        Self {
            arguments: &call.arguments,
            names,
        }
    }

    /// Where errors about the argument's type belong, with the hygiene of this crate's names.
    fn span(&self, index: usize) -> Span {
        let span = self
            .arguments
            .get(index)
            .map_or_else(Span::call_site, |argument| argument.span());
        Span::mixed_site().located_at(span)
    }

    /// A reference to the argument.
    fn reference(&self, index: usize) -> TokenStream {
        match (&self.names, self.arguments.get(index)) {
            (Some(names), _) => names.get(index).map(|name| quote!(#name)).unwrap_or_default(),
            (None, Some(argument)) => quote_spanned! {self.span(index)=> &(#argument) },
            (None, None) => TokenStream::new(),
        }
    }

    /// The argument itself, for a macro that takes the reference on its own.
    fn value(&self, index: usize) -> TokenStream {
        match (&self.names, self.arguments.get(index)) {
            (Some(names), _) => names.get(index).map(|name| quote!(*#name)).unwrap_or_default(),
            (None, Some(argument)) => quote!(#argument),
            (None, None) => TokenStream::new(),
        }
    }

    /// Evaluates the named arguments once, in the author's order, around `query`. A `match` keeps temporaries alive.
    fn around(&self, query: TokenStream) -> TokenStream {
        let Some(names) = &self.names else {
            return query;
        };
        let references = self.arguments.iter().enumerate().map(|(index, argument)| {
            quote_spanned! {self.span(index)=> &(#argument) }
        });
        quote_spanned! {Span::mixed_site()=> match (#(#references,)*) { (#(#names,)*) => { #query } } }
    }
}

/// `TENANCY_MACROS_DEBUG=1` prints every expansion, for work on this crate.
#[expect(clippy::print_stderr, reason = "asked for by an environment variable")]
fn dump(tokens: &TokenStream) {
    if std::env::var_os("TENANCY_MACROS_DEBUG").is_some() {
        eprintln!("{tokens}");
    }
}

#[cfg(test)]
mod tests;
