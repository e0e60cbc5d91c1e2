//! The statements with known verdicts in `tests/cases`: nothing that leaks may be proved, nearly all that is safe must be.

#![expect(
    clippy::print_stdout,
    reason = "a failing test shows which statements did not run"
)]

#[path = "cases/case.rs"]
mod case;
#[path = "cases/mysql.rs"]
mod mysql;
#[path = "cases/plans.rs"]
mod plans;
#[path = "cases/policed.rs"]
mod policed;
#[path = "cases/real.rs"]
mod real;
#[path = "cases/repaired.rs"]
mod repaired;
#[path = "cases/seed.rs"]
mod seed;
#[path = "cases/stripped.rs"]
mod stripped;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use tenancy_prover::{Project, Verdict};

use crate::case::{Case, Expect, cases_directory};
use crate::real::{Outcome, Shop, Snapshot};
use crate::seed::{Seeds, TENANT, counters, others, snapshot_query};

/// Statements that are marked `conservative:` or `not provable:` and that the prover proves, with the argument why
/// the proof is sound. Any other proof of a statement marked `reject` fails the test.
const PROVED_REJECTS: &[(&str, &str)] = &[];

/// The share of the safe statements that must be proved, in percent.
const REQUIRED: usize = 90;

/// How many of MySQL's statements must be proved and run.
const PROVED_ON_MYSQL: usize = 55;

/// Statements for an SQLite that was compiled with `update .. limit`, which the one in sqlx is not.
const NOT_IN_THIS_SQLITE: [&str; 2] = ["d350", "d356"];

/// Safe statements that are not proved yet, one `id reason` a line. `TENANCY_BLESS=1` rewrites it.
const NOT_PROVED: &str = "not-proved.txt";

