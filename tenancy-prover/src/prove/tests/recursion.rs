//! Recursive common table expressions: facts and obligations that every round must re-establish.

use super::{SETTINGS, SHOP, Shop};
use crate::Code;

#[test]
fn facts_of_the_base_hold_if_every_round_hands_them_on() {
    let shop = Shop::postgres("");
    shop.needs(
        "with recursive r (t, id) as (
           select c.tenant_id, c.id from customers c where c.tenant_id = $tenant and c.boss is null
           union all
           select c.tenant_id, c.id from «customers c» join r on c.boss = r.id ?
         ) select id from r",
        "and c.tenant_id = r.t",
        "",
    );
    // The round that reads by `r.t` is safe only while `r.t` is handed on.
    shop.needs(
        "with recursive r (t, id) as (
           select $tenant::text, 1
           union all
           select c.?, c.id from «customers c» join r on c.tenant_id = r.t
         ) select id from r",
        "tenant_id",
        "name",
    );
    shop.needs(
        "with recursive r (a, b) as (
           select $tenant::text, $tenant::text
           union
           select r.b, c.? from r join «customers c» on c.tenant_id = r.a
         ) select a from r",
        "tenant_id",
        "name",
    );
}

#[test]
fn obligations_travel_through_the_self_reference() {
    let shop = Shop::postgres("");
    shop.needs(
        "with recursive r (t, id) as (
           select c.tenant_id, c.id from customers c where c.boss is null
           union all
           select r.t, c.id from r join «customers c» on c.boss = r.id ?
         ) select id from r where t = $tenant",
        "and c.tenant_id = r.t",
        "",
    );
    shop.needs(
        "with recursive r (t, id) as (
           select c.tenant_id, c.id from «customers c» where c.boss is null
           union all
           select o.tenant_id, o.id from «orders o» join r on o.customer_id = r.id ?
         ) select id from r where t = $tenant",
        "and o.tenant_id = r.t",
        "",
    );
    // The rows of a round depend on what the rounds before it read.
    shop.leaves_open(
        "with recursive r (t, u, id) as (
           select o.tenant_id, o.tenant_id, o.id from «orders o»
           union all
           select c.tenant_id, r.t, c.id from «customers c» join r on c.id = r.id
         ) select id from r where t = $tenant",
    );
}

#[test]
fn a_round_is_empty_where_the_round_before_it_was() {
    let shop = Shop::postgres("");
    shop.proves(
        "with recursive r (t, id) as (select $tenant::text, 1 union all select r.t, r.id + 1 from r where r.id < 9) select id from r",
    );
    for branch in [
        "select p.name, p.id from plans p left join r on r.id = p.id",
        "select r.t, r.id from r join r s on s.id = r.id",
        "select p.name, p.id from plans p where exists (select 1 from r)",
        "select max(r.t), max(r.id) from r",
        "select r.t, r.id from r limit 1",
        "select distinct r.t, r.id from r",
        "select r.t, rank() over (order by r.id)::int from r",
    ] {
        let sql = format!(
            "with recursive r (t, id) as (select $tenant::text, 1 union all {branch}) select id from r"
        );
        match crate::prove(&shop.0, &sql) {
            crate::Verdict::Proved(_) => panic!("proved: {sql}"),
            crate::Verdict::Refused(found) => {
                assert!(
                    found.iter().any(|one| one.code == Code::UnsupportedSql),
                    "{found:?}\n{sql}"
                );
            }
        }
    }
}

#[test]
fn sqlite_recurses_without_the_word() {
    let shop = Shop::sqlite("");
    shop.needs(
        "with r (t, id) as (
           select c.tenant_id, c.id from customers c where c.tenant_id = $tenant
           union all
           select c.tenant_id, c.id from «customers c» join r on c.boss = r.id ?
         ) select id from r",
        "and c.tenant_id = r.t",
        "",
    );
}

#[test]
fn a_key_that_names_the_tenant_s_row_does_so_in_every_round() {
    let comments = "create table comments (id int primary key, item_id int not null references items (id),
        parent int references comments (id));";
    let settings = format!("{SETTINGS} comments = {{ via = \"item_id\" }}\n");
    let shop = Shop::new("postgres", &settings, &format!("{SHOP}{comments}"));
    let base = "select c.id, c.item_id from comments c join items i on i.id = c.item_id \
                join projects p on p.id = i.project_id where p.tenant_id = $tenant and c.parent is null";
    let thread = format!(
        "with recursive thread as ({base} union all select d.id, d.item_id from «comments d» \
         join thread on thread.id = d.parent ?) select id from thread"
    );
    shop.needs(
        &thread,
        "and thread.item_id = d.item_id",
        "and thread.item_id > d.item_id",
    );
    let tree = format!(
        "with recursive tree as ({base} union all select d.id, d.item_id from comments d join tree on d.parent = tree.id \
         join items i on i.id = d.item_id join projects p on p.id = i.project_id where p.tenant_id = $tenant) \
         delete from comments where id in (select id from tree)"
    );
    shop.proves(&tree);
    shop.refuses_with(
        Code::UnscopedWrite,
        &tree.replace("select d.id, d.item_id from", "select d.id + 1, d.item_id from"),
    );
    shop.refuses_with(
        Code::UnscopedWrite,
        &tree.replace(
            "union all select d.id, d.item_id",
            "union all select d.item_id, d.item_id",
        ),
    );
}

#[test]
fn definitions_refer_to_those_further_right() {
    for shop in [Shop::postgres(""), Shop::sqlite("")] {
        shop.proves(
            "with recursive a as (select * from orders), orders as (select id from customers where tenant_id = $tenant) select id from a",
        );
        shop.proves(
            "with recursive a as (select c.id from c join b on b.id = c.id), b as (select id from c), \
             c as (select id from orders where tenant_id = $tenant) select id from a",
        );
        shop.leaves_open(
            "with recursive a as (select id from b), b as (select id, tenant_id from «orders») select id from a",
        );
        shop.proves(
            "with recursive a as (select id, tenant_id from b), b as (select id, tenant_id from orders) select id from a where tenant_id = $tenant",
        );
        // In a circle nothing comes first.
        shop.refuses_with(
            Code::UnsupportedSql,
            "with recursive a as (select id from b), b as (select id from a) select id from a",
        );
    }
    // Without the word PostgreSQL reads the table, SQLite the definition.
    let query = "with a as (select id from orders), orders as (select id from customers where tenant_id = $tenant) select id from a";
    Shop::sqlite("").proves(query);
    Shop::postgres("").leaves_open(&query.replacen("from orders", "from «orders»", 1));
}

#[test]
fn what_the_second_round_loses_is_lost() {
    let shop = Shop::postgres("");
    // Both columns name the tenant of the base's row. The second round hands `b` on as `a`: what it puts into `b` is
    // found in `a` one round later.
    let query = "with recursive r (a, b, n) as (
          select c.tenant_id, d.org_id, 0 from «orders o»
            left join «customers c» on c.tenant_id = o.tenant_id left join «bills d» on d.org_id = o.tenant_id
          union all
          select ?, r.n + 1 from r join plans p on p.id = r.n where r.n < 3)
        select r.n from r where r.a = $tenant";
    for kept in ["r.b, r.a", "r.a, p.name", "r.a, r.b", "r.b, r.b"] {
        shop.needs(query, kept, "r.b, p.name");
    }
}
