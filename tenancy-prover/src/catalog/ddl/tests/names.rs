//! Who holds a name: `if not exists`, generated names, and what goes with a dropped column or key.

use super::{clean, foreign_keys, keys, postgres, sqlite, table, whats};
use crate::catalog::Catalog;

#[track_caller]
fn poisoned(catalog: &Catalog, name: &str) {
    assert!(
        !table(catalog, name).poison.is_empty() || catalog.poison_all.is_some(),
        "`{name}` is trusted: {:?}",
        table(catalog, name)
    );
}

#[test]
fn sqlites_constraints_are_no_indexes() {
    let catalog = sqlite(
        "create table a (x, y, constraint a_y unique (y)); drop index if exists a_y;
         create table b (x, y, constraint b_y unique (x, y)); create unique index if not exists b_y on b (y);
         create unique index if not exists b_y on b (x); drop index if exists b_x; create unique index b_x on b (x);
         drop index b_x;",
    );
    clean(&catalog);
    assert_eq!(keys(table(&catalog, "a")), ["a_y(y)"]);
    assert_eq!(keys(table(&catalog, "b")), ["b_y(x,y)", "b_y(y)"]);
}

#[test]
fn plain_indexes_go_with_their_columns() {
    let catalog = postgres(
        "create table t (a int, b int, c text, d int, e int);
         create index i1 on t (a); create index i2 on t (b) include (a); create index i3 on t ((a + 1));
         create index i4 on t (b) where a is not null; create index i5 on t (b); create index i6 on t (a text_ops);
         alter table t rename a to x; alter table t drop column x;
         create unique index if not exists i1 on t (c); create unique index if not exists i2 on t (c);
         create unique index if not exists i3 on t (c); create unique index if not exists i4 on t (c);
         create unique index if not exists i5 on t (c); create unique index if not exists i6 on t (c);",
    );
    clean(&catalog);
    assert_eq!(
        keys(table(&catalog, "t")),
        ["i1(c)", "i2(c)", "i3(c)", "i4(c)", "i6(c)"]
    );
}

#[test]
fn an_index_that_may_have_gone_with_a_column_is_in_doubt() {
    let gone = postgres(
        "create table t (lower text, b text, c text); create index i on t (lower(b));
         alter table t drop column lower; create unique index if not exists i on t (c);",
    );
    poisoned(&gone, "t");
    let key = postgres(
        "create table t (lower text, b text); create unique index i on t (lower(b)); alter table t drop column lower;",
    );
    assert_eq!(keys(table(&key, "t")), ["i(<lower(b)>)"]);
    poisoned(&key, "t");
}

#[test]
fn a_column_takes_generated_columns_and_sequences_with_it() {
    let catalog = postgres(
        "create table t (a int, g int generated always as (a + 1) stored unique, b int);
         alter table t drop column a cascade;",
    );
    poisoned(&catalog, "t");
    let catalog = postgres(
        "create table t (a serial, b int); alter table t drop column a;
         create table if not exists t_a_seq (x int primary key);",
    );
    assert_eq!(keys(table(&catalog, "t_a_seq")), ["t_a_seq_pkey(x)"]);
}

#[test]
fn cascade_drops_the_references_to_just_those_columns() {
    let parent = "create table p (id int primary key, t int, constraint pu unique (t, id));
                  create table c (t int, i int, j int, foreign key (t, i) references p (t, id), foreign key (j) references p);";
    for dropped in [
        "alter table p drop constraint pu cascade",
        "drop index pu cascade",
    ] {
        let catalog = postgres(&format!("{parent} {dropped}"));
        clean(&catalog);
        assert_eq!(foreign_keys(table(&catalog, "c")), ["c_j_fkey(j)>p(id)"]);
    }
    let catalog = postgres(&format!("{parent} alter table p drop constraint pu"));
    assert_eq!(foreign_keys(table(&catalog, "c")).len(), 2);
}

#[test]
fn a_reference_that_stood_on_one_of_two_keys_proves_nothing() {
    let catalog = postgres(
        "create table p (id int primary key, t int, constraint a unique (t, id), constraint b unique (id, t));
         create table c (t int, i int, foreign key (t, i) references p (t, id)); alter table p drop constraint a cascade;",
    );
    let c = table(&catalog, "c");
    assert_eq!(foreign_keys(c), ["c_t_i_fkey(t,i)>p(t,id)"]);
    assert!(!c.foreign_keys[0].validated);
}

