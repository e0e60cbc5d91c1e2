//! SQLite's statement forms.

use super::{clean, column, columns, foreign_keys, keys, relation, sqlite, table, view, whats};
use crate::catalog::{ConflictAction, KeyPart, ReferentialAction, Relation, TriggerEffect};

#[test]
fn names_ignore_case_even_in_quotes() {
    let catalog = sqlite("create table \"My Table\" ([A b] int, `C` int, 'D' int, \"E\"\"e\" int, F int)");
    clean(&catalog);
    assert_eq!(
        columns(table(&catalog, "my table")),
        ["a b", "c", "d", "e\"e", "f"]
    );
}

#[test]
fn columns_and_constraints_are_read() {
    let catalog = sqlite(
        "create table p (id integer primary key, n text unique);
         create table t (
           id INTEGER PRIMARY KEY AUTOINCREMENT, a varchar(20) default 'x;y', b unsigned big int default (1 + 2),
           c decimal(10, 2) not null on conflict ignore default -1.5, d, e text collate NOCASE unique on conflict replace,
           f text generated always as (a || 'x') virtual, g as (b + 1) stored,
           h int constraint nn references p on update set null on delete cascade match full not deferrable,
           i text references p (n) deferrable initially deferred check (i <> ''),
           unique (a, e collate nocase) on conflict fail, unique (a collate rtrim), foreign key (b) references p
         ) strict",
    );
    clean(&catalog);
    let t = table(&catalog, "t");
    assert!(t.strict && !t.without_rowid);
    assert!(column(t, "id").identity && column(t, "id").not_null);
    let types: Vec<&str> = t.columns.iter().map(|column| column.ty.name.as_str()).collect();
    assert_eq!(
        types,
        [
            "integer",
            "varchar",
            "unsigned big int",
            "decimal",
            "",
            "text",
            "text",
            "",
            "int",
            "text"
        ]
    );
    assert_eq!(column(t, "c").default.as_deref(), Some("-1.5"));
    assert_eq!(column(t, "c").not_null_on_conflict, Some(ConflictAction::Ignore));
    assert_eq!(column(t, "f").generated.as_deref(), Some("a || 'x'"));
    assert_eq!(column(t, "g").generated.as_deref(), Some("b + 1"));
    assert_eq!(column(t, "e").collation.as_deref(), Some("nocase"));
    assert_eq!(keys(t), ["-(id)", "-(e)", "-(a,e)", "-(<a collate rtrim>)"]);
    assert_eq!(t.keys[1].on_conflict, Some(ConflictAction::Replace));
    assert_eq!(t.keys[2].on_conflict, Some(ConflictAction::Fail));
    assert_eq!(foreign_keys(t), ["nn(h)>p(id)", "-(i)>p(n)", "-(b)>p(id)"]);
    assert_eq!(t.foreign_keys[0].on_delete, ReferentialAction::Cascade);
    assert!(t.foreign_keys[1].deferrable && !t.foreign_keys[0].deferrable);
}

#[test]
fn only_some_primary_keys_are_the_rowid_and_not_null() {
    let catalog = sqlite(
        "create table a (id integer primary key); create table b (id integer primary key desc);
         create table c (id int primary key); create table d (id integer, primary key (id));
         create table e (id integer primary key) without rowid; create table f (a text, b text, primary key (a, b));
         create table g (a text, b text, primary key (a, b)) without rowid; create table h (a text primary key) strict;",
    );
    clean(&catalog);
    let facts = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| {
        let first = &table(&catalog, name).columns[0];
        (first.identity, first.not_null)
    });
    let (alias, strict, loose) = ((true, true), (false, true), (false, false));
    assert_eq!(facts, [alias, loose, loose, alias, strict, loose, strict, strict]);
}

#[test]
fn a_reference_may_come_before_its_parent() {
    let catalog = sqlite(
        "create table t (a int references p, b int references nope); create table p (id integer primary key);",
    );
    clean(&catalog);
    assert_eq!(foreign_keys(table(&catalog, "t")), ["-(a)>p(id)", "-(b)>nope()"]);
}

#[test]
fn tables_are_altered() {
    let catalog = sqlite(
        "create table p (id integer primary key); create table t (a int, b int, c int references p);
         create unique index i on t (b) where c > 1; create unique index if not exists main.j on t (a collate nocase, c);
         alter table t add column d text not null default 'x' references p (id); alter table t add e;
         alter table t rename b to bb; alter table t drop column a; alter table p rename to parents;
         alter table t rename to u;",
    );
    // `drop column a` would fail with the index on it; what is asserted is that both are gone.
    clean(&catalog);
    let u = table(&catalog, "u");
    assert_eq!(columns(u), ["bb", "c", "d", "e"]);
    assert_eq!(keys(u), ["i(bb)"]);
    assert_eq!(foreign_keys(u), ["-(c)>parents(id)", "-(d)>parents(id)"]);
}

