//! Merges: every branch is a statement of its own.

use super::Shop;
use crate::Code;

/// A merge of `orders` with a list of the caller's.
fn merge(on: &str, branches: &str) -> String {
    format!(
        "merge into «orders o» using (select $1::int as id, $2::text as note, $tenant::text as owner) s \
         on o.id = s.id and {on} {branches}"
    )
}

const UPDATE: &str = "when matched then update set note = s.note";
const INSERT: &str = "when not matched then insert (tenant_id, id, customer_id) values ($tenant, s.id, 1)";

#[test]
fn matched_rows_are_the_tenant_s_by_the_condition_of_the_join() {
    let shop = Shop::postgres("");
    for on in [
        "o.tenant_id = $tenant",
        "o.tenant_id = s.owner",
        "(o.tenant_id = $tenant and o.total > 1)",
    ] {
        for branches in [
            UPDATE,
            "when matched then delete",
            INSERT,
            &format!("{UPDATE} {INSERT}"),
        ] {
            shop.proves(&merge(on, branches).replace(['«', '»'], ""));
        }
    }
    for on in [
        "true",
        "s.owner = $tenant",
        "o.tenant_id = $3",
        "o.tenant_id = s.note",
        "(o.tenant_id = $tenant or o.total = 1)",
        "o.tenant_id <> $tenant",
    ] {
        shop.refuses(Code::UnscopedWrite, &merge(on, UPDATE));
        shop.refuses(Code::UnscopedWrite, &merge(on, "when matched then delete"));
        // Another tenant's order of that number would keep the new one out.
        shop.refuses(Code::UnscopedTable, &merge(on, INSERT));
    }
}

#[test]
fn a_branch_confines_its_rows_by_its_own_condition() {
    let shop = Shop::postgres("");
    let pinned = "when matched and o.tenant_id = $tenant then delete";
    shop.proves(&merge("true", pinned).replace(['«', '»'], ""));
    // The condition of one branch says nothing of the others.
    shop.refuses(Code::UnscopedWrite, &merge("true", &format!("{pinned} {UPDATE}")));
    shop.refuses(
        Code::UnscopedWrite,
        &merge(
            "true",
            "when matched and o.tenant_id <> $tenant then do nothing when matched then delete",
        ),
    );
    shop.refuses(
        Code::UnscopedWrite,
        &merge("true", "when matched and s.owner = $tenant then delete"),
    );
    // It does not say which source rows match nothing.
    shop.refuses(Code::UnscopedTable, &merge("true", &format!("{pinned} {INSERT}")));
    shop.proves(
        &merge("true", &format!("{pinned} when not matched then do nothing")).replace(['«', '»'], ""),
    );
}

#[test]
fn a_branch_that_does_nothing_may_do_so_for_anybody_s_rows() {
    let shop = Shop::postgres("");
    shop.proves("merge into orders o using plans p on o.id = p.id when matched then do nothing");
    // But what its condition reads decides what the next branch gets.
    shop.refuses(
        Code::UnscopedTable,
        "merge into orders o using plans p on o.tenant_id = $tenant and o.id = p.id \
         when matched and (select count(*) from «customers») > 3 then do nothing when matched then delete",
    );
    shop.proves(
        "merge into orders o using plans p on o.tenant_id = $tenant and o.id = p.id \
         when matched and (select count(*) from customers where tenant_id = $tenant) > 3 then do nothing \
         when matched then delete",
    );
}

