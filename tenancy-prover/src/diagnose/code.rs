//! The names of the codes and what they mean, from one table.

use std::fmt;

use super::Code;

macro_rules! codes {
    ($($code:ident = $name:literal: $description:literal;)*) => {
        impl Code {
            /// Every code, in the order of their declaration.
            pub const fn all() -> &'static [Self] {
                &[$(Self::$code),*]
            }

            /// The stable kebab-case name, as messages, JSON output and the documentation spell it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name),*
                }
            }

            /// What the code means, in a sentence or two.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$code => $description),*
                }
            }
        }
    };
}

codes! {
    SyntaxError = "syntax-error": "The SQL does not parse. What the server would make of it is unknown, so it is refused.";
    EmptyStatement = "empty-statement": "The string holds no statement.";
    SeveralStatements = "several-statements": "The string holds several statements. One macro call proves and sends exactly one.";
    UnsupportedSql = "unsupported-sql": "A construct that the prover does not know. What is not understood is refused.";
    SessionStatement = "session-statement": "A statement that changes the session, the schema or the transaction, or that is central work by nature.";
    UnscopedTable = "unscoped-table": "Rows of a tenant-owned table are read without being confined to the current tenant.";
    UnscopedInsert = "unscoped-insert": "An insert does not put the current tenant into the tenant column of every row.";
    UnscopedWrite = "unscoped-write": "The rows that an update, delete or merge changes are not confined to the current tenant.";
    TenantChanged = "tenant-changed": "An update could hand a row over to another tenant.";
    SharedWrite = "shared-write": "A write to a table that all tenants share. Tenants read shared tables; writing them is central work.";
    ConflictKey = "conflict-key": "A key without the tenant column decides silently what happens to the row, so another tenant's row could decide it.";
    Cascade = "cascade": "A cascading foreign key that does not carry the tenant column would change rows of other tenants.";
    Trigger = "trigger": "The table has a trigger or a rule whose effect is not understood.";
    UnsafeDefault = "unsafe-default": "A column default that is not known to be pure would run.";
    UnknownTable = "unknown-table": "The schema files do not create this table.";
    UnclassifiedTable = "unclassified-table": "Nobody said whether this table is owned by tenants, owned through a parent, or shared.";
    PoisonedTable = "poisoned-table": "A migration changes this table in a way that was not understood, so nothing is known about it.";
    UnknownColumn = "unknown-column": "The table has no such column.";
    AmbiguousColumn = "ambiguous-column": "More than one table of the statement has a column of this name.";
    UnknownFunction = "unknown-function": "A function that is not known to be pure: it could read other tenants' rows or change state.";
    UnknownOperator = "unknown-operator": "An operator that is not known to be pure, or whose precedence is in doubt.";
    SystemCatalog = "system-catalog": "A system catalogue, a statistics view, or a schema that is not the project's.";
    LeakyView = "leaky-view": "The view's own query mixes the rows of several tenants.";
    RowIdentity = "row-identity": "A physical row position such as `ctid` or `rowid`, which other tenants' rows influence.";
    TenantType = "tenant-type": "The type or the collation of the tenant column makes different tenants compare equal.";
    Placeholder = "placeholder": "A placeholder that the database, the driver or the rewriting cannot take.";
    SharedLock = "shared-lock": "A lock on rows that other tenants share.";
    TooComplex = "too-complex": "The statement has too many terms or is too deep to be analysed.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn names_are_kebab_case_and_unique() {
        let mut names: Vec<&str> = Code::all().iter().map(|code| code.name()).collect();
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        );
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn names_follow_the_variants() {
        for code in Code::all() {
            let variant = format!("{code:?}");
            let folded: String = code.name().split('-').collect();
            assert_eq!(variant.to_ascii_lowercase(), folded);
        }
    }

    #[test]
    fn descriptions_are_sentences() {
        for code in Code::all() {
            assert!(code.description().ends_with('.'), "{code}");
        }
    }
}
