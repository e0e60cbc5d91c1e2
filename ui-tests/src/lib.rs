//! What the tests of this folder share: the compiler that the snapshots belong to, and fixtures for trybuild.
//!
//! `tests/ui/pass/<theme>/<rule>.rs` must compile and run, `tests/ui/fail/<theme>/<rule>.rs` must not compile, with
//! the messages beside it. After a change of messages: `TRYBUILD=overwrite cargo test -p tenancy-ui-tests`, then read
//! the difference as a user would.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler whose messages the snapshots hold. Others word and place their own parts differently.
pub const PINNED: &str = "1.95";

/// True if the snapshots belong to the compiler in use; says on stderr what to do if not.
#[expect(clippy::print_stderr, reason = "explains a skipped test")]
pub fn is_pinned_compiler() -> bool {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .map(|output| output.stdout);
    let version = String::from_utf8(version.unwrap_or_default()).unwrap_or_default();
    let pinned = version.starts_with(&format!("rustc {PINNED}."));
    if !pinned {
        eprintln!(
            "skipped: the snapshots belong to stable Rust {PINNED}, and this is `{}`; run \
             `cargo +{PINNED} test -p tenancy-ui-tests`",
            version.trim()
        );
    }
    pinned
}

/// Copies a project's `tenancy.toml`, `migrations` and `queries` to where trybuild compiles the cases of `package`:
/// the macros look for them beside the `Cargo.toml` of the crate that they are called in.
///
/// # Errors
/// A file that cannot be read or written.
pub fn place_fixture(project: &Path, package: &str, target_tmpdir: &Path) -> io::Result<PathBuf> {
    let target = target_tmpdir.parent().unwrap_or(target_tmpdir);
    let place = target.join("tests/trybuild").join(package);
    fs::create_dir_all(&place)?;
    copy_if_changed(&project.join("tenancy.toml"), &place.join("tenancy.toml"))?;
    for folder in ["migrations", "queries"] {
        copy_folder(&project.join(folder), &place.join(folder))?;
    }
    Ok(place)
}

/// Writes the statements that are too long to be kept in the repository.
///
/// # Errors
/// A file that cannot be written.
pub fn write_monsters(place: &Path) -> io::Result<()> {
    let folder = place.join("queries/generated");
    fs::create_dir_all(&folder)?;
    let terms = vec!["1"; 20_000].join(" + ");
    let chain = format!("select id from orders where tenant_id = $tenant and total_cents = {terms}\n");
    fs::write(folder.join("twenty-thousand-terms.sql"), chain)?;
    let nested = format!("select {}1{}\n", "(".repeat(5_000), ")".repeat(5_000));
    fs::write(folder.join("deep-parentheses.sql"), nested)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    if to.is_dir() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn copy_if_changed(from: &Path, to: &Path) -> io::Result<()> {
    let wanted = fs::read(from)?;
    if fs::read(to).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    fs::write(to, wanted)
}

/// Every case under `folder` as `theme/rule`, sorted.
///
/// # Errors
/// A folder that cannot be read.
pub fn cases(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for theme in fs::read_dir(folder)? {
        let theme = theme?;
        for case in fs::read_dir(theme.path())? {
            let path = case?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let rule = path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                found.push(format!("{}/{rule}", theme.file_name().to_string_lossy()));
            }
        }
    }
    found.sort();
    Ok(found)
}