#[test]
fn the_source_is_a_relation_like_any_other() {
    let shop = Shop::postgres("");
    let statement = |source: &str, on: &str, branch: &str| {
        format!("merge into orders o using {source} on {on} and o.id = c.id {branch}")
    };
    let insert = "when not matched then insert values (c.tenant_id, c.id, 1, 2, c.name)";
    let update = "when matched then update set note = c.name";
    let own = "(select * from customers where tenant_id = $tenant) c";
    for branch in [insert, update] {
        shop.proves(&statement(own, "o.tenant_id = c.tenant_id", branch));
        shop.proves(&statement(own, "o.tenant_id = $tenant", branch));
    }
    // Rows that match nothing are kept whatever `on` says of them.
    let both = "o.tenant_id = $tenant and c.tenant_id = $tenant";
    shop.proves(&statement("customers c", both, update));
    shop.refuses(
        Code::UnscopedTable,
        "merge into orders o using «customers c» on o.tenant_id = $tenant and c.tenant_id = $tenant and o.id = c.id \
         when not matched then insert values ($tenant, c.id, 1, 2, c.name)",
    );
    // The branch may leave out the rows that are not the tenant's.
    let pinned =
        "when not matched and c.tenant_id = $tenant then insert values (c.tenant_id, c.id, 1, 2, c.name)";
    shop.proves(&statement("customers c", both, pinned));
    shop.proves(&statement("customers c", "o.tenant_id = c.tenant_id", pinned));
    shop.refuses(
        Code::UnscopedTable,
        "merge into orders o using (select count(*) as id, 'x' as name from «customers») c \
         on o.tenant_id = $tenant and o.id = c.id when matched then update set note = c.name",
    );
    shop.proves(
        "with own as (select id, name from customers where tenant_id = $tenant) \
         merge into orders o using own on o.tenant_id = $tenant and o.id = own.id when matched then delete",
    );
}

#[test]
fn an_inserted_row_is_the_tenant_s() {
    let shop = Shop::postgres("");
    let insert = |values: &str| {
        format!(
            "merge into orders o using (select $tenant::text as mine, $1::text as theirs, $2::int as id) s \
             on o.tenant_id = $tenant and o.id = s.id when not matched then insert {values}"
        )
    };
    shop.proves(&insert("(tenant_id, id, customer_id) values ($tenant, s.id, 1)"));
    shop.proves(&insert("(id, customer_id, tenant_id) values (id, 1, mine)"));
    shop.proves(&insert("values (s.mine, s.id, 1)"));
    for values in [
        "(tenant_id, id, customer_id) values (s.theirs, s.id, 1)",
        "(tenant_id, id, customer_id) values (default, s.id, 1)",
        "(id, customer_id) values (s.id, 1)",
        "values (s.theirs, s.id, 1)",
    ] {
        shop.refuses_with(Code::UnscopedInsert, &insert(values));
    }
    // The target's row is not there.
    let codes = shop.codes(&insert("values (o.tenant_id, s.id, 1)"));
    assert!(codes.contains(&Code::UnknownTable), "{codes:?}");
    let codes = shop.codes(&insert(
        "(tenant_id, id, customer_id) values (tenant_id, s.id, 1)",
    ));
    assert!(codes.contains(&Code::UnknownColumn), "{codes:?}");
    shop.refuses_with(
        Code::UnknownTable,
        "merge into orders o using plans p on o.tenant_id = $tenant and o.id = p.id \
         when not matched and o.total is null then insert values ($tenant, p.id, 1)",
    );
}

#[test]
fn rows_stay_where_they_are() {
    let shop = Shop::postgres("");
    let update = |set: &str| {
        format!(
            "merge into orders o using plans p on o.tenant_id = $tenant and o.id = p.id \
             when matched then update set {set}"
        )
    };
    shop.proves(&update("tenant_id = $tenant"));
    shop.proves(&update("tenant_id = o.tenant_id, note = p.name"));
    shop.refuses_with(Code::TenantChanged, &update("tenant_id = $1"));
    shop.refuses_with(Code::TenantChanged, &update("tenant_id = p.name"));
    shop.refuses_with(Code::TenantChanged, &update("(tenant_id, note) = (p.name, 'x')"));
    // A child moves with its parent's key.
    let child = |set: &str| {
        format!(
            "merge into items i using (select id from projects where tenant_id = $tenant) p \
             on i.project_id = p.id when matched then update set {set}"
        )
    };
    shop.proves(&child("name = 'x'"));
    shop.proves(&child("project_id = p.id"));
    shop.refuses_with(Code::TenantChanged, &child("project_id = $1"));
    shop.refuses_with(
        Code::UnscopedInsert,
        "merge into items i using (select id from projects where tenant_id = $tenant) p \
         on i.project_id = p.id when not matched then insert (id, project_id) values ($1, $2)",
    );
    shop.proves(
        "merge into items i using (select id from projects where tenant_id = $tenant) p \
         on i.project_id = p.id when not matched then insert (id, project_id) values ($1, p.id)",
    );
}

