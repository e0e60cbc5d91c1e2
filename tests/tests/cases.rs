//! The statements with known verdicts in `tests/cases`: nothing that leaks may be proved, nearly all that is safe must be.

#[path = "cases/case.rs"]
mod case;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use tenancy_prover::{Project, Verdict};

use crate::case::{Case, Expect, cases_directory};

/// Statements that are marked `conservative:` or `not provable:` and that the prover proves, with the argument why
/// the proof is sound. Any other proof of a statement marked `reject` fails the test.
const PROVED_REJECTS: &[(&str, &str)] = &[];

/// The share of the safe statements that must be proved, in percent.
const REQUIRED: usize = 90;

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
        for dialect in ["postgres", "sqlite"] {
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
