//! Where predicates go.

use super::Shop;

#[test]
fn a_table_alone() {
    let shop = Shop::postgres();
    shop.repairs("select id from orders« where orders.tenant_id = $tenant»");
    shop.repairs("select id from orders o« where o.tenant_id = $tenant»");
    shop.repairs("select id from orders as o where total > $1« and o.tenant_id = $tenant»");
    shop.repairs("select id from public.orders« where orders.tenant_id = $tenant»");
    shop.repairs("select id from bills where id = $1« and bills.org_id = $tenant»");
    shop.repairs("select name from tenants« where tenants.id = $tenant»");
}

#[test]
fn a_proved_statement_is_left_alone() {
    let shop = Shop::postgres();
    shop.repairs("select id from orders where tenant_id = $tenant");
    shop.repairs("select p.name from plans p");
    shop.repairs("select c.name from orders o join customers c on c.tenant_id = o.tenant_id where o.tenant_id = $tenant");
}

#[test]
fn before_the_clauses_behind_a_condition() {
    let shop = Shop::postgres();
    for clause in [
        "group by id",
        "having count(*) > 0",
        "order by id",
        "limit 1",
        "offset 1",
        "fetch first 1 rows only",
        "for update",
        "union select 1",
        "intersect select 1",
        "except select 1",
        "window w as (order by id)",
    ] {
        let value = if clause.starts_with("having") { "1" } else { "id" };
        shop.repairs(&format!(
            "select {value} from orders« where orders.tenant_id = $tenant» {clause}"
        ));
        shop.repairs(&format!(
            "select {value} from orders where total > 1« and orders.tenant_id = $tenant» {clause}"
        ));
    }
}

#[test]
fn alternatives_are_put_in_parentheses() {
    let shop = Shop::postgres();
    shop.repairs("select id from orders o where «(»total > 1 or note is null«) and o.tenant_id = $tenant»");
    shop.repairs(
        "select id from orders o where «(»total > 1 and note = 'x' or id = 1«) and o.tenant_id = $tenant»",
    );
    shop.repairs("select id from orders o where (total > 1 or note is null)« and o.tenant_id = $tenant»");
    shop.repairs("select id from orders o where not total > 1« and o.tenant_id = $tenant»");
    shop.repairs("select id from orders o where total between 1 and 2« and o.tenant_id = $tenant»");
    shop.repairs("select id from orders o where note = 'a or b'« and o.tenant_id = $tenant»");
    shop.repairs(
        "select o.id from orders o left join customers c on «(»c.id = o.customer_id or c.id = 0«) and c.tenant_id = $tenant» where o.tenant_id = $tenant",
    );
}

#[test]
fn inner_joins_are_confined_in_where() {
    let shop = Shop::postgres();
    shop.repairs(
        "select c.name from orders o join customers c on c.id = o.customer_id« where o.tenant_id = $tenant and c.tenant_id = $tenant»",
    );
    shop.repairs("select c.name from orders o, customers c where c.id = o.customer_id and o.tenant_id = $tenant« and c.tenant_id = $tenant»");
    shop.repairs("select c.name from orders o cross join customers c« where o.tenant_id = $tenant and c.tenant_id = $tenant»");
    shop.repairs("select c.name from orders o join customers c using (id)« where o.tenant_id = $tenant and c.tenant_id = $tenant»");
    shop.repairs("select c.name from (orders o join customers c on c.id = o.customer_id)« where o.tenant_id = $tenant and c.tenant_id = $tenant»");
}

