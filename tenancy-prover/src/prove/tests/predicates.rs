//! Conditions: what is an equality with the tenant, and what the connectives leave of it.

use super::Shop;
use crate::{Code, Verdict};

#[test]
fn what_the_tenant_is_equal_to() {
    let shop = Shop::postgres("");
    for confined in [
        "o.tenant_id = $tenant",
        "$tenant = o.tenant_id",
        "o.tenant_id in ($tenant)",
        "(o.tenant_id, o.id) = ($tenant, $1)",
        "(o.id, o.tenant_id) in ((1, $tenant))",
        "o.tenant_id = $tenant::text",
        "o.tenant_id = cast($tenant as text)",
        "o.tenant_id is not distinct from $tenant",
        "(o.tenant_id = $tenant) is true",
        "not (o.tenant_id <> $tenant)",
        "o.tenant_id = $1 and $tenant = o.tenant_id",
        "o.tenant_id = $tenant or false",
        "1 = 2 or o.tenant_id = $tenant or null",
        "1 <> 1 or o.tenant_id = $tenant",
        "o.tenant_id = $tenant or not (1 = 1)",
        "not (o.tenant_id <> $tenant and 1 = 1)",
        "o.tenant_id = $tenant or not not (1 = 2)",
        "not (o.tenant_id <> $tenant and not (1 = 2))",
    ] {
        shop.needs("select o.id from «orders o» where ?", confined, "o.total = 1");
    }
}

#[test]
fn what_does_not_confine() {
    let shop = Shop::postgres("");
    for loose in [
        "o.tenant_id = $1",
        "o.tenant_id <> $tenant",
        "o.tenant_id >= $tenant",
        "o.tenant_id like $tenant",
        "o.tenant_id in ($tenant, 'globex')",
        "o.tenant_id not in ($tenant)",
        "o.tenant_id = o.tenant_id",
        "o.note = $tenant",
        "lower(o.tenant_id) = $tenant",
        "coalesce(o.tenant_id, $tenant) = $tenant",
        "nullif(o.tenant_id, 'x') = $tenant",
        "case when o.total = 1 then o.tenant_id = $tenant else true end",
        "(o.tenant_id = $tenant) is not false",
        "(o.tenant_id = $tenant) is not null",
        "o.tenant_id is distinct from $tenant",
        "o.tenant_id is not null",
        "not (o.tenant_id = $tenant)",
        "not (o.tenant_id <> $tenant and o.total = 1)",
        "$1::int is null or o.tenant_id = $tenant",
        "o.tenant_id = $tenant or true",
        "o.tenant_id = $tenant or 1 = 1",
        "o.tenant_id = $tenant or not (1 = 2)",
        "o.tenant_id = $tenant or '1' = '2'",
        "o.tenant_id = $tenant or 1 = 1.0",
        "not (o.tenant_id <> $tenant and 1 = 2)",
        "o.tenant_id = $tenant or not not (1 = 1)",
        "not (o.tenant_id <> $tenant and not (1 = 1))",
        "false or 1 = 2",
        "o.tenant_id::varchar(3) = $tenant",
        "o.tenant_id = upper($tenant)",
        "o.tenant_id = (select name from plans where id = 1)",
    ] {
        shop.needs(
            "select o.id from «orders o» where ?",
            "o.tenant_id = $tenant",
            loose,
        );
    }
}

#[test]
fn casts_that_change_the_tenant_name_another() {
    let shop = Shop::postgres("");
    shop.refuses(
        Code::UnscopedTable,
        "select o.id from «orders o» where o.tenant_id = $tenant::varchar(6)",
    );
    shop.refuses(
        Code::UnscopedTable,
        "select o.id from «orders o» where o.tenant_id = left($tenant, 6)",
    );
}

