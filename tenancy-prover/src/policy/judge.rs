//! Whether the DDL proves that a table is protected.

use std::fmt;

use super::{Expected, ExpectedKind, expected};
use crate::TenantType;
use crate::catalog::{Catalog, Column, Ownership, Poison, Policy, PolicyExpr, QName, Relation, Table};

/// A part of the protection that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// There is no canonical policy for such a table.
    Unsupported(String),
    /// Something that is not understood may have changed it.
    Doubt(Poison),
    /// Row security is not enabled.
    NotEnabled,
    /// The owner goes past it.
    NotForced,
    /// There is no policy.
    NoPolicy,
    /// There are several.
    Several(Vec<String>),
    /// A restrictive policy shows nothing by itself.
    Restrictive(String),
    /// The policy is for one command.
    OneCommand(String, String),
    /// The policy says nothing of the rows that can be seen.
    NoUsing(String),
    /// The policy says nothing of the rows that are written.
    NoCheck(String),
    /// The expression is another one.
    Differs(String, &'static str),
    /// What the canonical text calls may be the project's own.
    Shadowed(&'static str),
    /// The parent, whose policy decides, is not protected itself.
    Parent(QName),
}

impl Flaw {
    /// The policies that have to go before the canonical one is made.
    pub(crate) fn dropped(flaws: &[Self]) -> Vec<String> {
        flaws
            .iter()
            .flat_map(|flaw| match flaw {
                Self::Several(names) => names.clone(),
                Self::Restrictive(name)
                | Self::OneCommand(name, _)
                | Self::NoUsing(name)
                | Self::NoCheck(name)
                | Self::Differs(name, _) => vec![name.clone()],
                Self::Unsupported(_)
                | Self::Doubt(_)
                | Self::NotEnabled
                | Self::NotForced
                | Self::NoPolicy
                | Self::Shadowed(_)
                | Self::Parent(_) => Vec::new(),
            })
            .fold(Vec::new(), |mut names, name| {
                if !names.contains(&name) {
                    names.push(name);
                }
                names
            })
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(reason) => f.write_str(reason),
            Self::Doubt(poison) => write!(
                f,
                "{} in {}:{} may have changed its row security",
                poison.what,
                poison.origin.file.display(),
                poison.origin.line
            ),
            Self::NotEnabled => f.write_str("row security is not enabled"),
            Self::NotForced => f.write_str("row security is not forced, so the table's owner goes past it"),
            Self::NoPolicy => f.write_str("it has no policy"),
            Self::Several(names) => write!(
                f,
                "it has several policies (`{}`), and permissive ones add up",
                names.join("`, `")
            ),
            Self::Restrictive(name) => write!(
                f,
                "its policy `{name}` is restrictive, and no other lets a row through"
            ),
            Self::OneCommand(name, command) => {
                write!(f, "its policy `{name}` is for `{command}` alone, not `for all`")
            }
            Self::NoUsing(name) => write!(f, "its policy `{name}` has no `using`"),
            Self::NoCheck(name) => write!(f, "its policy `{name}` has no `with check`"),
            Self::Differs(name, clause) => {
                write!(
                    f,
                    "the `{clause}` of its policy `{name}` is not the canonical expression"
                )
            }
            Self::Shadowed(what) => write!(
                f,
                "the migrations define {what} of their own, which the policy's expression may mean"
            ),
            Self::Parent(parent) => write!(f, "its parent `{parent}` is not protected"),
        }
    }
}

/// What is missing of a table's protection. An empty answer is the proof: with row security enabled and forced, and the one
/// policy canonical, a role that does not go past row security sees and leaves only rows of the current tenant.
pub(crate) fn flaws(catalog: &Catalog, table: &Table) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let expected = match expected(catalog, table) {
        Ok(expected) => expected,
        Err(reason) => return vec![Flaw::Unsupported(reason)],
    };
    let security = &table.security;
    if let Some(doubt) = security.doubts.first().or(catalog.poison_all.as_ref()) {
        flaws.push(Flaw::Doubt(doubt.clone()));
    }
    if !security.enabled {
        flaws.push(Flaw::NotEnabled);
    }
    if !security.forced {
        flaws.push(Flaw::NotForced);
    }
    match security.policies.as_slice() {
        [] => flaws.push(Flaw::NoPolicy),
        [policy] => judge(policy, &expected, &mut flaws),
        several => flaws.push(Flaw::Several(
            several.iter().map(|policy| policy.name.clone()).collect(),
        )),
    }
    flaws.extend(shadowed(catalog).map(Flaw::Shadowed));
    if let ExpectedKind::Parent { parent, .. } = &expected.kind {
        // Whose rows a table holds goes in no circle.
        let protected = matches!(catalog.relations.get(parent),
            Some(Relation::Table(above)) if is_owned(above) && self::flaws(catalog, above).is_empty());
        if !protected {
            flaws.push(Flaw::Parent(parent.clone()));
        }
        // Keys and foreign keys are not inherited: below the parent several rows may have the key, and below this table
        // rows may have no parent and be adopted by the next one.
        for name in [parent, &table.name] {
            let inherited = catalog
                .relations
                .values()
                .any(|relation| matches!(relation, Relation::Table(below) if below.parents.contains(name)));
            if inherited {
                flaws.push(Flaw::Unsupported(format!(
                    "`{}` has tables below it, whose rows its keys do not hold for",
                    name.name
                )));
            }
        }
    }
    flaws
}

