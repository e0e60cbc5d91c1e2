//! `alter table`, indexes, renames and drops in PostgreSQL.

use super::{clean, column, columns, foreign_keys, keys, postgres, relation, table, whats};
use crate::catalog::{KeyKind, KeyPart};

#[test]
fn columns_come_and_go() {
    let catalog = postgres(
        "create table p (id int primary key);
         create table t (a int primary key, b int, c int references p, d int, unique (b, d), unique (d));
         alter table t add column e int not null default 3 unique, add f int references p (id), drop column b;
         alter table t add column if not exists e text, drop column if exists nope, drop constraint if exists nope_key;
         alter table only t alter column d type bigint using d::bigint, alter d set not null, alter d set default 4;
         alter table t alter e drop not null, alter e drop default;
         alter table t alter f add generated always as identity, alter f set statistics 9;",
    );
    clean(&catalog);
    let t = table(&catalog, "t");
    assert_eq!(columns(t), ["a", "c", "d", "e", "f"]);
    assert_eq!(keys(t), ["t_pkey(a)", "t_d_key(d)", "t_e_key(e)"]);
    assert_eq!(foreign_keys(t), ["t_c_fkey(c)>p(id)", "t_f_fkey(f)>p(id)"]);
    let d = column(t, "d");
    assert_eq!(
        (d.ty.name.as_str(), d.not_null, d.default.as_deref()),
        ("int8", true, Some("4"))
    );
    let e = column(t, "e");
    assert_eq!((e.not_null, e.default.as_deref()), (false, None));
    assert!(column(t, "f").identity && column(t, "f").not_null);
}

#[test]
fn a_type_change_resets_the_collation() {
    let catalog = postgres(
        "create table t (a text collate \"C\", b text); alter table t alter a type varchar(9), alter b type text collate \"de-x-icu\"",
    );
    assert_eq!(column(table(&catalog, "t"), "a").collation, None);
    assert_eq!(
        column(table(&catalog, "t"), "b").collation.as_deref(),
        Some("de-x-icu")
    );
}

#[test]
fn constraints_are_added_validated_and_dropped() {
    let catalog = postgres(
        "create table p (id int constraint pk primary key, n int);
         create table t (a int, b int);
         alter table t add constraint fk foreign key (a) references p not valid, add primary key (b);
         alter table t add unique (a), add constraint c check (a > 0), add foreign key (b) references p (id);
         alter table t validate constraint fk; alter table t alter constraint fk deferrable initially deferred;
         alter table t drop constraint c, drop constraint t_a_key, drop constraint t_b_fkey;",
    );
    clean(&catalog);
    let t = table(&catalog, "t");
    assert_eq!(keys(t), ["t_pkey(b)"]);
    assert!(column(t, "b").not_null);
    assert_eq!(foreign_keys(t), ["fk(a)>p(id)"]);
    assert!(t.foreign_keys[0].validated && t.foreign_keys[0].deferrable);
}

#[test]
fn not_valid_stays_until_it_is_validated() {
    let catalog = postgres(
        "create table p (id int primary key); create table t (a int);
         alter table t add constraint fk foreign key (a) references p not valid;",
    );
    assert!(!table(&catalog, "t").foreign_keys[0].validated);
}

#[test]
fn dropping_a_generated_name_that_is_not_known_poisons() {
    let catalog = postgres("create table t (a int unique); alter table t drop constraint t_b_key;");
    assert_eq!(whats(&table(&catalog, "t").poison), ["`alter table t ..`"]);
    let catalog = postgres("create table t (a int check (a > 0)); alter table t drop constraint t_a_check;");
    clean(&catalog);
}

#[test]
fn dropping_a_key_with_cascade_drops_the_references_to_it() {
    let catalog = postgres(
        "create table p (id int primary key); create table t (a int references p);
         alter table p drop constraint p_pkey cascade;",
    );
    clean(&catalog);
    assert!(foreign_keys(table(&catalog, "t")).is_empty());
}

#[test]
fn switching_triggers_off_makes_foreign_keys_unproven() {
    let catalog = postgres(
        "create table p (id int primary key); create table t (a int references p); create table u (a int references p);
         alter table t disable trigger all; alter table t enable trigger all;",
    );
    clean(&catalog);
    assert!(!table(&catalog, "t").foreign_keys[0].validated);
    assert!(table(&catalog, "u").foreign_keys[0].validated);
    let catalog = postgres(
        "create table p (id int primary key); create table t (a int references p); set session_replication_role = replica;",
    );
    assert!(!table(&catalog, "t").foreign_keys[0].validated);
}

