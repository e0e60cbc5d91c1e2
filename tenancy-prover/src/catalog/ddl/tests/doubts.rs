//! Statements that change more than they name, or less than they seem to.

use super::{
    clean, column, columns, foreign_keys, keys, postgres, read, relation, sqlite, table, view, whats,
};
use crate::Dialect;
use crate::catalog::{Catalog, Relation, TriggerEffect};

#[track_caller]
fn poisoned(catalog: &Catalog, name: &str) {
    assert!(
        !table(catalog, name).poison.is_empty() || catalog.poison_all.is_some(),
        "`{name}` is trusted"
    );
}

fn triggers(catalog: &Catalog, name: &str) -> Vec<String> {
    let triggers = table(catalog, name).triggers.iter();
    triggers
        .map(|trigger| {
            let function = trigger.function.as_ref().map(|name| name.name.as_str());
            format!("{}>{}", trigger.name, function.unwrap_or("-"))
        })
        .collect()
}

#[test]
fn a_replaced_trigger_is_replaced_on_partitions() {
    let catalog = postgres(
        "create table p (a int) partition by list (a); create table c partition of p for values in (1);
         create trigger t before insert on p for each row execute function f();
         create or replace trigger t before insert on p for each row execute function g();
         alter trigger t on p rename to u;",
    );
    assert_eq!(triggers(&catalog, "p"), ["u>g"]);
    assert_eq!(triggers(&catalog, "c"), ["t>g", "u>g"]);
}

#[test]
fn inheritance_children_keep_their_own_triggers() {
    let catalog = postgres(
        "create table p (a int); create table c () inherits (p);
         create trigger t before insert on p for each row execute function f();
         create trigger t before insert on c for each row execute function f(); drop trigger t on p;",
    );
    assert!(triggers(&catalog, "p").is_empty());
    assert_eq!(triggers(&catalog, "c"), ["t>f"]);
}

#[test]
fn a_temporary_trigger_goes_before_the_real_one() {
    let catalog = sqlite(
        "create table t (a); create trigger r after insert on t begin select 1; end;
         create temp trigger r after insert on t begin select 1; end; drop trigger r;",
    );
    assert_eq!(triggers(&catalog, "t"), ["r>-"]);
}

#[test]
fn only_the_overload_without_arguments_is_a_triggers() {
    let start = "create table t (a int); create function f() returns trigger language plpgsql as $$ begin return new; end $$;
                 create function f(text) returns int language sql as $$ select 1 $$;
                 create trigger r before insert on t for each row execute function f();";
    let dropped = postgres(&format!(
        "{start} drop function if exists f(text) cascade; drop function if exists f(int) cascade;"
    ));
    assert_eq!(triggers(&dropped, "t"), ["r>f"]);
    let renamed = postgres(&format!("{start} alter function f(text) rename to g;"));
    assert_eq!(triggers(&renamed, "t"), ["r>f"]);
    let gone = postgres(&format!("{start} drop function f() cascade;"));
    assert!(triggers(&gone, "t").is_empty());
}

#[test]
fn returning_new_at_a_delete_is_not_understood() {
    let catalog = postgres(
        "create table t (a int); create function f() returns trigger language plpgsql as $$ begin return new; end $$;
         create trigger r before update or delete on t for each row execute function f();",
    );
    assert_eq!(table(&catalog, "t").triggers[0].effect, TriggerEffect::Unknown);
}

#[test]
fn cascade_takes_columns_of_a_row_type() {
    for made in [
        "create table r (a int)",
        "create view r as select 1 as a",
        "create type r as (a int)",
    ] {
        let kind = made.split(' ').nth(1).unwrap_or_default();
        let catalog = postgres(&format!(
            "{made}; create table t (x r, y int); drop {kind} r cascade;"
        ));
        poisoned(&catalog, "t");
    }
}

#[test]
fn code_that_replaces_a_function_makes_it_unread() {
    let catalog = postgres(
        "create table t (a int); create function f() returns trigger language plpgsql as $$ begin new.a := 1; return new; end $$;
         create trigger r before insert on t for each row execute function f();
         do $do$ begin create or replace function f() returns trigger language plpgsql as $$ begin return null; end $$; end $do$;",
    );
    assert_eq!(table(&catalog, "t").triggers[0].effect, TriggerEffect::Unknown);
}

