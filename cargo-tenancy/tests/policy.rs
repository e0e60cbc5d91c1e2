//! `cargo tenancy policy`, as its users run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A project in a folder of its own.
fn project(name: &str, dialect: &str, ddl: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("policy-{name}"));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(folder.join("migrations")).unwrap();
    let toml = format!("dialect = \"{dialect}\"\n[tenant]\ncolumn = \"tenant_id\"\n");
    fs::write(folder.join("tenancy.toml"), toml).unwrap();
    fs::write(folder.join("migrations/0001_shop.sql"), ddl).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-tenancy"))
        .args(["tenancy", "policy", "--role", "app"])
        .args(arguments)
        .arg("--project")
        .arg(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

const ORDERS: &str = "create table orders (tenant_id text, id int); create table plans (id int);";

#[test]
fn the_migration_protects_every_table() {
    let folder = project("whole", "postgres", ORDERS);
    let output = run(&folder, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let migration = text(&output.stdout).to_owned();
    assert!(migration.contains("create policy tenancy on orders as permissive for all to app\n"));
    assert!(!migration.contains("plans"));
    fs::write(folder.join("migrations/0002_policies.sql"), &migration).unwrap();
    let output = run(&folder, &["--missing"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stdout).starts_with("-- Nothing is missing"),
        "{}",
        text(&output.stdout)
    );
    // What is printed whole stays the same.
    assert_eq!(text(&run(&folder, &[]).stdout), migration);
}

#[test]
fn json_says_what_is_missing() {
    let ddl = format!("{ORDERS} alter table orders enable row level security;");
    let folder = project("json", "postgres", &ddl);
    let output = run(&folder, &["--json", "--missing"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let table = &answer["tables"][0];
    assert_eq!(table["table"], "orders");
    assert_eq!(table["type"], "text");
    assert_eq!(table["missing"].as_array().unwrap().len(), 2);
    let sql = table["sql"].as_str().unwrap();
    assert!(
        sql.starts_with("alter table orders force row level security;\ncreate policy"),
        "{sql}"
    );
    assert!(
        table["deparsed"]
            .as_str()
            .unwrap()
            .starts_with("(tenant_id = ( SELECT COALESCE(")
    );
}

#[test]
fn what_has_no_policy_is_said() {
    let folder = project("none", "postgres", "create table t (tenant_id numeric);");
    let output = run(&folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no policy is known for `t`"));
    let folder = project("sqlite", "sqlite", ORDERS);
    let output = run(&folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("PostgreSQL"));
}
