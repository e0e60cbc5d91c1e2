//! Inserts, updates and deletes.

use super::Shop;
use crate::Code;

#[test]
fn every_inserted_row_is_the_tenant_s() {
    let shop = Shop::postgres("");
    shop.proves("insert into orders (tenant_id, id, customer_id) values ($tenant, $1, $2)");
    shop.proves(
        "insert into orders (id, customer_id, tenant_id) values ($1, $2, $tenant), ($3, $4, $tenant)",
    );
    shop.proves("insert into orders values ($tenant, 1, 2)");
    for values in [
        "values ($1, 1, 2)",
        "values ('acme', 1, 2)",
        "values (upper($tenant), 1, 2)",
        "values (default, 1, 2)",
        "values ($tenant, 1, 2), ($1, 2, 2)",
    ] {
        shop.refuses_with(
            Code::UnscopedInsert,
            &format!("insert into orders (tenant_id, id, customer_id) {values}"),
        );
    }
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into orders (id, customer_id) values (1, 2)",
    );
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into orders (id, tenant_id, customer_id) values ($tenant, 1, 2)",
    );
}

#[test]
fn an_inserted_row_is_the_tenant_s_if_the_column_it_comes_from_is() {
    let shop = Shop::postgres("");
    shop.proves(
        "insert into bills (org_id, id) select o.tenant_id, o.id from orders o where o.tenant_id = $tenant",
    );
    shop.proves("insert into bills (org_id, id) select $tenant, p.id from plans p");
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into bills (org_id, id) select o.note, o.id from orders o where o.tenant_id = $tenant",
    );
    // Closed is not known: the column is null in the rows that the outer join fills up.
    shop.proves(
        "insert into bills (org_id, id) select c.tenant_id, p.id from plans p join customers c on c.tenant_id = $tenant",
    );
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into bills (org_id, id) select c.tenant_id, p.id from plans p left join customers c on c.tenant_id = $tenant",
    );
}

#[test]
fn a_child_is_inserted_through_its_parent() {
    let shop = Shop::postgres("");
    shop.proves("insert into items (id, project_id) select $1, p.id from projects p where p.tenant_id = $tenant and p.id = $2");
    shop.proves("insert into items (id, project_id) select $1, $2 from projects p where p.tenant_id = $tenant and p.id = $2");
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into items (id, project_id) values ($1, $2)",
    );
    shop.refuses_with(Code::UnscopedInsert, "insert into items (id, project_id) select $1, $3 from projects p where p.tenant_id = $tenant and p.id = $2");
    shop.refuses_with(Code::UnscopedInsert, "insert into items (id, project_id) select p.id, o.id from projects p, orders o where p.tenant_id = $tenant and o.tenant_id = $tenant");
    shop.proves("update items set name = 'x' where project_id in (select p.id from projects p where p.tenant_id = $tenant)");
    shop.refuses_with(
        Code::TenantChanged,
        "update items set project_id = $1 where project_id in (select p.id from projects p where p.tenant_id = $tenant)",
    );
    shop.proves(
        "update items set project_id = p.id from projects p, projects q where p.tenant_id = $tenant and q.tenant_id = $tenant and q.id = items.project_id and p.id = $1",
    );
}

#[test]
fn a_parent_that_is_anybody_s_gives_the_child_to_anybody() {
    let shop = Shop::postgres("");
    shop.proves(
        "insert into items (id, project_id) select $1, p.id from projects p where p.tenant_id = $tenant",
    );
    let codes = shop.codes("insert into items (id, project_id) select $1, p.id from projects p");
    assert!(codes.contains(&Code::UnscopedInsert), "{codes:?}");
    // Rows of an inheritance child may have the parent's key too: no key names one parent.
    let shop = Shop::postgres("create table old_projects () inherits (projects);");
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into items (id, project_id) values ($1, $2)",
    );
}

