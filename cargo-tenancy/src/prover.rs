//! Calls the prover so that one statement cannot take the command down.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tenancy_prover::{Diagnostic, Project, Proved, Verdict};

/// The prover's answer, or the fact that it failed.
#[derive(Debug)]
pub(crate) enum Judgement {
    /// Confined to the tenant.
    Proved(Proved),
    /// Not proved.
    Refused(Vec<Diagnostic>),
    /// The prover panicked: a defect of ours, and no proof.
    Failed,
}

/// Proves `sql`, and looks for a change that is proved where it is not if `suggest`. A panic is no proof.
pub(crate) fn judge(project: &Project, sql: &str, suggest: bool) -> Judgement {
    judge_with(|| {
        if suggest {
            tenancy_prover::prove(project, sql)
        } else {
            tenancy_prover::decide(project, sql)
        }
    })
}

fn judge_with(prove: impl FnOnce() -> Verdict) -> Judgement {
    // The project is only read, and the prover keeps no state between statements.
    match catch_unwind(AssertUnwindSafe(prove)) {
        Ok(Verdict::Proved(proved)) => Judgement::Proved(proved),
        Ok(Verdict::Refused(diagnostics)) => Judgement::Refused(diagnostics),
        Err(_) => Judgement::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_no_proof() {
        assert!(matches!(judge_with(|| panic!("a defect")), Judgement::Failed));
    }
}
