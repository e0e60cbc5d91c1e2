//! What stands between the parentheses of a query macro.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Expr, Lit, Token, Type};

use super::sql::SqlText;
use super::{Form, Place, Rows};
use crate::errors::Errors;

/// One call, as far as it could be read.
pub(super) struct Call {
    /// The path of the `tenancy` crate, which the macro's facade passes first.
    pub(super) krate: TokenStream,
    /// The type of a row, for the forms that name one.
    pub(super) row: Option<Type>,
    /// The statement.
    pub(super) sql: Option<SqlText>,
    /// The arguments, in the order of the text.
    pub(super) arguments: Vec<Expr>,
    /// Where to say what is wrong with the call as a whole.
    pub(super) span: Span,
}

impl Call {
    /// Reads a call; what could not be read is missing in it, and said in the errors.
    pub(super) fn parse(form: Form, tokens: TokenStream) -> (Self, Errors) {
        let mut call = Self {
            krate: TokenStream::new(),
            row: None,
            sql: None,
            arguments: Vec::new(),
            span: Span::call_site(),
        };
        let mut errors = Errors::default();
        let read = |input: ParseStream<'_>| call.read(form, input, &mut errors);
        if let Err(error) = read.parse2(tokens) {
            errors.append(error.into());
        }
        (call, errors)
    }

    fn read(&mut self, form: Form, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        self.krate = crate_path(input)?;
        if form.rows == Rows::As {
            if input.peek(Lit) {
                let message = "expected the type of the rows before the statement: `tenant_query_as!(Row, \"select ...\")`";
                errors.push(input.span(), message);
            } else {
                self.row = Some(input.parse()?);
                comma(input, "between the type of the rows and the statement")?;
            }
        }
        if input.is_empty() {
            return Err(syn::Error::new(Span::call_site(), expected(form.place)));
        }
        match SqlText::parse(form.place, input) {
            Ok(sql) => self.sql = Some(sql),
            Err(refused) => {
                errors.append(refused);
                skip_expression(input);
            }
        }
        if input.is_empty() {
            return Ok(());
        }
        comma(
            input,
            "between the statement and its arguments, or `+` between two pieces of it",
        )?;
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
        self.arguments = arguments.into_iter().collect();
        Ok(())
    }
}

/// What the statement must look like, for whoever wrote something else.
pub(super) fn expected(place: Place) -> String {
    match place {
        Place::Literal => "expected the SQL as a string literal: it is proved while the program compiles, so it can be neither a \
             variable nor the result of a call\n  \
             = help: pass values as arguments: `tenant_query!(\"select ... where id = $1\", id)`\n  \
             = help: join pieces with `+`: `\"select ...\" + \" from ...\"`\n  \
             = help: keep long statements in a file: `tenant_query_file!(\"queries/orders.sql\")`"
            .to_owned(),
        Place::File => "expected the path of a file of SQL as a string literal, relative to the crate's `Cargo.toml`\n  \
             = help: for example `tenant_query_file!(\"queries/orders.sql\")`"
            .to_owned(),
    }
}

/// The facade's `$crate` and the comma behind it. The token is opaque: only the compiler knows what it means.
fn crate_path(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut path = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        path.extend([input.parse::<TokenTree>()?]);
    }
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(path)
}

fn comma(input: ParseStream<'_>, place: &str) -> syn::Result<()> {
    let found: syn::Result<Token![,]> = input.parse();
    found
        .map(|_| ())
        .map_err(|error| syn::Error::new(error.span(), format!("expected `,` {place}")))
}

/// Steps over what stands where the statement should, so that the arguments behind it are still seen.
fn skip_expression(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