fn is_owned(table: &Table) -> bool {
    matches!(table.ownership, Ownership::Tenant { .. } | Ownership::Via { .. })
}

fn judge(policy: &Policy, expected: &Expected, flaws: &mut Vec<Flaw>) {
    let name = || policy.name.clone();
    if !policy.permissive {
        flaws.push(Flaw::Restrictive(name()));
    }
    if policy.command != "all" {
        flaws.push(Flaw::OneCommand(name(), policy.command.clone()));
    }
    match &policy.using {
        None => flaws.push(Flaw::NoUsing(name())),
        Some(expr) if !is_canonical(expr, expected) => flaws.push(Flaw::Differs(name(), "using")),
        Some(_) => {}
    }
    match &policy.check {
        None => flaws.push(Flaw::NoCheck(name())),
        Some(expr) if !is_canonical(expr, expected) => flaws.push(Flaw::Differs(name(), "with check")),
        Some(_) => {}
    }
}

fn is_canonical(expr: &PolicyExpr, expected: &Expected) -> bool {
    match (expr, &expected.kind) {
        (PolicyExpr::Tenant { column, cast }, ExpectedKind::Tenant { cast: wanted }) => {
            *column == expected.column && cast == wanted
        }
        (
            PolicyExpr::Parent { parent, key, column },
            ExpectedKind::Parent {
                parent: above,
                key: wanted,
            },
        ) => *column == expected.column && parent == above && key == wanted,
        (PolicyExpr::Tenant { .. }, ExpectedKind::Parent { .. })
        | (PolicyExpr::Parent { .. }, ExpectedKind::Tenant { .. })
        | (PolicyExpr::Other(_), _) => false,
    }
}

/// What the canonical expression calls and the project may have redefined: a function of its own with better fitting
/// arguments wins over `pg_catalog`'s, and so does an operator.
pub(crate) fn shadowed(catalog: &Catalog) -> impl Iterator<Item = &'static str> {
    let function = |name: &str| catalog.functions.contains_key(name);
    const TYPES: [&str; 5] = ["text", "uuid", "int2", "int4", "int8"];
    let cast = TYPES.iter().any(|name| catalog.cast_targets.contains(*name));
    let types = catalog
        .types
        .keys()
        .any(|name| TYPES.contains(&name.name.as_str()));
    [
        ("a function `concat`", function("concat")),
        ("a function `current_setting`", function("current_setting")),
        // One for the very types that `pg_catalog` has one for loses.
        ("an operator `=`", catalog.loose_equality),
        ("a cast to a builtin type", cast),
        ("a type with a builtin's name", types),
    ]
    .into_iter()
    .filter(|(_, defined)| *defined)
    .map(|(what, _)| what)
}

/// Whether a tenant column's default is the tenant of the setting, or null where none is set: then the policy's check
/// refuses the row.
pub(crate) fn default_is_tenant(column: &Column) -> bool {
    let Some(default) = &column.default else {
        return false;
    };
    let Some((cast, _)) = super::text::tenant_column(&column.ty) else {
        return false;
    };
    let plain: String = default
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '(' | ')'))
        .flat_map(char::to_lowercase)
        .collect();
    let plain = plain.strip_prefix("pg_catalog.").unwrap_or(&plain);
    let casts: &[&str] = match cast {
        TenantType::Text => &["", "::text", "::charactervarying", "::varchar"],
        TenantType::Uuid => &["::uuid"],
        TenantType::Int2 => &["::int2", "::smallint"],
        TenantType::Int4 => &["::int4", "::integer", "::int"],
        TenantType::Int8 => &["::int8", "::bigint"],
    };
    let settings = [
        "current_setting'tenancy.tenant'",
        "current_setting'tenancy.tenant'::text",
        "current_setting'tenancy.tenant',true",
        "current_setting'tenancy.tenant'::text,true",
    ];
    settings.iter().any(|setting| {
        plain
            .strip_prefix(setting)
            .is_some_and(|rest| casts.contains(&rest))
    })
}
