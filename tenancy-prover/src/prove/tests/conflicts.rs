//! Conflict clauses.

use super::Shop;
use crate::Code;

const MEMBERS: &str = "
    create table members (tenant_id text not null, id int not null, email text, phone text,
        primary key (tenant_id, id), unique (email));
    create unique index members_phone on members (tenant_id, lower(phone));
    create unique index members_all on members (coalesce(phone, email));
    create table loose (tenant_id text not null, id int not null, email text);
    create unique index loose_own on loose (tenant_id, lower(email));
    create table guests (tenant_id text not null, id int not null, email text, primary key (tenant_id, id),
        unique (tenant_id, email));
";

fn insert(table: &str, conflict: &str) -> String {
    format!("insert into {table} (tenant_id, id, email) values ($tenant, 1, 'x') {conflict}")
}

#[test]
fn a_target_names_its_columns_once() {
    let shop = Shop::postgres(MEMBERS);
    shop.proves(&insert("guests", "on conflict (email, tenant_id) do nothing"));
    shop.proves(&insert(
        "guests",
        "on conflict (email, tenant_id, email) do nothing",
    ));
    for target in [
        "email",
        "email, email",
        "email, email, email",
        "id",
        "tenant_id, email",
    ] {
        shop.refuses_with(
            Code::ConflictKey,
            &insert("members", &format!("on conflict ({target}) do nothing")),
        );
    }
}

#[test]
fn a_target_with_expressions_names_the_owner_plainly() {
    let shop = Shop::postgres(MEMBERS);
    for target in [
        "tenant_id, lower(phone)",
        "lower(phone), tenant_id",
        "tenant_id, (lower(phone))",
        "(tenant_id), lower(phone)",
    ] {
        shop.proves(&insert("members", &format!("on conflict ({target}) do nothing")));
        shop.proves(&insert(
            "members",
            &format!("on conflict ({target}) where true do update set phone = excluded.phone"),
        ));
    }
    for target in [
        "lower(phone)",
        "coalesce(phone, email)",
        "lower(phone), id",
        "lower(tenant_id), phone",
        "(email), lower(phone)",
        "coalesce(tenant_id), lower(phone)",
    ] {
        shop.refuses_with(
            Code::ConflictKey,
            &insert("members", &format!("on conflict ({target}) do nothing")),
        );
    }
    shop.refuses_with(
        Code::UnknownFunction,
        &insert("members", "on conflict (tenant_id, seen(phone)) do nothing"),
    );
    shop.refuses_with(
        Code::UnsupportedSql,
        &insert(
            "members",
            "on conflict (tenant_id, lower((select 'x'))) do nothing",
        ),
    );
    shop.refuses_with(
        Code::UnsupportedSql,
        &insert("members", "on conflict (tenant_id, email::text) do nothing"),
    );
    shop.refuses_with(
        Code::UnsupportedSql,
        &insert(
            "members",
            "on conflict (tenant_id, email collate \"C\") do nothing",
        ),
    );
    shop.refuses_with(
        Code::UnknownColumn,
        &insert("members", "on conflict (owner, lower(phone)) do nothing"),
    );
}

#[test]
fn an_index_that_holds_the_owner_under_another_equality_holds_it_not() {
    let shop = Shop::postgres(
        "create table t (tenant_id text not null, id int not null, email text);
         create unique index t_own on t (tenant_id, lower(email));
         create unique index t_loose on t (tenant_id collate \"und-x-icu\", lower(email));",
    );
    shop.refuses_with(
        Code::ConflictKey,
        &insert("t", "on conflict (tenant_id, lower(email)) do nothing"),
    );
    let shop = Shop::sqlite(
        "create table t (tenant_id text not null, id int not null, email text);
         create unique index t_own on t (tenant_id, lower(email));
         create unique index t_loose on t (tenant_id collate nocase, lower(email));",
    );
    shop.refuses_with(
        Code::ConflictKey,
        &insert("t", "on conflict (tenant_id, lower(email)) do nothing"),
    );
    let shop = Shop::sqlite(MEMBERS);
    shop.proves(&insert(
        "loose",
        "on conflict (tenant_id, lower(email)) do nothing",
    ));
}

#[test]
fn an_alias_names_the_row_that_is_there() {
    for shop in [Shop::sqlite(MEMBERS), Shop::postgres(MEMBERS)] {
        let alias = |update: &str| {
            insert(
                "guests",
                &format!("on conflict (tenant_id, email) do update set email = {update}"),
            )
            .replace("into guests", "into guests as g")
        };
        shop.proves(&alias("g.email || excluded.email"));
        shop.proves(&alias(
            "(select o.note from orders o where o.tenant_id = g.tenant_id)",
        ));
        assert_eq!(
            shop.codes(&alias("(select max(o.note) from orders o where o.id = g.id)")),
            [Code::UnscopedTable]
        );
    }
    // SQLite's `returning` knows no alias.
    let shop = Shop::sqlite(MEMBERS);
    shop.proves(&insert("guests", "returning guests.email").replace("into guests", "into guests as g"));
    shop.proves("update guests as g set email = 'x' where g.tenant_id = $tenant returning guests.email");
    shop.refuses_with(
        Code::UnknownTable,
        "update guests as g set email = 'x' where g.tenant_id = $tenant returning g.email",
    );
}

#[test]
fn every_clause_is_safe() {
    let shop = Shop::sqlite(MEMBERS);
    let own = "on conflict (tenant_id, email) do update set email = excluded.email";
    shop.proves(&insert("guests", &format!("{own} on conflict do nothing")));
    shop.proves(&insert(
        "guests",
        &format!(
            "{own} on conflict (tenant_id, id) do nothing on conflict do update set id = 3 returning id"
        ),
    ));
    // The catch-all may be for the key that is global.
    let own = "on conflict (tenant_id, id) do nothing";
    shop.proves(&insert("members", own));
    for second in [
        "on conflict do nothing",
        "on conflict (email) do nothing",
        "on conflict do update set id = 3",
        "on conflict (coalesce(phone, email)) do nothing",
    ] {
        shop.refuses_with(Code::ConflictKey, &insert("members", &format!("{own} {second}")));
    }
    shop.refuses_with(
        Code::TenantChanged,
        &insert(
            "guests",
            &format!("{own} on conflict do update set tenant_id = ?"),
        ),
    );
    let codes = shop.codes(&insert(
        "guests",
        &format!("{own} on conflict do update set id = (select count(*) from orders)"),
    ));
    assert_eq!(codes, [Code::UnscopedTable]);
}
