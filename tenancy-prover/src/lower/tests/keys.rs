//! Foreign keys, triggers and rules: which of them prove anything, and which reach other tenants' rows.

use crate::Code;
use crate::prove::tests::Shop;

const BAD: &str = "create function bad() returns trigger language plpgsql as $$ begin delete from orders; return old; end $$;";
const PURE: &str = "create function pure() returns trigger language plpgsql as $$ begin new.note := 'x'; return new; end $$;
    create function moving() returns trigger language plpgsql as $$ begin new.project_id := 1; return new; end $$;";

/// Tasks that refer to projects by a key that carries the tenant: `more` stands behind the key, `after` behind the table.
fn tasks(more: &str, after: &str) -> Shop {
    Shop::postgres(&format!(
        "{BAD}{PURE}
         create table tasks (tenant_id text not null, id int not null, project_id int not null, note text,
             primary key (tenant_id, id), foreign key (tenant_id, project_id) references projects (tenant_id, id) {more});
         {after}"
    ))
}

const JOIN: &str =
    "select t.id from tasks t join projects p on p.id = t.project_id where p.tenant_id = $tenant";

#[test]
fn a_key_proves_nothing_where_triggers_may_undo_it() {
    for (more, after) in [
        ("", ""),
        (
            "",
            "create trigger t before delete on tasks for each row execute function bad();",
        ),
        (
            "",
            "create trigger t before update on tasks for each row execute function bad();",
        ),
        ("", "create rule r as on delete to tasks do instead nothing;"),
        (
            "on update cascade",
            "create trigger t before delete on tasks for each row execute function bad();",
        ),
        (
            "on update cascade",
            "create trigger t before update on tasks for each row execute function pure();",
        ),
        (
            "on delete cascade",
            "create trigger t before update on tasks for each row execute function pure();",
        ),
        (
            "on delete cascade",
            "create trigger t before insert on tasks for each row execute function moving();",
        ),
    ] {
        tasks(more, after).proves(JOIN);
    }
    for (more, after) in [
        (
            "on delete cascade",
            "create trigger t before delete on tasks for each row execute function bad();",
        ),
        (
            "on delete cascade",
            "create trigger t before delete on tasks for each row execute function pure();",
        ),
        (
            "on update cascade",
            "create trigger t before update on tasks for each row execute function bad();",
        ),
        (
            "on update cascade",
            "create trigger t before update on tasks for each row execute function moving();",
        ),
        (
            "on update cascade",
            "create rule r as on update to tasks do instead nothing;",
        ),
        (
            "on delete cascade",
            "create rule r as on delete to tasks do instead nothing;",
        ),
        ("deferrable", ""),
        ("not valid", ""),
    ] {
        let shop = tasks(more, after);
        assert!(!shop.codes(JOIN).is_empty(), "{more} {after}");
    }
}

#[test]
fn a_key_is_not_inherited() {
    for (sub, proves) in [
        ("()", false),
        (
            "(foreign key (tenant_id, project_id) references projects (tenant_id, id))",
            true,
        ),
        (
            "(foreign key (tenant_id, project_id) references projects (tenant_id, id) deferrable)",
            false,
        ),
        ("(foreign key (project_id) references projects (id))", false),
        (
            "(other int, foreign key (tenant_id, other) references projects (tenant_id, id))",
            false,
        ),
        (
            "(foreign key (tenant_id, project_id) references twins (tenant_id, id))",
            false,
        ),
        (
            "(foreign key (tenant_id, project_id) references projects (tenant_id, twin))",
            false,
        ),
    ] {
        let shop = Shop::postgres(&format!(
            "create table twins (tenant_id text not null, id int not null, unique (tenant_id, id));
             alter table projects add column twin int, add unique (tenant_id, twin);
             create table tasks (tenant_id text not null, id int not null, project_id int not null,
                 foreign key (tenant_id, project_id) references projects (tenant_id, id));
             create table sub {sub} inherits (tasks);"
        ));
        assert_eq!(shop.codes(JOIN).is_empty(), proves, "{sub}");
    }
    let shop = tasks(
        "",
        "alter table tasks add column other int; create table sub () inherits (tasks); alter table sub add foreign key (tenant_id, project_id) references projects (tenant_id, id) not valid;",
    );
    assert!(!shop.codes(JOIN).is_empty());
}

