//! Writes through views.

use super::Shop;
use crate::Code;

const VIEWS: &str = "
    create view plain as select * from orders;
    create view fresh with (security_invoker = true) as
        select tenant_id, id, customer_id, total, upper(note) as shout from orders where total > 3 order by id
        with check option;
    create view renamed (who, number, customer, sum) as select tenant_id, id, customer_id, total from orders;
    create view above as select who, number, sum + 1 as more, customer from renamed where sum < 100;
    create view mine as select * from orders o where exists
        (select 1 from customers c where c.tenant_id = o.tenant_id and c.id = o.customer_id);
    create view swapped as select note as tenant_id, id, customer_id, tenant_id as note from orders;
";

#[test]
fn the_rows_behind_a_view_are_the_tenant_s() {
    let shop = Shop::postgres(VIEWS);
    for (view, owner) in [
        ("plain", "tenant_id"),
        ("fresh", "tenant_id"),
        ("renamed", "who"),
        ("above", "who"),
        ("mine", "tenant_id"),
        ("swapped", "note"),
    ] {
        shop.proves(&format!("delete from {view} where {owner} = $tenant"));
        shop.proves(&format!("delete from {view} x where x.{owner} = $tenant"));
        shop.proves(&format!(
            "delete from {view} v using plans p where v.{owner} = $tenant and p.id = 3"
        ));
        for sql in [
            format!("delete from {view}"),
            format!("delete from {view} where {owner} = $1"),
        ] {
            let codes = shop.codes(&sql);
            assert!(codes.contains(&Code::UnscopedWrite), "{sql}: {codes:?}");
        }
    }
    shop.proves("update plain set note = $1 where tenant_id = $tenant and id = $2");
    shop.proves("update above set customer = $1 where who = $tenant and more = $2");
    shop.refuses_with(
        Code::UnscopedWrite,
        "update swapped set id = 1 where tenant_id = $tenant",
    );
    // The names of the table are not those of the view.
    shop.refuses_with(
        Code::UnknownColumn,
        "delete from renamed where tenant_id = $tenant",
    );
    shop.refuses_with(
        Code::UnknownTable,
        "delete from renamed where orders.tenant_id = $tenant",
    );
}

#[test]
fn rows_stay_where_they_are_behind_a_view() {
    let shop = Shop::postgres(VIEWS);
    shop.proves("update renamed set who = $tenant where who = $tenant");
    shop.refuses_with(
        Code::TenantChanged,
        "update renamed set who = $1 where who = $tenant",
    );
    shop.refuses_with(
        Code::TenantChanged,
        "update above set (who, customer) = ($1, 2) where who = $tenant",
    );
    shop.refuses_with(
        Code::TenantChanged,
        "update swapped set note = 'x' where note = $tenant",
    );
    shop.proves("update swapped set tenant_id = 'x' where note = $tenant");
    shop.refuses_with(
        Code::UnsupportedSql,
        "update above set more = 1 where who = $tenant",
    );
    shop.refuses_with(
        Code::UnknownColumn,
        "update renamed set note = 'x' where who = $tenant",
    );
}

#[test]
fn rows_inserted_through_a_view_are_the_tenant_s() {
    let shop = Shop::postgres(VIEWS);
    shop.proves("insert into plain (tenant_id, id, customer_id) values ($tenant, 1, 2)");
    shop.proves("insert into plain values ($tenant, 1, 2)");
    shop.proves("insert into fresh (tenant_id, id, customer_id) values ($tenant, 1, 2)");
    shop.proves("insert into renamed values ($tenant, 1, 2, 3)");
    shop.proves("insert into above (number, customer, who) values (1, 2, $tenant)");
    shop.proves("insert into renamed (who, number, customer) select c.tenant_id, c.id, 1 from customers c where c.tenant_id = $tenant");
    shop.proves("insert into swapped (note, id, customer_id) values ($tenant, 1, 2)");
    for sql in [
        "insert into plain values ($1, 1, 2)",
        "insert into plain (id, customer_id) values (1, 2)",
        "insert into renamed (number, customer) values (1, 2)",
        "insert into renamed values ($1, 1, 2, 3)",
        "insert into swapped (tenant_id, id, customer_id) values ($tenant, 1, 2)",
        "insert into swapped values ($tenant, 1, 2, 'x')",
        "insert into renamed (who, number, customer) select c.name, c.id, 1 from customers c where c.tenant_id = $tenant",
    ] {
        shop.refuses_with(Code::UnscopedInsert, sql);
    }
    // The third column of it is computed.
    shop.refuses_with(
        Code::UnsupportedSql,
        "insert into above values ($tenant, 1, 2, 3)",
    );
    shop.proves("insert into above values ($tenant, 1)");
    shop.refuses_with(
        Code::UnsupportedSql,
        "insert into mine (tenant_id, id, customer_id) values ($tenant, 1, 2)",
    );
}

