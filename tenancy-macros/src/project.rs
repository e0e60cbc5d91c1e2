//! Which project a crate belongs to, loaded once per compiler process.
//!
//! rust-analyzer keeps one process for hours, so what was loaded is dropped as soon as a file it was read from changes;
//! the files are looked at once a second at most.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tenancy_prover::{Dialect, Project};

/// The name of the file that makes a folder a project.
const FILE: &str = "tenancy.toml";

/// How long what was loaded is trusted without looking at the files again.
const TRUSTED: Duration = Duration::from_secs(1);

static CACHE: Mutex<BTreeMap<PathBuf, Entry>> = Mutex::new(BTreeMap::new());
static TRACKED: Mutex<BTreeSet<CrateKey>> = Mutex::new(BTreeSet::new());
static EXPLAINED: Mutex<BTreeSet<(CrateKey, String)>> = Mutex::new(BTreeSet::new());

/// A crate's name and folder.
type CrateKey = (String, PathBuf);

/// Why there is no project, for the author.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// What is wrong: a file and a line where there is one.
    pub(crate) message: String,
    /// The dialect, if `tenancy.toml` says that much.
    pub(crate) dialect: Option<Dialect>,
}

/// What a load came to, and the files it depends on.
struct Entry {
    outcome: Result<Arc<Project>, Failure>,
    stamps: Vec<Stamp>,
    looked: Instant,
}

/// A file or folder as it was when it was read.
#[derive(PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    state: Option<(SystemTime, u64)>,
}

/// The project of the crate that is being compiled.
///
/// # Errors
/// No `tenancy.toml`, or something is wrong with it or with the schema.
pub(crate) fn load() -> Result<Arc<Project>, Failure> {
    let crate_directory = directory()?;
    let candidates = candidates(&crate_directory);
    load_from(crate_directory, candidates)
}

/// The project in a folder of the crate that is being compiled.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_in(folder: &str) -> Result<Arc<Project>, Failure> {
    let folder = directory()?.join(folder);
    load_from(folder.clone(), vec![folder])
}

/// The project in the first of the folders that has one.
fn load_from(key: PathBuf, candidates: Vec<PathBuf>) -> Result<Arc<Project>, Failure> {
    let now = Instant::now();
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(entry) = cache.get_mut(&key)
        && entry.is_current(now)
    {
        return entry.outcome.clone();
    }
    let entry = Entry::read(&candidates, now);
    let outcome = entry.outcome.clone();
    cache.insert(key, entry);
    outcome
}

fn directory() -> Result<PathBuf, Failure> {
    manifest_directory().ok_or_else(|| Failure {
        message:
            "`CARGO_MANIFEST_DIR` is not set: `tenancy.toml` is looked for beside the crate's `Cargo.toml`"
                .to_owned(),
        dialect: None,
    })
}

/// The folder of the crate's `Cargo.toml`.
pub(crate) fn manifest_directory() -> Option<PathBuf> {
    env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from)
}

/// A failure's message: whole for the first query of a crate that it befalls, its first line for the others.
pub(crate) fn explain(failure: &Failure) -> String {
    let key = (crate_key(), failure.message.clone());
    if EXPLAINED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(key)
    {
        failure.message.clone()
    } else {
        failure.message.lines().next().unwrap_or_default().to_owned()
    }
}

/// The files that the build must watch, for the first query of a crate; nothing for the others.
pub(crate) fn untracked(project: &Project) -> Vec<PathBuf> {
    let first = TRACKED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(crate_key());
    if first { project.files.clone() } else { Vec::new() }
}

/// What tells one crate from another within a process.
fn crate_key() -> CrateKey {
    (
        env::var("CARGO_CRATE_NAME").unwrap_or_default(),
        manifest_directory().unwrap_or_default(),
    )
}

impl Entry {
    fn read(candidates: &[PathBuf], now: Instant) -> Self {
        let found = candidates.iter().find(|directory| directory.join(FILE).is_file());
        let mut stamps: Vec<Stamp> = candidates
            .iter()
            .map(|directory| Stamp::of(directory.join(FILE)))
            .collect();
        let outcome = match found {
            Some(directory) => {
                let file = directory.join(FILE);
                match Project::load(directory) {
                    Ok(project) => Ok(Arc::new(project)),
                    Err(error) => Err(Failure {
                        message: error.to_string(),
                        dialect: dialect_in(&file),
                    }),
                }
            }
            None => Err(Failure {
                message: missing(candidates.len() > 1),
                dialect: None,
            }),
        };
        if let Ok(project) = &outcome {
            let folders: BTreeSet<&Path> = project.files.iter().filter_map(|file| file.parent()).collect();
            stamps.extend(folders.into_iter().map(|folder| Stamp::of(folder.to_owned())));
            stamps.extend(project.files.iter().map(|file| Stamp::of(file.clone())));
        }
        Self {
            outcome,
            stamps,
            looked: now,
        }
    }