#[test]
fn a_key_of_several_columns_pairs_each_with_its_own() {
    let shop = Shop::postgres(
        "create table grid (tenant_id text not null, a int not null, b int not null, primary key (a, b), unique (tenant_id, a, b));
         create table cells (tenant_id text not null, id int primary key, x int not null, y int not null,
             foreign key (tenant_id, y, x) references grid (tenant_id, b, a));",
    );
    shop.needs(
        "select c.id from «cells c» join grid g on ? where g.tenant_id = $tenant",
        "g.a = c.x and g.b = c.y",
        "g.a = c.y and g.b = c.x",
    );
    // The tenant's column and the parent's are one pair, not two halves of others.
    let crossed = Shop::postgres(
        "create table par (tenant_id text not null, code text not null, id int not null unique, unique (code, tenant_id, id));
         create table chi (tenant_id text not null, a text not null, par_id int not null,
             foreign key (tenant_id, a, par_id) references par (code, tenant_id, id) on delete cascade);",
    );
    crossed.leaves_open("select c.a from «chi c» join par p on p.id = c.par_id where p.tenant_id = $tenant");
    crossed.refuses_with(Code::Cascade, "delete from par where tenant_id = $tenant");
}

#[test]
fn a_deferrable_key_names_no_row() {
    for (key, proves) in [("", true), ("deferrable", false)] {
        let shop = Shop::postgres(&format!(
            "create table marks (tenant_id text not null, id int not null unique {key});"
        ));
        let query = "select a.id from marks a join marks b on b.id = a.id where a.tenant_id = $tenant";
        assert_eq!(shop.codes(query).is_empty(), proves, "{key}");
    }
    let partial = Shop::postgres(
        "create table marks (tenant_id text not null, id int not null, gone bool not null); create unique index on marks (id) where not gone;",
    );
    partial.leaves_open("select a.id from marks a join «marks b» on b.id = a.id where a.tenant_id = $tenant");
}

#[test]
fn cascades_run_the_triggers_of_what_they_reach() {
    let delete = "delete from projects where tenant_id = $tenant";
    let update = "update projects set id = 2 where tenant_id = $tenant";
    tasks("on delete cascade", "").proves(delete);
    tasks("on update cascade", "").proves(update);
    tasks(
        "on delete cascade",
        "create trigger t before insert on tasks for each row execute function bad();",
    )
    .proves(delete);
    let on = |event: &str| {
        format!("create trigger t before {event} on tasks for each row execute function bad();")
    };
    assert!(!tasks("on delete cascade", &on("delete")).codes(delete).is_empty());
    assert!(!tasks("on update cascade", &on("update")).codes(update).is_empty());
    tasks("on delete cascade", &on("update")).proves(delete);
    tasks("on update cascade", &on("delete")).proves(update);
}

#[test]
fn an_update_may_move_a_row_between_partitions() {
    for (event, proves) in [
        ("insert", false),
        ("delete", false),
        ("update", false),
        ("truncate", true),
    ] {
        let each = if event == "truncate" { "statement" } else { "row" };
        let shop = Shop::postgres(&format!(
            "{BAD} create table parted (tenant_id text not null, id int not null) partition by list (id);
             create table parted_a partition of parted for values in (1);
             create trigger t before {event} on parted for each {each} execute function bad();"
        ));
        let codes = shop.codes("update parted set id = 2 where tenant_id = $tenant");
        assert_eq!(codes.is_empty(), proves, "{event}");
    }
}

/// Comparing, sorting and grouping run the project's own code, listing does not.
#[test]
fn an_operator_class_of_the_project_is_run_by_more_than_a_list_of_columns() {
    let shop = Shop::postgres(
        "create schema ops;
         create function ops.ci(varchar, varchar) returns int immutable language sql as 'select 0';
         create operator class ops.varchar_ci default for type varchar using btree as function 1 ops.ci(varchar, varchar);
         create view names as select distinct name from plans;",
    );
    shop.proves("select id, name from plans");
    shop.proves("select p.id from plans p");
    for query in [
        "select name from names",
        "select distinct name from plans",
        "select id from plans order by name",
        "select name from plans group by name",
    ] {
        shop.refuses_with(Code::UnknownOperator, query);
    }
}
