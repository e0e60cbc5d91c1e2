//! Which equalities tell tenants apart.

use super::Shop;
use crate::Code;

const TYPES: &str = "
    create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create collation plain (provider = icu, locale = 'und');
    create extension citext;
    create table exact (tenant_id text collate plain not null, id int not null);
    create table folded_text (tenant_id text collate folded not null, id int not null);
    create table any_case (tenant_id citext not null, id int not null);
    create table padded (tenant_id char(8) not null, id int not null);
    create table numbered (tenant_id int not null, id int not null);
";

#[test]
fn a_tenant_column_compares_as_the_tenants_ids_do() {
    let shop = Shop::postgres(TYPES);
    let query = "select x.id from «? x» where x.tenant_id = $tenant";
    shop.proves("select x.id from exact x where x.tenant_id = $tenant");
    for table in ["folded_text", "any_case", "padded", "numbered"] {
        shop.refuses(Code::TenantType, &query.replace('?', table));
    }
}

#[test]
fn equalities_join_only_columns_of_one_identity() {
    let shop = Shop::postgres(TYPES);
    let query =
        "select x.id from orders o join «? x» on x.tenant_id = o.tenant_id where o.tenant_id = $tenant";
    shop.proves(
        "select x.id from orders o join exact x on x.tenant_id = o.tenant_id where o.tenant_id = $tenant",
    );
    for table in ["folded_text", "any_case", "padded"] {
        shop.refuses(Code::TenantType, &query.replace('?', table));
    }
}

#[test]
fn sqlite_columns_may_fold_case() {
    let shop = Shop::sqlite("create table folded (tenant_id text collate nocase not null, id int not null);");
    shop.proves("select o.id from orders o where o.tenant_id = $tenant");
    shop.refuses(
        Code::TenantType,
        "select f.id from «folded f» where f.tenant_id = $tenant",
    );
    shop.needs(
        "select o.id from «orders o» where o.tenant_id = $tenant ?",
        "",
        "collate nocase",
    );
}

#[test]
fn grouping_tells_tenants_apart_only_by_identity() {
    let shop = Shop::postgres(TYPES);
    let query = "select q.n from (select x.tenant_id as t, count(*) as n from «? x» group by x.tenant_id) q where q.t = $tenant";
    shop.proves(&query.replace(['«', '»'], "").replace('?', "exact"));
    shop.refuses(Code::TenantType, &query.replace('?', "folded_text"));
}

/// An exact comparison of what was folded together before tells nothing.
#[test]
fn an_explicit_collation_comes_before_the_rows_are_folded() {
    let shop = Shop::postgres(TYPES);
    shop.proves("select x.id from folded_text x where x.tenant_id collate \"C\" = $tenant");
    for folded in [
        "select x.tenant_id as t, count(*) as n from «? x» group by x.tenant_id",
        "select distinct x.tenant_id as t, x.id as n from «? x»",
        "select distinct on (x.tenant_id) x.tenant_id as t, x.id as n from «? x»",
        "select x.tenant_id as t, count(*) over (partition by x.tenant_id) as n from «? x»",
        "select x.tenant_id as t, 1 as n from «? x» union select p.name, p.id from plans p",
    ] {
        let query = format!("select q.n from ({folded}) q where q.t collate \"C\" = $tenant");
        shop.proves(&query.replace(['«', '»'], "").replace('?', "exact"));
        shop.refuses(Code::TenantType, &query.replace('?', "folded_text"));
    }
}

#[test]
fn using_and_natural_ask_for_one_identity_too() {
    let shop = Shop::postgres(TYPES);
    shop.proves("select x.id from orders o join exact x using (tenant_id) where o.tenant_id = $tenant");
    for join in [
        "join «folded_text x» using (tenant_id)",
        "natural join «folded_text x»",
    ] {
        let query = format!("select x.tenant_id from orders o {join} where o.tenant_id = $tenant");
        shop.refuses(Code::TenantType, &query);
    }
}

#[test]
fn sqlite_converts_between_text_and_numbers() {
    let shop = Shop::sqlite("create table numbered (tenant_id integer not null, id int not null);");
    shop.refuses(
        Code::TenantType,
        "select n.id from orders o join «numbered n» on n.tenant_id = o.tenant_id where o.tenant_id = $tenant",
    );
    shop.refuses(
        Code::TenantType,
        "select n.id from «numbered n» where n.tenant_id = $tenant",
    );
}

/// A domain compares as the type that it stands on, unless it has a collation of its own.
#[test]
fn domains_compare_as_their_base() {
    let shop = Shop::postgres(
        "create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         create domain tenant_key as text check (value <> '');
         create domain tenant_code as tenant_key collate \"C\";
         create domain loose_key as text collate folded;
         create domain loose_code as loose_key;
         create domain number as int8;
         create domain words as text[];
         create table a (tenant_id tenant_code not null, id number not null, primary key (tenant_id, id));
         create table b (tenant_id loose_key not null, id int not null);
         create table c (tenant_id loose_code not null, id int not null);
         create table d (tenant_id words not null, id int not null);
         create table e (tenant_id tenant_key not null, id int not null, t text);",
    );
    shop.proves("select id from a where tenant_id = $tenant");
    shop.proves("select e.id from a join e on e.tenant_id = a.tenant_id where a.tenant_id = $tenant");
    shop.proves("insert into a (tenant_id, id) values ($tenant, 1) on conflict (tenant_id, id) do nothing");
    shop.proves("select n from (select tenant_id, count(*) as n from a group by tenant_id) x where x.tenant_id = $tenant");
    for loose in ["b", "c", "d"] {
        shop.refuses_with(
            Code::TenantType,
            &format!("select id from {loose} where tenant_id = $tenant"),
        );
        shop.refuses_with(
            Code::UnscopedInsert,
            &format!("insert into {loose} (tenant_id, id) values ($tenant, 1)"),
        );
    }
    // One over big integers meets floats as they do.
    shop.leaves_open(
        "select x.id from a join «e x» on x.id = a.id where a.tenant_id = $tenant and a.id is not distinct from $1",
    );
}

/// Bytes are what they are; a column that converts what comes in is none of them.
#[test]
fn bytes_compare_as_they_are() {
    let shop = Shop::new(
        "sqlite",
        "[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n[tables]\nkids = { via = \"box_id\" }\ncubs = { via = \"box_id\" }\n",
        "create table tenants (id text primary key not null);
         create table boxes (id blob primary key not null, tenant_id text not null, any_id any);
         create table kids (id integer primary key, box_id blob not null references boxes (id));
         create table cubs (id integer primary key, box_id any not null references boxes (id));",
    );
    shop.proves("select k.id from kids k join boxes b on b.id = k.box_id where b.tenant_id = $tenant");
    shop.proves("insert into kids (box_id) select id from boxes where tenant_id = $tenant");
    shop.leaves_open("select k.id from «cubs k» join boxes b on b.id = k.box_id where b.tenant_id = $tenant");
    shop.leaves_open(
        "select k.id from «kids k» join boxes b on b.any_id = k.box_id where b.tenant_id = $tenant",
    );
}
