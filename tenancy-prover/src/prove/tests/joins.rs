//! Joins: which conditions confine which side.

use super::Shop;

#[test]
fn an_inner_join_carries_the_tenant_over_an_equality() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id, c.name from orders o join «customers c» on ? c.id = o.customer_id where o.tenant_id = $tenant",
        "c.tenant_id = o.tenant_id and",
        "",
    );
    shop.needs(
        "select o.id, c.name from «orders o» join customers c on ? c.id = o.customer_id where c.tenant_id = $tenant",
        "c.tenant_id = o.tenant_id and",
        "",
    );
    shop.needs(
        "select o.id, c.name from orders o join «customers c» on c.id = o.customer_id ? where o.tenant_id = $tenant",
        "and c.tenant_id = $tenant",
        "and o.tenant_id = $tenant",
    );
    shop.needs(
        "select o.id, c.name from orders o, «customers c» where o.tenant_id = $tenant ?",
        "and c.tenant_id = o.tenant_id",
        "",
    );
}

#[test]
fn the_on_of_a_left_join_confines_its_nullable_side() {
    let shop = Shop::postgres("");
    let join = "select o.id, c.name from orders o left join «customers c» on c.id = o.customer_id ? where o.tenant_id = $tenant";
    shop.needs(join, "and c.tenant_id = o.tenant_id", "");
    shop.needs(join, "and c.tenant_id = $tenant", "and o.tenant_id = $tenant");
}

#[test]
fn the_on_of_a_left_join_does_not_confine_its_preserved_side() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id from «orders o» left join customers c on c.tenant_id = o.tenant_id and o.tenant_id = $tenant ?",
        "where o.tenant_id = $tenant",
        "",
    );
    shop.needs(
        "select o.id from customers c right join «orders o» on c.tenant_id = o.tenant_id and o.tenant_id = $tenant ?",
        "where o.tenant_id = $tenant",
        "",
    );
    shop.needs(
        "select o.id from «orders o» ? join customers c on c.tenant_id = o.tenant_id and o.tenant_id = $tenant",
        "inner",
        "left",
    );
}

#[test]
fn an_equality_of_a_left_join_is_no_fact_of_its_result() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id from «orders o» left join «customers c» on c.tenant_id = o.tenant_id where c.tenant_id = $tenant ?",
        "",
        "or c.tenant_id is null",
    );
    // Nor where the nullable column is looked at again: foreign matches would remove own rows.
    shop.leaves_open(
        "select o.id from orders o left join «customers c» on c.id = o.customer_id
          where o.tenant_id = $tenant and (c.tenant_id = $tenant or c.tenant_id is null)",
    );
    // A later join on the nullable column is an equality with it where it is not null.
    shop.proves(
        "select b.id from orders o left join customers c on c.tenant_id = o.tenant_id
           join bills b on b.org_id = c.tenant_id where o.tenant_id = $tenant",
    );
    shop.needs(
        "select b.id from plans p left join customers c on c.tenant_id = $tenant and c.id = p.id
           left join «bills b» on b.org_id = ?",
        "c.tenant_id",
        "p.name",
    );
}

#[test]
fn strict_conditions_make_an_outer_join_an_inner_one() {
    let shop = Shop::postgres("");
    let join = "select o.id from «orders o» left join customers c on c.tenant_id = o.tenant_id and o.tenant_id = $tenant where ?";
    for strict in [
        "c.id = 1",
        "c.id <> 1",
        "c.id + 1 > 2",
        "c.name is not null",
        "not (c.id = 1)",
        "not (c.id > 1)",
        "(c.id = 1) is true",
        "c.id = 1 and true",
        "c.id in (1, 2)",
        "c.id in (select p.id from plans p)",
    ] {
        shop.needs(join, strict, "true");
    }
    for lenient in [
        "c.name is null",
        "c.id is distinct from 1",
        "c.id is not distinct from 1",
        "coalesce(c.id, 1) = 1",
        "case when c.id = 1 then false else true end",
        "(c.id = 1) is not true",
        "(c.id = 1) is not false",
        "(c.id = 1) is unknown",
        "c.id = 1 or o.total = 1",
        "not (c.id = 1 and o.total = 1)",
        "c.id not in (select p.id from plans p)",
        "c.id <> all (select p.id from plans p)",
        "not (c.id = any (select p.id from plans p))",
        "concat(c.name, 'x') = 'x'",
    ] {
        shop.needs(join, "c.id = 1", lenient);
    }
}

#[test]
fn strictness_comes_from_inner_joins_and_not_from_later_outer_ones() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id from «orders o» left join customers c on c.tenant_id = o.tenant_id and o.tenant_id = $tenant ? join plans p on p.id = c.id",
        "inner",
        "left",
    );
    shop.needs(
        "select count(*) from «orders o» left join customers c on c.tenant_id = o.tenant_id and o.tenant_id = $tenant ? group by c.id having c.id = 1",
        "where c.id = 1",
        "",
    );
    shop.needs(
        "select x.c from (select c.id as c from «orders o» left join customers c on c.tenant_id = o.tenant_id and o.tenant_id = $tenant ? limit 5) x where x.c = 1",
        "where c.id = 1",
        "",
    );
}

#[test]
fn a_full_join_closes_nothing_and_is_confined_before_it() {
    let shop = Shop::postgres("");
    shop.proves(
        "select o.id, c.id from (select * from orders where tenant_id = $tenant) o
           full join (select * from customers where tenant_id = $tenant) c on c.id = o.customer_id",
    );
    shop.leaves_open(
        "select o.id, c.id from «orders o» full join «customers c»
             on c.tenant_id = o.tenant_id and o.tenant_id = $tenant and c.tenant_id = $tenant",
    );
    // An equality between the sides hands an exposure on, and a condition afterwards loses one side.
    shop.needs(
        "select o.id from orders o full join «customers c» on c.id = o.customer_id ? where o.tenant_id = $tenant",
        "and c.tenant_id = o.tenant_id",
        "",
    );
}

