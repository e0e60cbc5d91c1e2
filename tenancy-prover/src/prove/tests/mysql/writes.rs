//! Inserts and what they do about rows in the way, updates and deletes of several tables, the order of assignments.

use super::Shop;
use crate::Code;

#[test]
fn inserts() {
    let shop = Shop::mysql("");
    shop.proves_all(&[
        "insert low_priority into orders set tenant_id = $tenant, id = ?",
        "insert into pairs value ($tenant, ?, ?)",
        "insert into tasks (id, project_id) select ?, p.id from projects p where p.tenant_id = $tenant and p.id = ?",
        "insert into orders (tenant_id, id) select $tenant, ? from dual where not exists (select 1 from pairs where tenant_id = $tenant)",
    ]);
    shop.refuses_all(
        Code::UnscopedInsert,
        &[
            "insert into orders set tenant_id = ?, id = ?",
            "insert into orders set id = ?",
            "insert into pairs value (?, $tenant, ?)",
            "insert into tasks set id = ?, project_id = ?",
        ],
    );
    // The column that was assigned before.
    shop.refuses_with(
        Code::UnknownColumn,
        "insert into pairs set k = ?, tenant_id = k, v = 1",
    );
}

#[test]
fn every_unique_key_may_fire() {
    let shop = Shop::mysql("");
    for insert in [
        "insert ignore into ? values ($tenant, ?, ?)",
        "replace into ? values ($tenant, ?, ?)",
        "insert into ? values ($tenant, ?, ?) on duplicate key update v = values(v)",
        "insert into ? values ($tenant, ?, ?) as new on duplicate key update v = new.v",
    ] {
        let on = |table: &str| insert.replacen('?', table, 1);
        shop.proves(&on("pairs (tenant_id, k, v)"));
        // The number of a new row may run out, and then the last one is given again.
        shop.refuses_with(Code::ConflictKey, &on("notes (tenant_id, k, v)"));
        shop.refuses_with(
            Code::ConflictKey,
            &on("notes (tenant_id, k, id)")
                .replace("(v)", "(k)")
                .replace("new.v", "1"),
        );
        shop.refuses_with(
            Code::ConflictKey,
            &on("projects (tenant_id, name, id)")
                .replace("v = values(v)", "name = 1")
                .replace("v = new.v", "name = 1"),
        );
    }
    shop.refuses_with(
        Code::ConflictKey,
        "insert into projects (tenant_id, name) values ($tenant, ?) on duplicate key update name = 'x'",
    );
    shop.refuses_with(
        Code::ConflictKey,
        "insert ignore into notes (tenant_id, k, project_id) values ($tenant, ?, ?)",
    );
    shop.proves("insert into notes (tenant_id, k, project_id) values ($tenant, ?, ?)");
}

#[test]
fn a_duplicate_stays_where_it_is() {
    let shop = Shop::mysql("");
    let insert = "insert into pairs (tenant_id, k) values ($tenant, ?) on duplicate key update ";
    for assignments in [
        "tenant_id = values(tenant_id)",
        "tenant_id = tenant_id, v = v + 1",
        "v = (select id from orders where orders.tenant_id = pairs.tenant_id limit 1)",
    ] {
        shop.proves(&format!("{insert}{assignments}"));
    }
    shop.refuses_with(Code::TenantChanged, &format!("{insert}tenant_id = values(k)"));
    shop.refuses_with(Code::TenantChanged, &format!("{insert}tenant_id = ?"));
    shop.refuses_with(
        Code::UnknownFunction,
        "select values(id) from orders where tenant_id = $tenant",
    );
}