#[test]
fn code_reaches_tables_by_other_names() {
    let reaching = [
        "drop index if exists ux",
        "alter index ux rename to uy",
        "drop type if exists mood cascade",
        "alter domain dm set default f()",
        "drop schema app cascade",
        "drop owned by me",
        "alter role me set search_path = x",
        "perform set_config('session_replication_role', 'replica', false)",
        "create cast (text as dm) with function f(text)",
    ];
    for statement in reaching {
        let catalog = postgres(&format!(
            "create type mood as enum ('a'); create domain dm as text; create table t (a int, m mood, d dm);
             create unique index ux on t (a); do $$ begin {statement}; end $$;"
        ));
        poisoned(&catalog, "t");
    }
    let harmless = [
        "create type mood2 as enum ('a')",
        "alter type mood add value 'b'",
        "create table u (a int references v on delete cascade)",
        "truncate x cascade",
        "alter function g() set search_path = ''",
        "raise notice 'drop schema x cascade'",
    ];
    for statement in harmless {
        let catalog = postgres(&format!(
            "create type mood as enum ('a'); create table t (a int, m mood); create unique index ux on t (a);
             do $$ begin {statement}; end $$;"
        ));
        clean(&catalog);
    }
}

#[test]
fn code_that_makes_a_domain_or_a_collation_leaves_its_columns_in_doubt() {
    let catalog = postgres(
        "do $$ begin create domain d as text default f(); create collation c (provider = icu, locale = 'und'); end $$;
         create table t (a d); create table u (a text collate c);",
    );
    poisoned(&catalog, "t");
    assert_eq!(catalog.collations.get("c"), Some(&false));
}

