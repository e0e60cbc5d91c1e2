//! Recursive common table expressions: facts and obligations that every round must re-establish.

use super::Shop;
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