#[test]
fn unique_indexes_are_keys() {
    let catalog = postgres(
        "create table t (a int, b text, c int);
         create unique index concurrently if not exists u1 on t (a desc nulls last, b) where c > 0 and b = ';';
         create unique index on only t using btree (lower(b), a) include (c);
         create unique index u2 on t (b collate \"C\", b text_pattern_ops, (a + 1));
         create index plain on t (a); create index on t (c); create index if not exists plain on t (b);
         alter table t add constraint named unique using index u1;
         alter index u2 rename to u3; alter index t_c_idx set (fillfactor = 50); drop index plain, t_c_idx;
         create unique index gone on t (c); drop index concurrently if exists gone;",
    );
    clean(&catalog);
    let t = table(&catalog, "t");
    assert_eq!(
        keys(t),
        [
            "named(a,b)",
            "t_lower_a_c_idx(<lower(b)>,a)",
            "u3(<b collate \"C\">,<b text_pattern_ops>,<(a + 1)>)"
        ]
    );
    assert_eq!(t.keys[0].predicate.as_deref(), Some("c > 0 and b = ';'"));
    assert!(t.keys[0].constraint && !t.keys[1].constraint);
    assert_eq!(t.keys[0].kind, KeyKind::Unique);
}

#[test]
fn a_key_goes_with_the_columns_that_it_includes() {
    let catalog = postgres(
        "create table t (a int, b int, c int, d int, e int, unique (a) include (d), unique (b) include (c, e));
         create unique index ux on t (a) include (d); create unique index uy on t (c) include (e);
         alter table t rename d to x; alter table t drop column x;",
    );
    clean(&catalog);
    let t = table(&catalog, "t");
    assert_eq!(keys(t), ["t_b_c_e_key(b)", "uy(c)"]);
    assert_eq!(
        (&t.keys[0].included, &t.keys[1].included),
        (&vec![2, 3], &vec![3])
    );
}

#[test]
fn renames_are_followed_everywhere() {
    let catalog = postgres(
        "create schema app; create table p (id int primary key); create table t (a int, b int unique, p int references p);
         create unique index e on t ((a + 1)) where a > 0;
         alter table p rename to parents; alter table parents rename column id to key; alter table parents set schema app;
         alter table t rename a to \"A b\"; alter table t rename constraint t_b_key to uq; alter table t rename to u;",
    );
    clean(&catalog);
    assert!(relation(&catalog, "t").is_none() && relation(&catalog, "p").is_none());
    let u = table(&catalog, "u");
    assert_eq!(foreign_keys(u), ["t_p_fkey(p)>app.parents(key)"]);
    assert_eq!(keys(u)[0], "uq(b)");
    assert_eq!(u.keys[1].parts, [KeyPart::Expression("(\"A b\" + 1)".to_owned())]);
    assert_eq!(u.keys[1].predicate.as_deref(), Some("\"A b\" > 0"));
    assert_eq!(keys(table(&catalog, "app.parents")), ["p_pkey(key)"]);
}

#[test]
fn drops_take_what_depends() {
    let catalog = postgres(
        "create table p (id serial primary key); create table t (a int references p, b int); create view v as select id from p;
         create table ev (a int) partition by list (a); create table ev_1 partition of ev default;
         drop table if exists nope, p cascade; drop table ev;",
    );
    assert_eq!(
        catalog
            .relations
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["t", "v"]
    );
    assert!(foreign_keys(table(&catalog, "t")).is_empty());
    assert_eq!(whats(&super::view(&catalog, "v").poison).len(), 1);
    let catalog =
        postgres("create schema s; create table s.t (a int); create table u (a int); drop schema s cascade;");
    clean(&catalog);
    assert_eq!(catalog.relations.len(), 1);
    assert!(!catalog.schemas.contains("s"));
}

#[test]
fn dropping_a_type_with_cascade_puts_its_tables_in_doubt() {
    let catalog = postgres(
        "create type s as enum ('a'); create table t (a s); create table u (a int); drop type s cascade;",
    );
    assert_eq!(table(&catalog, "t").poison.len(), 1);
    assert!(table(&catalog, "u").poison.is_empty());
}

#[test]
fn what_changes_nothing_is_ignored() {
    let catalog = postgres(
        "create table t (a int);
         alter table t enable row level security, force row level security; alter table t owner to x;
         alter table t set (autovacuum_enabled = false), reset (fillfactor), set tablespace pg_default, cluster on i;
         alter table t replica identity full; alter table t disable trigger user; alter table if exists nope add column x int;
         comment on table t is 'drop table t;'; grant all on t to public; revoke all on t from x; analyze t; vacuum full t;
         create policy p on t using (true); alter policy p on t using (false); drop policy p on t; create extension citext;
         insert into t values (1); update t set a = 2; delete from t; truncate t; select max(a), now() from t; lock table t;
         select setval(pg_get_serial_sequence('t', 'a'), coalesce(max(a), 1)) from t;
         set client_min_messages = warning; set local statement_timeout = '5s'; begin; commit; savepoint a; release a;
         create role r; create publication pub for table t; create statistics st on a from t; refresh materialized view m;
         alter default privileges grant select on tables to r; alter role r set statement_timeout = '1s'; notify x;",
    );
    clean(&catalog);
    assert_eq!(columns(table(&catalog, "t")), ["a"]);
}

#[test]
fn an_unknown_action_poisons_its_table_alone() {
    let catalog =
        postgres("create table t (a int); create table u (a int); alter table t frobnicate everything;");
    assert_eq!(whats(&table(&catalog, "t").poison), ["`alter table t ..`"]);
    assert_eq!(table(&catalog, "t").poison[0].origin.line, 1);
    assert!(table(&catalog, "u").poison.is_empty());
    assert_eq!(catalog.poison_all, None);
}