#[test]
fn no_leaking_case_is_proved() {
    let allowed: BTreeMap<&str, &str> = PROVED_REJECTS.iter().copied().collect();
    let mut failures = String::new();
    let mut judged = 0;
    for (case, verdict) in verdicts() {
        if case.expect == Expect::Accept {
            continue;
        }
        judged += 1;
        match verdict {
            Verdict::Refused(diagnostics) if diagnostics.is_empty() => {
                let _ = writeln!(
                    failures,
                    "{}  refused without saying why\n      {}",
                    case.id, case.sql
                );
            }
            Verdict::Refused(_) => {}
            Verdict::Proved(_) if case.could_be_proved() && allowed.contains_key(case.id.as_str()) => {}
            Verdict::Proved(_) => {
                let _ = writeln!(
                    failures,
                    "{}  proved, but: {}\n      {}",
                    case.id, case.why, case.sql
                );
            }
        }
    }
    assert!(judged > 400, "the cases are missing");
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn safe_cases_are_proved() {
    let file = cases_directory().join(NOT_PROVED);
    let listed = fs::read_to_string(&file).unwrap_or_default();
    let listed: BTreeMap<&str, &str> = listed.lines().filter_map(|line| line.split_once(' ')).collect();
    let mut failed: BTreeMap<String, (Case, String)> = BTreeMap::new();
    let mut judged = 0;
    for (case, verdict) in verdicts() {
        if case.expect == Expect::Reject {
            continue;
        }
        judged += 1;
        if let Verdict::Refused(diagnostics) = verdict {
            let reason = diagnostics.first().map_or_else(
                || "refused without saying why".to_owned(),
                |first| format!("{}: {}", first.code.name(), first.message),
            );
            failed.insert(case.id.clone(), (case, reason));
        }
    }
    assert!(judged > 300, "the cases are missing");
    if std::env::var_os("TENANCY_BLESS").is_some() {
        let lines: String = failed
            .iter()
            .map(|(id, (_, reason))| {
                format!("{id} {}\n", listed.get(id.as_str()).unwrap_or(&reason.as_str()))
            })
            .collect();
        fs::write(&file, lines).expect("the list can be written");
        return;
    }
    let mut table = String::new();
    for (id, (case, reason)) in &failed {
        if !listed.contains_key(id.as_str()) {
            let _ = writeln!(
                table,
                "{id}  {reason}\n      safe because: {}\n      {}",
                case.why, case.sql
            );
        }
    }
    for id in listed.keys().filter(|id| !failed.contains_key(**id)) {
        let _ = writeln!(table, "{id}  is proved now: take it off {NOT_PROVED}");
    }
    let proved = judged - failed.len();
    assert!(
        table.is_empty(),
        "{proved} of {judged} safe cases are proved\n{table}"
    );
    assert!(
        proved * 100 >= judged * REQUIRED,
        "only {proved} of {judged} safe cases are proved"
    );
}

/// Every case with the prover's verdict. The prover runs on a large stack, as it does in the compiler.
fn verdicts() -> Vec<(Case, Verdict)> {
    let judge = || {
        let mut verdicts = Vec::new();
        for dialect in ["postgres", "sqlite", "mysql"] {
            let directory = cases_directory().join(dialect);
            let project = Project::load(&directory).expect("the project of the cases loads");
            for case in case::read(&directory) {
                let verdict = tenancy_prover::prove(&project, &case.sql);
                verdicts.push((case, verdict));
            }
        }
        verdicts
    };
    let thread = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(judge)
        .expect("a thread starts");
    thread.join().expect("the prover does not panic")
}

/// Fills the databases: the first two agree on the tenant's rows and on shared rows and differ in everybody else's; any
/// further one holds those rows alone. Returns the rows of the first two.
async fn fill(project: &Project, directory: &std::path::Path, shops: &mut [Shop]) -> [Snapshot; 2] {
    let cases = case::read(directory);
    let texts: Vec<String> = cases
        .iter()
        .flat_map(Case::texts)
        .filter(|text| text.len() < 30)
        .collect();
    let schema = schema(directory);
    for shop in shops.iter_mut() {
        shop.script(&schema).await.expect("the schema loads");
    }
    let mut common = Seeds::new(&project.catalog, &texts, 1);
    let mut kept = common.shared();
    kept.extend(common.of(TENANT));
    let mut inserts = Vec::new();
    for insert in kept {
        if shops[0].script(&insert).await.is_ok() {
            inserts.push(insert);
        }
    }
    for shop in &mut shops[1..] {
        for insert in &inserts {
            shop.script(insert)
                .await
                .expect("a row that the first database took");
        }
    }
    for (seed, shop) in [2, 3].into_iter().zip(shops.iter_mut()) {
        let mut seeds = Seeds::new(&project.catalog, &texts, seed);
        for tenant in others(project.config.dialect) {
            for insert in seeds.of(tenant) {
                // Many break a constraint.
                let _ = shop.script(&insert).await;
            }
        }
    }
    for shop in shops.iter_mut() {
        for statement in counters(&project.catalog) {
            shop.script(&statement).await.expect("the counters can be set");
        }
    }
    let before = [
        shops[0].snapshot().await.expect("the rows"),
        shops[1].snapshot().await.expect("the rows"),
    ];
    assert_eq!(before[0]["own"], before[1]["own"]);
    assert_ne!(before[0]["foreign"], before[1]["foreign"]);
    assert!(
        before[0]["own"].len() > 50,
        "too few rows: {}",
        before[0]["own"].len()
    );
    before
}

/// Proves every case and runs those that are proved on both databases.
async fn run_for_real(
    project: &Project,
    directory: &std::path::Path,
    shops: &mut [Shop; 2],
) -> (usize, String) {
    let before = fill(project, directory, shops).await;
    run_filled(project, directory, shops, &before).await
}

/// The same on databases that are filled.
async fn run_filled(
    project: &Project,
    directory: &std::path::Path,
    shops: &mut [Shop; 2],
    before: &[Snapshot; 2],
) -> (usize, String) {
    let cases = case::read(directory);
    let mut failures = String::new();
    let mut executed = 0;
    for case in cases
        .iter()
        .filter(|case| case.plain && !NOT_IN_THIS_SQLITE.contains(&case.id.as_str()))
    {
        let Verdict::Proved(proved) = tenancy_prover::prove(project, &case.sql) else {
            continue;
        };
        let [left, right] = &mut *shops;
        let left = left.run(case, &proved, TENANT).await;
        let right = right.run(case, &proved, TENANT).await;
        let problem = match (left, right) {
            (Ok(left), Ok(right)) => {
                executed += 1;
                compare(&left, &right, before)
            }
            (Err(error), _) | (_, Err(error)) => {
                println!("{}: {error}", case.id);
                not_understood(&error)
            }
        };
        if let Some(problem) = problem {
            let _ = writeln!(
                failures,
                "{}  {problem}\n      {}\n      sent: {}",
                case.id, case.sql, proved.sql
            );
        }
    }
    (executed, failures)
}

/// What a run shows or does that depends on other tenants, or that reaches them.
fn compare(left: &Outcome, right: &Outcome, before: &[Snapshot; 2]) -> Option<String> {
    if masked(&left.rows) != masked(&right.rows) {
        return Some(format!(
            "the results differ:\n  {:?}\n  {:?}",
            left.rows, right.rows
        ));
    }
    for (after, before) in [(&left.after, &before[0]), (&right.after, &before[1])] {
        for part in ["foreign", "shared"] {
            if after.get(part) != before.get(part) {
                return Some(format!("{part} rows changed"));
            }
        }
    }
    let own = |outcome: &Outcome| {
        outcome
            .after
            .get("own")
            .map(|rows| masked(rows))
            .unwrap_or_default()
    };
    (own(left) != own(right)).then(|| "the tenant's rows differ afterwards".to_owned())
}

/// Rows without what a run makes up: the present time and random identifiers.
fn masked(rows: &[String]) -> Vec<String> {
    let made_up = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let year: String = word.chars().filter(char::is_ascii_digit).take(4).collect();
        (word.len() == 36 && word.matches('-').count() == 4)
            || (digits >= 6 && year.parse::<u32>().is_ok_and(|year| (2025..2100).contains(&year)))
    };
    let separators = [' ', ',', '(', ')', '"', '\'', '|'];
    let row = |row: &String| {
        let words: Vec<&str> = row
            .split(separators)
            .map(|word| {
                if made_up(word) || word.contains(':') {
                    "_"
                } else {
                    word
                }
            })
            .collect();
        words.join(" ")
    };
    let mut rows: Vec<String> = rows.iter().map(row).collect();
    rows.sort();
    rows
}

