//! Reads the files of `tests/leaks`.

use std::fs;
use std::path::{Path, PathBuf};

use tenancy_prover::config::Config;
use tenancy_prover::{Project, ProjectError};
use toml::de::{DeTable, DeValue};

/// What a file without `config` declares.
const CONFIG: &str = "[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n";

/// One file: a small project, statements that leak there, and statements that do not.
#[derive(Debug)]
pub(crate) struct Leak {
    /// The file's name without `.toml`.
    pub(crate) name: String,
    /// What the server does, on which the verdicts rest.
    pub(crate) fact: String,
    dialect: String,
    config: String,
    ddl: String,
    /// The codes of which every statement in `refused` shows one.
    pub(crate) codes: Vec<String>,
    /// Leaks, and is refused.
    pub(crate) refused: Vec<String>,
    /// Leaks, and is still proved: a known defect.
    pub(crate) open: Vec<String>,
    /// Lines for `[tables]` with which the project leaks, and does not load.
    pub(crate) declined: Vec<String>,
    /// Safe, and is proved.
    pub(crate) proved: Vec<String>,
}

impl Leak {
    /// The project that the file describes.
    pub(crate) fn project(&self) -> Project {
        self.load("")
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The project with one more declaration, which stands at the end of `config`.
    pub(crate) fn load(&self, declaration: &str) -> Result<Project, ProjectError> {
        let text = format!("dialect = \"{}\"\n{}\n{declaration}", self.dialect, self.config);
        let config = Config::parse(&text, Path::new("tenancy.toml"))
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let source = (PathBuf::from("migrations/0001_leak.sql"), self.ddl.clone());
        Project::from_parts(config, &[source])
    }
}

/// Every file, by name.
pub(crate) fn read_all() -> Vec<Leak> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/leaks");
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .expect("the folder of leaks can be read")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Leak {
    let name = file
        .file_stem()
        .expect("a file name")
        .to_string_lossy()
        .into_owned();
    let source = fs::read_to_string(file).expect("a readable file");
    let table = DeTable::parse(&source).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut leak = Leak {
        name: name.clone(),
        fact: String::new(),
        dialect: String::new(),
        config: CONFIG.to_owned(),
        ddl: String::new(),
        codes: Vec::new(),
        refused: Vec::new(),
        open: Vec::new(),
        declined: Vec::new(),
        proved: Vec::new(),
    };
    for (key, value) in table.get_ref() {
        let value = value.get_ref();
        match key.get_ref().as_ref() {
            "fact" => leak.fact = text(&name, value),
            "dialect" => leak.dialect = text(&name, value),
            "config" => leak.config = text(&name, value),
            "ddl" => leak.ddl = text(&name, value),
            "codes" => leak.codes = texts(&name, value),
            "refused" => leak.refused = texts(&name, value),
            "open" => leak.open = texts(&name, value),
            "declined" => leak.declined = texts(&name, value),
            "proved" => leak.proved = texts(&name, value),
            other => panic!("{name}: `{other}` is no key of these files"),
        }
    }
    leak
}

fn text(name: &str, value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.trim().to_owned(),
        other => panic!("{name}: {other:?} is no text"),
    }
}

fn texts(name: &str, value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::Array(values) => values.iter().map(|value| text(name, value.get_ref())).collect(),
        other => panic!("{name}: {other:?} is no list"),
    }
}
