//! Which types tell tenants and keys apart.

use crate::Code;
use crate::prove::tests::{SETTINGS, Shop};

/// A child whose parent's key is of the type `key`, of tenants whose ids are of the type `tenant`.
fn child(dialect: &str, tenant: &str, key: &str) -> Shop {
    let settings = SETTINGS.lines().take_while(|line| !line.contains("[tables]"));
    let settings: Vec<&str> = settings.collect();
    Shop::new(
        dialect,
        &format!(
            "{}\n[tables]\nentries = {{ via = \"log\" }}",
            settings.join("\n")
        ),
        &format!(
            "create table tenants (id {tenant} primary key not null);
             create table logs (id {key} primary key not null, tenant_id {tenant} not null);
             create table entries (id int primary key not null, log {key} not null, foreign key (log) references logs (id));"
        ),
    )
}

const JOIN: &str = "select e.id from entries e join logs l on l.id = e.log where l.tenant_id = $tenant";

#[test]
fn keys_of_an_exact_type_name_their_parent() {
    for key in [
        "text",
        "varchar(9)",
        "varchar",
        "uuid",
        "smallint",
        "int2",
        "int",
        "int4",
        "bigint",
        "int8",
        "date",
        "timestamp",
        "timestamp without time zone",
        "timestamptz",
        "timestamp with time zone",
        "bool",
        "boolean",
    ] {
        child("postgres", "text", key).proves(JOIN);
    }
    // Two values of these may be equal and yet not the same, or their equality is not known.
    for key in [
        "numeric", "float8", "real", "char(3)", "bytea", "time", "interval", "jsonb", "date[]", "uuid[]",
    ] {
        let shop = child("postgres", "text", key);
        assert!(!shop.codes(JOIN).is_empty(), "{key}");
    }
    for collation in [
        "text collate \"C\"",
        "text collate \"POSIX\"",
        "text collate pg_catalog.\"C\"",
        "text collate \"en_US\"",
        "text collate \"en_US.utf8\"",
        "text collate \"de_DE@euro\"",
    ] {
        child("postgres", "text", collation).proves(JOIN);
    }
    for collation in [
        "text collate other.\"C\"",
        "text collate public.mine",
        "text collate \"EN_US\"",
        "text collate \"en_us\"",
        "text collate \"en_USA\"",
        "text collate \"e1_US\"",
        "text collate \"mine\"",
    ] {
        let shop = child("postgres", "text", collation);
        assert!(!shop.codes(JOIN).is_empty(), "{collation}");
    }
}

#[test]
fn tenants_may_have_these_types() {
    let query = "select id from logs where tenant_id = $tenant";
    for tenant in [
        "text",
        "varchar(9)",
        "uuid",
        "smallint",
        "int2",
        "int",
        "int4",
        "bigint",
        "int8",
    ] {
        child("postgres", tenant, "int").proves(query);
    }
    for tenant in ["numeric", "date", "bool", "bytea", "char(3)", "uuid[]", "int[]"] {
        assert!(
            !child("postgres", tenant, "int").codes(query).is_empty(),
            "{tenant}"
        );
    }
    for tenant in [
        "text",
        "varchar(9)",
        "clob",
        "char(9)",
        "int",
        "integer",
        "bigint",
    ] {
        child("sqlite", tenant, "int").proves(query);
    }
    for tenant in [
        "real",
        "float",
        "double",
        "floating",
        "blob",
        "any",
        "",
        "numeric",
        "date",
        "text collate nocase",
    ] {
        assert!(
            !child("sqlite", tenant, "int").codes(query).is_empty(),
            "{tenant}"
        );
    }
    for tenant in [
        "tinyint",
        "smallint",
        "mediumint",
        "int",
        "bigint",
        "varchar(255) character set utf8mb4 collate utf8mb4_bin",
    ] {
        child("mysql", tenant, "int").proves(query);
    }
    for tenant in [
        "varchar(256) character set utf8mb4 collate utf8mb4_bin",
        "varchar(40)",
        "decimal(9)",
        "date",
        "float",
    ] {
        assert!(!child("mysql", tenant, "int").codes(query).is_empty(), "{tenant}");
    }
}

#[test]
fn casts_to_known_types_are_understood() {
    let shop = Shop::postgres(
        "create type mood as enum ('a', 'b'); create schema other; create type other.size as enum ('s');",
    );
    for ty in [
        "char(3)",
        "character(3)",
        "uuid",
        "smallint",
        "int2",
        "int",
        "bigint",
        "int8",
        "bool",
        "boolean",
        "date",
        "timestamp",
        "timestamptz",
        "time",
        "interval",
        "numeric",
        "numeric(3,1)",
        "decimal",
        "dec",
        "real",
        "float4",
        "float",
        "float8",
        "double precision",
        "json",
        "jsonb",
        "bytea",
        "bit(3)",
        "bit varying(3)",
        "varbit",
        "tsvector",
        "tsquery",
        "int[]",
        "text",
        "varchar(3)",
        "mood",
        "public.mood",
        "inet",
    ] {
        shop.proves(&format!("select $1::{ty} from plans"));
    }
    for ty in [
        "moods",
        "other.mood",
        "pg_catalog.mood",
        "public.size",
        "regclass",
        "other.int4",
    ] {
        assert!(
            !shop.codes(&format!("select $1::{ty} from plans")).is_empty(),
            "{ty}"
        );
    }
    let sqlite = Shop::sqlite("");
    for ty in ["blob", "text", "integer", "real", "numeric"] {
        sqlite.proves(&format!("select cast(?1 as {ty}) from plans"));
    }
}

#[test]
fn depth_is_counted_and_left_again() {
    let shop = Shop::postgres("");
    let nested = |depth: usize| format!("select {}1{} from plans", "abs(".repeat(depth), ")".repeat(depth));
    shop.proves(&nested(40));
    let wide = format!("select {} from plans", ["abs(abs(1))"; 400].join(", "));
    shop.proves(&wide);
    let deep = format!("select {}1{}", "(select ".repeat(300), ")".repeat(300));
    assert_eq!(shop.codes(&deep), [Code::TooComplex]);
}

/// The same argument cut in two ways is two values.
#[test]
fn a_cut_argument_is_another_value() {
    let shop = child("postgres", "text", "text");
    let insert = |value: &str, key: &str| {
        format!(
            "insert into entries (id, log) select 1, {value} from logs l where l.tenant_id = $tenant and l.id = {key}"
        )
    };
    shop.proves(&insert("$1", "$1"));
    shop.proves(&insert("$1::text", "$1::text"));
    for (value, key) in [
        ("$1::varchar(3)", "$1::varchar(5)"),
        ("$1::varchar(3)", "$1"),
        ("$1", "$1::varchar(3)"),
        ("$1::text", "$1::varchar(3)"),
        ("$1::char(3)", "$1::text"),
    ] {
        shop.refuses_with(Code::UnscopedInsert, &insert(value, key));
    }
}
