//! Which statements only read: those whose transaction may be rolled back.

use super::Shop;
use crate::Verdict;

impl Shop {
    #[track_caller]
    fn reads(&self, sql: &str) -> bool {
        match crate::prove(&self.0, sql) {
            Verdict::Proved(proved) => proved.reads,
            Verdict::Refused(diagnostics) => panic!("refused: {diagnostics:?}\n{sql}"),
        }
    }
}

/// Queries in every form read.
#[test]
fn queries_read() {
    let shop = Shop::postgres("create view own as select * from orders;");
    for sql in [
        "select id, random(), now() from orders where tenant_id = $tenant for update",
        "select id from orders where tenant_id = $tenant for no key update",
        "select id from orders where tenant_id = $tenant for key share skip locked",
        "select 1 where exists (select 1 from orders where tenant_id = $tenant for share)",
        "with a as (select id from orders where tenant_id = $tenant for update of orders) select id from a",
    ] {
        assert!(!shop.reads(sql), "{sql}");
    }
    for sql in [
        "select id, random(), now() from orders where tenant_id = $tenant",
        "select id from own where tenant_id = $tenant",
        "with a as (select id from orders where tenant_id = $tenant) select id from a union all values (1)",
        "values (1), (2)",
        "table plans",
    ] {
        assert!(shop.reads(sql), "{sql}");
    }
}

/// A write anywhere makes a statement one that writes.
#[test]
fn writes_do_not_read() {
    let shop = Shop::postgres("");
    for sql in [
        "insert into drafts (tenant_id, id) values ($tenant, 1)",
        "update orders set note = 'x' where tenant_id = $tenant",
        "delete from orders where tenant_id = $tenant",
        "with a as (delete from orders where tenant_id = $tenant returning id) select id from a",
        "with a as (insert into drafts (tenant_id, id) values ($tenant, 1)) select 1",
        "with a as (select 1) update orders set note = 'x' where tenant_id = $tenant",
        "merge into orders o using customers c on o.tenant_id = $tenant and c.tenant_id = $tenant and c.id = o.id \
         when matched then delete",
    ] {
        assert!(!shop.reads(sql), "{sql}");
    }
}

/// Who declares a function pure says nothing of what it writes: a log, a counter.
#[test]
fn declared_functions_may_write() {
    let settings = format!("{}\n[functions]\npure = [\"slug\"]", super::SETTINGS);
    let shop = Shop::new("postgres", &settings, super::SHOP);
    assert!(!shop.reads("select slug(note) from orders where tenant_id = $tenant"));
    assert!(shop.reads("select lower(note) from orders where tenant_id = $tenant"));
}

/// The other dialects' ways to lock and to write.
#[test]
fn other_dialects() {
    let shop = Shop::mysql("");
    assert!(shop.reads("select id from orders where tenant_id = $tenant"));
    assert!(!shop.reads("select id from orders where tenant_id = $tenant lock in share mode"));
    assert!(!shop.reads("select id from orders where tenant_id = $tenant for update"));
    let shop = Shop::sqlite("");
    assert!(!shop.reads("replace into drafts (tenant_id, id) values ($tenant, 1)"));
    assert!(shop.reads("select id from orders where tenant_id = $tenant"));
}