#[test]
fn the_twelve_steps_leave_the_children_alone() {
    let catalog = sqlite(
        "create table p (id integer primary key); create table t (a int references p); create view v as select id from p;
         create table new_p (id integer primary key, x text); insert into new_p select id, '' from p; drop table p;
         alter table new_p rename to p;",
    );
    clean(&catalog);
    assert_eq!(foreign_keys(table(&catalog, "t")), ["-(a)>p(id)"]);
    assert_eq!(columns(table(&catalog, "p")), ["id", "x"]);
}

#[test]
fn a_rename_that_sqlite_follows_in_views_is_not_followed_here() {
    let catalog = sqlite("create table t (a); create view v as select a from t; alter table t rename to u;");
    assert_eq!(view(&catalog, "v").poison.len(), 1);
    let catalog = sqlite(
        "create table p (id integer primary key); create table t (a references p); pragma legacy_alter_table = ON;
         alter table p rename to q;",
    );
    assert_eq!(foreign_keys(table(&catalog, "t")), ["-(a)>p()", "-(a)>q(id)"]);
}

#[test]
fn triggers_have_bodies() {
    let catalog = sqlite(
        "create table t (a, b); create view v as select a from t;
         create trigger if not exists one after update of a, b on t for each row when new.a > case when 1 then 2 else 3 end begin
           update t set b = case when new.a = 1 then 'end;' else 'b' end; select 1; delete from t; end;
         create temp trigger two before insert on t begin select raise(abort, 'no'); end;
         create trigger main.three instead of delete on v begin delete from t where a = old.a; end;
         create trigger gone before delete on t begin select 1; end; drop trigger if exists gone;",
    );
    clean(&catalog);
    let t = table(&catalog, "t");
    let names: Vec<&str> = t.triggers.iter().map(|trigger| trigger.name.as_str()).collect();
    assert_eq!(names, ["one"]);
    assert!(
        t.triggers
            .iter()
            .all(|trigger| trigger.effect == TriggerEffect::Unknown)
    );
    assert_eq!(t.triggers[0].on_update.as_deref().map(<[String]>::len), Some(2));
    assert!(view(&catalog, "v").triggers[0].on_delete);
}

#[test]
fn virtual_tables_and_their_shadows_are_opaque() {
    let catalog = sqlite(
        "create virtual table if not exists docs using fts5(a, content = 'x'); create table 'docs_data'(id integer primary key, block blob);
         create table sqlite_sequence(name, seq); create table documents (a);",
    );
    for name in ["docs", "docs_data", "sqlite_sequence"] {
        assert!(
            matches!(relation(&catalog, name), Some(Relation::Opaque { .. })),
            "{name}"
        );
    }
    table(&catalog, "documents");
}

#[test]
fn pragmas_transactions_and_data_are_ignored() {
    let catalog = sqlite(
        "pragma foreign_keys = on; pragma journal_mode(wal); begin immediate; create table t (a); insert or replace into t values (1);
         replace into t values (2); update t set a = 1; commit; vacuum; analyze; reindex t; select count(*), lower(a) from t; savepoint a;
         release a; attach database 'x' as y; detach y; create table made as select 1 as one;",
    );
    clean(&catalog);
    assert!(matches!(
        relation(&catalog, "made"),
        Some(Relation::Opaque { .. })
    ));
}

#[test]
fn a_collation_of_the_columns_own_is_no_expression() {
    let catalog = sqlite(
        "create table t (a text collate nocase, b text); create unique index i on t (a collate NOCASE, b collate binary desc);
         create unique index j on t (a collate binary);",
    );
    clean(&catalog);
    let t = table(&catalog, "t");
    assert_eq!(t.keys[0].parts, [KeyPart::Column(0), KeyPart::Column(1)]);
    assert_eq!(
        t.keys[1].parts,
        [KeyPart::Expression("a collate binary".to_owned())]
    );
}

#[test]
fn what_is_not_understood_poisons_its_table() {
    let catalog = sqlite("create table t (a); create table u (a); alter table t frobnicate;");
    assert_eq!(whats(&table(&catalog, "t").poison), ["`alter table t ..`"]);
    assert!(table(&catalog, "u").poison.is_empty());
}
