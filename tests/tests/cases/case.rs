//! Reads the cases.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One statement with its known verdict.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Unique over all files.
    pub(crate) id: String,
    /// The statement.
    pub(crate) sql: String,
    /// What the prover must answer.
    pub(crate) expect: Expect,
    /// The reason for it.
    pub(crate) why: String,
    /// Sample values for its placeholders.
    params: Value,
    /// The `sql_mode` of MySQL that it runs under, if it is not the usual one.
    pub(crate) sql_mode: Option<String>,
    /// It runs as the usual tenant, on every server of its dialect, and needs nothing done before.
    pub(crate) plain: bool,
}

/// The known verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Safe: to be proved.
    Accept,
    /// Leaks, or is refused on principle.
    Reject,
}

impl Case {
    /// The sample value for a placeholder, spelled with or without its mark.
    pub(crate) fn parameter(&self, label: &str) -> Value {
        let bare = label.trim_start_matches(['$', '?', ':', '@']);
        [label, bare]
            .iter()
            .find_map(|name| self.params.get(name))
            .cloned()
            .unwrap_or(Value::Null)
    }

    /// The texts among the sample values.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        let values = self
            .params
            .as_object()
            .into_iter()
            .flat_map(|params| params.values());
        values.filter_map(Value::as_str).map(str::to_owned)
    }

    /// Marked `reject` although no other tenant's row shows: a proof would be welcome.
    pub(crate) fn could_be_proved(&self) -> bool {
        self.why.starts_with("conservative:") || self.why.starts_with("not provable:")
    }
}

/// The folder that holds a project for each dialect.
pub(crate) fn cases_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases")
}

/// The cases in every `.jsonl` file of `directory`, in the order of the file names.
pub(crate) fn read(directory: &Path) -> Vec<Case> {
    let entries = fs::read_dir(directory).expect("the folder of cases can be read");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    files.iter().flat_map(|file| read_file(file)).collect()
}

fn read_file(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).expect("a file of cases can be read");
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| parse(file, line))
        .collect()
}

fn parse(file: &Path, line: &str) -> Case {
    let value: Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let text = |field: &str| match &value[field] {
        Value::String(text) => text.clone(),
        _ => panic!("{}: `{field}` is missing in {line}", file.display()),
    };
    let expect = match text("expect").as_str() {
        "accept" => Expect::Accept,
        "reject" => Expect::Reject,
        other => panic!("{}: expect {other}?", file.display()),
    };
    let elsewhere = text("why").contains("not run here");
    let plain = value["setup"].is_null() && value["tenant"].is_null() && !elsewhere;
    Case {
        id: text("id"),
        sql: text("sql"),
        expect,
        why: text("why"),
        sql_mode: value["sql_mode"].as_str().map(str::to_owned),
        params: value["params"].clone(),
        plain,
    }
}
