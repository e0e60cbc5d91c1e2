//! Every known verdict, without a database: what mutation testing judges the rules by, beside the unit tests. It is part
//! of the crate so that a mutant is built once.

#[expect(dead_code, reason = "the values of parameters are for runs on a database")]
#[path = "../../tests/tests/cases/case.rs"]
mod case;
#[path = "../tests/codes.rs"]
pub(crate) mod codes;
#[path = "../../tests/tests/leaks.rs"]
mod leaks;
#[path = "../../tests/tests/cases/stripped.rs"]
mod stripped;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use tenancy_prover::explain::{Fact, Kind, State};
use tenancy_prover::{Project, Verdict};

use self::case::{Expect, cases_directory};
use self::codes::offered;
use self::stripped::stripped;

/// Nothing that leaks is proved, and what is safe is proved but for the listed few.
#[test]
fn cases_keep_their_verdicts() {
    let listed = fs::read_to_string(cases_directory().join("not-proved.txt")).expect("the list can be read");
    let listed: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(id, _)| id)
        .collect();
    let mut wrong = String::new();
    let mut judged = 0;
    for dialect in ["postgres", "sqlite", "mysql"] {
        let directory = cases_directory().join(dialect);
        let project = Project::load(&directory).expect("the project of the cases loads");
        for case in case::read(&directory) {
            judged += 1;
            let proved = matches!(tenancy_prover::prove(&project, &case.sql), Verdict::Proved(_));
            let as_known = match case.expect {
                Expect::Accept => proved || listed.contains(case.id.as_str()),
                Expect::Reject => !proved || case.could_be_proved(),
            };
            if !as_known {
                let _ = writeln!(wrong, "{}: {}\n    {}", case.id, case.why, case.sql);
            }
        }
    }
    assert!(judged > 900, "the cases are missing");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Every statement of the cases: `explain` answers what `prove` answers, and every reference of a proved statement that
/// opens something has a chain that ends in `$tenant`, each link of which is said somewhere.
#[test]
fn explanations_agree_with_proofs_and_leave_no_gap() {
    let mut chains = 0;
    for dialect in ["postgres", "sqlite", "mysql"] {
        let directory = cases_directory().join(dialect);
        let project = Project::load(&directory).expect("the project of the cases loads");
        for case in case::read(&directory) {
            chains += whole(&project, &case.sql);
        }
    }
    assert!(chains > 300, "{chains}");
}

/// Checks one statement and counts its chains.
fn whole(project: &Project, sql: &str) -> usize {
    let explanation = tenancy_prover::explain(project, sql);
    assert_eq!(explanation.verdict, tenancy_prover::prove(project, sql), "{sql}");
    let mut chains = 0;
    for reference in &explanation.references {
        let owned = matches!(reference.kind, Kind::Owned { .. } | Kind::Via { .. });
        match (&explanation.verdict, owned) {
            (Verdict::Proved(_), true) => {
                assert_eq!(reference.state, State::Confined, "{sql}: {reference:#?}");
                assert!(!reference.chains.is_empty(), "{sql}: {reference:#?}");
                for chain in &reference.chains {
                    chains += 1;
                    let end = chain.last().map(|fact| fact.text.as_str());
                    assert!(
                        end.is_some_and(|text| text.ends_with("= $tenant")),
                        "{sql}: {reference:#?}"
                    );
                    assert!(chain.iter().all(is_said), "{sql}: {reference:#?}");
                }
            }
            (Verdict::Proved(_), false) => assert_eq!(reference.state, State::Nothing, "{sql}"),
            (Verdict::Refused(_), _) => {}
        }
    }
    if let Verdict::Refused(diagnostics) = &explanation.verdict {
        for diagnostic in diagnostics {
            assert!(!diagnostic.help.is_empty(), "{sql}: {diagnostic:?}");
        }
    }
    chains
}

/// A fact that is written somewhere, or made by a construct, or rests on such facts.
fn is_said(fact: &Fact) -> bool {
    let said = match fact.reason.as_str() {
        "written" => !fact.places.is_empty(),
        "follows" => !fact.because.is_empty(),
        "known of every row that is read there" => false,
        _ => true,
    };
    said && fact.because.iter().all(is_said)
}

/// Whatever a refusal of a known statement offers, as people see it, is proved. So are those of safe statements without
/// their predicates.
#[test]
fn what_is_offered_is_proved() {
    let mut wrong = String::new();
    let mut changes = Vec::new();
    for dialect in ["postgres", "sqlite", "mysql"] {
        let directory = cases_directory().join(dialect);
        let project = Project::load(&directory).expect("the project of the cases loads");
        let mut offered = 0;
        for case in case::read(&directory) {
            offered += offers(&project, &case.sql, &mut wrong);
            if case.expect == Expect::Accept {
                for sql in stripped(&case.sql) {
                    offered += offers(&project, &sql, &mut wrong);
                }
            }
        }
        changes.push(offered);
    }
    let mut offered = 0;
    for leak in leaks::leak::read_all() {
        let project = leak.project();
        for sql in leak.refused.iter().chain(&leak.open) {
            offered += offers(&project, sql, &mut wrong);
        }
    }
    changes.push(offered);
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(
        changes[0] > 400 && changes[1] > 50 && changes[2] > 50 && changes[3] > 20,
        "{changes:?}"
    );
}

/// One if the statement is refused and a change is offered.
fn offers(project: &Project, sql: &str, wrong: &mut String) -> usize {
    let Verdict::Refused(found) = tenancy_prover::prove(project, sql) else {
        return 0;
    };
    match offered::try_all(project, sql, &found) {
        Ok(change) => usize::from(change),
        Err(what) => {
            let _ = writeln!(wrong, "{what}\n    {sql}\n");
            0
        }
    }
}
