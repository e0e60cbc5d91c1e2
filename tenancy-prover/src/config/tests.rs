//! What `tenancy.toml` may say, and how it is refused.

use std::path::Path;

use super::{Config, Isolation, SchemaSource, TableDeclaration};
use crate::Dialect;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("tenancy.toml")).map_err(|error| error.to_string())
}

#[test]
fn a_full_file_is_read() {
    let config = parse(
        "dialect = \"postgres\"\nmigrations = \"db/migrations\"\nisolation = \"rows\"\npredicates = \"automatic\"\ntypes = \"sqlx\"\n
[tenant]\ncolumn = \"org_id\"\ntable = \"orgs\"\n[tables]\nplans = \"shared\"\ninvoices = { column = \"org\" }\n
\"archive.lines\" = { via = \"order_id\" }\n[functions]\npure = [\"app.slugify\"]\n",
    )
    .unwrap();
    assert_eq!(config.dialect, Dialect::Postgres);
    assert_eq!(
        config.source,
        SchemaSource::Migrations("db/migrations".to_owned())
    );
    assert_eq!(config.isolation, Isolation::Rows);
    assert!(config.automatic && config.sqlx_types);
    assert_eq!(
        (config.tenant_column.as_str(), config.tenant_table.as_deref()),
        ("org_id", Some("orgs"))
    );
    assert_eq!(config.tables["plans"], TableDeclaration::Shared);
    assert_eq!(
        config.tables["invoices"],
        TableDeclaration::Column("org".to_owned())
    );
    assert_eq!(
        config.tables["archive.lines"],
        TableDeclaration::Via("order_id".to_owned())
    );
    assert_eq!(config.pure_functions, ["app.slugify"]);
    assert_eq!((config.table_lines["plans"], config.tenant_line), (11, 7));
}

#[test]
fn what_is_left_out_has_defaults() {
    let config = parse("dialect = \"sqlite\"\n[tenant]\ncolumn = \"t\"").unwrap();
    assert_eq!(config.source, SchemaSource::Migrations("migrations".to_owned()));
    assert_eq!(config.isolation, Isolation::Rows);
    assert!(!config.automatic && !config.sqlx_types && config.tables.is_empty());
    let config = parse("dialect = \"postgres\"\nisolation = \"database\"\nschema = \"s.sql\"").unwrap();
    assert_eq!(config.source, SchemaSource::Dump("s.sql".to_owned()));
    assert_eq!(config.isolation, Isolation::Database);
}

#[test]
fn mistakes_name_their_place_and_what_is_allowed() {
    let tenant = "[tenant]\ncolumn = \"t\"\n";
    for (text, expected) in [
        ("", "1:1: `dialect` is missing: `postgres`, `mysql` or `sqlite`"),
        (
            "dialect = \"oracle\"",
            "1:11: `oracle` is no known dialect; allowed are `postgres`, `mysql` or `sqlite`",
        ),
        ("dialect = 3", "1:11: `dialect` is a string, not a number"),
        (
            "dialect = \"postgres\"\n dialekt = 1",
            "2:2: unknown key `dialekt`; allowed are `dialect`, `migrations`",
        ),
        (
            "dialect = \"postgres\"\nisolation = \"row\"",
            "2:13: `isolation` cannot be `row`; allowed are `rows`, `rls`",
        ),
        (
            "dialect = \"postgres\"\npredicates = \"none\"",
            "2:14: `predicates` cannot be `none`; allowed are `required`",
        ),
        (
            "dialect = \"postgres\"\nisolation = \"rls\"\npredicates = \"automatic\"",
            "3:14: `predicates = \"automatic\"` adds tenant predicates, which only",
        ),
        (
            "dialect = \"postgres\"\ntypes = true",
            "2:9: `types` is a string, not a truth value",
        ),
        (
            "dialect = \"postgres\"\nmigrations = \"\"",
            "2:14: `migrations` is empty",
        ),
        ("dialect = \"postgres\"", "1:1: `[tenant]` is missing"),
        (
            "dialect = \"postgres\"\n[tenant]\ntable = \"x\"",
            "2:1: `column` is missing in `[tenant]`",
        ),
        (
            "dialect = \"postgres\"\n[tenant]\ncolum = \"x\"",
            "3:1: unknown key `colum` in `[tenant]`; allowed are `column`",
        ),
        (
            "dialect = \"postgres\"\ntenant = 3",
            "2:10: `tenant` is a table (`[tenant]`), not a number",
        ),
        ("dialect = ", "1:"),
        (
            "dialect = \"postgres\"\ndialect = \"sqlite\"",
            "2:1: duplicate key",
        ),
    ] {
        let message = parse(text).expect_err(text);
        assert!(
            message.starts_with(&format!("tenancy.toml:{expected}")),
            "{message}"
        );
    }
    for (tables, expected) in [
        (
            "a = \"tenant\"",
            "5:5: `tenant` is no declaration of a table; allowed are `\"shared\"`, `{ column",
        ),
        ("a = 3", "5:5: `a` is a number; allowed are"),
        (
            "a = { column = \"x\", via = \"y\" }",
            "5:5: `a` cannot have both `column` and `via`",
        ),
        ("a = {}", "5:5: `a` declares nothing"),
        (
            "a = { colum = \"x\" }",
            "5:7: unknown key `colum` for table `a`; allowed are `column` and `via`",
        ),
        (
            "a.b = \"shared\"",
            "5:3: unknown key `b` for table `a`; allowed are `column` and `via` (a name with",
        ),
        ("a = { via = 3 }", "5:13: `via` is a string, not a number"),
    ] {
        let message =
            parse(&format!("dialect = \"postgres\"\n{tenant}[tables]\n{tables}")).expect_err(tables);
        assert!(
            message.starts_with(&format!("tenancy.toml:{expected}")),
            "{message}"
        );
    }
    let message = parse(&format!(
        "dialect = \"postgres\"\n{tenant}[functions]\npure = [1]"
    ))
    .expect_err("a number");
    assert_eq!(
        message,
        "tenancy.toml:5:9: a function's name is a string, not a number"
    );
    let message = parse(&format!(
        "dialect = \"postgres\"\n{tenant}[functions]\npure = \"f\""
    ))
    .expect_err("no list");
    assert_eq!(message, "tenancy.toml:5:8: `pure` is a list of function names");
}
