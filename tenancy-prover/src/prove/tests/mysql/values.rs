//! Types, collations, conversions, operators.

use super::Shop;
use crate::Code;

const TYPES: &str = "
    create table folded (tenant_id varchar(32) not null, id int) default charset utf8mb4;
    create table folded_by_name (tenant_id varchar(32) collate utf8mb4_general_ci not null, id int);
    create table without_padding (tenant_id varchar(32) collate utf8mb4_nopad_bin not null, id int);
    create table narrow_letters (tenant_id varchar(32) character set ascii collate ascii_bin not null, id int);
    create table other_letters (tenant_id varchar(32) collate latin1_bin not null, id int);
    create table unlimited (tenant_id text collate utf8mb4_bin not null, id int);
    create table cut_in_groups (tenant_id varchar(300) collate utf8mb4_bin not null, id int);
    create table listed (tenant_id enum ('a', 'b') collate utf8mb4_bin not null, id int);
    create table bytes (tenant_id varbinary(32) not null, id int);
    create table numbered (tenant_id int not null, id int);
    create table fixed (tenant_id char(32) collate utf8mb4_bin not null, id int);
    create table short (tenant_id varchar(8) collate utf8mb4_bin not null, id int);
";

#[test]
fn only_short_text_in_the_binary_collation_tells_tenants_apart() {
    let shop = Shop::mysql(TYPES);
    let query = "select x.id from «? x» where x.tenant_id = $tenant";
    for table in ["fixed", "short"] {
        shop.proves(&query.replace('?', table).replace(['«', '»'], ""));
    }
    for table in [
        "folded",
        "folded_by_name",
        "without_padding",
        "narrow_letters",
        "other_letters",
        "unlimited",
        "cut_in_groups",
        "listed",
        "bytes",
        "numbered",
    ] {
        shop.refuses(Code::TenantType, &query.replace('?', table));
    }
}

#[test]
fn an_explicit_collation_decides_how_a_comparison_is_made() {
    let shop = Shop::mysql(TYPES);
    shop.proves_all(&[
        "select id from folded where tenant_id collate utf8mb4_bin = $tenant",
        "select id from folded where tenant_id = $tenant collate utf8mb4_bin",
        "select id from orders where tenant_id = $tenant collate utf8mb4_bin",
    ]);
    shop.leaves_open("select id from «orders» where tenant_id = $tenant collate utf8mb4_general_ci");
    shop.leaves_open("select id from «orders» where tenant_id collate utf8mb4_unicode_ci = $tenant");
}

#[test]
fn integers_are_tenants_of_their_own() {
    let settings = "[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n";
    let ddl = "
        create table tenants (id int unsigned primary key);
        create table a (tenant_id int unsigned not null, id int, primary key (tenant_id, id));
        create table b (tenant_id bigint not null, id int, primary key (tenant_id, id));
        create table c (tenant_id int not null, id int, primary key (tenant_id, id));
        create table d (tenant_id decimal(10) not null, id int);
        create table e (tenant_id double not null, id int);
    ";
    let shop = Shop::new("mysql", settings, ddl);
    shop.proves_all(&[
        "select a.id from a join b on b.tenant_id = a.tenant_id join c on c.tenant_id = b.tenant_id where c.tenant_id = $tenant",
        "insert into a (tenant_id, id) values ($tenant, 1)",
        "insert into b (tenant_id, id) values ($tenant, 1)",
    ]);
    // Where the session is not strict, 3000000000 becomes 2147483647 there.
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into c (tenant_id, id) values ($tenant, 1)",
    );
    shop.refuses(Code::TenantType, "select id from «d» where tenant_id = $tenant");
    shop.refuses(Code::TenantType, "select id from «e» where tenant_id = $tenant");
}

#[test]
fn an_id_that_does_not_fit_is_cut() {
    let shop = Shop::mysql(TYPES);
    shop.proves("insert into orders (tenant_id, id) values ($tenant, 1)");
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into short (tenant_id, id) values ($tenant, 1)",
    );
    shop.refuses_with(
        Code::TenantChanged,
        "update short set tenant_id = $tenant where tenant_id = $tenant",
    );
}

