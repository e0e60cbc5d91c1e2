//! Runs the built command in a project of its own.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

/// A project folder that goes away with the test.
struct Project {
    directory: PathBuf,
}

impl Project {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "cargo-tenancy-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(directory.join("migrations")).unwrap();
        fs::write(
            directory.join("tenancy.toml"),
            "dialect = \"postgres\"\nmigrations = \"migrations\"\nisolation = \"rows\"\npredicates = \"required\"\n\
             [tenant]\ncolumn = \"tenant_id\"\n",
        )
        .unwrap();
        fs::write(
            directory.join("migrations/0001_orders.sql"),
            "create table orders (tenant_id text not null, id bigint not null, note text, primary key (tenant_id, id));\n",
        )
        .unwrap();
        Self { directory }
    }

    fn run(&self, words: &[&str], input: &str) -> Output {
        let mut child = command(words)
            .arg("--project")
            .arg(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that stops early closes its input: that is its right.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-tenancy"));
    command.args(words);
    command
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const GOOD: &str =
    r#"{"id": "good", "sql": "select id from orders where note = $1 and tenant_id = $tenant", "why": "x"}"#;
const BAD: &str = r#"{"id": "bad", "sql": "select id from orders where note = $1"}"#;

#[test]
fn a_proved_statement_is_answered_with_its_text_and_binds() {
    let output = Project::new().run(&["tenancy", "prove"], &format!("{GOOD}\n"));
    assert_eq!(
        lines(&output),
        [json!({
            "id": "good",
            "verdict": "proved",
            "repaired": false,
            "sql": "select id from orders where note = $1 and tenant_id = $2",
            "binds": ["$1", "$tenant"],
            "isolation": "rows",
            "reads": true,
            "diagnostics": []
        })],
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_refused_statement_is_answered_with_diagnostics() {
    let output = Project::new().run(&["prove"], &format!("\n{GOOD}\n{BAD}\n"));
    let answers = lines(&output);
    assert_eq!(answers.len(), 2, "{}", stderr(&output));
    assert_eq!(answers[0]["verdict"], "proved");
    assert_eq!(answers[1]["verdict"], "refused");
    assert_eq!(answers[1]["sql"], Value::Null);
    assert_eq!(answers[1]["diagnostics"][0]["code"], "unscoped-table");
    assert_eq!(answers[1]["diagnostics"][0]["start"], 15);
    assert!(answers[1]["diagnostics"][0]["help"].is_string());
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_line_that_is_no_request_is_named_and_the_others_are_answered() {
    let output = Project::new().run(&["prove"], &format!("{GOOD}\nselect 1\n{{\"id\": 3}}\n{GOOD}\n"));
    assert_eq!(lines(&output).len(), 2);
    assert!(stderr(&output).contains("line 2:"), "{}", stderr(&output));
    assert!(stderr(&output).contains("line 3: expected {\"id\": .., \"sql\": \"..\"}: missing field `sql`"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_folder_without_a_project_cannot_be_proved() {
    let project = Project::new();
    fs::remove_file(project.directory.join("tenancy.toml")).unwrap();
    let output = project.run(&["prove"], GOOD);
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("tenancy.toml"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn automatic_predicates_are_added_and_said() {
    let project = Project::new();
    let output = project.run(
        &["prove", "--predicates", "automatic"],
        &format!("{GOOD}\n{BAD}\n"),
    );
    let answers = lines(&output);
    assert_eq!(answers[0]["repaired"], false, "{}", stderr(&output));
    assert_eq!(
        answers[1],
        json!({
            "id": "bad",
            "verdict": "proved",
            "repaired": true,
            "sql": "select id from orders where note = $1 and orders.tenant_id = $2",
            "binds": ["$1", "$tenant"],
            "isolation": "rows",
            "reads": true,
            "diagnostics": []
        })
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_project_says_that_predicates_are_automatic() {
    let project = Project::new();
    let file = project.directory.join("tenancy.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"required\"", "\"automatic\"")).unwrap();
    assert_eq!(project.run(&["prove"], BAD).status.code(), Some(0));
    assert_eq!(
        project
            .run(&["prove", "--predicates", "required"], BAD)
            .status
            .code(),
        Some(1)
    );
    let text = text.replace("\"rows\"", "\"rls\"");
    fs::write(&file, text).unwrap();
    let output = project.run(&["prove", "--predicates", "automatic"], BAD);
    assert!(stderr(&output).contains("isolation"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_refusal_suggests_a_text_that_is_proved() {
    let output = Project::new().run(&["prove"], BAD);
    let answers = lines(&output);
    assert_eq!(
        answers[0]["diagnostics"][0]["help"],
        "with this change the statement is proved: at 1:38 add ` and orders.tenant_id = $tenant`"
    );
    assert_eq!(
        answers[0]["diagnostics"][0]["suggestion"],
        json!({
            "text": "select id from orders where note = $1 and orders.tenant_id = $tenant",
            "edits": [{"start": 37, "end": 37, "text": " and orders.tenant_id = $tenant"}]
        })
    );
}

#[test]
fn suggestions_can_be_left_out() {
    let output = Project::new().run(&["prove", "--no-suggestions"], BAD);
    let diagnostic = &lines(&output)[0]["diagnostics"][0];
    assert_eq!(diagnostic["suggestion"], Value::Null);
    assert_eq!(diagnostic["help"], "compare `orders.tenant_id` with `$tenant`");
}

#[test]
fn one_statement_is_answered_for_people() {
    let project = Project::new();
    let output = project.run(
        &[
            "prove",
            "--sql",
            "select id from orders where tenant_id = $tenant",
        ],
        "",
    );
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("where tenant_id = $1"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(0));

    let output = project.run(&["prove", "--sql", "select id from orders"], "");
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("unscoped-table"), "{}", stderr(&output));
    let change = "\
1 | select id from orders where orders.tenant_id = $tenant
  |                      +++++++++++++++++++++++++++++++++
";
    assert!(stderr(&output).contains(change), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn it_says_what_it_is() {
    for words in [&["tenancy", "--version"][..], &["--version"]] {
        let output = command(words).output().unwrap();
        let version = String::from_utf8(output.stdout).unwrap();
        assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    }
    assert!(command(&[]).output().unwrap().stdout.is_empty());
    let output = command(&["tenancy", "prove", "--help"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("Exit codes:"));
}
