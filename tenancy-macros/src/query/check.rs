//! The statement goes to the prover, and the arguments are counted against its placeholders.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro2::Span;
use quote::ToTokens as _;
use tenancy_prover::{Bind, Project, Proved, Verdict};

use super::Scope;
use super::input::Call;
use super::memory;
use super::sql::SqlText;
use crate::errors::Errors;

/// Proves the statement and counts the arguments.
pub(super) fn check(scope: Scope, project: &Project, sql: &SqlText, call: &Call) -> Result<Proved, Errors> {
    let verdict = analyse(scope, project, &sql.value).map_err(|bug| Errors::one(sql.span(), bug))?;
    match verdict {
        Verdict::Proved(proved) => {
            count(&proved, sql.span(), call)?;
            Ok(proved)
        }
        Verdict::Refused(diagnostics) => {
            let mut errors = Errors::default();
            sql.report(&diagnostics, &mut errors);
            if errors.is_empty() {
                errors.push(
                    sql.span(),
                    "this statement is not proved, and the prover gives no reason: please report this",
                );
            }
            Err(errors)
        }
    }
}

/// The prover's answer. It must not panic; if it does, the build fails with a message that says whose fault it is.
fn analyse(scope: Scope, project: &Project, sql: &str) -> Result<Verdict, String> {
    if let (Scope::Tenant, Some(proved)) = (scope, memory::recall(project.digest, sql)) {
        return Ok(Verdict::Proved(proved));
    }
    let run = || match scope {
        Scope::Tenant => tenancy_prover::prove(project, sql),
        Scope::Central => tenancy_prover::central(project, sql),
    };
    let verdict = catch_unwind(AssertUnwindSafe(run)).map_err(|panic| bug(panic.as_ref()))?;
    if let (Scope::Tenant, Verdict::Proved(proved)) = (scope, &verdict) {
        memory::remember(project.digest, sql, proved);
    }
    Ok(verdict)
}

fn bug(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!(
        "the prover failed on this statement, so it is refused; this is a bug in `tenancy`: please report it with the \
         statement and the tables it names\n  = note: {said}"
    )
}

/// As many arguments as placeholders, or an error at what is too much.
fn count(proved: &Proved, sql: Span, call: &Call) -> Result<(), Errors> {
    let given = call.arguments.len();
    let wanted = proved.arguments;
    if given == wanted {
        return Ok(());
    }
    let mut errors = Errors::default();
    let text = miscounted(&labels(proved), wanted, given);
    match call.arguments.get(wanted..) {
        Some(surplus) if given > wanted => {
            let tokens = surplus
                .iter()
                .map(|argument| argument.to_token_stream())
                .collect::<Vec<_>>();
            errors.push_spanned(quote::quote!(#(#tokens),*), text);
        }
        _ => errors.push(sql, text),
    }
    Err(errors)
}

fn miscounted(labels: &[&str], wanted: usize, given: usize) -> String {
    let names = labels
        .iter()
        .map(|label| format!("`{label}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let placeholders = match wanted {
        0 => "no placeholders".to_owned(),
        1 => format!("1 placeholder ({names})"),
        many => format!("{many} placeholders ({names})"),
    };
    let arguments = match given {
        0 => "no argument is given".to_owned(),
        1 => "1 argument is given".to_owned(),
        many => format!("{many} arguments are given"),
    };
    let hint = match labels.get(given..) {
        Some([first, ..]) if given < wanted => {
            format!(
                "\n  = help: the argument for `{first}` is missing; arguments follow the statement, in the order of the placeholders"
            )
        }
        _ => String::new(),
    };
    let tenant =
        "\n  = note: `$tenant` takes no argument: the tenant comes from the scope that the query runs in";
    format!("the statement has {placeholders}, but {arguments}{hint}{tenant}")
}

/// How the SQL spells the placeholder of each argument.
fn labels(proved: &Proved) -> Vec<&str> {
    let mut labels = vec![""; proved.arguments];
    for bind in &proved.binds {
        match bind {
            Bind::Argument { index, label } => {
                if let Some(slot) = labels.get_mut(*index) {
                    *slot = label;
                }
            }
            Bind::Tenant(_) => {}
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::{bug, miscounted};

    #[test]
    fn a_missing_argument_is_named() {
        let text = miscounted(&["$1", "$2"], 2, 1);
        assert!(
            text.starts_with("the statement has 2 placeholders (`$1`, `$2`), but 1 argument is given"),
            "{text}"
        );
        assert!(text.contains("the argument for `$2` is missing"), "{text}");
    }

    #[test]
    fn a_surplus_argument_is_counted() {
        let text = miscounted(&[], 0, 2);
        assert!(
            text.starts_with("the statement has no placeholders, but 2 arguments are given"),
            "{text}"
        );
        assert!(!text.contains("missing"), "{text}");
    }

    #[test]
    fn a_panic_is_a_bug_report() {
        let panic = std::panic::catch_unwind(|| panic!("lost {}", 1)).unwrap_err();
        assert!(bug(panic.as_ref()).contains("lost 1"));
        assert!(bug(panic.as_ref()).contains("please report"));
    }
}
