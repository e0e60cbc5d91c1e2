//! `embed_project!`: the project's files as texts in the program, for the prover at run time.
//!
//! `include_str!` reads them once more, and makes cargo watch them. The digest of what was read here goes along: if a
//! file changed in between, the program refuses every dynamic statement instead of proving it against something else.

use std::path::Path;

use proc_macro2::{Literal, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::parse::{ParseStream, Parser as _};
use syn::{LitStr, Token};
use tenancy_prover::{Dialect, Project};

use crate::errors::Errors;
use crate::project::{self, Failure};

/// The whole way from the call to its expansion; errors are in the expansion.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let (krate, folder) = match arguments.parse2(tokens) {
        Ok(arguments) => arguments,
        Err(error) => return Errors::from(error).into_tokens(),
    };
    let span = folder.as_ref().map_or_else(Span::call_site, LitStr::span);
    let loaded = match &folder {
        Some(folder) => project::load_in(&folder.value()),
        None => project::load(),
    };
    let (errors, dialect) = match loaded {
        Ok(project) => match embedded(&krate, &project) {
            Ok(embedded) => return made(&krate, project.config.dialect, embedded),
            Err(message) => (Errors::one(span, message), Some(project.config.dialect)),
        },
        Err(Failure { message, dialect }) => (Errors::one(span, message), dialect),
    };
    let errors = errors.into_tokens();
    let Some(dialect) = dialect else {
        return quote_spanned! {Span::mixed_site()=> { #errors } };
    };
    let nothing = quote_spanned! {Span::mixed_site()=>
        #krate::__private::Embedded { settings: "", sources: &[], digest: 0 }
    };
    let prover = made(&krate, dialect, nothing);
    quote_spanned! {Span::mixed_site()=> { #errors #prover } }
}

/// The facade's `$crate`, and the folder if one is named.
fn arguments(input: ParseStream<'_>) -> syn::Result<(TokenStream, Option<LitStr>)> {
    let mut krate = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        krate.extend([input.parse::<TokenTree>()?]);
    }
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    let folder = if input.is_empty() {
        None
    } else {
        Some(input.parse::<LitStr>().map_err(|error| {
            let message = "expected the path of a folder with a `tenancy.toml` as a string literal, relative to the crate's \
                           `Cargo.toml`, or nothing";
            syn::Error::new(error.span(), message)
        })?)
    };
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok((krate, folder))
}

fn made(krate: &TokenStream, dialect: Dialect, embedded: TokenStream) -> TokenStream {
    let database = crate::query::database(dialect);
    quote_spanned! {Span::mixed_site()=> #krate::__private::#database::prover(&#embedded) }
}

fn embedded(krate: &TokenStream, project: &Project) -> Result<TokenStream, String> {
    let mut files = Vec::new();
    for (name, file) in project.names().zip(&project.files) {
        files.push((text(&name)?, text(file)?));
    }
    let Some(((_, settings), sources)) = files.split_first() else {
        return Err("the project has no files".to_owned());
    };
    let (names, files): (Vec<_>, Vec<_>) = sources.iter().cloned().unzip();
    let digest = Literal::u128_suffixed(project.digest);
    Ok(quote_spanned! {Span::mixed_site()=>
        #krate::__private::Embedded {
            settings: ::core::include_str!(#settings),
            sources: &[#((#names, ::core::include_str!(#files))),*],
            digest: #digest,
        }
    })
}

fn text(path: &Path) -> Result<String, String> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        format!(
            "{}: the path is not UTF-8, so the file cannot be included",
            path.display()
        )
    })
}
