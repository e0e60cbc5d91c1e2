//! What becomes part of a program.

use std::error::Error;
use std::path::Path;
use std::process::Command;

/// The crates that a program with these features of `tenancy` is made of; those that only the compiler runs are left out.
fn crates(features: &str) -> Result<String, Box<dyn Error>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(tests.parent().unwrap_or(tests))
        .args([
            "tree",
            "--offline",
            "--package",
            "tenancy",
            "--features",
            features,
        ])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none"])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    if text.is_empty() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(text)
}

/// A program without dynamic statements has no parser of SQL in it.
#[test]
fn sql_is_parsed_at_run_time_only_if_asked_for() -> Result<(), Box<dyn Error>> {
    let plain = crates("postgres,sqlite")?;
    assert!(plain.contains("sqlx"), "{plain}");
    assert!(
        !plain.contains("sqlparser") && !plain.contains("tenancy-prover"),
        "{plain}"
    );
    assert!(crates("postgres,sqlite,dynamic")?.contains("sqlparser"));
    Ok(())
}