/// Violated constraints and failed conversions are the data's; a statement that the server does not understand is ours.
fn not_understood(error: &sqlx::Error) -> Option<String> {
    let sqlx::Error::Database(error) = error else {
        return Some(error.to_string());
    };
    let code = error.code().unwrap_or_default();
    let words = ["syntax error", "no such", "ambiguous", "misuse", "wrong number"];
    // What a policy's check says, too.
    let checked = error.message().contains("violates row-level security policy");
    let ours =
        (code.starts_with("42") && !checked) || words.iter().any(|word| error.message().contains(word));
    ours.then(|| format!("{code} {}", error.message()))
}

fn schema(directory: &std::path::Path) -> String {
    let entries = fs::read_dir(directory.join("migrations")).expect("the migrations");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a migration").path()).collect();
    files.sort();
    files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a migration"))
        .collect()
}

fn block_on<T>(future: impl Future<Output = T> + Send) -> T
where
    T: Send,
{
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(future)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(256 << 20)
            .spawn_scoped(scope, run);
        thread
            .expect("a thread starts")
            .join()
            .expect("the prover does not panic")
    })
}

#[test]
fn proved_cases_are_confined_on_sqlite() {
    let directory = cases_directory().join("sqlite");
    let project = Project::load(&directory).expect("the project of the cases loads");
    let (executed, failures) = block_on(async {
        let query = snapshot_query(&project.catalog);
        let mut shops = [
            Shop::sqlite(query.clone()).await.unwrap(),
            Shop::sqlite(query).await.unwrap(),
        ];
        run_for_real(&project, &directory, &mut shops).await
    });
    assert!(failures.is_empty(), "\n{failures}");
    assert!(executed >= 35, "only {executed} ran");
}

#[test]
fn proved_cases_are_confined_on_postgres() {
    let admin = std::env::var("TENANCY_TEST_POSTGRES_ADMIN_URL");
    let admin = admin.expect("run `cargo xtask test`, which starts a private PostgreSQL");
    let directory = cases_directory().join("postgres");
    let project = Project::load(&directory).expect("the project of the cases loads");
    let (executed, failures) = block_on(async {
        let query = snapshot_query(&project.catalog);
        let names = ["left", "right"].map(|side| format!("tenancy_cases_{side}_{}", std::process::id()));
        let mut shops = [
            Shop::postgres(&admin, &names[0], query.clone()).await.unwrap(),
            Shop::postgres(&admin, &names[1], query).await.unwrap(),
        ];
        let result = run_for_real(&project, &directory, &mut shops).await;
        for (shop, name) in shops.into_iter().zip(&names) {
            shop.drop_database(&admin, name).await.unwrap();
        }
        result
    });
    assert!(failures.is_empty(), "\n{failures}");
    assert!(executed >= 180, "only {executed} ran");
}

#[test]
fn proved_cases_are_confined_on_mysql() {
    let admin = std::env::var("TENANCY_TEST_MYSQL_ADMIN_URL");
    let admin = admin.expect("run `cargo xtask test`, which starts a private MariaDB");
    let directory = cases_directory().join("mysql");
    let project = Project::load(&directory).expect("the project of the cases loads");
    let (executed, failures) = block_on(async {
        let query = snapshot_query(&project.catalog);
        let names = ["left", "right"].map(|side| format!("tenancy_cases_{side}_{}", std::process::id()));
        let mut shops = [
            Shop::mysql(&admin, &names[0], query.clone()).await.unwrap(),
            Shop::mysql(&admin, &names[1], query).await.unwrap(),
        ];
        let result = run_for_real(&project, &directory, &mut shops).await;
        for (shop, name) in shops.into_iter().zip(&names) {
            shop.drop_database(&admin, name).await.unwrap();
        }
        result
    });
    assert!(failures.is_empty(), "\n{failures}");
    assert!(executed >= PROVED_ON_MYSQL, "only {executed} ran");
}
