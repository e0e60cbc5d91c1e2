//! Automatic predicates, on every case: those that are refused as they stand, and those that are proved and lose their
//! predicates first.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use tenancy_prover::parse::parse_statement;
use tenancy_prover::{Project, Proved, Verdict};

use crate::case::{Case, cases_directory};
use crate::real::Shop;
use crate::seed::{TENANT, snapshot_query};
use crate::stripped::stripped;
use crate::{NOT_IN_THIS_SQLITE, block_on, case, compare, fill, masked, not_understood};

/// How many of the statements that lost predicates must be proved again, in percent.
const RESTORED: usize = 97;

/// A case with the text that is judged.
struct Statement {
    case: Case,
    sql: String,
    /// The case's own text has the predicates that this one misses.
    stripped: bool,
}

/// The cases as they are, and those that are proved without their predicates.
fn statements(project: &Project) -> Vec<Statement> {
    let mut statements = Vec::new();
    for case in case::read(&project.directory) {
        let proved = matches!(tenancy_prover::prove(project, &case.sql), Verdict::Proved(_));
        let texts = if proved { stripped(&case.sql) } else { Vec::new() };
        for sql in texts {
            statements.push(Statement {
                case: case.clone(),
                sql,
                stripped: true,
            });
        }
        if !proved {
            let sql = case.sql.clone();
            statements.push(Statement {
                case,
                sql,
                stripped: false,
            });
        }
    }
    statements
}

/// The project as it is, and with automatic predicates.
fn projects(directory: &Path) -> (Project, Project) {
    let required = Project::load(directory).expect("the project of the cases loads");
    let mut automatic = required.clone();
    automatic.config.automatic = true;
    (required, automatic)
}

/// What the repair makes of a statement, if it makes something of it.
fn repaired(automatic: &Project, sql: &str) -> Option<Proved> {
    match tenancy_prover::prove(automatic, sql) {
        Verdict::Proved(proved) if !proved.repairs.is_empty() => Some(proved),
        Verdict::Proved(_) | Verdict::Refused(_) => None,
    }
}

fn restores_what_was_taken_away(dialect: &str) {
    let (required, automatic) = projects(&cases_directory().join(dialect));
    let (mut missing, mut restored) = (0, 0);
    let mut lost = String::new();
    for Statement { case, sql, stripped } in statements(&required) {
        let verdict = tenancy_prover::prove(&required, &sql);
        let (true, Verdict::Refused(diagnostics)) = (stripped, verdict) else {
            continue;
        };
        missing += 1;
        match tenancy_prover::prove(&automatic, &sql) {
            Verdict::Proved(_) => restored += 1,
            Verdict::Refused(_) => {
                let first = diagnostics.first().map_or("", |first| first.message.as_str());
                let _ = writeln!(lost, "{}  {first}\n      {sql}", case.id);
            }
        }
    }
    println!("{dialect}: {restored} of {missing} statements have their predicates again\n{lost}");
    assert!(missing > 50, "only {missing} statements lost a predicate");
    assert!(
        restored * 100 >= missing * RESTORED,
        "{restored} of {missing}\n{lost}"
    );
}

#[test]
fn predicates_that_are_taken_away_come_back_on_postgres() {
    block_on(async { restores_what_was_taken_away("postgres") });
}

#[test]
fn predicates_that_are_taken_away_come_back_on_sqlite() {
    block_on(async { restores_what_was_taken_away("sqlite") });
}

#[test]
fn predicates_that_are_taken_away_come_back_on_mysql() {
    block_on(async { restores_what_was_taken_away("mysql") });
}

/// Every suggestion, applied, is proved as it stands.
#[test]
fn suggestions_are_proved() {
    block_on(async {
        for dialect in ["postgres", "sqlite", "mysql"] {
            let (required, _) = projects(&cases_directory().join(dialect));
            let mut suggestions = 0;
            for Statement { case, sql, .. } in statements(&required) {
                let Verdict::Refused(diagnostics) = tenancy_prover::prove(&required, &sql) else {
                    continue;
                };
                for suggestion in diagnostics.into_iter().filter_map(|found| found.suggestion) {
                    suggestions += 1;
                    let mut text = sql.clone();
                    for edit in suggestion.edits.iter().rev() {
                        text.replace_range(edit.span.range(), &edit.text);
                    }
                    assert_eq!(text, suggestion.text, "{}", case.id);
                    let verdict = tenancy_prover::prove(&required, &text);
                    assert!(matches!(verdict, Verdict::Proved(_)), "{}: {text}", case.id);
                }
            }
            assert!(suggestions > 70, "only {suggestions} suggestions");
        }
    });
}

/// The statement as written, for a database that holds the tenant's rows alone.
fn as_written(project: &Project, sql: &str) -> Option<Proved> {
    let parsed = parse_statement(sql, project.config.dialect).ok()?;
    let mut text = sql.to_owned();
    for placeholder in parsed.placeholders.all().iter().rev() {
        if placeholder.is_tenant() {
            text.replace_range(placeholder.span.range(), &format!("'{TENANT}'"));
        }
    }
    match tenancy_prover::central(project, &text) {
        Verdict::Proved(proved) => Some(proved),
        Verdict::Refused(_) => None,
    }
}

/// Statements that mean something else over the tenant's rows alone, with the reason.
const OTHERWISE: &[(&str, &str)] = &[
    ("d235", "the order in which rows are concatenated is left open"),
    ("d391", "the order in which rows are concatenated is left open"),
    ("d141", "the column takes null: as written the row is nobody's"),
];

