//! The quickstart says what it should, and the compiler error that it prints is the compiler's.
//!
//! `TENANCY_BLESS=1` writes the error anew.

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

fn cargo<S: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = S>) -> Outcome<Output> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .ok_or("a target directory")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Ok(Command::new(cargo)
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", target)
        .args(arguments)
        .output()?)
}

#[test]
fn its_output() -> Outcome {
    let output = cargo(
        &workspace(),
        ["run", "--quiet", "--offline", "--example", "quickstart"],
    )?;
    let text = String::from_utf8(output.stdout)?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for expected in [
        "acme  order 1  anvil    for Wile E.\n    acme  order 2  rocket   for Wile E.\n    bolt  order 1  bicycle  for Ada",
        "row.\n\n    acme  order 2  rocket   for Wile E.\n    bolt  order 1  bicycle  for Ada",
        "orders.waiting().await\n      refused: no tenant",
        "tokio::spawn(async { orders.waiting().await })\n      refused: no tenant",
        "tenancy::spawn(async { orders.waiting().await })\n      1 order of acme waits",
        "does not compile.\n\n    error: `customers c`",
    ] {
        assert!(text.contains(expected), "not in the output: {expected}\n\n{text}");
    }
    Ok(())
}

/// A project of its own, made of the quickstart's files, with the query that forgets the tenant.
fn forgetful_project() -> Outcome<PathBuf> {
    let workspace = workspace();
    let quickstart = workspace.join("tenancy/examples/quickstart");
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("forgetful-shop");
    fs::create_dir_all(project.join("src"))?;
    fs::create_dir_all(project.join("migrations"))?;
    fs::copy(
        quickstart.join("migrations/0001_shop.sql"),
        project.join("migrations/0001_shop.sql"),
    )?;
    fs::copy(quickstart.join("forgotten.rs"), project.join("src/orders.rs"))?;
    fs::copy(workspace.join("Cargo.lock"), project.join("Cargo.lock"))?;
    let settings = fs::read_to_string(workspace.join("tenancy/tenancy.toml"))?;
    fs::write(
        project.join("tenancy.toml"),
        settings.replace("examples/quickstart/", ""),
    )?;
    fs::write(
        project.join("src/main.rs"),
        "mod orders;\n\nfn main() {\n    drop(orders::waiting());\n}\n",
    )?;
    let tenancy = workspace.join("tenancy");
    let manifest = format!(
        "[package]\nname = \"forgetful-shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\ntenancy = {{ path = {:?}, features = [\"sqlite\"] }}\n\
         sqlx = {{ version = \"0.9\", default-features = false }}\n\n[workspace]\n",
        tenancy.display().to_string(),
    );
    fs::write(project.join("Cargo.toml"), manifest)?;
    Ok(project)
}

#[test]
fn the_compiler_error_that_it_prints() -> Outcome {
    let project = forgetful_project()?;
    let output = cargo(&project, ["check", "--offline", "--message-format", "json"])?;
    assert!(!output.status.success(), "the query compiled");
    let errors: Vec<String> = String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|line| line["target"]["name"] == "forgetful-shop" && line["message"]["level"] == "error")
        .filter(|line| {
            line["message"]["spans"]
                .as_array()
                .is_some_and(|spans| !spans.is_empty())
        })
        .filter_map(|line| line["message"]["rendered"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(
        errors.len(),
        1,
        "{errors:?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let error = errors.concat();
    let kept = workspace().join("tenancy/examples/quickstart/forgotten.stderr");
    if env::var_os("TENANCY_BLESS").is_some() {
        fs::write(&kept, format!("{}\n", error.trim_end()))?;
    }
    assert_eq!(
        fs::read_to_string(&kept)?.trim_end(),
        error.trim_end(),
        "TENANCY_BLESS=1 writes it anew"
    );
    Ok(())
}
