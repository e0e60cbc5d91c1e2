//! PostgreSQL's placeholders: `$1` .. `$n`, and the tenant behind them.

use std::collections::BTreeMap;

use super::{Numbered, Placeholder};
use crate::parse::refusal::{Help, refuse};
use crate::{Bind, Code, Diagnostic, TenantType};

/// The protocol counts parameters in 16 bits, and drivers take the sign for one of them.
const MOST: usize = 32_767;

/// Numbers the arguments as written and every type of `$tenant` behind them.
///
/// # Errors
/// A diagnostic for every number that is 0, too large, or stands above a gap.
pub(super) fn number(
    found: &[Placeholder],
    types: &[Option<TenantType>],
) -> Result<Numbered, Vec<Diagnostic>> {
    let mut refused = Vec::new();
    let mut first: BTreeMap<usize, &Placeholder> = BTreeMap::new();
    for placeholder in found.iter().filter(|placeholder| !placeholder.is_tenant()) {
        let number = placeholder
            .text
            .get(1..)
            .and_then(|digits| digits.parse::<usize>().ok());
        match number {
            Some(number) if (1..=MOST).contains(&number) => {
                first.entry(number).or_insert(placeholder);
            }
            _ => refused.push(misnumbered(placeholder)),
        }
    }
    let arguments = first.len();
    let gap = first
        .iter()
        .zip(1..)
        .find(|((number, _), expected)| *number != expected);
    if let Some(((_, above), gap)) = gap {
        refused.push(
            refuse(
                Code::Placeholder,
                above.span,
                format!("`{}` is used but `${gap}` is not", above.text),
                "leaves a gap",
            )
            .help("number the arguments from `$1` without gaps"),
        );
    }
    if !refused.is_empty() {
        return Err(refused);
    }

    let mut binds: Vec<Bind> = (0..arguments)
        .map(|index| Bind::Argument {
            index,
            label: format!("${}", index + 1),
        })
        .collect();
    let mut tenants: Vec<TenantType> = Vec::new();
    let mut texts = Vec::with_capacity(found.len());
    for (placeholder, kind) in found.iter().zip(types) {
        let Some(kind) = kind else {
            // `$01` is `$1` for the server, but not for every driver that reads the text.
            let number = placeholder.text.trim_start_matches(['$', '0']);
            texts.push(format!("${number}"));
            continue;
        };
        let position = tenants.iter().position(|known| known == kind).unwrap_or_else(|| {
            tenants.push(*kind);
            binds.push(Bind::Tenant(*kind));
            tenants.len() - 1
        });
        texts.push(format!("${}", arguments + position + 1));
    }
    Ok(Numbered { texts, binds })
}

fn misnumbered(placeholder: &Placeholder) -> Diagnostic {
    refuse(
        Code::Placeholder,
        placeholder.span,
        format!("`{}` is no number of an argument", placeholder.text),
        "out of range",
    )
    .help("number the arguments from `$1` without gaps")
}