#[test]
fn the_target_s_own_tenant_column_is_known() {
    let shop = Shop::postgres("");
    shop.refuses(Code::UnscopedWrite, "delete from «orders»");
    shop.refuses(
        Code::UnscopedWrite,
        "update «orders» set total = 1 where total = 2",
    );
    shop.proves("delete from orders where tenant_id = $tenant");
    shop.proves("update orders set total = 1 where tenant_id = $tenant and total = 2");
    shop.proves(
        "delete from orders o using customers c where c.tenant_id = $tenant and o.tenant_id = c.tenant_id",
    );
    shop.refuses(
        Code::UnscopedWrite,
        "delete from «orders o» using customers c where c.tenant_id = $tenant and o.id = c.id",
    );
    shop.refuses(
        Code::UnscopedTable,
        "update orders o set total = 1 from «customers c» where o.tenant_id = $tenant and c.id = o.customer_id",
    );
    shop.proves("update orders o set total = 1 from customers c where o.tenant_id = $tenant and c.tenant_id = o.tenant_id");
    shop.refuses(
        Code::UnscopedWrite,
        "delete from «orders» where tenant_id = $tenant or total = 1",
    );
    // A subquery that is confined does not confine the target.
    shop.refuses(
        Code::UnscopedWrite,
        "delete from «orders» where id in (select c.id from customers c where c.tenant_id = $tenant)",
    );
}

#[test]
fn an_update_leaves_the_row_with_its_tenant() {
    let shop = Shop::postgres("");
    shop.proves("update orders set tenant_id = $tenant where tenant_id = $tenant");
    shop.proves("update orders set tenant_id = tenant_id where tenant_id = $tenant");
    for value in ["$1", "'globex'", "note", "null", "upper($tenant)", "default"] {
        shop.refuses_with(
            Code::TenantChanged,
            &format!("update orders set tenant_id = {value} where tenant_id = $tenant"),
        );
    }
}

#[test]
fn shared_tables_are_read_only() {
    let shop = Shop::postgres("");
    shop.proves("select p.name from plans p");
    for write in [
        "insert into plans (id, name) values (1, 'x')",
        "update plans set name = 'x'",
        "delete from plans",
    ] {
        shop.refuses_with(Code::SharedWrite, write);
    }
}

#[test]
fn keys_that_decide_silently_hold_the_tenant() {
    let shop = Shop::postgres(
        "create table slugs (tenant_id text not null, id int not null, slug text unique, note text, primary key (tenant_id, id));",
    );
    let row = "(tenant_id, id, slug) values ($tenant, 1, $1)";
    shop.proves(&format!("insert into slugs {row}"));
    shop.proves(
        "insert into orders (tenant_id, id, customer_id) values ($tenant, 1, 2) on conflict do nothing",
    );
    shop.refuses_with(
        Code::ConflictKey,
        &format!("insert into slugs {row} on conflict do nothing"),
    );
    shop.proves(&format!(
        "insert into slugs {row} on conflict (tenant_id, id) do nothing"
    ));
    shop.refuses_with(
        Code::ConflictKey,
        &format!("insert into slugs {row} on conflict (slug) do nothing"),
    );
    shop.proves(&format!(
        "insert into slugs {row} on conflict (tenant_id, id) do update set note = excluded.note"
    ));
    shop.refuses_with(
        Code::ConflictKey,
        &format!("insert into slugs {row} on conflict (slug) do update set note = 'x'"),
    );
    shop.refuses_with(Code::ConflictKey, &format!("insert into slugs {row} on conflict (slug) do update set note = 'x' where slugs.tenant_id = $tenant"));
}

#[test]
fn an_upsert_updates_the_tenant_s_row_and_leaves_it_there() {
    let shop = Shop::postgres("");
    let insert = "insert into orders (tenant_id, id, customer_id) values ($tenant, 1, 2) on conflict (tenant_id, id) do update set";
    shop.proves(&format!(
        "{insert} total = excluded.total + orders.total, tenant_id = excluded.tenant_id"
    ));
    shop.refuses_with(
        Code::TenantChanged,
        &format!("{insert} tenant_id = excluded.note"),
    );
    shop.refuses_with(Code::TenantChanged, &format!("{insert} tenant_id = $1"));
    shop.needs(
        &format!("{insert} total = (select count(*) from «customers c» where ?)"),
        "c.tenant_id = excluded.tenant_id",
        "c.id = excluded.customer_id",
    );
    shop.needs(
        &format!("{insert} total = 1 where exists (select 1 from «customers c» where ?)"),
        "c.tenant_id = orders.tenant_id",
        "c.id = orders.customer_id",
    );
}

