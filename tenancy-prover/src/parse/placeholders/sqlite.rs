//! SQLite's placeholders, in the slots that SQLite gives them.
//!
//! `?NNN` is slot NNN. Every other form takes the slot after the highest so far when it is met first, in the order of
//! the text, and a name that comes again keeps its slot. `$tenant` is such a name. So in `tenant_id = $tenant and
//! body <> ?1` both are slot 1: whatever is bound there, one of the two conditions gets a value that was not meant.

use std::collections::BTreeMap;

use super::{Numbered, Placeholder};
use crate::parse::refusal::{Help, refuse};
use crate::{Bind, Code, Diagnostic, Span, TenantType};

/// `SQLITE_MAX_VARIABLE_NUMBER`.
const MOST: usize = 32_766;

/// Who fills a slot.
struct Slot {
    /// The first placeholder in it; a bare `?` is numbered among the bare ones.
    label: String,
    span: Span,
    tenant: Option<TenantType>,
}

/// Gives every placeholder its slot and writes it as `?NNN`.
///
/// # Errors
/// A diagnostic for every placeholder whose slot is out of range, leaves a gap below it, or is shared by two names.
pub(super) fn number(
    found: &[Placeholder],
    types: &[Option<TenantType>],
) -> Result<Numbered, Vec<Diagnostic>> {
    check_forms(found)?;
    let mut refused = Vec::new();
    let mut slots: BTreeMap<usize, Slot> = BTreeMap::new();
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    let mut texts = Vec::with_capacity(found.len());
    let mut highest = 0;
    let mut bare = 0;
    for (placeholder, tenant) in found.iter().zip(types) {
        let text = placeholder.text.as_str();
        let mut label = text.to_owned();
        let slot = if text == "?" {
            bare += 1;
            label = format!("?{bare}");
            highest + 1
        } else if let Some(digits) = text.strip_prefix('?') {
            digits.parse().unwrap_or(0)
        } else {
            named.get(text).copied().unwrap_or(highest + 1)
        };
        if slot == 0 || slot > MOST {
            refused.push(out_of_range(placeholder));
            continue;
        }
        highest = highest.max(slot);
        texts.push(format!("?{slot}"));
        let numbered = text.starts_with('?') && text != "?";
        // `?1` and `?01` are the same slot on purpose; a name and a number meet by accident.
        let first = slots.entry(slot).or_insert_with(|| Slot {
            label,
            span: placeholder.span,
            tenant: *tenant,
        });
        if numbered && !first.label.starts_with('?') {
            refused.push(shared(placeholder, first));
        }
        if first.tenant != *tenant && first.tenant.is_some() && tenant.is_some() {
            refused.push(two_types(placeholder));
        }
        if !numbered && text != "?" {
            named.insert(text, slot);
        }
    }
    if let Some(gap) = (1..=slots.len()).find(|slot| !slots.contains_key(slot)) {
        let above = slots.range(gap..).next().map(|(_, slot)| slot);
        refused.extend(above.map(|above| {
            refuse(
                Code::Placeholder,
                above.span,
                format!("`{}` is used but slot {gap} is not", above.label),
                "leaves a gap",
            )
            .help("write `?` for each argument, in order")
        }));
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut index = 0;
    let binds = slots
        .into_values()
        .map(|slot| match slot.tenant {
            Some(kind) => Bind::Tenant(kind),
            None => {
                index += 1;
                Bind::Argument {
                    index: index - 1,
                    label: slot.label,
                }
            }
        })
        .collect();
    Ok(Numbered { texts, binds })
}

/// Bare and numbered placeholders in one statement count each other: nobody reads such a text rightly.
fn check_forms(found: &[Placeholder]) -> Result<(), Vec<Diagnostic>> {
    let bare = found.iter().any(|placeholder| placeholder.text == "?");
    let numbered = found
        .iter()
        .find(|placeholder| placeholder.text.len() > 1 && placeholder.text.starts_with('?'));
    match numbered {
        Some(numbered) if bare => Err(vec![
            refuse(
                Code::Placeholder,
                numbered.span,
                format!("`{}` stands beside a bare `?`", numbered.text),
                "each kind counts the other",
            )
            .help("write `?` for all of them"),
        ]),
        _ => Ok(()),
    }
}

fn out_of_range(placeholder: &Placeholder) -> Diagnostic {
    let message = format!("`{}` is out of range", placeholder.text);
    refuse(Code::Placeholder, placeholder.span, message, "no such slot").help("write `?`")
}

fn shared(placeholder: &Placeholder, first: &Slot) -> Diagnostic {
    refuse(
        Code::Placeholder,
        placeholder.span,
        format!("`{}` is the same slot as `{}`", placeholder.text, first.label),
        "a named placeholder takes the next free number",
    )
    .help("write `?` for the arguments")
}

fn two_types(placeholder: &Placeholder) -> Diagnostic {
    refuse(
        Code::Placeholder,
        placeholder.span,
        "`$tenant` stands against columns of two types",
        "SQLite has one slot for both",
    )
    .help("give the tenant columns the same type")
}
