//! Projects that cannot be read, or whose isolation does not take the program: what the author of a query is told.
//!
//! Each folder of `tests/projects` is laid over a small program, its own or the one here; all of them are one workspace,
//! checked at once. What begins with `proved-` compiles.
//! After a change of messages: `TRYBUILD=overwrite cargo test -p tenancy-ui-tests --test projects`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tenancy_ui_tests::is_pinned_compiler;

/// Two queries, so that the second error is seen to be short, and typed uses, so that nothing else is reported.
const PROGRAM: &str = r#"use tenancy::{tenant_query, tenant_query_scalar};

async fn run(db: &tenancy::TenantDb<sqlx::Postgres>) -> tenancy::Result<i64> {
    tenant_query!("delete from orders where tenant_id = $tenant").execute(db).await?;
    tenant_query_scalar!("select count(*) from orders where tenant_id = $tenant").fetch_one(db).await
}

fn main() {}
"#;

/// The very flags and dependencies of trybuild's own build, so that its artifacts serve here too.
const FLAGS: &str = r#"["--cfg", "trybuild", "--verbose", "-A", "dead_code", "--diagnostic-width=140"]"#;

#[test]
fn messages() {
    if !is_pinned_compiler() {
        return;
    }
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/projects");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let workspace = target.join("tests/projects");
    let cases = lay_out(&fixtures, &workspace);
    let said = check(&workspace, &target.join("tests/trybuild"));
    let overwrite = std::env::var_os("TRYBUILD").is_some_and(|value| value == "overwrite");
    let mut wrong = Vec::new();
    for case in &cases {
        let found = said
            .get(case)
            .map_or_else(String::new, |text| normalized(text, &workspace));
        let snapshot = fixtures.join(case).join("expected.stderr");
        if case.starts_with("proved-") {
            if !found.is_empty() {
                wrong.push(format!("---- {case} does not compile:\n{found}"));
            }
            continue;
        }
        assert!(!found.is_empty(), "`{case}` compiles");
        if overwrite {
            fs::write(&snapshot, &found).unwrap();
        } else if fs::read_to_string(&snapshot).unwrap_or_default() != found {
            wrong.push(format!("---- {case}, found:\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Writes the workspace; the names of its packages.
fn lay_out(fixtures: &Path, workspace: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut cases: Vec<String> = fs::read_dir(fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    cases.sort();
    if workspace.is_dir() {
        fs::remove_dir_all(workspace).unwrap();
    }
    fs::create_dir_all(workspace).unwrap();
    fs::write(
        workspace.join("Cargo.toml"),
        format!("[workspace]\nresolver = \"3\"\nmembers = {cases:?}\n"),
    )
    .unwrap();
    fs::copy(root.join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
    for case in &cases {
        let package = workspace.join(case);
        copy(&fixtures.join(case), &package);
        fs::create_dir_all(package.join("src")).unwrap();
        let program = package.join("src/main.rs");
        if !program.exists() {
            fs::write(program, PROGRAM).unwrap();
        }
        fs::write(package.join("Cargo.toml"), manifest(case, root)).unwrap();
    }
    cases
}

fn manifest(case: &str, root: &Path) -> String {
    format!(
        r#"[package]
name = "{case}"
version = "0.0.0"
edition = "2024"

[dependencies]
tenancy = {{ path = {tenancy:?}, features = ["postgres", "sqlite"] }}
sqlx = {{ version = "0.9.0", default-features = false, features = ["derive", "postgres", "runtime-tokio", "sqlite"] }}
tokio = {{ version = "1", default-features = false, features = ["macros", "rt"] }}
"#,
        tenancy = root.join("tenancy")
    )
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &place);
        } else {
            fs::copy(&path, &place).unwrap();
        }
    }
}

/// What the compiler says of each package.
fn check(workspace: &Path, target: &Path) -> BTreeMap<String, String> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let output = Command::new(cargo)
        .current_dir(workspace)
        .args([
            "check",
            "--offline",
            "--workspace",
            "--bins",
            "--keep-going",
            "--quiet",
            "--color=never",
        ])
        .args([
            "--message-format=json",
            &format!("--config=build.rustflags={FLAGS}"),
        ])
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let (Some(package), Some(text)) = (
            message["target"]["name"].as_str(),
            message["message"]["rendered"].as_str(),
        ) else {
            continue;
        };
        if !text.contains("could not compile") && !text.starts_with("error: aborting") {
            said.entry(package.to_owned()).or_default().push_str(text);
        }
    }
    assert!(!said.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn normalized(text: &str, workspace: &Path) -> String {
    text.replace(&*workspace.to_string_lossy(), "$DIR")
}
