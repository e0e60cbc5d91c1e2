//! `#[tenant_scoped]`: an item whose functions refuse to run without a tenant and send no SQL past the proof.

mod guard;
mod item;
mod scan;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::parse::ParseStream;
use syn::{Attribute, Meta, Path, Token};

use crate::errors::Errors;
use crate::renamed;
use item::{Function, Item, Member};

/// What stands in the attribute's parentheses.
#[derive(Default)]
struct Options {
    /// `skip`: no check at entry. The body is still scanned.
    skip: bool,
    /// `crate = path`.
    krate: Option<Path>,
}

/// The whole way from the item to its expansion. Whatever is wrong, the item is still there.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = syn::parse::Parser::parse2(Options::parse, attribute.clone()).unwrap_or_else(|error| {
        errors.append(error.into());
        Options::default()
    });
    let krate = options
        .krate
        .as_ref()
        .map_or_else(renamed::path, |path| quote!(#path));
    let expanded = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Function(mut function)) => {
            check_function(&krate, &mut function, options.skip, &mut errors);
            function.to_token_stream()
        }
        Ok(Item::Block(mut block)) => {
            if options.skip {
                errors.push_spanned(
                    &attribute,
                    "`skip` is for single functions: leave the attribute away instead",
                );
            }
            for member in &mut block.members {
                check_member(&krate, member, &mut errors);
            }
            block.to_token_stream()
        }
        Err(error) => {
            errors.append(Errors::from(error).explained(
                "`#[tenant_scoped]` guards functions, `impl` blocks and traits, and cannot read this item",
            ));
            item
        }
    };
    let errors = errors.into_tokens();
    quote!(#expanded #errors)
}

/// A function of a block: those that run queries have a receiver or are `async`; a constructor is left alone.
fn check_member(krate: &TokenStream, member: &mut Member, errors: &mut Errors) {
    match member {
        Member::Function(function) => {
            let own = take_own_attribute(&mut function.attributes, errors);
            let constant = function.signature.constness.is_some();
            let runs = function.signature.asyncness.is_some() || function.signature.receiver().is_some();
            check_function(krate, function, own.skip || constant || !runs, errors);
        }
        Member::Other(other) => scan::scan(other.clone(), errors),
    }
}

fn check_function(krate: &TokenStream, function: &mut Function, skip: bool, errors: &mut Errors) {
    let Some(body) = &function.body else {
        return;
    };
    scan::scan(body.stream(), errors);
    if skip {
        return;
    }
    match guard::guard(krate, &function.signature, body) {
        Ok(guarded) => function.body = Some(guarded),
        Err(refused) => errors.append(refused),
    }
}

/// `#[tenant_scoped(skip)]` on a function of a block that is `#[tenant_scoped]` itself: read here, and taken away, so
/// that it does not expand a second time.
fn take_own_attribute(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    attributes.retain(|attribute| {
        let last = attribute.path().segments.last();
        if last.is_none_or(|segment| segment.ident != "tenant_scoped") {
            return true;
        }
        match &attribute.meta {
            Meta::Path(_) => {}
            Meta::List(list) => match list.parse_args_with(Options::parse) {
                Ok(found) => options = found,
                Err(error) => errors.append(error.into()),
            },
            Meta::NameValue(pair) => {
                errors.push_spanned(pair, "expected `#[tenant_scoped]` or `#[tenant_scoped(skip)]`");
            }
        }
        false
    });
    options
}

impl Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                options.krate = Some(input.call(Path::parse_mod_style)?);
            } else {
                let word: syn::Ident = input.parse()?;
                if word != "skip" {
                    let message = "expected `skip` or `crate = path`";
                    return Err(syn::Error::new(word.span(), message));
                }
                options.skip = true;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::expand;
    use quote::quote;

    const CHECK: &str = "require_tenant";

    fn checks(text: &str) -> usize {
        text.matches(CHECK).count()
    }

    #[test]
    fn blocks_guard_methods_and_async_functions() {
        let text = expand(
            quote!(crate = ::tenancy),
            quote! {
                impl<'a, T: Clone> Orders<'a, T> where T: Send {
                    const LIMIT: u8 = 1;
                    type Row = fn(u8) -> u8;
                    pub fn new(db: Db) -> Self { Self { db } }
                    pub const fn size(&self) -> usize { 1 }
                    pub async fn late<'b>(&'b self, since: impl Into<Date>) -> tenancy::Result<Vec<T>> { work().await }
                    fn count(&self) -> Result<u8, Error> { Ok(1) }
                    async fn all() -> Result<u8, Error> { Ok(1) }
                    #[tenant_scoped(skip)]
                    fn name(&self) -> &str { "orders" }
                }
            },
        )
        .to_string();
        assert_eq!(checks(&text), 3, "{text}");
        assert!(!text.contains("compile_error"), "{text}");
        assert!(!text.contains("skip"), "{text}");
    }

    #[test]
    fn traits_guard_default_methods() {
        let text = expand(
            quote!(crate = ::tenancy),
            quote! {
                pub trait Orders: Sync {
                    type Row;
                    async fn late(&self) -> Result<Self::Row, Error>;
                    async fn first(&self) -> Result<Self::Row, Error> { self.late().await }
                }
            },
        )
        .to_string();
        assert_eq!(checks(&text), 1, "{text}");
        assert!(!text.contains("compile_error"), "{text}");
    }

    #[test]
    fn half_typed_code_is_still_there() {
        for item in [
            quote!(async fn late(&self) -> {}),
            quote!(impl Orders { fn late(&self) -> Result<(), E> { self. } fn }),
        ] {
            let text = expand(quote!(), item.clone()).to_string();
            assert!(text.starts_with(&item.to_string()), "{text}");
            assert!(text.contains("compile_error"), "{text}");
        }
    }

    #[test]
    fn half_typed_bodies_are_guarded() {
        let text = expand(
            quote!(crate = ::tenancy),
            quote!(async fn late() -> Result<(), E> { self. let x = ; }),
        )
        .to_string();
        assert_eq!(checks(&text), 1, "{text}");
        assert!(!text.contains("compile_error"), "{text}");
    }

    #[test]
    fn skipped_functions_are_still_scanned() {
        let text = expand(
            quote!(skip),
            quote!(
                fn f(&self) {
                    sqlx::query("select 1");
                }
            ),
        )
        .to_string();
        assert_eq!(checks(&text), 0, "{text}");
        assert!(text.contains("sends SQL that nobody proved"), "{text}");
    }

    #[test]
    fn other_items_are_refused() {
        let text = expand(
            quote!(),
            quote!(
                struct Orders;
            ),
        )
        .to_string();
        assert!(text.contains("guards functions"), "{text}");
        let text = expand(
            quote!(other),
            quote!(
                fn f() -> R {}
            ),
        )
        .to_string();
        assert!(text.contains("expected `skip`"), "{text}");
    }
}