#[test]
fn a_collation_that_was_ever_loose_stays_loose() {
    let catalog = postgres(
        "create collation a (provider = icu, locale = 'und', deterministic = false);
         create collation if not exists a (provider = icu, locale = 'und', deterministic = true);
         create collation b (provider = icu, locale = 'und', \"deterministic\" = false);
         create collation c (provider = icu, locale = 'und', deterministic = true);",
    );
    let all: Vec<bool> = catalog.collations.values().copied().collect();
    assert_eq!(all, [false, false, true]);
}

#[test]
fn what_is_not_understood_can_come_to_refer_to_what_is() {
    let start = "create table p (id int primary key, t int); create table a as select 1 as x;";
    for statement in [
        "alter table a add foreign key (x) references p on delete cascade",
        "alter table a inherit p",
        "create foreign table f () inherits (p) server s",
        "create foreign table f partition of p default server s",
        "create foreign table f (id int) server s; alter foreign table f inherit p",
    ] {
        poisoned(&postgres(&format!("{start} {statement}")), "p");
    }
    clean(&postgres(&format!(
        "{start} alter table a owner to me, enable row level security"
    )));
    let lite = sqlite(
        "create table p (id integer primary key); create table a as select 1 as x;
                       alter table a add column p integer references p on delete cascade;",
    );
    poisoned(&lite, "p");
}

#[test]
fn alter_table_drops_first() {
    let catalog = postgres(
        "create table t (a int, s text constraint k unique);
         alter table t add constraint k unique (s, a), drop constraint k;
         alter table t add column b text, drop column if exists b;
         alter table t alter a set default 5, alter a drop default, alter a type bigint;",
    );
    clean(&catalog);
    let t = table(&catalog, "t");
    assert_eq!(
        (keys(t), columns(t)),
        (vec!["k(s,a)".to_owned()], vec!["a", "s", "b"])
    );
    assert_eq!(column(t, "a").default.as_deref(), Some("5"));
}

#[test]
fn a_legacy_rename_leaves_references_in_doubt() {
    let catalog = sqlite(
        "create table p (id integer primary key); create table c (p integer references p (id) on delete cascade);
         pragma legacy_alter_table = on; alter table p rename to q;",
    );
    let c = table(&catalog, "c");
    assert_eq!(foreign_keys(c), ["-(p)>p(id)", "-(p)>q(id)"]);
    assert!(c.foreign_keys.iter().all(|key| !key.validated));
}

#[test]
fn equal_keys_of_one_statement_are_one() {
    let catalog = postgres(
        "create table t (id int unique primary key, a int unique, constraint n unique (a), b int, unique (b) include (a), unique (b));
         create table u (a int); alter table u add column id int unique primary key;",
    );
    clean(&catalog);
    assert_eq!(
        keys(table(&catalog, "t")),
        ["t_pkey(id)", "n(a)", "t_b_a_key(b)", "t_b_key(b)"]
    );
    assert_eq!(keys(table(&catalog, "u")), ["u_pkey(id)"]);
}

#[test]
fn equal_keys_of_two_actions_are_two() {
    let catalog = postgres(
        "create table t (a int); alter table t add constraint x unique (a), add constraint y unique (a);",
    );
    clean(&catalog);
    assert_eq!(keys(table(&catalog, "t")), ["x(a)", "y(a)"]);
}

#[test]
fn exclude_can_be_a_column() {
    let catalog = postgres(
        "create table t (exclude boolean, a int, exclude using btree (a with =), exclude (a with =));",
    );
    clean(&catalog);
    assert_eq!(columns(table(&catalog, "t")), ["exclude", "a"]);
    assert_eq!(table(&catalog, "t").keys.len(), 2);
}

#[test]
fn a_key_that_was_switched_off_proves_nothing_until_it_is_made_again() {
    for off in [
        "alter table t disable trigger all; alter table t enable trigger all",
        "alter table p disable trigger all",
        "alter table t enable replica trigger all",
        "alter table t disable trigger \"RI_ConstraintTrigger_c_1\"",
        "set session_replication_role = replica; set session_replication_role = origin",
    ] {
        let catalog = postgres(&format!(
            "create table p (id int primary key); create table t (a int constraint k references p); {off};
             alter table t validate constraint k;"
        ));
        clean(&catalog);
        assert!(!table(&catalog, "t").foreign_keys[0].validated, "{off}");
    }
    let user = postgres(
        "create table p (id int primary key); create table t (a int references p); alter table t disable trigger user;",
    );
    assert!(table(&user, "t").foreign_keys[0].validated);
}

#[test]
fn keys_that_are_made_while_nothing_checks_them_prove_nothing() {
    let tail = "create table t (a int references p)";
    let files = [
        "create table p (id int primary key); set session_replication_role = replica;",
        tail,
    ];
    assert!(!table(&read(Dialect::Postgres, &files), "t").foreign_keys[0].validated);
    let origin = "set session_replication_role = replica; set session_replication_role = origin;";
    let after = postgres(&format!("create table p (id int primary key); {origin} {tail}"));
    assert!(table(&after, "t").foreign_keys[0].validated);
    let local = "set session_replication_role = replica; set local session_replication_role = origin;";
    let after = postgres(&format!("create table p (id int primary key); {local} {tail}"));
    assert!(!table(&after, "t").foreign_keys[0].validated);
}

#[test]
fn a_default_says_whether_a_number_is_generated() {
    let catalog = postgres(
        "create table p (id bigserial, r text) partition by list (r);
         create table c partition of p (id default f()) for values in ('x');
         create table q (id bigserial); create table d (id bigint default f()) inherits (q);",
    );
    assert!(column(table(&catalog, "p"), "id").identity);
    assert!(!column(table(&catalog, "c"), "id").identity);
    assert!(!column(table(&catalog, "d"), "id").identity);
}

#[test]
fn only_an_integer_is_sqlites_rowid() {
    let catalog =
        sqlite("create table a (id integer primary key); create table b (id integer(8) primary key);");
    assert!(column(table(&catalog, "a"), "id").identity);
    assert!(!column(table(&catalog, "b"), "id").not_null);
}

#[test]
fn tables_beside_a_virtual_table_are_tables() {
    let catalog = sqlite(
        "create table o (id integer primary key); create virtual table docs using fts5 (body);
         create table docs_links (o integer references o); create table docs_data (id integer primary key, block blob);
         create table docs_config (o integer references o);",
    );
    assert_eq!(foreign_keys(table(&catalog, "docs_links")), ["-(o)>o(id)"]);
    assert_eq!(foreign_keys(table(&catalog, "docs_config")), ["-(o)>o(id)"]);
    assert!(matches!(
        relation(&catalog, "docs_data"),
        Some(Relation::Opaque { .. })
    ));
}

#[test]
fn a_carriage_return_ends_postgres_comments() {
    let sql = "create table t (a int); -- add a key\rcreate unique index u on t (a);\r\n";
    assert_eq!(keys(table(&postgres(sql), "t")), ["u(a)"]);
    assert!(keys(table(&sqlite(sql), "t")).is_empty());
}

#[test]
fn a_views_renamed_column_reaches_the_views_over_it() {
    let catalog = postgres(
        "create table t (a int, b int); create view v (x, y) as select a, b from t;
         create view w as select x from v; create view z as select y from v; alter view v rename column x to q;",
    );
    assert_eq!(whats(&view(&catalog, "w").poison).len(), 1);
    assert!(view(&catalog, "z").poison.is_empty());
}
