//! Puts the check for a tenant where a function begins to run.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{ReturnType, Signature, Type};

/// The body with the check in it: first thing of the body, or of the future that it returns.
///
/// # Errors
/// The function returns something that cannot say "no tenant".
pub(super) fn guard(krate: &TokenStream, signature: &Signature, body: &Group) -> syn::Result<Group> {
    let check = check(krate, signature);
    if signature.asyncness.is_some() {
        return Ok(prefixed(body, &check));
    }
    match &signature.output {
        ReturnType::Type(_, output) if names_future(output) => {
            let guarded = future(body.stream(), &check).ok_or_else(|| opaque_future(signature, output))?;
            Ok(rebuilt(body, guarded))
        }
        output => {
            if cannot_fail(output) {
                return Err(no_result(signature));
            }
            Ok(prefixed(body, &check))
        }
    }
}

/// True for a signature whose function has nowhere to put an error, whatever its names mean. Where this is in doubt
/// the compiler decides: the check uses `?`.
pub(super) fn cannot_fail(output: &ReturnType) -> bool {
    let ReturnType::Type(_, output) = output else {
        return true;
    };
    match output.as_ref() {
        Type::Path(path) => path.path.get_ident().is_some_and(|name| {
            [
                "Self", "bool", "char", "str", "String", "u8", "u16", "u32", "u64", "u128", "usize",
            ]
            .iter()
            .chain(&["i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"])
            .any(|plain| name == plain)
        }),
        Type::Group(_) | Type::Paren(_) | Type::Macro(_) | Type::Infer(_) | Type::Verbatim(_) => false,
        _ => true,
    }
}

