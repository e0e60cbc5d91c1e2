//! Finds what would send SQL past the proof, in the tokens of a function's body.
//!
//! A body is not parsed: half-typed code must pass through, and so must the arguments of other macros, whose grammar
//! nobody knows. A token scan sees both. It is a reviewer's second pair of eyes, not the proof: the handles of
//! `tenancy` take no raw query at all.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

use crate::errors::Errors;

/// sqlx's macros, whatever path leads to them.
const MACROS: [&str; 12] = [
    "query",
    "query_as",
    "query_scalar",
    "query_unchecked",
    "query_as_unchecked",
    "query_scalar_unchecked",
    "query_file",
    "query_file_as",
    "query_file_scalar",
    "query_file_unchecked",
    "query_file_as_unchecked",
    "query_file_scalar_unchecked",
];

/// sqlx's functions that take SQL.
const FUNCTIONS: [&str; 6] = [
    "query",
    "query_as",
    "query_scalar",
    "query_with",
    "query_as_with",
    "query_scalar_with",
];

/// Names that mean raw SQL wherever they stand.
const NAMES: [&str; 4] = ["raw_sql", "QueryBuilder", "AssertSqlSafe", "unscoped_pool"];

/// Methods of connections and pools that take SQL as text.
const METHODS: [&str; 9] = [
    "execute",
    "execute_many",
    "fetch",
    "fetch_all",
    "fetch_many",
    "fetch_one",
    "fetch_optional",
    "prepare",
    "prepare_with",
];

/// Adds an error for each place in `tokens` that sends unproved SQL.
pub(super) fn scan(tokens: TokenStream, errors: &mut Errors) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut skipped = 0;
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Ident(name) if at >= skipped => skipped = at + check(&trees, at, name, errors),
            TokenTree::Group(group) => scan(group.stream(), errors),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Looks at one name; how many tokens an error covers, so that none is reported twice.
fn check(trees: &[TokenTree], at: usize, name: &Ident, errors: &mut Errors) -> usize {
    let text = name.to_string();
    let next = Next(trees.get(at + 1..).unwrap_or_default());
    let called_on = at
        .checked_sub(1)
        .and_then(|before| trees.get(before))
        .is_some_and(|tree| is_punct(tree, '.'));
    if text == "sqlx" && next.path() {
        return check_sqlx(trees, at, errors);
    }
    if NAMES.contains(&text.as_str()) && !is_ours(trees, at, &text) {
        errors.push(name.span(), advice(&text));
        return 1;
    }
    if MACROS.contains(&text.as_str()) && next.bang() {
        let call = trees.get(at..=at + 1).unwrap_or_default();
        errors.push_spanned(quote!(#(#call)*), advice(&text));
        return 1;
    }
    if FUNCTIONS.contains(&text.as_str()) && !called_on && (next.turbofish() || next.sql_argument()) {
        errors.push(name.span(), advice(&text));
        return 1;
    }
    if METHODS.contains(&text.as_str()) && called_on && next.sql_argument() {
        errors.push(name.span(), advice(&text));
    }
    1
}

/// `dynamic::QueryBuilder`, which has its statements proved.
fn is_ours(trees: &[TokenTree], at: usize, text: &str) -> bool {
    let path = at.checked_sub(3).and_then(|start| trees.get(start..at));
    text == "QueryBuilder"
        && matches!(path, Some([TokenTree::Ident(module), first, second])
            if module == "dynamic" && is_punct(first, ':') && is_punct(second, ':'))
}

/// `sqlx::query...`, `sqlx::{...}`: by path, whatever stands behind.
fn check_sqlx(trees: &[TokenTree], at: usize, errors: &mut Errors) -> usize {
    match trees.get(at + 3) {
        Some(TokenTree::Ident(name)) if is_raw(name) => {
            let path = trees.get(at..=at + 3).unwrap_or_default();
            errors.push_spanned(quote!(#(#path)*), advice(&name.to_string()));
            4
        }
        Some(TokenTree::Group(names)) if names.delimiter() == Delimiter::Brace => {
            for tree in names.stream() {
                match tree {
                    TokenTree::Ident(name) if is_raw(&name) => {
                        errors.push(name.span(), advice(&name.to_string()));
                    }
                    TokenTree::Ident(_)
                    | TokenTree::Group(_)
                    | TokenTree::Punct(_)
                    | TokenTree::Literal(_) => {}
                }
            }
            5
        }
        _ => 1,
    }
}

fn is_raw(name: &Ident) -> bool {
    let text = name.to_string();
    text.starts_with("query") || NAMES.contains(&text.as_str())
}

/// What to write instead.
fn advice(name: &str) -> String {
    if name == "unscoped_pool" {
        return "`unscoped_pool` sees every tenant and has no place in `#[tenant_scoped]` code\n  \
             = help: use a `TenantDb` or `TenantTx`, or `tenancy::central(reason, ..)` outside of this item"
            .to_owned();
    }
    if name == "QueryBuilder" {
        return "`QueryBuilder` sends SQL that nobody proved; `#[tenant_scoped]` code has only proved queries\n  \
             = help: with the feature `dynamic`, `PROVER.builder(..)` and `tenancy::dynamic::QueryBuilder`, written with its path, \
             have their statements proved\n  \
             = help: use `tenant_query!(..)` where the statement does not change"
            .to_owned();
    }
    let file = if name.contains("file") { "file_" } else { "" };
    let instead = if name.contains("_as") {
        format!("tenant_query_{file}as!(Row, ..)")
    } else if name.contains("scalar") {
        format!("tenant_query_{file}scalar!(..)")
    } else if name.contains("file") {
        "tenant_query_file!(..)".to_owned()
    } else {
        "tenant_query!(..)".to_owned()
    };
    format!(
        "`{name}` sends SQL that nobody proved; `#[tenant_scoped]` code has only proved queries\n  \
         = help: use `{instead}`\n  \
         = help: work across tenants belongs in `tenancy::central(reason, ..)` with `central_query!`, outside of this item"
    )
}

/// The tokens behind a name.
struct Next<'a>(&'a [TokenTree]);

impl<'a> Next<'a> {
    fn punct(&self, at: usize, character: char) -> bool {
        self.0.get(at).is_some_and(|tree| is_punct(tree, character))
    }

    fn path(&self) -> bool {
        self.punct(0, ':') && self.punct(1, ':')
    }

    fn turbofish(&self) -> bool {
        self.path() && self.punct(2, '<')
    }

    /// `!` and its arguments, not `!=`.
    fn bang(&self) -> bool {
        self.punct(0, '!') && matches!(self.0.get(1), Some(TokenTree::Group(_)))
    }

    /// The parentheses of a call, behind type arguments if there are any.
    fn call(&self) -> Option<&'a Group> {
        let mut depth = 0_usize;
        for (at, tree) in self.0.iter().enumerate() {
            match tree {
                TokenTree::Group(group) if depth == 0 => {
                    return (group.delimiter() == Delimiter::Parenthesis).then_some(group);
                }
                TokenTree::Punct(punct) => match punct.as_char() {
                    '<' => depth += 1,
                    '>' => depth = depth.saturating_sub(1),
                    ':' if at < 2 => {}
                    _ if depth > 0 => {}
                    _ => return None,
                },
                TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Group(_) if depth > 0 => {}
                TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Group(_) => return None,
            }
        }
        None
    }

    /// A call whose first argument is text: a string literal, or a macro that makes one.
    fn sql_argument(&self) -> bool {
        let Some(call) = self.call() else {
            return false;
        };
        first_is_text(call.stream())
    }
}

fn first_is_text(tokens: TokenStream) -> bool {
    for tree in tokens {
        match tree {
            TokenTree::Literal(literal) => return literal.to_string().contains('"'),
            TokenTree::Ident(name) => {
                return ["format", "concat", "include_str", "stringify"]
                    .iter()
                    .any(|text| name == text);
            }
            TokenTree::Group(group)
                if matches!(group.delimiter(), Delimiter::None | Delimiter::Parenthesis) =>
            {
                return first_is_text(group.stream());
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), '&' | '*') => {}
            TokenTree::Group(_) | TokenTree::Punct(_) => return false,
        }
    }
    false
}

fn is_punct(tree: &TokenTree, character: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == character)
}