#[test]
fn what_writes_do_beside_their_rows_counts_in_every_branch() {
    let shop = Shop::postgres(
        "create table tags (tenant_id text not null, id int primary key);
         create table links (tenant_id text not null, id int primary key,
             tag int references tags (id) on delete cascade on update cascade);
         create table noted (tenant_id text not null, id int not null, n bigint default seen(), primary key (tenant_id, id));
         create function seen() returns bigint language sql as 'select count(*) from orders';
         create function shout() returns trigger language plpgsql as 'begin delete from orders; return null; end';
         create trigger shout after insert on drafts for each row execute function shout();",
    );
    let tags = |branch: &str| {
        format!("merge into tags t using plans p on t.tenant_id = $tenant and t.id = p.id {branch}")
    };
    shop.refuses_with(Code::Cascade, &tags("when matched then delete"));
    shop.refuses_with(Code::Cascade, &tags("when matched then update set id = 5"));
    shop.proves(&tags("when not matched then insert values ($tenant, p.id)"));
    shop.refuses_with(
        Code::UnsafeDefault,
        "merge into noted t using plans p on t.tenant_id = $tenant and t.id = p.id \
         when not matched then insert (tenant_id, id) values ($tenant, p.id)",
    );
    let drafts = |branch: &str| {
        format!("merge into drafts d using plans p on d.tenant_id = $tenant and d.id = p.id {branch}")
    };
    shop.refuses_with(
        Code::Trigger,
        &drafts("when matched then delete when not matched then insert values ($tenant, p.id)"),
    );
    shop.proves(&drafts("when matched then delete"));
}

#[test]
fn other_merges_are_refused() {
    let shop = Shop::postgres("");
    for sql in [
        "merge into orders o using plans p on o.tenant_id = $tenant and o.id = p.id when matched then delete returning o.id",
        "merge into orders o using (plans p join plans q on q.id = p.id) on o.tenant_id = $tenant when matched then delete",
        "merge into orders o using plans p on o.tenant_id = $tenant when not matched then insert values ($tenant, 1, 1), ($tenant, 2, 1)",
        "merge into orders o using plans p on o.tenant_id = $tenant when not matched then insert (tenant_id, id, customer_id) values ($tenant, 1, 1) where true",
    ] {
        shop.refuses_with(Code::UnsupportedSql, sql);
    }
    // A clause of PostgreSQL 17, whose rows are the target's that no source row matches.
    shop.refuses_with(
        Code::SyntaxError,
        "merge into orders o using plans p on o.tenant_id = $tenant and o.id = p.id when not matched by source then delete",
    );
    shop.refuses_with(
        Code::SharedWrite,
        "merge into plans p using orders o on o.tenant_id = $tenant and o.id = p.id when matched then delete",
    );
    shop.refuses_with(
        Code::AmbiguousColumn,
        "merge into orders using (select 1 as id) orders on orders.tenant_id = $tenant when matched then delete",
    );
    let shop = Shop::sqlite("");
    shop.refuses_with(
        Code::SyntaxError,
        "merge into orders o using plans p on o.tenant_id = $tenant and o.id = p.id when matched then delete",
    );
}