/// The names of a conflict clause are the view's; what they stand for decides.
#[test]
fn conflicts_behind_a_view_are_the_table_s() {
    let shop = Shop::postgres(VIEWS);
    let insert = |clause: &str| {
        format!("insert into renamed (who, number, customer) values ($tenant, 1, 2) on conflict {clause}")
    };
    for clause in [
        "do nothing",
        "(who, number) do nothing",
        "(number, who) do update set customer = excluded.customer, sum = renamed.sum + 1 where renamed.sum < 3",
        "(who, number) do update set customer = (select o.id from orders o where o.tenant_id = excluded.who and o.id = 1)",
    ] {
        shop.proves(&insert(clause));
    }
    for clause in [
        "(tenant_id, id) do nothing",
        "(who, number) do update set customer_id = 3",
        "(who, number) do update set customer = excluded.customer_id",
    ] {
        shop.refuses_with(Code::UnknownColumn, &insert(clause));
    }
    shop.refuses_with(Code::ConflictKey, &insert("(who) do nothing"));
    shop.refuses_with(
        Code::TenantChanged,
        &insert("(who, number) do update set who = $1"),
    );
    shop.refuses_with(
        Code::UnscopedTable,
        &insert("(who, number) do update set customer = (select max(o.id) from orders o)"),
    );
    for clause in [
        "on constraint orders_pkey do nothing",
        "(who, abs(number)) do nothing",
    ] {
        shop.refuses_with(Code::UnsupportedSql, &insert(clause));
    }
    // A key without the tenant, whatever the view calls it.
    let shop = Shop::postgres(
        "create table badges (tenant_id text not null, code text not null unique, primary key (tenant_id, code));
         create view shown (tenant_id, tag) as select tenant_id, code from badges;",
    );
    shop.proves(
        "insert into shown (tenant_id, tag) values ($tenant, 'x') on conflict (tenant_id, tag) do nothing",
    );
    for clause in ["do nothing", "(tag) do nothing", "(tag) do update set tag = 'y'"] {
        shop.refuses_with(
            Code::ConflictKey,
            &format!("insert into shown (tenant_id, tag) values ($tenant, 'x') on conflict {clause}"),
        );
    }
}

#[test]
fn returned_rows_are_seen_as_the_view_shows_them() {
    let shop = Shop::postgres(VIEWS);
    shop.proves("update fresh set total = 5 where tenant_id = $tenant returning shout, id, (select name from customers c where c.tenant_id = fresh.tenant_id and c.id = 1)");
    shop.proves("insert into renamed values ($tenant, 1, 2, 3) returning *");
    shop.leaves_open("insert into renamed values ($tenant, 1, 2, 3) returning (select count(*) from «customers c» where c.id = number)");
    shop.refuses_with(
        Code::UnknownColumn,
        "insert into renamed values ($tenant, 1, 2, 3) returning tenant_id",
    );
    let swapped = "update swapped set id = 1 where note = $tenant returning (select count(*) from «customers c» where c.tenant_id = swapped.?)";
    shop.needs(swapped, "note", "tenant_id");
}

#[test]
fn what_writes_do_beside_their_rows_counts_behind_a_view() {
    let shop = Shop::postgres(
        "create table tags (tenant_id text not null, id int primary key, n bigint default seen());
         create table links (tenant_id text not null, id int primary key, tag int references tags (id) on delete cascade);
         create function seen() returns bigint language sql as 'select count(*) from orders';
         create view v as select tenant_id, id from tags;
         create view all_of_it as select * from tags;",
    );
    shop.refuses_with(Code::Cascade, "delete from v where tenant_id = $tenant");
    shop.proves("update v set id = id where tenant_id = $tenant");
    // A column that the view does not show takes the table's default.
    shop.refuses_with(Code::UnsafeDefault, "insert into v values ($tenant, 1)");
    shop.refuses_with(Code::UnsafeDefault, "insert into all_of_it values ($tenant, 1)");
    shop.proves("insert into all_of_it values ($tenant, 1, 2)");
}

