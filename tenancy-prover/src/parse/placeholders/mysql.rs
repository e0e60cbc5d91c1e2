//! MySQL's placeholders: every `?` takes the next value, and nothing can be taken twice.

use super::{Numbered, Placeholder};
use crate::parse::refusal::{Help, refuse};
use crate::{Bind, Code, Diagnostic, TenantType};

/// The protocol counts parameters in 16 bits.
const MOST: usize = 65_535;

/// Writes every placeholder as `?`, with one bind for each in the order of the text.
///
/// # Errors
/// A diagnostic for more placeholders than the protocol counts.
pub(super) fn number(
    found: &[Placeholder],
    types: &[Option<TenantType>],
) -> Result<Numbered, Vec<Diagnostic>> {
    if let Some(placeholder) = found.get(MOST) {
        return Err(vec![
            refuse(
                Code::Placeholder,
                placeholder.span,
                format!("the statement has more than {MOST} placeholders"),
                "one too many",
            )
            .help("split the statement, or pass a list as one JSON argument"),
        ]);
    }
    let mut arguments = 0;
    let binds = types
        .iter()
        .map(|tenant| match tenant {
            Some(kind) => Bind::Tenant(*kind),
            None => {
                arguments += 1;
                Bind::Argument {
                    index: arguments - 1,
                    label: format!("?{arguments}"),
                }
            }
        })
        .collect();
    Ok(Numbered {
        texts: vec!["?".to_owned(); found.len()],
        binds,
    })
}
