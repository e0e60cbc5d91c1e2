//! What is not missing is not repaired.

use super::Shop;
use crate::{Code, Verdict};

#[test]
fn what_is_refused_on_principle_stays_refused() {
    let shop = Shop::postgres();
    shop.refuses(&[Code::SharedWrite], "update plans set name = 'x'");
    shop.refuses(&[Code::UnknownFunction], "select pg_sleep(1) from orders");
    shop.refuses(
        &[Code::ConflictKey],
        "insert into projects (id, tenant_id) values (1, $tenant) on conflict (id) do nothing",
    );
    shop.refuses(&[Code::SystemCatalog], "select 1 from pg_class, orders");
    shop.refuses(&[Code::UnknownTable], "select 1 from nowhere");
}

#[test]
fn a_value_in_the_place_of_the_tenant_is_not_replaced() {
    let shop = Shop::postgres();
    shop.refuses(
        &[Code::UnscopedInsert],
        "insert into orders (tenant_id, id, customer_id) values ($1, $2, 3)",
    );
    shop.refuses(
        &[Code::UnscopedInsert],
        "insert into orders values ('globex', 2, 3)",
    );
    shop.refuses(
        &[Code::TenantChanged],
        "update orders set tenant_id = $1 where tenant_id = $tenant",
    );
    shop.refuses(
        &[Code::UnscopedInsert],
        "insert into orders (tenant_id, id, customer_id) select 'globex', 1, 2",
    );
}

#[test]
fn but_it_is_suggested_where_that_proves_the_statement() {
    let project = Shop::postgres().required();
    let sql = "insert into orders (tenant_id, id, customer_id) values ('acme', 2, 3)";
    let Verdict::Refused(diagnostics) = crate::prove(&project, sql) else {
        panic!("proved");
    };
    assert_eq!(
        diagnostics[0].suggestion.as_ref().unwrap().text,
        sql.replace("'acme'", "$tenant")
    );
}

#[test]
fn arguments_in_the_place_of_the_tenant_are_dropped() {
    let postgres = Shop::postgres().required();
    let sqlite = Shop::sqlite().required();
    for (project, sql, expected, dropped) in [
        (
            &postgres,
            "insert into orders (tenant_id, id, customer_id) values ($1, $2, $3)",
            "insert into orders (tenant_id, id, customer_id) values ($tenant, $1, $2)",
            "`$1`",
        ),
        (
            &postgres,
            "insert into orders (id, tenant_id, customer_id, note) values ($4, $2, $1, $3), ($1, $2, $1, '')",
            "insert into orders (id, tenant_id, customer_id, note) values ($3, $tenant, $1, $2), ($1, $tenant, $1, '')",
            "`$2`",
        ),
        // It is used elsewhere.
        (
            &postgres,
            "insert into orders (tenant_id, id, customer_id, note) values ($1, $2, 3, $1)",
            "insert into orders (tenant_id, id, customer_id, note) values ($tenant, $2, 3, $1)",
            "",
        ),
        (
            &postgres,
            "update orders set tenant_id = $2, total = $1 where tenant_id = $tenant and id = $3",
            "update orders set tenant_id = $2, total = $1 where tenant_id = $tenant and id = $3",
            "",
        ),
        (
            &sqlite,
            "insert into orders (tenant_id, id, customer_id) values (?, ?, 3)",
            "insert into orders (tenant_id, id, customer_id) values ($tenant, ?, 3)",
            "`?`",
        ),
    ] {
        let Verdict::Refused(diagnostics) = crate::prove(project, sql) else {
            panic!("proved");
        };
        let suggested = diagnostics[0]
            .suggestion
            .as_ref()
            .map_or(sql, |found| &found.text);
        assert_eq!(suggested, expected);
        let notes = diagnostics[0].notes.join("; ");
        assert_eq!(
            notes.contains("not passed any more"),
            !dropped.is_empty(),
            "{notes}"
        );
        assert!(notes.contains(dropped), "{notes}");
    }
}

#[test]
fn what_is_misspelt_is_suggested_and_never_taken() {
    let shop = Shop::postgres();
    for (sql, expected) in [
        (
            "select o.totl from orders o where o.tenant_id = $tenant",
            Some("select o.total from orders o where o.tenant_id = $tenant"),
        ),
        (
            "select id from oders where total > 1",
            Some("select id from orders where total > 1 and orders.tenant_id = $tenant"),
        ),
        // A note, or notes?
        ("select id from noe where id = 1", None),
    ] {
        assert!(matches!(crate::prove(&shop.0, sql), Verdict::Refused(_)));
        let Verdict::Refused(diagnostics) = crate::prove(&shop.required(), sql) else {
            panic!("proved");
        };
        let suggestion = diagnostics[0].suggestion.as_ref();
        assert_eq!(suggestion.map(|found| found.text.as_str()), expected);
    }
}

#[test]
fn no_text_is_looked_for_where_nobody_asks() {
    let project = Shop::postgres().required();
    let Verdict::Refused(diagnostics) = crate::decide(&project, "select id from orders") else {
        panic!("proved");
    };
    assert!(diagnostics[0].suggestion.is_none());
    assert_eq!(diagnostics[0].help, ["compare `orders.tenant_id` with `$tenant`"]);
}

#[test]
fn children_need_a_parent_that_is_said() {
    let shop = Shop::postgres();
    shop.refuses(
        &[Code::UnscopedInsert],
        "insert into items (id, name) values (1, 'x')",
    );
    shop.refuses(
        &[Code::UnscopedInsert],
        "insert into items (id, project_id) values (1, $1)",
    );
}

#[test]
fn views_that_hide_the_tenant() {
    let shop = Shop::postgres();
    shop.refuses(&[Code::LeakyView], "select id from order_ids");
}

#[test]
fn the_refusal_says_what_was_tried() {
    let shop = Shop::postgres();
    let sql = "select o.id from orders o, order_ids v";
    let Verdict::Refused(diagnostics) = crate::prove(&shop.0, sql) else {
        panic!("proved");
    };
    assert_eq!(diagnostics.len(), 2, "the original's: {diagnostics:#?}");
    let notes = &diagnostics[0].notes;
    assert!(
        notes.iter().any(|note| note.contains("o.tenant_id = $tenant")),
        "{notes:?}"
    );
    assert!(diagnostics.iter().all(|found| found.suggestion.is_none()));
}

#[test]
fn a_slot_that_is_numbered_is_not_taken() {
    // In SQLite `$tenant` would be the first placeholder, and `?1` the same slot.
    let shop = Shop::sqlite();
    shop.refuses(
        &[Code::UnscopedTable],
        "select (select max(id) from orders), id from plans where id = ?1",
    );
    shop.repairs(
        "select (select max(id) from orders« where orders.tenant_id = $tenant»), id from plans where id = ?",
    );
}
