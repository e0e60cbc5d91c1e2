//! Names: case, aliases of the select list, common table expressions, joins.

use super::Shop;
use crate::Code;

#[test]
fn names_of_tables_are_spelled_alike() {
    let shop = Shop::mysql("");
    shop.proves("select o.ID from orders o where o.Tenant_Id = $tenant");
    shop.refuses_all(
        Code::UnknownTable,
        &[
            // The inner `O` to some servers, the outer `o` to others.
            "select o.id from orders o where exists (select 1 from customers O where o.tenant_id = $tenant)",
            "select O.id from orders o where o.tenant_id = $tenant",
            // The expression to MariaDB, perhaps the table to another server.
            "with Orders as (select 1 as id) select id from orders",
            "update orders as o set O.status = 'x' where o.tenant_id = $tenant",
        ],
    );
    let codes = shop.codes("select 1 from orders o join customers O");
    assert!(codes.contains(&Code::AmbiguousColumn), "{codes:?}");
    shop.refuses_with(
        Code::SystemCatalog,
        "select id from shop.orders where tenant_id = $tenant",
    );
}

#[test]
fn having_sees_the_select_list_first() {
    let shop = Shop::mysql("");
    shop.proves_all(&[
        "select id, tenant_id from orders having tenant_id = $tenant",
        "select id, tenant_id as t from orders having t = $tenant",
        "select id, orders.tenant_id as tenant_id from orders having tenant_id = $tenant",
    ]);
    shop.refuses_all(
        Code::AmbiguousColumn,
        &[
            "select status as tenant_id, id from orders having tenant_id = $tenant",
            "select status as id, tenant_id from orders having tenant_id = $tenant and id = 'x'",
            "select status as x, id as x, tenant_id from orders having tenant_id = $tenant and x = 1",
        ],
    );
    shop.leaves_open("select tenant_id, status from «orders» group by status having tenant_id = $tenant");
}

#[test]
fn having_in_a_subquery_sees_nothing_else() {
    let shop = Shop::mysql("");
    let query = |inner: &str| {
        format!(
            "select o.id from orders o where o.tenant_id = $tenant and exists (select {inner} having tenant_id = $tenant)"
        )
    };
    shop.proves(&query("tenant_id from customers c"));
    shop.proves(&query("1 from customers c group by tenant_id"));
    // The outer query's column, whatever `customers` has.
    for inner in [
        "1 from customers c",
        "* from customers c",
        "c.tenant_id as t from customers c",
        "1 from customers c group by c.id",
    ] {
        shop.refuses_with(Code::AmbiguousColumn, &query(inner));
    }
    shop.refuses_with(
        Code::AmbiguousColumn,
        "select o.id from orders o where o.tenant_id = $tenant and exists (select 1 from customers c having exists \
         (select 1 from dual where tenant_id = $tenant))",
    );
}

#[test]
fn subqueries_may_see_the_select_list() {
    let shop = Shop::mysql("");
    shop.proves("select o.id as n, (select o.id + 1) from orders o where o.tenant_id = $tenant");
    shop.refuses_all(
        Code::AmbiguousColumn,
        &[
            "select id as n, (select n + 1) from orders where tenant_id = $tenant",
            "select status as id, (select id) from orders where tenant_id = $tenant",
            "select id from orders where tenant_id = $tenant and exists (select 1 from plans having id = n)",
        ]
        .map(|sql| sql.replace("select id from orders where", "select id as n from orders where"))
        .each_ref()
        .map(String::as_str),
    );
}

#[test]
fn common_table_expressions_see_those_before_them() {
    let shop = Shop::mysql("");
    shop.proves_all(&[
        "with o as (select * from orders where tenant_id = $tenant), p as (select id from o) select id from p",
        "with orders as (select * from orders where tenant_id = $tenant) select id from orders",
    ]);
    // The tables inside, whatever is called like them.
    shop.leaves_open("with orders as (select * from «orders») select id from orders");
    shop.leaves_open(
        "with a as (select id from «customers»), customers as (select 1 as id) select id from a",
    );
    shop.refuses_with(
        Code::UnsupportedSql,
        "with recursive a as (select id from customers), customers as (select 1 as id) select id from a",
    );
}

