//! Every known verdict, without a database: what mutation testing judges the rules by, beside the unit tests. It is part
//! of the crate so that a mutant is built once.

#[expect(dead_code, reason = "the values of parameters are for runs on a database")]
#[path = "../../tests/tests/cases/case.rs"]
mod case;
#[path = "../../tests/tests/leaks.rs"]
mod leaks;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use tenancy_prover::{Project, Verdict};

use self::case::{Expect, cases_directory};

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