#[test]
fn only_plain_views_are_written_through() {
    let shop = Shop::postgres(
        "create function f() returns trigger language plpgsql as 'begin delete from orders; return new; end';
         create view instead as select tenant_id, id, note from orders;
         create trigger t instead of update on instead for each row execute function f();
         create view ruled as select tenant_id, id, note from orders;
         create rule r as on delete to ruled do instead delete from orders where id = old.id;
         create view above_ruled as select * from ruled;
         create view joined as select o.tenant_id, o.id from orders o join customers c on c.tenant_id = o.tenant_id;
         create view crossed as select o.tenant_id, o.id from orders o, plans p;
         create view grouped as select tenant_id, max(id) as id from orders group by tenant_id;
         create view distinct_ones as select distinct tenant_id, id from orders;
         create view first_ones as select tenant_id, id from orders limit 3;
         create view ranked as select tenant_id, id, rank() over (partition by tenant_id order by id) from orders;
         create view both as select tenant_id, id from orders union all select tenant_id, id from customers;
         create view named as with x as (select * from orders) select * from x;
         create view derived as select * from (select * from orders) x;
         create view listed as values ('a', 1);
         create view asks as select tenant_id, id, (select count(*) from customers c where c.tenant_id = o.tenant_id) as n from orders o;
         create view shared_one as select * from plans;
         create materialized view kept as select * from orders;
         create view defaulted as select * from orders;
         alter view defaulted alter column tenant_id set default 'acme';
         create view altered_not as select * from orders;
         create view altered as select * from orders;
         alter table altered alter column total set default 5;",
    );
    for view in [
        "instead",
        "ruled",
        "above_ruled",
        "joined",
        "crossed",
        "grouped",
        "distinct_ones",
        "first_ones",
        "ranked",
        "both",
        "named",
        "derived",
        "asks",
        "kept",
    ] {
        shop.refuses_with(
            Code::UnsupportedSql,
            &format!("delete from {view} where tenant_id = $tenant and id = 1"),
        );
        shop.refuses_with(
            Code::UnsupportedSql,
            &format!("insert into {view} (tenant_id, id) values ($tenant, 1)"),
        );
        shop.refuses_with(
            Code::UnsupportedSql,
            &format!("update {view} set id = 1 where tenant_id = $tenant"),
        );
    }
    shop.refuses_with(Code::UnsupportedSql, "delete from listed");
    shop.refuses_with(Code::SharedWrite, "delete from shared_one");
    shop.refuses_with(
        Code::PoisonedTable,
        "insert into defaulted (tenant_id, id, customer_id) values ($tenant, 1, 1)",
    );
    shop.refuses_with(
        Code::PoisonedTable,
        "insert into altered (tenant_id, id, customer_id) values ($tenant, 1, 1)",
    );
    shop.refuses_with(
        Code::UnsupportedSql,
        "merge into altered_not v using plans p on v.tenant_id = $tenant and v.id = p.id when matched then delete",
    );
    let shop = Shop::sqlite("create view plain as select * from orders;");
    shop.refuses_with(
        Code::UnsupportedSql,
        "delete from plain where tenant_id = $tenant",
    );
}

#[test]
fn a_view_s_own_condition_holds_of_the_rows_behind_it() {
    let shop = Shop::postgres(
        "create view leaky as select * from orders o where exists (select 1 from customers c where c.id = o.customer_id);
         create view unknown as select * from orders where total > seen();
         create function seen() returns bigint language sql as 'select count(*) from orders';
         create view kept as select i.* from items i where project_id in (select id from projects where tenant_id = 'x');
         create view of_child as select * from items;",
    );
    shop.refuses_with(Code::LeakyView, "delete from leaky where tenant_id = $tenant");
    shop.refuses_with(
        Code::UnknownFunction,
        "delete from unknown where tenant_id = $tenant",
    );
    shop.refuses_with(
        Code::UnknownFunction,
        "insert into unknown (tenant_id, id, customer_id) values ($tenant, 1, 2)",
    );
    shop.refuses_with(Code::UnscopedWrite, "delete from of_child");
    shop.proves(
        "delete from of_child where project_id in (select id from projects where tenant_id = $tenant)",
    );
    shop.proves(
        "insert into of_child (id, project_id) select 1, p.id from projects p where p.tenant_id = $tenant",
    );
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into of_child (id, project_id) values (1, $1)",
    );
}
