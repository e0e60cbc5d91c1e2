//! Expansions, token by token: what the users' compilers check a thousand times.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;
use tenancy_prover::config::{Config, Isolation};
use tenancy_prover::{Bind, Dialect, Project, Proved, TenantType};

use super::{failed, proved};
use crate::errors::Errors;
use crate::query::input::Call;
use crate::query::{Form, Place, Rows, Scope};

const TENANT: Form = Form {
    scope: Scope::Tenant,
    rows: Rows::Plain,
    place: Place::Literal,
};

fn project(options: &str) -> Project {
    let text = format!(
        "dialect = \"sqlite\"\nmigrations = \"migrations\"\n{options}\n[tenant]\ncolumn = \"tenant_id\"\n"
    );
    let config = Config::parse(&text, Path::new("tenancy.toml")).unwrap();
    Project::from_parts(config, &[]).unwrap()
}

fn argument(index: usize) -> Bind {
    Bind::Argument {
        index,
        label: format!("?{}", index + 1),
    }
}

fn expanded(form: Form, options: &str, input: TokenStream, binds: Vec<Bind>, arguments: usize) -> String {
    let (call, errors) = Call::parse(form, input);
    assert!(errors.is_empty());
    let answer = Proved {
        sql: "FINAL".to_owned(),
        binds,
        arguments,
        repairs: Vec::new(),
        isolation: Isolation::Rows,
        reads: false,
    };
    proved(
        form,
        &call,
        call.sql.as_ref().unwrap(),
        &project(options),
        &answer,
    )
    .to_string()
}

fn tokens(expected: TokenStream) -> String {
    expected.to_string()
}

#[test]
fn arguments_and_the_tenant_are_bound_in_the_drivers_order() {
    let binds = vec![argument(0), Bind::Tenant(TenantType::Text), argument(1)];
    let found = expanded(TENANT, "", quote!(crate, "sql", a, b + 1), binds, 2);
    let expected = tokens(quote!({
        let mut query = crate::__private::sqlite::rows_write("FINAL");
        query.bind(&(a));
        query.bind_tenant_text();
        query.bind(&(b + 1));
        query
    }));
    assert_eq!(found, expected);
}

#[test]
fn nothing_to_bind_needs_no_mut() {
    let found = expanded(TENANT, "", quote!(crate, "sql"), Vec::new(), 0);
    let expected = tokens(quote!({
        let query = crate::__private::sqlite::rows_write("FINAL");
        query
    }));
    assert_eq!(found, expected);
}

#[test]
fn another_order_or_a_second_use_evaluates_each_argument_once() {
    let binds = vec![argument(1), argument(0), argument(1)];
    let found = expanded(TENANT, "", quote!(crate, "sql", a(), b()), binds, 2);
    let expected = tokens(quote!({
        match (&(a()), &(b())) {
            (argument0, argument1) => {
                let mut query = crate::__private::sqlite::rows_write("FINAL");
                query.bind(argument1);
                query.bind(argument0);
                query.bind(argument1);
                query
            }
        }
    }));
    assert_eq!(found.replace(" ,)", ")"), expected);
}

#[test]
fn rows_have_the_type_that_was_named() {
    let form = Form {
        rows: Rows::As,
        ..TENANT
    };
    let found = expanded(form, "", quote!(crate, Option<u8>, "sql"), Vec::new(), 0);
    assert!(found.contains("query . typed :: < Option < u8 >"), "{found}");
    let form = Form {
        rows: Rows::Scalar,
        scope: Scope::Central,
        ..TENANT
    };
    let found = expanded(form, "", quote!(crate, "sql"), Vec::new(), 0);
    assert!(found.contains("sqlite :: central_query (\"FINAL\")"), "{found}");
    assert!(found.contains("query . scalar ()"), "{found}");
}

#[test]
fn sqlx_checks_the_final_text_if_the_project_says_so() {
    let form = Form {
        rows: Rows::As,
        ..TENANT
    };
    let binds = vec![argument(0), Bind::Tenant(TenantType::Int8)];
    let found = expanded(form, "types = \"sqlx\"", quote!(crate, Row, "sql", a), binds, 1);
    let expected = tokens(quote!({
        let captured = crate::__private::sqlite::capture_rows_write();
        captured.wrap(::sqlx::query_as!(Row, "FINAL", a, captured.int8()))
    }));
    assert_eq!(found, expected);
}

#[test]
fn a_refused_query_keeps_its_type_and_uses_its_arguments() {
    let form = Form {
        rows: Rows::As,
        ..TENANT
    };
    let (call, _) = Call::parse(form, quote!(crate, Row, "sql", a));
    let errors = Errors::one(proc_macro2::Span::call_site(), "wrong");
    let found = failed(form, &call, Some(Dialect::Postgres), errors).to_string();
    let expected = tokens(quote!({
        ::core::compile_error! { "wrong" }
        let _ = (&(a),);
        crate::__private::postgres::failed_query().typed::<Row>()
    }));
    assert_eq!(found, expected);
}

#[test]
fn a_query_of_an_unknown_project_is_of_no_database() {
    let (call, _) = Call::parse(TENANT, quote!(crate, "sql"));
    let errors = Errors::one(proc_macro2::Span::call_site(), "wrong");
    let found = failed(TENANT, &call, None, errors).to_string();
    assert!(
        found.contains("crate :: __private :: unknown :: failed_query ()"),
        "{found}"
    );
}
