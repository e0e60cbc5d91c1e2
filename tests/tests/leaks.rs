//! Statements that once were proved although another tenant's rows decided what they did, in `tests/leaks`: one file for
//! each fact about a server that a rule had overlooked. Beside each stands its nearest relative that is safe, so that no
//! rule is mended by refusing everything.

#[path = "leaks/leak.rs"]
pub(crate) mod leak;

use std::fmt::Write as _;
use std::path::Path;

use tenancy_prover::{ProjectError, Verdict, prove};

use self::leak::Leak;

/// Every verdict is what the files say.
#[test]
fn leaks_stay_closed() {
    let mut failures = String::new();
    let leaks = leak::read_all();
    assert!(leaks.len() > 40, "the files are missing");
    for leak in &leaks {
        judge(leak, &mut failures);
    }
    assert!(failures.is_empty(), "\n{failures}");
}

fn judge(leak: &Leak, failures: &mut String) {
    let project = leak.project();
    let mut fail = |sql: &str, what: &str| {
        let _ = writeln!(failures, "{}: {what}\n    {sql}", leak.name);
    };
    for sql in &leak.refused {
        match prove(&project, sql) {
            Verdict::Proved(_) => fail(sql, "proved, and it leaks"),
            Verdict::Refused(diagnostics) => {
                let codes: Vec<&str> = diagnostics
                    .iter()
                    .map(|diagnostic| diagnostic.code.name())
                    .collect();
                if !codes
                    .iter()
                    .any(|code| leak.codes.iter().any(|known| known == code))
                {
                    fail(sql, &format!("refused for another reason: {}", codes.join(", ")));
                }
            }
        }
    }
    for sql in &leak.open {
        if let Verdict::Refused(_) = prove(&project, sql) {
            fail(sql, "refused now: move it from `open` to `refused`");
        }
    }
    for line in &leak.declined {
        match leak.load(line) {
            Err(ProjectError::Declaration { .. }) => {}
            other => fail(line, &format!("the project loads, and leaks: {other:?}")),
        }
    }
    for sql in &leak.proved {
        if let Verdict::Refused(diagnostics) = prove(&project, sql) {
            let first = diagnostics.first().map_or_else(String::new, |first| {
                format!("{}: {}", first.code.name(), first.message)
            });
            fail(sql, &format!("safe, but refused: {first}"));
        }
    }
}

/// A file says what it is about, holds a leaking statement, and a safe one beside it.
#[test]
fn every_file_states_both_sides() {
    for leak in leak::read_all() {
        assert!(
            leak.fact.ends_with('.'),
            "{}: `fact` is not a sentence",
            leak.name
        );
        assert!(
            !(leak.refused.is_empty() && leak.open.is_empty() && leak.declined.is_empty()),
            "{}: nothing leaks",
            leak.name
        );
        assert!(
            !leak.proved.is_empty(),
            "{}: no safe statement beside it",
            leak.name
        );
        assert!(
            leak.refused.is_empty() == leak.codes.is_empty(),
            "{}: `codes` goes with `refused`",
            leak.name
        );
        for code in &leak.codes {
            assert!(
                tenancy_prover::Code::all()
                    .iter()
                    .any(|known| known.name() == code),
                "{}: `{code}` is no code",
                leak.name
            );
        }
        assert!(Path::new(&leak.name).extension().is_none(), "{}", leak.name);
    }
}
