//! Items with their bodies left as tokens, so that half-typed code passes through.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, ImplItem, Signature, Token, TraitItem, Visibility};

/// What an attribute stands on.
pub(super) enum Item {
    /// A function.
    Function(Box<Function>),
    /// An `impl` block or a trait.
    Block(Block),
}

/// A function or method.
pub(super) struct Function {
    /// Everything before `fn` and its qualifiers.
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) defaultness: Option<Token![default]>,
    pub(super) signature: Signature,
    /// `None` for a trait's function without a default.
    pub(super) body: Option<Group>,
    semicolon: Option<Token![;]>,
}

/// An `impl` block or a trait.
pub(super) struct Block {
    /// Everything before the braces.
    header: TokenStream,
    braces: Group,
    /// `#![..]`.
    inner: Vec<Attribute>,
    /// What is inside, in order.
    pub(super) members: Vec<Member>,
}

/// One item of an `impl` block or a trait.
pub(super) enum Member {
    /// A function.
    Function(Box<Function>),
    /// A type, a constant, a macro call.
    Other(TokenStream),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let fork = input.fork();
        if let Ok(function) = fork.parse::<Function>() {
            input.advance_to(&fork);
            return Ok(Self::Function(Box::new(function)));
        }
        if is_block(&input.fork())? {
            return Ok(Self::Block(input.parse()?));
        }
        input
            .parse::<Function>()
            .map(|function| Self::Function(Box::new(function)))
    }
}

/// True before `impl` or `trait`.
fn is_block(input: ParseStream<'_>) -> syn::Result<bool> {
    Attribute::parse_outer(input)?;
    input.parse::<Visibility>()?;
    input.parse::<Option<Token![default]>>()?;
    input.parse::<Option<Token![unsafe]>>()?;
    input.parse::<Option<Token![const]>>()?;
    Ok(input.peek(Token![impl]) || input.peek(Token![trait]))
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = Attribute::parse_outer(input)?;
        let visibility = input.parse()?;
        let defaultness = if input.peek(Token![default]) && !input.peek2(Token![!]) {
            input.parse()?
        } else {
            None
        };
        let signature = input.parse()?;
        let (body, semicolon) = if input.peek(Token![;]) {
            (None, Some(input.parse()?))
        } else {
            (Some(braces(input)?), None)
        };
        Ok(Self {
            attributes,
            visibility,
            defaultness,
            signature,
            body,
            semicolon,
        })
    }
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut header = TokenStream::new();
        // A header may hold braces of its own: `impl Fixed<{ 3 }> for X {}`. The body is the last token.
        let braces = loop {
            match input.parse::<TokenTree>()? {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && input.is_empty() => {
                    break group;
                }
                other => header.extend([other]),
            }
        };
        let (inner, members) = syn::parse::Parser::parse2(members, braces.stream())?;
        Ok(Self {
            header,
            braces,
            inner,
            members,
        })
    }
}

fn members(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Vec<Member>)> {
    let inner = Attribute::parse_inner(input)?;
    let mut members = Vec::new();
    while !input.is_empty() {
        let fork = input.fork();
        if let Ok(function) = fork.parse::<Function>() {
            input.advance_to(&fork);
            members.push(Member::Function(Box::new(function)));
            continue;
        }
        members.push(Member::Other(other(input)?));
    }
    Ok((inner, members))
}

/// A type, a constant or a macro call. What else can stand there could hide a function, so it is an error.
fn other(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let fork = input.fork();
    let start = input.span();
    let hidden = || syn::Error::new(start, "`#[tenant_scoped]` cannot read this item");
    match fork.parse::<ImplItem>() {
        Ok(item @ (ImplItem::Const(_) | ImplItem::Type(_) | ImplItem::Macro(_))) => {
            input.advance_to(&fork);
            Ok(item.into_token_stream())
        }
        Ok(_) | Err(_) => match input.parse::<TraitItem>()? {
            item @ (TraitItem::Const(_) | TraitItem::Type(_) | TraitItem::Macro(_)) => {
                Ok(item.into_token_stream())
            }
            _ => Err(hidden()),
        },
    }
}

fn braces(input: ParseStream<'_>) -> syn::Result<Group> {
    let error = input.error("expected the function's body");
    match input.parse::<TokenTree>() {
        Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Ok(group),
        Ok(_) | Err(_) => Err(error),
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attributes,
            visibility,
            defaultness,
            signature,
            body,
            semicolon,
        } = self;
        tokens.extend(quote::quote!(#(#attributes)* #visibility #defaultness #signature #body #semicolon));
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            header,
            braces,
            inner,
            members,
        } = self;
        let members = quote::quote!(#(#inner)* #(#members)*);
        let mut body = Group::new(Delimiter::Brace, members);
        body.set_span(braces.span());
        tokens.extend(quote::quote!(#header #body));
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(function) => function.to_tokens(tokens),
            Self::Other(other) => tokens.extend(other.clone()),
        }
    }
}