#[test]
fn a_dropped_included_column_takes_references_with_it() {
    let catalog = postgres(
        "create table p (id int, s int); create unique index pu on p (id) include (s);
         create table c (i int references p (id)); alter table p drop column s cascade;",
    );
    clean(&catalog);
    assert!(keys(table(&catalog, "p")).is_empty());
    assert!(foreign_keys(table(&catalog, "c")).is_empty());
}

#[test]
fn generated_names_are_free_in_the_whole_schema() {
    let catalog = postgres(
        "create table t (id int primary key, a int unique, f int references t, unique (f));
         create unique index on t (a, f); create index on t (id); alter table t rename to old;
         create table t (id int primary key, a int unique, f int references t, unique (f));
         create unique index on t (a, f); create index on t (id);
         alter table t drop constraint if exists t_a_key; drop index t_a_f_idx, t_id_idx;
         alter table t drop constraint if exists t_f_fkey;",
    );
    clean(&catalog);
    let old = table(&catalog, "old");
    assert_eq!(keys(old), ["t_pkey(id)", "t_a_key(a)", "t_f_key(f)"]);
    let t = table(&catalog, "t");
    assert_eq!(
        keys(t),
        ["t_pkey1(id)", "t_a_key1(a)", "t_f_key1(f)", "t_a_f_idx1(a,f)"]
    );
    assert_eq!(foreign_keys(t), ["t_f_fkey1(f)>t(id)"]);
}

#[test]
fn a_key_that_a_check_may_have_numbered_is_in_doubt() {
    let catalog =
        postgres("create table u (a int, constraint t_a_key check (a > 0)); create table t (a int unique);");
    poisoned(&catalog, "t");
}

#[test]
fn if_not_exists_meets_every_kind_of_relation() {
    let made = [
        "create sequence x",
        "create table x (a int)",
        "create view x as select 1 as a",
        "create table x as select 1 as a",
        "create table y (a int, constraint x unique (a))",
        "create table y (a int); create index x on y (a)",
        "create foreign table x (a int) server s",
    ];
    for first in made {
        let catalog = postgres(&format!(
            "create table t (id int, a int); {first}; create unique index if not exists x on t (id);"
        ));
        clean(&catalog);
        assert!(keys(table(&catalog, "t")).is_empty(), "{first}");
    }
    let catalog = postgres(
        "create table y (a int, constraint x unique (a)); create table if not exists x (id int primary key);
         create index i on y (a); create table if not exists i (id int primary key);",
    );
    clean(&catalog);
    assert!(
        !catalog
            .relations
            .keys()
            .any(|name| name.name == "x" || name.name == "i")
    );
}

#[test]
fn if_not_exists_may_meet_what_is_not_known() {
    for first in [
        "create type x as (a int)",
        "do $$ begin create unique index x on y (a); end $$",
    ] {
        let catalog = postgres(&format!(
            "create table t (id int); create table y (a int); {first}; create unique index if not exists x on t (id);"
        ));
        poisoned(&catalog, "t");
    }
}

#[test]
fn where_the_search_path_is_not_known_nothing_is_known_to_be_absent() {
    let tail = [
        "alter table if exists t drop constraint u",
        "drop index if exists u",
        "drop table if exists t",
        "drop trigger if exists u on t",
        "drop rule if exists u on t",
    ];
    for statement in tail {
        let files = [
            "create table t (a int constraint u unique); set search_path = app;",
            statement,
        ];
        let catalog = super::read(crate::Dialect::Postgres, &files);
        poisoned(&catalog, "t");
    }
}

#[test]
fn partitions_keep_keys_that_did_not_come_from_their_parent() {
    let catalog = postgres(
        "create table p (a int, b int) partition by list (a); create table c (a int, b int, unique (a, b));
         alter table c add constraint v unique (a, b);
         create table d (a int, b int, unique (a, b)); alter table p add unique (a, b);
         alter table p attach partition c for values in (1); alter table p attach partition d for values in (2);
         create table e partition of p for values in (3); alter table p drop constraint p_a_b_key;
         create unique index u on only p (a); create unique index ue on e (a); drop index u;",
    );
    clean(&catalog);
    assert_eq!(keys(table(&catalog, "c")).len(), 2);
    assert!(keys(table(&catalog, "d")).is_empty());
    assert_eq!(keys(table(&catalog, "e")), ["ue(a)"]);
    assert!(whats(&table(&catalog, "p").poison).is_empty());
}