/// Runs every repaired statement on two databases that differ in other tenants' rows: it shows and reaches none. And on
/// a third without them, as written: there it does the same.
async fn run_repaired(directory: &Path, shops: &mut [Shop; 3]) -> (usize, usize, String) {
    let (required, automatic) = projects(directory);
    let before = fill(&required, directory, shops).await;
    let otherwise: BTreeMap<&str, &str> = OTHERWISE.iter().copied().collect();
    let mut failures = String::new();
    let (mut executed, mut compared) = (0, 0);
    for Statement { case, sql, .. } in statements(&required) {
        if !case.plain || NOT_IN_THIS_SQLITE.contains(&case.id.as_str()) {
            continue;
        }
        let Some(proved) = repaired(&automatic, &sql) else {
            continue;
        };
        let [left, right, alone] = &mut *shops;
        let mut fail = |problem: String| {
            let _ = writeln!(
                failures,
                "{}  {problem}\n      {sql}\n      sent: {}",
                case.id, proved.sql
            );
        };
        let ran = left.run(&case, &proved, TENANT).await;
        let left = match (ran, right.run(&case, &proved, TENANT).await) {
            (Ok(left), Ok(right)) => {
                executed += 1;
                if let Some(problem) = compare(&left, &right, &before) {
                    fail(problem);
                }
                left
            }
            (Err(error), _) | (_, Err(error)) => {
                if let Some(problem) = not_understood(&error) {
                    fail(problem);
                }
                continue;
            }
        };
        if otherwise.contains_key(case.id.as_str()) {
            continue;
        }
        let Some(written) = as_written(&required, &sql) else {
            continue;
        };
        // What misses its tenant column does not run as written.
        let Ok(meant) = alone.run(&case, &written, TENANT).await else {
            continue;
        };
        compared += 1;
        let own = |outcome: &crate::Outcome| masked(outcome.after.get("own").map_or(&[], Vec::as_slice));
        if masked(&left.rows) != masked(&meant.rows) {
            fail(format!(
                "not what was meant:\n  {:?}\n  {:?}",
                left.rows, meant.rows
            ));
        } else if own(&left) != own(&meant) {
            fail("the tenant's rows are not what was meant".to_owned());
        }
    }
    (executed, compared, failures)
}

#[test]
fn repaired_cases_are_confined_and_mean_the_same_on_sqlite() {
    let directory = cases_directory().join("sqlite");
    let (required, _) = projects(&directory);
    let (executed, compared, failures) = block_on(async {
        let query = snapshot_query(&required.catalog);
        let mut shops = [
            Shop::sqlite(query.clone()).await.unwrap(),
            Shop::sqlite(query.clone()).await.unwrap(),
            Shop::sqlite(query).await.unwrap(),
        ];
        run_repaired(&directory, &mut shops).await
    });
    println!("{executed} ran, {compared} were compared with what was meant");
    assert!(failures.is_empty(), "\n{failures}");
    assert!(
        executed >= 50 && compared >= 30,
        "only {executed} ran, {compared} compared"
    );
}

#[test]
fn repaired_cases_are_confined_and_mean_the_same_on_postgres() {
    let admin = std::env::var("TENANCY_TEST_POSTGRES_ADMIN_URL");
    let admin = admin.expect("run `cargo xtask test`, which starts a private PostgreSQL");
    let directory = cases_directory().join("postgres");
    let (required, _) = projects(&directory);
    let (executed, compared, failures) = block_on(async {
        let query = snapshot_query(&required.catalog);
        let names =
            ["left", "right", "alone"].map(|side| format!("tenancy_repaired_{side}_{}", std::process::id()));
        let mut shops = [
            Shop::postgres(&admin, &names[0], query.clone()).await.unwrap(),
            Shop::postgres(&admin, &names[1], query.clone()).await.unwrap(),
            Shop::postgres(&admin, &names[2], query).await.unwrap(),
        ];
        let result = run_repaired(&directory, &mut shops).await;
        for (shop, name) in shops.into_iter().zip(&names) {
            shop.drop_database(&admin, name).await.unwrap();
        }
        result
    });
    println!("{executed} ran, {compared} were compared with what was meant");
    assert!(failures.is_empty(), "\n{failures}");
    assert!(
        executed >= 400 && compared >= 300,
        "only {executed} ran, {compared} compared"
    );
}

#[test]
fn repaired_cases_are_confined_and_mean_the_same_on_mysql() {
    let admin = std::env::var("TENANCY_TEST_MYSQL_ADMIN_URL");
    let admin = admin.expect("run `cargo xtask test`, which starts a private MariaDB");
    let directory = cases_directory().join("mysql");
    let (required, _) = projects(&directory);
    let (executed, compared, failures) = block_on(async {
        let query = snapshot_query(&required.catalog);
        let names =
            ["left", "right", "alone"].map(|side| format!("tenancy_repaired_{side}_{}", std::process::id()));
        let mut shops = [
            Shop::mysql(&admin, &names[0], query.clone()).await.unwrap(),
            Shop::mysql(&admin, &names[1], query.clone()).await.unwrap(),
            Shop::mysql(&admin, &names[2], query).await.unwrap(),
        ];
        let result = run_repaired(&directory, &mut shops).await;
        for (shop, name) in shops.into_iter().zip(&names) {
            shop.drop_database(&admin, name).await.unwrap();
        }
        result
    });
    println!("{executed} ran, {compared} were compared with what was meant");
    assert!(failures.is_empty(), "\n{failures}");
    assert!(
        executed >= 50 && compared >= 30,
        "only {executed} ran, {compared} compared"
    );
}