/// `require_tenant()?`, shown at the return type if the error does not convert.
fn check(krate: &TokenStream, signature: &Signature) -> TokenStream {
    let place = match &signature.output {
        ReturnType::Type(_, output) => output.span(),
        ReturnType::Default => signature.ident.span(),
    };
    let span = Span::mixed_site().located_at(place);
    quote_spanned! {span=> #krate::__private::require_tenant()?; }
}

fn no_result(signature: &Signature) -> syn::Error {
    let name = &signature.ident;
    let message = format!(
        "`{name}` returns no `Result`, so it has no way to refuse to run without a tenant\n  \
         = help: return `Result<_, E>` where `E: From<tenancy::TenantContextError>`, for example `tenancy::Result<_>`\n  \
         = help: if it runs no query, say so: `#[tenant_scoped(skip)] fn {name}`"
    );
    match &signature.output {
        ReturnType::Default => syn::Error::new(name.span(), message),
        ReturnType::Type(_, output) => syn::Error::new_spanned(output, message),
    }
}

fn opaque_future(signature: &Signature, output: &Type) -> syn::Error {
    let name = &signature.ident;
    let message = format!(
        "`{name}` returns a future, but does not end in an `async` block that could check for a tenant first\n  \
         = help: write `async fn {name}`, or end it with `async move {{ .. }}` or `Box::pin(async move {{ .. }})`\n  \
         = help: if it runs no query, say so: `#[tenant_scoped(skip)] fn {name}`"
    );
    syn::Error::new_spanned(output, message)
}

/// `impl Future`, `Pin<Box<dyn Future>>`, `BoxFuture`: what attributes such as `async_trait` make of an `async fn`.
fn names_future(output: &Type) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(name) => ["Future", "BoxFuture", "LocalBoxFuture"]
                .iter()
                .any(|future| name == future),
            TokenTree::Group(group) => any(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    any(output.to_token_stream())
}

/// `body` with the check as its first statement, behind inner attributes.
fn prefixed(body: &Group, check: &TokenStream) -> Group {
    let mut trees = body.stream().into_iter().peekable();
    let mut inner = TokenStream::new();
    let mut rest = TokenStream::new();
    while let Some(tree) = trees.next() {
        let is_hash = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '#');
        let is_inner = matches!(trees.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
        if rest.is_empty() && is_hash && is_inner {
            inner.extend([tree]);
            inner.extend(trees.next());
            inner.extend(trees.next());
        } else {
            rest.extend([tree]);
        }
    }
    rebuilt(body, quote!(#inner #check #rest))
}

/// A body that ends in `async { .. }`, `Box::pin(async { .. })` or either with `.boxed()`, the check put into the
/// block. `None` for any other body.
fn future(body: TokenStream, check: &TokenStream) -> Option<TokenStream> {
    let mut trees: Vec<TokenTree> = body.into_iter().collect();
    let mut end = trees.len();
    while end > 3 && is_boxed_call(&trees[end - 3..end]) {
        end -= 3;
    }
    let last = end.checked_sub(1)?;
    let before = last.checked_sub(1).and_then(|at| trees.get(at))?;
    let TokenTree::Group(group) = trees.get(last)? else {
        return None;
    };
    let guarded = match group.delimiter() {
        Delimiter::Brace if is_name(before, &["async", "move"]) => prefixed(group, check),
        Delimiter::Parenthesis if is_name(before, &["pin"]) => {
            let inside = future(without_trailing_comma(group.stream()), check)?;
            rebuilt(group, inside)
        }
        Delimiter::Brace | Delimiter::Parenthesis | Delimiter::Bracket | Delimiter::None => return None,
    };
    *trees.get_mut(last)? = TokenTree::Group(guarded);
    Some(trees.into_iter().collect())
}

fn is_boxed_call(trees: &[TokenTree]) -> bool {
    match trees {
        [TokenTree::Punct(dot), method, TokenTree::Group(empty)] => {
            dot.as_char() == '.' && is_name(method, &["boxed", "boxed_local"]) && empty.stream().is_empty()
        }
        _ => false,
    }
}

fn without_trailing_comma(tokens: TokenStream) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    if matches!(trees.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ',') {
        trees.pop();
    }
    trees.into_iter().collect()
}

fn is_name(tree: &TokenTree, names: &[&str]) -> bool {
    matches!(tree, TokenTree::Ident(name) if names.iter().any(|wanted| name == wanted))
}

fn rebuilt(group: &Group, tokens: TokenStream) -> Group {
    let mut rebuilt = Group::new(group.delimiter(), tokens);
    rebuilt.set_span(group.span());
    rebuilt
}

#[cfg(test)]
mod tests {
    use super::guard;
    use crate::scoped::item::Function;
    use quote::{ToTokens as _, quote};

    fn guarded(code: &str) -> Result<String, String> {
        let function: Function = syn::parse_str(code).unwrap();
        let krate = quote!(::tenancy);
        guard(&krate, &function.signature, &function.body.unwrap())
            .map(|body| body.to_token_stream().to_string())
            .map_err(|error| error.to_string())
    }

    const CHECK: &str = ":: tenancy :: __private :: require_tenant () ? ;";

    #[test]
    fn async_functions_check_when_first_polled() {
        let text = guarded("async fn f() -> Result<(), E> { work().await }").unwrap();
        assert_eq!(text, format!("{{ {CHECK} work () . await }}"));
    }

    #[test]
    fn inner_attributes_stay_first() {
        let text = guarded("fn f() -> Result<(), E> { #![allow(x)] #[y] work() }").unwrap();
        assert_eq!(text, format!("{{ #! [allow (x)] {CHECK} # [y] work () }}"));
    }

    #[test]
    fn returned_futures_check_inside() {
        for (code, expected) in [
            (
                "{ let x = 1; async move { x } }",
                format!("let x = 1 ; async move {{ {CHECK} x }}"),
            ),
            (
                "{ Box::pin(async move { x }) }",
                format!("Box :: pin (async move {{ {CHECK} x }})"),
            ),
            (
                "{ async { x }.boxed() }",
                format!("async {{ {CHECK} x }} . boxed ()"),
            ),
        ] {
            let text = guarded(&format!("fn f() -> impl Future<Output = R> {code}")).unwrap();
            assert_eq!(text, format!("{{ {expected} }}"));
        }
    }

    #[test]
    fn other_futures_are_refused() {
        let error = guarded("fn f() -> BoxFuture<'static, R> { other() }").unwrap_err();
        assert!(error.contains("does not end in an `async` block"), "{error}");
    }

    #[test]
    fn functions_that_cannot_fail_are_refused() {
        for code in [
            "fn f() {}",
            "fn f(&self) -> &str {}",
            "fn f() -> Self {}",
            "fn f() -> (u8, u8) {}",
            "fn f() -> impl Iterator<Item = u8> {}",
        ] {
            let error = guarded(code).unwrap_err();
            assert!(error.contains("returns no `Result`"), "{code}: {error}");
        }
    }
}