#[test]
fn or_keeps_what_all_its_operands_establish() {
    let shop = Shop::postgres("");
    let query = "select o.id from «orders o» where ?";
    shop.needs(
        query,
        "(o.tenant_id = $tenant and o.total = 1) or (o.id = 1 and o.tenant_id = $tenant)",
        "(o.tenant_id = $tenant and o.total = 1) or o.id = 1",
    );
    shop.needs(
        query,
        "o.tenant_id = $tenant and (o.total = 1 or o.id = 1)",
        "o.tenant_id = $tenant and o.total = 1 or o.id = 1",
    );
    shop.needs(
        query,
        "not (o.tenant_id <> $tenant or o.total = 1)",
        "not (o.tenant_id <> $tenant and o.total = 1)",
    );
    // Facts are closed before they are compared: each operand names the other table first.
    let pair = "select o.id from orders o join «customers c» on o.id = c.id where ?";
    shop.needs(
        pair,
        "(o.tenant_id = $tenant and c.tenant_id = o.tenant_id) or (c.tenant_id = $tenant and o.tenant_id = c.tenant_id)",
        "(o.tenant_id = $tenant and c.tenant_id = o.tenant_id) or o.tenant_id = $tenant",
    );
    // What is known of the rows before holds in all operands.
    shop.needs(
        "select o.id from orders o join «customers c» on o.tenant_id = $tenant where ?",
        "c.tenant_id = o.tenant_id or c.tenant_id = $tenant",
        "c.tenant_id = o.tenant_id or c.tenant_id = $1",
    );
}

#[test]
fn alternatives_are_read_beside_the_other_conditions() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id from orders o, «customers c» where o.tenant_id = $tenant and ?",
        "(c.tenant_id = o.tenant_id or c.tenant_id = $tenant)",
        "(c.tenant_id = o.tenant_id or c.id = o.id)",
    );
}

#[test]
fn one_argument_is_one_value() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id from orders o join «customers c» on c.tenant_id = $1 where o.tenant_id = ? and o.tenant_id = $tenant",
        "$1",
        "$2",
    );
}

/// A float equals several big integers: an argument that stands twice is cast where it stands beside one.
#[test]
fn one_argument_beside_big_integers_is_cast() {
    let shop = Shop::postgres(
        "create table posts (tenant_id text not null, id bigint primary key, at timestamp, unique (tenant_id, id));
         create table replies (tenant_id text not null, id int primary key, post_id bigint not null, at timestamp,
            foreign key (tenant_id, post_id) references posts (tenant_id, id));",
    );
    let query = |argument: &str| {
        format!(
            "select r.id from posts p, replies r where p.id = $1 and ({argument}) = r.post_id and p.tenant_id = $tenant"
        )
    };
    let Verdict::Proved(proved) = crate::prove(&shop.0, &query("$1")) else {
        panic!("refused");
    };
    assert_eq!(
        proved.sql,
        "select r.id from posts p, replies r where p.id = $1::int8 and ($1::int8) = r.post_id and p.tenant_id = $2"
    );
    shop.proves(&query("$1::bigint"));
    for other in ["$2", "$1::text::bigint", "$1 + 0"] {
        assert_eq!(shop.codes(&query(other)), [Code::UnscopedTable], "{other}");
    }
    // What stands once is left alone.
    let Verdict::Proved(proved) = crate::prove(
        &shop.0,
        "select id from posts where id = $1 and tenant_id = $tenant",
    ) else {
        panic!("refused");
    };
    assert_eq!(
        proved.sql,
        "select id from posts where id = $1 and tenant_id = $2"
    );
}

#[test]
fn a_null_safe_equality_needs_a_column_that_is_never_null() {
    let shop = Shop::postgres("");
    shop.proves("select o.id from orders o where o.tenant_id is not distinct from $tenant");
    shop.leaves_open("select d.id from «drafts d» where d.tenant_id is not distinct from $tenant");
    shop.needs(
        "select d.id from orders o join «drafts d» on d.tenant_id ? o.tenant_id where o.tenant_id = $tenant",
        "is not distinct from",
        "is distinct from",
    );
}

#[test]
fn conditions_elsewhere_confine_nothing() {
    let shop = Shop::postgres("");
    shop.leaves_open("select o.tenant_id = $tenant from «orders o»");
    shop.leaves_open("select o.id from «orders o» order by o.tenant_id = $tenant");
    shop.leaves_open("select count(*) filter (where o.tenant_id = $tenant) from «orders o»");
    shop.leaves_open("select max(o.id) from «orders o» group by o.total having max(o.tenant_id) = $tenant");
    shop.needs(
        "select o.tenant_id, max(o.id) from «orders o» group by o.tenant_id having ? = $tenant",
        "o.tenant_id",
        "max(o.tenant_id)",
    );
}