#[test]
fn coalesce_over_the_sides_of_a_full_join_is_both() {
    let shop = Shop::postgres("");
    shop.needs(
        "select x.o from (select coalesce(o.tenant_id, c.tenant_id) as t, o.id as o
           from «orders o» full join «customers c» on c.id = o.customer_id ?) x where x.t = $tenant",
        "and c.tenant_id = o.tenant_id",
        "",
    );
}

#[test]
fn using_and_natural_are_equalities_of_the_shared_columns() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id, c.name from orders o join «customers c» using (?) where o.tenant_id = $tenant",
        "tenant_id",
        "id",
    );
    for kind in ["", "left", "right", "full"] {
        shop.proves(&format!(
            "select o.total, c.name from orders o {kind} join customers c using (tenant_id, id) where tenant_id = $tenant"
        ));
    }
    shop.proves("select o.total from orders o natural join customers c where o.tenant_id = $tenant");
    shop.leaves_open("select c.name from customers c natural join «bills b» where c.tenant_id = $tenant");
    // The merged column of a left join is the left one.
    shop.needs(
        "select b.id from orders o left join customers c using (tenant_id) join «bills b» on b.org_id = ? where o.tenant_id = $tenant",
        "tenant_id",
        "c.name",
    );
}

#[test]
fn lateral_relations_see_what_stands_before_them() {
    let shop = Shop::postgres("");
    shop.needs(
        "select o.id, x.name from orders o
          cross join lateral (select c.name from «customers c» where c.id = o.customer_id ? limit 1) x where o.tenant_id = $tenant",
        "and c.tenant_id = o.tenant_id",
        "",
    );
    shop.needs(
        "select o.id, x.name from orders o
           left join lateral (select c.name from «customers c» where c.id = o.customer_id ? limit 1) x on true where o.tenant_id = $tenant",
        "and c.tenant_id = o.tenant_id",
        "",
    );
}

#[test]
fn the_first_that_is_there_is_the_tenant() {
    let shop = Shop::postgres("");
    let query = "select 1 from «orders o» full join «bills b» on b.org_id = o.tenant_id and b.id = o.id where ? = $tenant";
    shop.needs(
        query,
        "coalesce(o.tenant_id, b.org_id)",
        "coalesce(o.tenant_id, b.org_id, 'x')",
    );
    shop.needs(
        query,
        "coalesce(b.org_id, o.tenant_id)",
        "coalesce(b.org_id, o.note)",
    );
    shop.leaves_open(
        "select 1 from «orders o» full join «bills b» on b.id = o.id where coalesce(o.tenant_id, b.org_id) = $tenant",
    );
    shop.leaves_open(
        "select 1 from «orders o» full join «bills b» on b.org_id = o.tenant_id where coalesce(o.tenant_id, b.org_id) <> $tenant",
    );
    shop.leaves_open(
        "select 1 from «orders o» full join «bills b» on b.org_id = o.tenant_id where not coalesce(o.tenant_id, b.org_id) = $tenant",
    );
    shop.leaves_open(
        "select 1 from «drafts d» left join bills b on b.org_id = $tenant where coalesce(b.org_id, d.tenant_id) = $tenant",
    );
    shop.proves("select 1 from drafts d where $tenant = coalesce(d.tenant_id)");
    shop.leaves_open("select 1 from «drafts d» where coalesce(d.tenant_id, $tenant) = $tenant");
}

#[test]
fn ranges_and_patterns_are_not_true_of_null() {
    let shop = Shop::postgres("");
    let query = "select o.id from «orders o» left join customers c on c.tenant_id = o.tenant_id and o.tenant_id = $tenant where ?";
    for (strict, lenient) in [
        ("c.id between 1 and 5", "not (c.id between 1 and 5 and o.id = 1)"),
        ("o.id between c.id and 5", "o.id not between c.id and 5"),
        (
            "o.id between symmetric 5 and c.id",
            "o.id not between symmetric 5 and c.id",
        ),
        ("c.id not between 1 and 5", "(c.id between 1 and 5) is not true"),
        (
            "not (c.id between asymmetric 1 and 5)",
            "c.id between 1 and 5 or o.id = 3",
        ),
        ("c.name like 'a%'", "c.name like 'a%' is null"),
        ("o.note not ilike c.name", "coalesce(o.note like c.name, true)"),
        (
            "c.name similar to 'a%'",
            "o.note like 'x' escape coalesce(c.name, 'x')",
        ),
    ] {
        shop.needs(query, strict, lenient);
    }
}

#[test]
fn operators_of_the_project_s_own_stand_behind_words() {
    let shop = Shop::postgres(
        "create function seen(int, int) returns boolean language sql as 'select count(*) > 0 from orders';
         create operator public.>= (leftarg = int, rightarg = int, function = seen);
         create operator public.!~~ (leftarg = int, rightarg = int, function = seen);",
    );
    for condition in [
        "id between 1 and 2",
        "id between symmetric 1 and 2",
        "id not like 1",
    ] {
        shop.refuses_with(
            crate::Code::UnknownOperator,
            &format!("select 1 from orders where tenant_id = $tenant and {condition}"),
        );
    }
    for condition in ["id not between 1 and 2", "note like 'x'"] {
        shop.proves(&format!(
            "select 1 from orders where tenant_id = $tenant and {condition}"
        ));
    }
}
