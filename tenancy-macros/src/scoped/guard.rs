//! Puts the check for a tenant where a function begins to run.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{ReturnType, Signature, Type};

use crate::errors::Errors;

/// The body with the check in it: first thing of the body, or of the future that it returns.
///
/// # Errors
/// The function returns a future, but not one that the check could be put into.
pub(super) fn guard(krate: &TokenStream, signature: &Signature, body: &Group) -> Result<Group, Errors> {
    let check = check(krate, signature);
    if signature.asyncness.is_some() {
        return Ok(prefixed(body, &check));
    }
    match &signature.output {
        ReturnType::Type(_, output) if names_future(output) => {
            let guarded = future(body.stream(), &check).ok_or_else(|| opaque_future(signature, output))?;
            Ok(rebuilt(body, guarded))
        }
        ReturnType::Type(..) | ReturnType::Default => Ok(prefixed(body, &check)),
    }
}

/// Returns the error of a missing tenant. Whether the function's type can say it is the compiler's to decide; if not,
/// it underlines the path below, which therefore begins and ends where the return type does.
fn check(krate: &TokenStream, signature: &Signature) -> TokenStream {
    let mut place = match &signature.output {
        ReturnType::Type(_, output) => output.to_token_stream(),
        ReturnType::Default => signature.ident.to_token_stream(),
    }
    .into_iter()
    .map(|token| Span::mixed_site().located_at(token.span()));
    let first = place.next().unwrap_or_else(Span::mixed_site);
    let last = place.last().unwrap_or(first);
    let error = Ident::new("error", Span::mixed_site());
    let refuse = quote_spanned! {last=> ::__private::Refuse::refuse(#error) };
    let shown: TokenStream = krate
        .clone()
        .into_iter()
        .map(|token| respanned(token, first))
        .collect();
    quote_spanned! {Span::mixed_site()=>
        if let ::core::result::Result::Err(#error) = #krate::__private::require_tenant() {
            return #shown #refuse;
        }
    }
}

/// `token` shown at `span`, meaning what it meant.
fn respanned(mut token: TokenTree, span: Span) -> TokenTree {
    token.set_span(token.span().located_at(span));
    token
}

fn opaque_future(signature: &Signature, output: &Type) -> Errors {
    let name = &signature.ident;
    let message = format!(
        "`{name}` returns a future, but does not end in an `async` block that could check for a tenant first\n  \
         = help: write `async fn {name}`, or end it with `async move {{ .. }}` or `Box::pin(async move {{ .. }})`\n  \
         = help: if it runs no query, say so: `#[tenant_scoped(skip)] fn {name}`"
    );
    let mut errors = Errors::default();
    errors.push_spanned(output, message);
    errors
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
            .map_err(|errors| errors.into_tokens().to_string())
    }

    const CHECK: &str = "if let :: core :: result :: Result :: Err (error) = :: tenancy :: __private :: require_tenant () \
         { return :: tenancy :: __private :: Refuse :: refuse (error) ; }";

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
}