#[test]
fn the_nullable_side_is_confined_in_on() {
    let shop = Shop::postgres();
    shop.repairs(
        "select c.name from orders o left join customers c on c.id = o.customer_id« and c.tenant_id = $tenant»« where o.tenant_id = $tenant»",
    );
    shop.repairs(
        "select c.name from customers c right join orders o on c.id = o.customer_id« and c.tenant_id = $tenant»« where o.tenant_id = $tenant»",
    );
    shop.repairs(
        "select 1 from orders o left join (customers c join notes n on n.id = c.id) on c.id = o.customer_id« and c.tenant_id = $tenant and n.tenant_id = $tenant»« where o.tenant_id = $tenant»",
    );
    shop.repairs(
        "select 1 from orders o left join customers c on c.id = o.customer_id« and c.tenant_id = $tenant» right join notes n on n.id = o.id« and o.tenant_id = $tenant»« where n.tenant_id = $tenant»",
    );
    shop.repairs("select 1 from orders o left join customers c on c.id = o.customer_id« and c.tenant_id = $tenant» where o.tenant_id = $tenant and c.id is null");
}

#[test]
fn what_a_join_confines_gets_no_predicate() {
    let shop = Shop::postgres();
    shop.repairs("select c.name from orders o left join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id« where o.tenant_id = $tenant»");
    shop.repairs("select o.id from orders o where exists (select 1 from notes n where n.tenant_id = o.tenant_id and n.id = o.id)« and o.tenant_id = $tenant»");
    shop.repairs("select x.id from orders o, lateral (select n.id from notes n where n.tenant_id = o.tenant_id) x« where o.tenant_id = $tenant»");
    shop.repairs("with recursive t as (select tenant_id, id from orders« where orders.tenant_id = $tenant» union select o.tenant_id, o.id from orders o join t on t.tenant_id = o.tenant_id) select id from t");
    shop.repairs("with o as (select tenant_id, id from orders« where orders.tenant_id = $tenant») select o.id from o join notes n on n.tenant_id = o.tenant_id« where n.tenant_id = $tenant»");
    shop.repairs("select i.id from items i left join projects p on p.id = i.project_id« and p.tenant_id = $tenant»« where i.project_id in (select projects.id from projects where projects.tenant_id = $tenant)»");
}

#[test]
fn where_no_condition_reaches_the_table_is_filtered_by_itself() {
    let shop = Shop::postgres();
    shop.repairs(
        "select 1 from «(select * from »orders« where orders.tenant_id = $tenant)» o full join «(select * from »customers« where customers.tenant_id = $tenant) as customers» on customers.id = o.customer_id",
    );
    shop.repairs(
        "select 1 from orders o left join «(select * from »customers« where customers.tenant_id = $tenant)» c using (id)« where o.tenant_id = $tenant»",
    );
    shop.repairs("select x.a from «(select * from »orders« where orders.tenant_id = $tenant)» x(t, a)");
    shop.repairs("select 1 from («(select * from »orders« where orders.tenant_id = $tenant)» o join plans p on p.id = o.id) as x");
}

#[test]
fn each_query_block_is_confined_by_itself() {
    let shop = Shop::postgres();
    shop.repairs("select (select count(*) from orders« where orders.tenant_id = $tenant»)");
    shop.repairs("with a as (select id from orders« where orders.tenant_id = $tenant»), b as (select 1) select * from a, b");
    shop.repairs("select id from orders« where orders.tenant_id = $tenant» union all (select id from notes« where notes.tenant_id = $tenant» limit 1) order by 1");
    shop.repairs("select p.id from plans p where not exists (select from orders o where o.id = p.id« and o.tenant_id = $tenant»)");
    shop.repairs("select p.id from plans p, lateral (select max(o.id) from orders o where o.id < p.id« and o.tenant_id = $tenant») x");
    shop.repairs("select id from orders o where o.tenant_id = $tenant and exists (select 1 from orders o where o.total > 1« and o.tenant_id = $tenant»)");
    shop.repairs(
        "select id from plans order by (select max(id) from orders« where orders.tenant_id = $tenant»)",
    );
    shop.repairs("with recursive t as (select id from orders« where orders.tenant_id = $tenant» union select o.id from orders o join t on t.id < o.id« where o.tenant_id = $tenant») select id from t");
    shop.repairs("values ((select max(id) from orders« where orders.tenant_id = $tenant»))");
    shop.repairs_to(
        "table orders",
        "select * from orders where orders.tenant_id = $tenant",
    );
}