#[cfg(test)]
mod tests {
    use super::scan;
    use crate::errors::Errors;

    fn count(body: &str) -> usize {
        let mut errors = Errors::default();
        scan(body.parse().unwrap(), &mut errors);
        errors.into_tokens().to_string().matches("compile_error").count()
    }

    #[test]
    fn raw_sqlx_is_found_once_each() {
        for body in [
            "sqlx::query(\"select 1\").execute(&db)",
            "::sqlx::query_as::<_, Row>(sql)",
            "sqlx::query!(\"select 1\")",
            "sqlx::query_file_as!(Row, \"a.sql\")",
            "query_as!(Row, \"select 1\")",
            "db::checked::query_scalar!(\"select 1\")",
            "query_scalar::<_, i64>(SQL)",
            "query(\"select 1\")",
            "let q = db::query(&format!(\"select {x}\"));",
            "raw_sql(text)",
            "sqlx::raw_sql(text)",
            "let b = QueryBuilder::<Postgres>::new(\"select\");",
            "sqlx::QueryBuilder::new(x)",
            "static_::QueryBuilder::new(x)",
            "db.execute(\"delete from orders\")",
            "db.fetch_all(r#\"select 1\"#)",
            "db.fetch_one(&*format!(\"select {x}\"))",
            "db.prepare(\"select 1\")",
            "self.db.unscoped_pool()",
            "join!(a, b, async { sqlx::query(x) })",
            "use sqlx::query as q;",
            "use sqlx::{Row, query_as as q};",
            "db.execute(AssertSqlSafe(x))",
        ] {
            assert_eq!(count(body), 1, "{body}");
        }
    }

    #[test]
    fn proved_queries_and_other_code_pass() {
        for body in [
            "tenant_query!(\"select 1\").execute(&self.db)",
            "tenancy::tenant_query_as!(Row, \"select 1\", id).fetch_all(&self.db)",
            "central_query!(\"select 1\")",
            "let query = 1; if query != 2 { query(query) }",
            "self.query(\"name\")",
            "fn query() {}",
            "client.fetch(url)",
            "command.execute(arguments)",
            "println!(\"sqlx::query\")",
            "use sqlx::{Row, PgPool};",
            "let r: Result<_, sqlx::Error> = x;",
            "query.fetch_one(&mut tx)",
            "let q = dynamic::QueryBuilder::new(&SHOP, \"select\");",
            "let q = tenancy::dynamic::QueryBuilder::<Postgres>::new(&SHOP, \"select\");",
            "SHOP.builder(\"select\").build().fetch_all(&db)",
            "SHOP.query(&text).fetch_all(&db)",
        ] {
            assert_eq!(count(body), 0, "{body}");
        }
    }
}
