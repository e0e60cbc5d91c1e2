//! `cargo tenancy explain`: what it prints, and that it says what `prove` says.
//!
//! `explain/statements` holds statements, each with the text that is printed. `TENANCY_BLESS=1` rewrites the texts.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/explain")
        .join(name)
}

fn run(words: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cargo-tenancy"))
        .args(["tenancy", "explain", "--project", "../project"])
        .args(words)
        .current_dir(folder("statements"))
        .env_remove("COLUMNS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes it: that is its right.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn statements() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder("statements"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    found.sort();
    found
}

#[test]
fn telling_statements_are_explained_as_they_were() {
    let bless = std::env::var_os("TENANCY_BLESS").is_some();
    let statements = statements();
    assert!(statements.len() >= 12);
    for path in statements {
        let name = path.file_name().unwrap().to_str().unwrap();
        let output = run(&["--file", name], "");
        let refused = name.starts_with("refused");
        assert_eq!(output.status.code(), Some(i32::from(refused)), "{name}");
        let text = stdout(&output);
        let expected = path.with_extension("txt");
        if bless {
            fs::write(&expected, &text).unwrap();
        } else {
            assert_eq!(text, fs::read_to_string(&expected).unwrap(), "{name}");
        }
    }
}

#[test]
fn a_statement_is_an_argument_a_file_or_standard_input() {
    let sql = fs::read_to_string(folder("statements/delete.sql")).unwrap();
    let file = stdout(&run(&["--file", "delete.sql"], ""));
    assert_eq!(file, stdout(&run(&[&sql], "")));
    assert_eq!(file, stdout(&run(&[], &sql)));
    assert!(!file.contains('\u{1b}'), "colour belongs on a terminal");

    let output = run(&["--file", "absent.sql"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("absent.sql: cannot be read"));
}

#[test]
fn the_same_as_data() {
    let output = run(&["--json", "--file", "via-parents.sql"], "");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["verdict"], "proved");
    assert_eq!(answer["binds"], json!(["$tenant"]));
    assert!(answer["sql"].as_str().unwrap().contains("o.tenant_id = $1"));
    assert_eq!(
        answer["references"][0],
        json!({
            "name": "lines l",
            "line": 2, "column": 8, "start": 21, "end": 28,
            "views": [],
            "inside": null,
            "kind": "via",
            "owner": "order_id -> orders.id",
            "declared": {"file": "migrations/0001_shop.sql", "line": 27},
            "state": "confined",
            "chains": [[
                {
                    "text": "tenant of l = o.tenant_id",
                    "reason": "both are the tenant of one row of `orders`",
                    "places": [
                        {"file": "migrations/0001_shop.sql", "line": 29, "what": "foreign key `lines_order_id_fkey`"},
                        {"file": "migrations/0001_shop.sql", "line": 18, "what": "key `orders_pkey`"}
                    ],
                    "because": [{
                        "text": "l.order_id = o.id",
                        "reason": "written",
                        "places": [{"line": 3, "column": 20, "start": 48, "end": 65}],
                        "because": []
                    }]
                },
                {
                    "text": "o.tenant_id = $tenant",
                    "reason": "written",
                    "places": [{"line": 5, "column": 8, "start": 110, "end": 131}],
                    "because": []
                }
            ]],
            "diagnostic": null
        }),
        "{answer:#}"
    );
}

#[test]
fn refusals_and_writes_are_data_too() {
    let output = run(&["--json", "--file", "refused-join.sql"], "");
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["verdict"], "refused");
    assert_eq!(answer["sql"], Value::Null);
    assert_eq!(answer["references"][0]["state"], "confined");
    assert_eq!(answer["references"][1]["state"], "open");
    assert_eq!(answer["references"][1]["diagnostic"], 0);
    let diagnostic = &answer["diagnostics"][0];
    assert_eq!(diagnostic["code"], "unscoped-table");
    assert_eq!(
        (&diagnostic["line"], &diagnostic["column"]),
        (&json!(3), &json!(8))
    );
    assert!(
        diagnostic["help"][0]
            .as_str()
            .unwrap()
            .contains("at 4:29 add ` and c.tenant_id = $tenant`")
    );

    let output = run(&["--json", "--file", "upsert.sql"], "");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kinds: Vec<&Value> = answer["writes"][0]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| &check["kind"])
        .collect();
    assert_eq!(kinds, ["inserted", "conflict-key"]);
}

#[test]
fn a_code_is_explained_with_its_examples() {
    for code in tenancy_prover::Code::all() {
        let output = run(&["--code", code.name()], "");
        assert_eq!(output.status.code(), Some(0));
        let text = stdout(&output);
        assert!(text.starts_with(&format!("{code}\n")), "{text}");
        assert!(text.contains("```sql refused\n"), "{text}");
        assert!(text.contains("```sql proved\n"), "{text}");
    }
    let output = run(&["--code", "unscoped"], "");
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("there is no code `unscoped`"), "{error}");
    assert!(error.contains("unscoped-table"), "{error}");
}