#[test]
fn the_recursive_branch_is_cut_to_the_columns_of_the_first() {
    let shop = Shop::mysql(TYPES);
    // Two columns that are one value in every row, until one of them is cut.
    shop.needs(
        "with recursive t as (select c.? as a, c.code as b from codes c where c.? = c.code \
         union all select c.code, c.code from codes c join t on c.later = t.b) \
         select o.id from t join «orders o» on o.tenant_id = t.b where t.a = $tenant",
        "wide",
        "short",
    );
    shop.proves(
        "with recursive t as (select tenant_id, id from nodes where parent_id is null union all \
         select n.tenant_id, n.id from nodes n join t on n.parent_id = t.id and n.tenant_id = t.tenant_id) \
         select id from t where tenant_id = $tenant",
    );
    shop.proves(
        "with recursive t as (select $tenant as tn, id from nodes where tenant_id = $tenant union all \
         select t.tn, n.id from nodes n join t on n.tenant_id = t.tn and n.parent_id = t.id) select id from t",
    );
}

#[test]
fn conversions_make_other_values() {
    let shop = Shop::mysql("");
    for predicate in [
        "tenant_id = $tenant + 0",
        "tenant_id = 0",
        "tenant_id",
        "binary tenant_id = $tenant",
        "tenant_id = cast($tenant as char)",
        "tenant_id = convert($tenant using utf8mb4)",
        "tenant_id like $tenant",
        "tenant_id regexp $tenant",
        "tenant_id between $tenant and $tenant",
        "tenant_id in ($tenant, 'b')",
        "(tenant_id = $tenant) = 1",
        "(tenant_id = $tenant) is not false",
        "tenant_id = $tenant xor id = 1",
        "tenant_id = $tenant <=> 0",
        "! (tenant_id = $tenant)",
        "(tenant_id, id) in (($tenant, 1), ('b', 2))",
        "(tenant_id, id) <> ($tenant, 1)",
    ] {
        shop.leaves_open(&format!("select id from «orders» where {predicate}"));
    }
    for predicate in [
        "tenant_id in ($tenant)",
        "(tenant_id = $tenant) is true",
        "tenant_id = $tenant && id div 2 = 1 and id mod 2 = 0 and id ^ 1 > id << 1",
        "not (tenant_id <> $tenant)",
        "! (tenant_id <> $tenant)",
        "tenant_id <=> $tenant",
        "(tenant_id, id) = ($tenant, 1)",
        "(tenant_id, id) in (($tenant, 1), ($tenant, 2))",
        "tenant_id = $tenant and status = _utf8mb4'a' and status <> n'b' and status rlike 'c'",
    ] {
        shop.proves(&format!("select id from orders where {predicate}"));
    }
    // Two rows of nobody are alike to it, and an unset tenant would be nobody.
    shop.leaves_open("select id from «drafts» where tenant_id <=> $tenant");
}

#[test]
fn units_are_no_columns() {
    let shop =
        Shop::mysql("create table events (tenant_id t not null, id int not null, at datetime, day int);");
    shop.proves_all(&[
        "select timestampdiff(day, at, now()), timestampadd(MONTH, 1, at) from events where tenant_id = $tenant",
    ]);
    // Any other first argument is an expression.
    shop.refuses_with(
        Code::UnknownColumn,
        "select timestampdiff(days, at, now()) from events where tenant_id = $tenant",
    );
    let codes = shop.codes(
        "select timestampdiff(day, (select max(o.id) from orders o), at) from events where tenant_id = $tenant",
    );
    assert_eq!(codes, [Code::UnscopedTable]);
}

/// Keys of bytes tell rows apart.
#[test]
fn bytes_are_keys() {
    let settings =
        "[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n[tables]\nkids = { via = \"box_id\" }\n";
    let shop = |key: &str| {
        Shop::new(
            "mysql",
            settings,
            &format!(
                "create table tenants (id varchar(32) collate utf8mb4_bin primary key);
                 create table boxes (id {key} primary key, tenant_id varchar(32) collate utf8mb4_bin not null);
                 create table kids (id int primary key, box_id {key} not null, foreign key (box_id) references boxes (id));"
            ),
        )
    };
    let join = "select k.id from kids k join boxes b on b.id = k.box_id where b.tenant_id = $tenant";
    for key in ["binary(16)", "varbinary(16)", "uuid"] {
        shop(key).proves(join);
        shop(key).proves("insert into kids (id, box_id) select 1, id from boxes where tenant_id = $tenant");
    }
    for key in ["decimal(10, 2)", "varbinary(2000)", "varchar(16)"] {
        shop(key).leaves_open(&join.replace("kids k", "«kids k»"));
    }
}