#[test]
fn an_inner_with_does_not_see_the_outer_one() {
    let shop = Shop::mysql("");
    let outer = "with orders as (select * from orders where tenant_id = $tenant)";
    shop.proves_all(&[
        &format!("{outer} select (with q as (select 1 as x) select id from orders join q on q.x = orders.id limit 1)"),
        &format!("{outer} select id from (select * from orders) d"),
    ]);
    // The table to MariaDB, the expression to MySQL.
    shop.refuses_all(
        Code::UnsupportedSql,
        &[
            &format!("{outer} select (with q as (select id from orders) select id from q)"),
            &format!(
                "{outer} select 1 from (with q as (select 1 from (select 1 from orders) r) select 1 from q) d"
            ),
            &format!("{outer} select 1 from (with orders as (select 1 from orders) select 1 from orders) d"),
        ],
    );
}

#[test]
fn full_is_an_alias() {
    let shop = Shop::mysql("");
    shop.proves("select o.id from orders o straight_join customers c on c.tenant_id = o.tenant_id where o.tenant_id = $tenant");
    shop.leaves_open(
        "select o.id from orders o straight_join «customers c» on c.id = o.id where o.tenant_id = $tenant",
    );
    assert!(
        !shop
            .codes("select c.id from orders full join customers c on c.tenant_id = $tenant where full.tenant_id = $tenant")
            .is_empty()
    );
}

#[test]
fn dual_is_one_row() {
    let shop = Shop::mysql("");
    shop.proves("select 1 from dual where exists (select 1 from orders where tenant_id = $tenant)");
    shop.leaves_open("select 1 from dual where exists (select 1 from «orders»)");
    shop.refuses_with(Code::UnknownTable, "select 1 from `dual`");
}

#[test]
fn a_star_leaves_invisible_columns_out() {
    let shop = Shop::mysql(
        "create table boxes (id int not null, tenant_id t not null invisible, a int, primary key (tenant_id, id));
         create table crates (id int not null, a int, tenant_id t not null invisible default 'x',
            primary key (tenant_id, id));",
    );
    shop.proves_all(&[
        "select * from boxes where tenant_id = $tenant",
        "select b.id from boxes b where b.tenant_id = $tenant group by b.tenant_id, b.id",
        "insert into boxes (id, a, tenant_id) values (1, 2, $tenant)",
        "insert into boxes (id, a, tenant_id) values (1, 2, $tenant) on duplicate key update a = values(a)",
        "update boxes b set b.a = 1 where b.tenant_id = $tenant",
        "insert into boxes (tenant_id, id, a) select tenant_id, c.* from crates c where tenant_id = $tenant",
    ]);
    // What `*` does not show is not there outside.
    shop.refuses_with(
        Code::UnknownColumn,
        "select x.tenant_id from (select * from boxes where tenant_id = $tenant) x",
    );
    // The inner column, though `*` does not show it.
    shop.leaves_open(
        "select o.id from orders o where o.tenant_id = $tenant and exists (select * from «boxes b» where tenant_id = o.id)",
    );
    // The server joins by `id` and `a` alone.
    shop.refuses_with(
        Code::UnsupportedSql,
        "select a.id from boxes a natural join crates b where a.tenant_id = $tenant",
    );
    // What `*` shows of a column that is merged with a hidden one, is not certain.
    shop.refuses_with(
        Code::UnknownColumn,
        "select o.id from boxes a join orders o using (tenant_id) where o.tenant_id = $tenant",
    );
    // The values go to `id` and `a`.
    shop.refuses_with(Code::SyntaxError, "insert into boxes values (1, $tenant, 2)");
    shop.refuses_with(Code::UnscopedInsert, "insert into crates values (1, 2)");
}