#[test]
fn silent_replacements_of_sqlite_need_every_key() {
    let shop = Shop::sqlite("create table slugs (tenant_id text not null, id int not null, slug text unique, note text, primary key (tenant_id, id)) without rowid;
        create table tags (tenant_id text not null, id int not null, slug text, note text, primary key (tenant_id, id), unique (tenant_id, slug)) without rowid;
        create table declared (tenant_id text not null, id int not null, slug text unique on conflict replace, primary key (tenant_id, id)) without rowid;");
    for verb in ["replace into", "insert or replace into", "insert or ignore into"] {
        shop.proves(&format!(
            "{verb} tags (tenant_id, id, slug) values ($tenant, 1, ?)"
        ));
        shop.refuses_with(
            Code::ConflictKey,
            &format!("{verb} slugs (tenant_id, id, slug) values ($tenant, 1, ?)"),
        );
    }
    shop.proves("insert into slugs (tenant_id, id, slug) values ($tenant, 1, ?)");
    shop.refuses_with(
        Code::ConflictKey,
        "insert into declared (tenant_id, id, slug) values ($tenant, 1, ?)",
    );
    shop.proves("update or replace tags set slug = ? where tenant_id = $tenant");
    shop.proves("update or replace slugs set note = ? where tenant_id = $tenant");
    shop.refuses_with(
        Code::ConflictKey,
        "update or replace slugs set slug = ? where tenant_id = $tenant",
    );
    shop.refuses_with(
        Code::ConflictKey,
        "update declared set slug = ? where tenant_id = $tenant",
    );
}

#[test]
fn cascades_stay_with_the_tenant() {
    let shop = Shop::postgres("
        create table boards (tenant_id text not null, id int primary key, name text, unique (tenant_id, id));
        create table cards (tenant_id text not null, id int primary key, board_id int references boards (id) on delete cascade);
        create table lanes (tenant_id text not null, id int primary key, name text, unique (tenant_id, id));
        create table notes (tenant_id text not null, id int primary key, lane_id int,
            foreign key (tenant_id, lane_id) references lanes (tenant_id, id) on delete cascade on update cascade);
        create table kept (tenant_id text not null, id int primary key, name text);
        create table keeper (tenant_id text not null, id int primary key, kept_id int references kept (id) on delete restrict);");
    shop.refuses_with(Code::Cascade, "delete from boards where tenant_id = $tenant");
    shop.proves("update boards set name = 'x' where tenant_id = $tenant");
    shop.proves("delete from lanes where tenant_id = $tenant");
    shop.proves("update lanes set id = id + 1 where tenant_id = $tenant");
    shop.proves("delete from kept where tenant_id = $tenant");
}

#[test]
fn triggers_and_defaults_are_understood_or_refused() {
    let shop = Shop::postgres("
        create table audit (tenant_id text not null, n int);
        create function touch() returns trigger language plpgsql as $$ begin new.note := lower(new.note); return new; end $$;
        create function steal() returns trigger language plpgsql as $$ begin new.tenant_id := 'globex'; return new; end $$;
        create function count_up() returns trigger language plpgsql as $$ begin update audit set n = n + 1; return new; end $$;
        create table a (tenant_id text not null, id int, note text); create trigger t before insert on a for each row execute function touch();
        create table b (tenant_id text not null, id int, note text); create trigger t before insert on b for each row execute function steal();
        create table c (tenant_id text not null, id int, note text); create trigger t after insert on c for each row execute function count_up();
        create table d (tenant_id text not null, id int default count_all(), note text default 'x', made timestamptz default now());
        create table e (tenant_id text not null default 'globex', id int);");
    shop.proves("insert into a (tenant_id, id) values ($tenant, 1)");
    shop.refuses_with(Code::Trigger, "insert into b (tenant_id, id) values ($tenant, 1)");
    shop.refuses_with(Code::Trigger, "insert into c (tenant_id, id) values ($tenant, 1)");
    shop.proves("delete from c where tenant_id = $tenant");
    shop.proves("insert into d (tenant_id, id) values ($tenant, 1)");
    shop.refuses_with(Code::UnsafeDefault, "insert into d (tenant_id) values ($tenant)");
    shop.refuses_with(Code::UnscopedInsert, "insert into e (id) values (1)");
}

#[test]
fn returning_shows_the_tenant_s_rows_and_nothing_else_is_known() {
    let shop = Shop::postgres("");
    shop.proves("update orders set note = $1 where tenant_id = $tenant returning id, note");
    let written = "with w as (update orders set note = $1 where tenant_id = $tenant and note = $tenant returning tenant_id, note)
        select c.name from w join «customers c» on c.tenant_id = w.?";
    shop.needs(written, "tenant_id", "note");
    // A write that nobody reads runs all the same.
    shop.refuses(Code::UnscopedWrite, "with w as (delete from «orders») select 1");
    shop.refuses(
        Code::UnscopedWrite,
        "with w as (delete from «orders» returning tenant_id) select * from w where tenant_id = $tenant",
    );
}

#[test]
fn a_part_of_a_column_is_assigned() {
    let shop = Shop::postgres(
        "create table docs (tenant_id text not null, id int not null, tags text[], attrs jsonb, primary key (tenant_id, id));",
    );
    for set in [
        "tags[1] = $1",
        "id = 3, tags[$1] = 'x', attrs['a']['b'] = to_jsonb($2::text)",
        "attrs['a'] = attrs['b'], id = id + 1",
    ] {
        shop.proves(&format!("update docs set {set} where tenant_id = $tenant"));
        shop.proves(&format!(
            "update only public.docs as d set {set} where d.tenant_id = $tenant returning tags[1]"
        ));
        shop.proves(&format!(
            "insert into docs (tenant_id, id) values ($tenant, 1) on conflict (tenant_id, id) do update set {set}"
        ));
        shop.refuses(
            Code::UnscopedWrite,
            &format!("update «docs» set {set} where id = 1"),
        );
    }
    shop.leaves_open(
        "update docs set tags[1] = 'x', tags[(select count(*)::int from «orders»)] = 'x' where tenant_id = $tenant",
    );
    shop.leaves_open(
        "update docs set attrs['a'] = (select to_jsonb(max(total)) from «orders») where tenant_id = $tenant",
    );
    shop.refuses_with(
        Code::UnknownColumn,
        "update docs set tags[nothing] = 'x' where tenant_id = $tenant",
    );
    shop.refuses_with(
        Code::TenantChanged,
        "update docs set tenant_id[1] = $1 where tenant_id = $tenant",
    );
    // Elsewhere it is a comparison.
    shop.proves(
        "update docs d set id = 1 from (select 1 as a, tags[1] = 'x' as b from docs where tenant_id = $tenant) x \
         where d.tenant_id = $tenant and x.b",
    );
}

/// A parent that a subquery looks up among the tenant's is the tenant's, or there is none.
#[test]
fn a_child_s_parent_is_looked_up() {
    let child =
        "insert into items (id, project_id, name) values ($1, (select p.id from projects p where ?), 'x')";
    for shop in [Shop::postgres(""), Shop::sqlite("")] {
        let child = child.replace("$1", "1");
        shop.proves(&child.replace('?', "p.tenant_id = $tenant and p.name = 'x'"));
        let codes = shop.codes(&child.replace('?', "p.name = 'x'"));
        assert_eq!(codes, [Code::UnscopedInsert, Code::UnscopedTable]);
        // Not the key of the parent.
        shop.refuses_with(
            Code::UnscopedInsert,
            &child
                .replace("p.id from", "p.id + 0 from")
                .replace('?', "p.tenant_id = $tenant"),
        );
        shop.refuses_with(
            Code::UnscopedInsert,
            &child
                .replace("p.id from", "max(p.id) from")
                .replace('?', "p.tenant_id = $tenant"),
        );
        shop.proves("update items set project_id = (select p.id from projects p where p.tenant_id = $tenant and p.name = 'x') where id = 1 and project_id in (select id from projects where tenant_id = $tenant)");
    }
    // Where a null would get in, or something else in its place, nothing is known.
    let settings =
        "[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n[tables]\nkids = { via = \"box_id\" }\n";
    let ddl = |column: &str| {
        format!(
            "create table tenants (id varchar(32) collate utf8mb4_bin primary key not null);
             create table boxes (id int primary key not null, tenant_id varchar(32) collate utf8mb4_bin not null);
             create table kids (id int primary key not null, box_id int {column}, foreign key (box_id) references boxes (id));"
        )
    };
    let sql = "insert into kids (id, box_id) values (1, (select id from boxes where tenant_id = $tenant and id = 1))";
    Shop::new(
        "sqlite",
        settings,
        &ddl("not null").replace("collate utf8mb4_bin", ""),
    )
    .proves(sql);
    for (dialect, column) in [
        ("sqlite", ""),
        ("sqlite", "not null default 5"),
        ("mysql", "not null"),
    ] {
        let ddl = match dialect {
            "sqlite" => ddl(column).replace("collate utf8mb4_bin", ""),
            _ => ddl(column),
        };
        Shop::new(dialect, settings, &ddl).refuses_with(Code::UnscopedInsert, sql);
    }
}