#[test]
fn children_are_confined_by_their_parents() {
    let shop = Shop::postgres();
    shop.repairs("select i.name from items i where i.id = $1« and i.project_id in (select projects.id from projects where projects.tenant_id = $tenant)»");
    shop.repairs(
        "select i.name from items i join projects p on p.id = i.project_id« where p.tenant_id = $tenant»",
    );
    shop.repairs("select 1 from parts« where parts.item_id in (select items.id from items where items.project_id in (select projects.id from projects where projects.tenant_id = $tenant))»");
    shop.repairs("select 1 from projects p left join items i on i.id = p.id« and i.project_id in (select projects.id from projects where projects.tenant_id = $tenant)»« where p.tenant_id = $tenant»");
    shop.repairs("with projects as (select 1 as id) select i.name from items i, projects« where i.project_id in (select projects.id from public.projects where projects.tenant_id = $tenant)»");
}

#[test]
fn views_are_confined_by_the_column_that_they_show() {
    let shop = Shop::postgres();
    shop.repairs("select v.id from named_orders v« where v.tenant_id = $tenant»");
    shop.repairs("select v.id from renamed_orders v where v.id = 1« and v.org = $tenant»");
    shop.repairs("select 1 from plans p left join both_orders b on b.id = p.id« and b.org = $tenant»");
    shop.repairs(
        "select x.a from «(select * from »renamed_orders« where renamed_orders.org = $tenant)» x(t, a)",
    );
    shop.repairs("select id from item_owners« where item_owners.org = $tenant»");
    shop.repairs("select 1 from plans p full join «(select * from »named_orders« where named_orders.tenant_id = $tenant)» v on v.id = p.id");
    shop.repairs("select id from open_orders« where open_orders.tenant_id = $tenant»");
    shop.repairs(
        "select v.id from plans p left join open_orders v on v.id = p.id« and v.tenant_id = $tenant»",
    );
}

#[test]
fn merges() {
    let shop = Shop::postgres();
    shop.repairs(
        "merge into orders o using «(select * from »customers« where customers.tenant_id = $tenant)» c on c.id = o.id and c.tenant_id = $tenant« and o.tenant_id = $tenant» when matched then do nothing when not matched then insert (tenant_id, id, customer_id) values ($tenant, c.id, 1)",
    );
    shop.repairs(
        "merge into orders o using plans p on «(»p.id = o.id or p.id = 1«) and o.tenant_id = $tenant» when matched then delete",
    );
    shop.repairs(
        "merge into orders o using «(select * from »customers« where customers.tenant_id = $tenant)» c on c.id = o.id and o.tenant_id = $tenant when matched then update set total = 1",
    );
}

#[test]
fn updates_and_deletes() {
    for shop in [Shop::postgres(), Shop::sqlite()] {
        shop.repairs("update orders set total = 1« where orders.tenant_id = $tenant»");
        shop.repairs(
            "update orders as o set total = 1 where id = 2« and o.tenant_id = $tenant» returning id",
        );
        shop.repairs("update orders set total = 1 from customers c where c.id = customer_id« and orders.tenant_id = $tenant and c.tenant_id = $tenant»");
        shop.repairs("delete from orders« where orders.tenant_id = $tenant»");
        shop.repairs(
            "delete from orders where «(»id = 1 or id = 2«) and orders.tenant_id = $tenant» returning id",
        );
        shop.repairs("delete from items where id = 1« and items.project_id in (select projects.id from projects where projects.tenant_id = $tenant)»");
        shop.repairs("update orders set note = (select max(name) from customers« where customers.tenant_id = $tenant») where tenant_id = $tenant");
    }
    let shop = Shop::postgres();
    shop.repairs("update renamed_orders set id = 1« where renamed_orders.org = $tenant»");
    shop.repairs("delete from orders o using customers c where c.id = o.customer_id« and o.tenant_id = $tenant and c.tenant_id = $tenant»");
    shop.repairs("with gone as (delete from orders« where orders.tenant_id = $tenant» returning id) select id from gone");
}