#[test]
fn assignments_go_from_left_to_right() {
    let shop = Shop::mysql("");
    let update = |set: &str| format!("update pairs set {set} where tenant_id = $tenant and k = $tenant");
    shop.proves(&update("tenant_id = k, k = ?"));
    shop.refuses_with(Code::TenantChanged, &update("k = ?, tenant_id = k"));
    let name = "v = (select name from tenants where tenants.id = pairs.k)";
    shop.proves(&update(&format!("{name}, k = ?")));
    shop.refuses_with(Code::UnsupportedSql, &update(&format!("k = ?, {name}")));
    // Several tables are written in an order of the server's own.
    let joined = |set: &str| {
        format!(
            "update pairs p join orders o on o.tenant_id = p.k set {set} where p.tenant_id = $tenant and p.k = $tenant"
        )
    };
    shop.proves(&joined("p.tenant_id = p.k, o.status = 1"));
    shop.refuses_with(Code::TenantChanged, &joined("p.tenant_id = p.k, p.k = ?"));
    shop.proves("update tasks t join projects p on p.id = t.project_id set t.project_id = p.id where p.tenant_id = $tenant");
    shop.refuses_with(
        Code::UnsupportedSql,
        "update tasks t join projects p on p.id = t.project_id set t.project_id = p.id, p.id = ? where p.tenant_id = $tenant",
    );
}

#[test]
fn every_target_is_the_tenants_own() {
    let shop = Shop::mysql("");
    shop.proves_all(&[
        "update orders o, customers c set o.status = 'y', c.name = 'x' where o.tenant_id = $tenant and c.tenant_id = o.tenant_id",
        "update orders o left join customers c on c.tenant_id = o.tenant_id set o.status = c.name where o.tenant_id = $tenant",
        "delete o, c from orders o join customers c on c.tenant_id = o.tenant_id where o.tenant_id = $tenant",
        "delete from o using orders as o join plans p on p.id = o.id where o.tenant_id = $tenant",
        "delete from orders where tenant_id = $tenant order by id limit 1",
        // No row of a customer, none to delete.
        "delete c from orders o left join customers c on c.tenant_id = o.tenant_id where o.tenant_id = $tenant",
        "update orders o set o.status = 'x', customer_id = o.id where o.tenant_id = $tenant",
    ]);
    shop.refuses_all(
        Code::UnscopedWrite,
        &[
                "delete o from orders o left join customers c on c.tenant_id = $tenant and c.tenant_id = o.tenant_id",
        ],
    );
    shop.refuses_with(
        Code::SharedWrite,
        "update tenants t join plans p on p.id = t.plan_id set p.name = 'x' where t.id = $tenant",
    );
    assert!(
        !shop
            .codes(
                "update orders o join customers c on c.id = o.id set c.name = 'x' where o.tenant_id = $tenant"
            )
            .is_empty()
    );
    shop.refuses_with(
        Code::UnknownTable,
        "delete orders from orders as o where o.tenant_id = $tenant",
    );
}

#[test]
fn ignore_drops_errors_that_others_cause() {
    let shop = Shop::mysql("");
    let ignore = |set: &str| format!("update ignore notes set {set} where tenant_id = $tenant");
    shop.proves(&ignore("v = 1, k = ?"));
    shop.refuses_with(Code::ConflictKey, &ignore("id = ?"));
    shop.refuses_with(Code::ConflictKey, &ignore("project_id = ?"));
    // Tasks refer to it, whose rows are found by nothing but the number.
    shop.refuses_with(
        Code::ConflictKey,
        "update ignore projects set id = ? where tenant_id = $tenant",
    );
    shop.proves("update ignore projects set name = ? where tenant_id = $tenant");
}

#[test]
fn views_are_written_through() {
    let shop = Shop::mysql("create view v (a, b, c) as select tenant_id, id, status from orders;");
    shop.proves("update v set c = 'x' where a = $tenant");
    shop.refuses_with(Code::UnscopedWrite, "update v set c = 'x' where b = 1");
}

#[test]
fn duplicates_behind_a_view_are_not_resolved() {
    let shop = Shop::mysql("create view shown as select tenant_id, k, v from pairs;");
    shop.proves("insert into shown (tenant_id, k, v) values ($tenant, 'a', 'b')");
    shop.refuses_with(
        Code::UnsupportedSql,
        "insert into shown (tenant_id, k, v) values ($tenant, 'a', 'b') on duplicate key update v = 'c'",
    );
}