    /// True if nothing changed since the load. A failed load is tried again, since it may depend on files that it
    /// did not get to.
    fn is_current(&mut self, now: Instant) -> bool {
        if now.duration_since(self.looked) < TRUSTED {
            return true;
        }
        self.looked = now;
        self.outcome.is_ok()
            && self
                .stamps
                .iter()
                .all(|stamp| *stamp == Stamp::of(stamp.path.clone()))
    }
}

impl Stamp {
    fn of(path: PathBuf) -> Self {
        let state = fs::metadata(&path)
            .ok()
            .and_then(|found| Some((found.modified().ok()?, found.len())));
        Self { path, state }
    }
}

/// The folders that may hold the crate's `tenancy.toml`, nearest first: its own and those above it up to the workspace.
fn candidates(crate_directory: &Path) -> Vec<PathBuf> {
    let ancestors: Vec<&Path> = crate_directory.ancestors().collect();
    let root = ancestors
        .iter()
        .position(|directory| is_workspace(&directory.join("Cargo.toml")))
        .unwrap_or(0);
    ancestors.into_iter().take(root + 1).map(Path::to_owned).collect()
}

/// True if the manifest is that of a workspace.
fn is_workspace(manifest: &Path) -> bool {
    fs::read_to_string(manifest).is_ok_and(|text| {
        text.lines()
            .map(str::trim)
            .any(|line| line.starts_with("[workspace]") || line.starts_with("[workspace."))
    })
}

/// The dialect that a file names, whatever else is wrong with it.
fn dialect_in(file: &Path) -> Option<Dialect> {
    let text = fs::read_to_string(file).ok()?;
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("dialect"))?;
    if line.contains("sqlite") {
        Some(Dialect::Sqlite)
    } else if line.contains("postgres") {
        Some(Dialect::Postgres)
    } else if line.contains("mysql") {
        Some(Dialect::Mysql)
    } else {
        None
    }
}

fn missing(in_workspace: bool) -> String {
    let place = if in_workspace {
        "beside its `Cargo.toml` or above it, up to the workspace"
    } else {
        "beside its `Cargo.toml`"
    };
    let package = env::var("CARGO_PKG_NAME").unwrap_or_else(|_| "this package".to_owned());
    format!(
        "no `tenancy.toml` found for package `{package}`, {place}: nothing is known about its tables\n  \
         = help: a minimal one:\n\n        \
         dialect = \"postgres\"        # or \"sqlite\", \"mysql\"\n        \
         migrations = \"migrations\"   # sqlx's folder of migrations\n\n        \
         [tenant]\n        \
         column = \"tenant_id\"        # tables with this column are tenant-owned\n        \
         table = \"tenants\"           # the table of the tenants themselves\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{Entry, Failure, Stamp, candidates, missing};
    use std::fs;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tenancy-macros-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn the_search_ends_at_the_workspace() {
        let root = folder("workspace");
        let inner = root.join("crates/shop");
        fs::create_dir_all(&inner).unwrap();
        fs::write(root.join("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
        fs::write(inner.join("Cargo.toml"), "[package]\nname = \"shop\"\n").unwrap();
        assert_eq!(
            candidates(&inner),
            [inner.clone(), root.join("crates"), root.clone()]
        );
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_lone_crate_is_searched_alone() {
        let root = folder("alone");
        fs::write(root.join("Cargo.toml"), "[package]\nname = \"shop\"\n").unwrap();
        assert_eq!(candidates(&root), std::slice::from_ref(&root));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_missing_file_is_explained_with_an_example() {
        let text = missing(false);
        assert!(text.contains("no `tenancy.toml` found"), "{text}");
        assert!(text.contains("dialect = \"postgres\""), "{text}");
    }

    #[test]
    fn a_changed_file_ends_the_trust_after_a_second() {
        let root = folder("stamps");
        let file = root.join("0001.sql");
        fs::write(&file, "create table a (id int)").unwrap();
        let start = Instant::now();
        let mut entry = Entry {
            outcome: Err(Failure {
                message: "kept only as long as it is fresh".to_owned(),
                dialect: None,
            }),
            stamps: vec![Stamp::of(file.clone())],
            looked: start,
        };
        assert!(entry.is_current(start + Duration::from_millis(900)));
        assert!(
            !entry.is_current(start + Duration::from_millis(1100)),
            "a failure is tried again"
        );
        let before = Stamp::of(file.clone());
        fs::write(&file, "create table a (id int, b int)").unwrap();
        assert!(before != Stamp::of(file));
        fs::remove_dir_all(root).unwrap();
    }
}
