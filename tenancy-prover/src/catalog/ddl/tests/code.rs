//! Code that migrations run, and what it puts in doubt.

use super::{clean, postgres, read, sqlite, table, whats};
use crate::Dialect;

#[test]
fn a_do_block_poisons_what_it_names() {
    let catalog = postgres(
        "create table t (a int); create table u (a int); create table \"Odd one\" (a int);
         do $$ begin alter table t add column b int; if 'U' = 'x' then null; end if; end $$; create table later (a int);
         do language plpgsql 'begin perform 1 from \"Odd one\"; create table if not exists later2 (a int); end';
         create table later2 (a int);",
    );
    assert_eq!(catalog.poison_all, None);
    assert_eq!(whats(&table(&catalog, "t").poison), ["a `do` block"]);
    assert_eq!(table(&catalog, "t").poison[0].origin.line, 2);
    // Inside a string, in whatever case.
    assert_eq!(table(&catalog, "u").poison.len(), 1);
    assert_eq!(table(&catalog, "Odd one").poison.len(), 1);
    assert_eq!(table(&catalog, "later").poison.len(), 0);
    assert_eq!(table(&catalog, "later2").poison.len(), 1);
}

#[test]
fn a_name_next_to_a_dollar_quote_counts() {
    let catalog = postgres("create table t (a int); do $$begin delete from t$$;");
    assert_eq!(table(&catalog, "t").poison.len(), 1);
}

#[test]
fn code_that_builds_sql_poisons_everything() {
    for code in [
        "do $$ begin execute 'drop table ' || 't'; end $$",
        "do $$ begin perform somebody_elses(1); end $$",
        "do language plperl $$ anything $$",
        "call nobody_knows(1)",
        "do $$ begin create operator = (leftarg = text, rightarg = text, function = f); end $$",
        "create function f(x text) returns void language plpgsql as $$ begin execute x; end $$; select f('x')",
        "create function f(x text) returns void language plpgsql as $$ begin execute x; end $$; do $$ begin perform f('x'); end $$",
        "create function f() returns void language c as 'lib', 'symbol'; select f()",
        "create procedure f(x text) language plpgsql as $$ begin execute x; end $$; call f('x')",
        "create function f(x text) returns void language plpgsql as $$ begin execute x; end $$;
         create function g() returns int language sql as $$ select f('x') $$; insert into t select g()",
        "select create_it('t' || 'x')",
        "frobnicate t",
        "execute prepared",
        "rollback",
        "drop owned by x",
        "update pg_class set relname = 'x'",
        "delete from pg_catalog.pg_constraint",
        "set standard_conforming_strings = off",
        "alter role app set search_path = other, public",
        "create cast (text as int) with function f(text) as implicit",
        "create event trigger e on ddl_command_end execute function f()",
        "import foreign schema s from server x into public",
        "alter table U&\"\\0074\" add column b int",
    ] {
        let catalog = postgres(&format!("create table t (a int); {code};"));
        assert!(catalog.poison_all.is_some(), "{code}");
    }
}

#[test]
fn definitions_run_nothing() {
    let catalog = postgres(
        "create table t (a int);
         create function f() returns void language plpgsql as $$ begin execute 'drop table t'; end $$;
         create or replace procedure p(a int) language sql begin atomic insert into t values (a); select case when a > 1 then 2 end; end;
         create function g(x int) returns int return x + 1;
         create aggregate agg (int) (sfunc = int4pl, stype = int);
         grant execute on function f() to public; insert into t values (g(1)); select agg(a) from t;",
    );
    clean(&catalog);
    let names: Vec<&str> = catalog.functions.keys().map(String::as_str).collect();
    assert_eq!(names, ["agg", "f", "g", "p"]);
}

#[test]
fn functions_that_data_statements_call_are_read() {
    let create = "create table t (a int); create table u (a int);
         create function f() returns void language plpgsql as $$ begin alter table u add column b int; end $$;";
    let catalog = postgres(&format!("{create} select f();"));
    assert_eq!(
        whats(&table(&catalog, "u").poison),
        ["a call of `f`, which changes the schema"]
    );
    assert!(table(&catalog, "t").poison.is_empty());
    let catalog = postgres(&format!("{create} do $$ begin perform f(); end $$"));
    assert_eq!(table(&catalog, "u").poison.len(), 1);
    let catalog =
        postgres("create table t (a int); create table u (a int); select create_hypertable('t', 'a');");
    assert_eq!(
        whats(&table(&catalog, "t").poison),
        ["a call of `create_hypertable`, which is not known"]
    );
    assert!(table(&catalog, "u").poison.is_empty());
}

#[test]
fn a_known_procedure_poisons_what_it_names() {
    let catalog = postgres(
        "create table t (a int); create table u (a int); create procedure p() language sql as $$ delete from t $$; call p();",
    );
    assert_eq!(whats(&table(&catalog, "t").poison), ["`call p`"]);
    assert!(table(&catalog, "u").poison.is_empty());
}

#[test]
fn functions_are_dropped_and_renamed() {
    let catalog = postgres(
        "create function a() returns int language sql as 'select 1'; create function b(x int) returns int language sql as 'select 1';
         create function b(x text) returns int language sql as 'select 1'; drop function a(); drop function if exists b(x int), nope();
         alter function b(text) rename to c;",
    );
    clean(&catalog);
    let names: Vec<&str> = catalog.functions.keys().map(String::as_str).collect();
    // Too many names only refuse more.
    assert_eq!(names, ["b", "c"]);
}

#[test]
fn poison_follows_a_rename() {
    let catalog = read(
        Dialect::Postgres,
        &[
            "create table t (a int); do $$ begin alter table t add b int; end $$;",
            "alter table t rename to u;",
        ],
    );
    assert_eq!(table(&catalog, "u").poison.len(), 1);
}

#[test]
fn sqlite_schema_writes_poison_everything() {
    assert!(
        sqlite("create table t (a); pragma writable_schema = on;")
            .poison_all
            .is_some()
    );
    assert!(
        sqlite("create table t (a); delete from sqlite_master;")
            .poison_all
            .is_some()
    );
    assert!(
        sqlite("create table t (a); pragma foreign_keys = off; pragma user_version = 3;")
            .poison_all
            .is_none()
    );
}
