//! Views, triggers and rules in PostgreSQL.

use super::{clean, postgres, read, table, view, whats};
use crate::Dialect;
use crate::catalog::TriggerEffect;

#[test]
fn a_view_keeps_its_query_as_text() {
    let catalog = postgres(
        "create table t (a int, b int);
         create view v (x, \"Y\") with (security_barrier, security_invoker = on) as
           select a, b from t where a > ';'::int /* ; */ with cascaded check option;
         create or replace view w as select a from t; create materialized view if not exists m using heap with (fillfactor = 70)
           as select count(*) from t with no data;
         create recursive view r (n) as values (1) union all select n + 1 from r where n < 3;
         alter view w set (security_invoker); alter view v reset (security_invoker); alter view w owner to x;
         alter view w rename to w2; alter view v rename column x to z;",
    );
    clean(&catalog);
    let v = view(&catalog, "v");
    assert_eq!(v.columns, ["z", "Y"]);
    assert_eq!(v.query, "select a, b from t where a > ';'::int");
    assert!(!v.security_invoker && view(&catalog, "w2").security_invoker);
    let m = view(&catalog, "m");
    assert!(m.materialized);
    assert_eq!(m.query, "select count(*) from t");
    assert_eq!(
        view(&catalog, "r").query,
        "with recursive \"r\" (\"n\") as (values (1) union all select n + 1 from r where n < 3) select \"n\" from \"r\""
    );
}

#[test]
fn replacing_a_view_keeps_its_rules_and_replaces_its_options() {
    let catalog = postgres(
        "create table t (a int, b int); create view v with (security_invoker) as select a from t;
         create rule r as on insert to v do instead nothing; create or replace view v as select a, b from t;",
    );
    clean(&catalog);
    let v = view(&catalog, "v");
    assert_eq!(
        (v.query.as_str(), v.rules.len(), v.security_invoker),
        ("select a, b from t", 1, false)
    );
}

#[test]
fn a_view_whose_text_may_mean_something_else_by_now_is_poisoned() {
    let poisoned = |later: &str| {
        let catalog = postgres(&format!(
            "create table t (a int, b int); create table u (c int); create view star as select * from t;
             create view named as select t.a from t where exists (select 1 from u where d = 1);
             create view plain as select t.a, count(*) * 2 from t group by 1; {later}"
        ));
        ["star", "named", "plain"].map(|name| !view(&catalog, name).poison.is_empty())
    };
    assert_eq!(poisoned(""), [false, false, false]);
    assert_eq!(poisoned("alter table t add column z int;"), [true, false, false]);
    // `d` of the subquery would be found in `u` now.
    assert_eq!(poisoned("alter table u add column d int;"), [false, true, false]);
    assert_eq!(poisoned("alter table t rename to t2;"), [true, true, true]);
    assert_eq!(
        poisoned("create schema s; alter table u set schema s;"),
        [false, true, false]
    );
    assert_eq!(
        poisoned("alter table t rename column b to bb;"),
        [true, false, false]
    );
    assert_eq!(
        poisoned("alter table t alter column b set not null;"),
        [false, false, false]
    );
}

#[test]
fn a_view_made_under_another_search_path_is_poisoned() {
    let catalog =
        postgres("create schema app; set search_path = app, public; create view v as select 1 as one;");
    assert_eq!(view(&catalog, "app.v").poison.len(), 1);
    let catalog = postgres("set search_path to public; create view v as select 1 as one;");
    clean(&catalog);
}

#[test]
fn the_search_path_places_names() {
    let catalog = read(
        Dialect::Postgres,
        &[
            "create schema app; set search_path = app; create table t (a int); create table public.u (b int); reset search_path;
             create table w (c int); set schema 'app'; alter table t add column d int; set search_path to default;",
            "create table x (a int); set search_path = app;",
            "create table y (a int); set search_path to public; create table z (a int);",
        ],
    );
    let names: Vec<String> = catalog.relations.keys().map(ToString::to_string).collect();
    // Where `y` went depends on whether the third file runs in the session of the second.
    assert_eq!(names, ["app.t", "u", "w", "x", "z"]);
    assert_eq!(table(&catalog, "app.t").columns.len(), 2);
}

fn effect(create: &str, trigger: &str) -> TriggerEffect {
    let catalog = postgres(&format!(
        "create table t (a int, b int, c int); {create}; create trigger g {trigger};"
    ));
    clean(&catalog);
    table(&catalog, "t").triggers[0].effect.clone()
}

const BODY: &str = "create function f() returns trigger language plpgsql as $$ begin new.b := now(); new.c = extract(epoch from now()); return new; end $$";
const ROW: &str = "before insert or update on t for each row execute function f()";

#[test]
fn a_trigger_that_only_assigns_is_understood() {
    let assigns = |list: &[(&str, &str)]| {
        TriggerEffect::Assigns(
            list.iter()
                .map(|(column, text)| ((*column).to_owned(), (*text).to_owned()))
                .collect(),
        )
    };
    assert_eq!(
        effect(BODY, ROW),
        assigns(&[("b", "now()"), ("c", "extract(epoch from now())")])
    );
    let quoted = "create function f() returns trigger as 'begin new.b := ''x;y''; return new; end;' language 'plpgsql' set search_path = '', public";
    assert_eq!(effect(quoted, ROW), assigns(&[("b", "'x;y'")]));
    let when =
        "before update of a on t for each row when (old.* is distinct from new.*) execute procedure f()";
    assert!(matches!(effect(BODY, when), TriggerEffect::Assigns(_)));
}

#[test]
fn other_triggers_are_unknown() {
    for trigger in [
        "after insert on t for each row execute function f()",
        "before insert on t execute function f()",
        "before insert on t for each statement execute function f()",
        "before insert on t for each row execute function f('argument')",
        "before insert on t for each row when (leaks(new.a)) execute function f()",
        "before insert on t for each row execute function g()",
    ] {
        assert_eq!(effect(BODY, trigger), TriggerEffect::Unknown, "{trigger}");
    }
    for body in [
        "begin new.b := (select max(b) from t); return new; end",
        "begin new.b := b from t; return new; end",
        "begin new.b := 1; return old; end",
        "begin new.b := 1; return null; end",
        "begin new.b := 1; perform f(); return new; end",
        "begin if true then new.b := 1; end if; return new; end",
        "declare x int; begin new.b := 1; return new; end",
        "begin old.b := 1; return new; end",
        "begin new.b := 1; return new; end; drop table t",
    ] {
        let create = format!("create function f() returns trigger language plpgsql as $$ {body} $$");
        assert_eq!(effect(&create, ROW), TriggerEffect::Unknown, "{body}");
    }
    let settings = BODY.replace("language plpgsql", "language plpgsql set search_path = evil");
    assert_eq!(effect(&settings, ROW), TriggerEffect::Unknown);
    let other = BODY.replace("plpgsql", "plperl");
    assert_eq!(effect(&other, ROW), TriggerEffect::Unknown);
}

#[test]
fn replacing_the_function_changes_the_trigger() {
    let catalog = postgres(&format!(
        "create table t (a int, b int, c int); {BODY}; create trigger g {ROW};
         create or replace function f() returns trigger language plpgsql as $$ begin delete from t; return new; end $$;"
    ));
    assert_eq!(table(&catalog, "t").triggers[0].effect, TriggerEffect::Unknown);
    assert_eq!(catalog.functions["f"].len(), 1);
}

#[test]
fn trigger_events_renames_and_drops() {
    let catalog = postgres(&format!(
        "create table t (a int, b int, c int) partition by list (a); {BODY};
         create trigger one before insert or update of a, b or delete on t for each row execute function f();
         create trigger two after truncate on t execute function f(); create constraint trigger three after insert on t
           deferrable initially deferred for each row execute function f();
         create table t_1 partition of t default;
         create trigger four before update on t for each row execute function f();
         alter trigger two on t rename to zwei; drop trigger if exists three on t; alter function f() rename to ff;"
    ));
    clean(&catalog);
    let t = table(&catalog, "t");
    let names = |table: &crate::catalog::Table| {
        table
            .triggers
            .iter()
            .map(|trigger| trigger.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(t), ["one", "zwei", "four"]);
    assert_eq!(names(table(&catalog, "t_1")), ["one", "two", "four", "zwei"]);
    let one = &t.triggers[0];
    assert!(one.on_insert && one.on_delete);
    assert_eq!(
        one.on_update.as_deref(),
        Some(&["a".to_owned(), "b".to_owned()][..])
    );
    assert!(matches!(t.triggers[2].effect, TriggerEffect::Assigns(_)));
}

#[test]
fn rules_are_listed() {
    let catalog = postgres(
        "create table t (a int); create view v as select a from t;
         create rule r as on update to t where new.a > 1 do also (update t set a = 1; delete from t);
         create or replace rule s as on insert to v do instead nothing; create rule gone as on delete to t do nothing;
         drop rule gone on t;",
    );
    clean(&catalog);
    let rules: Vec<(&str, &str)> = table(&catalog, "t")
        .rules
        .iter()
        .map(|rule| (rule.name.as_str(), rule.event.as_str()))
        .collect();
    assert_eq!(rules, [("r", "update")]);
    assert_eq!(view(&catalog, "v").rules.len(), 1);
    assert_eq!(whats(&view(&catalog, "v").poison).len(), 0);
}
