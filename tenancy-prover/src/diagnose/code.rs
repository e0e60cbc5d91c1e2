//! The names of the codes and what they mean, from one table.

use std::fmt;

use super::Code;

macro_rules! codes {
    ($($code:ident = $name:literal: $description:literal => $remedy:literal;)*) => {
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

            /// The code of that [`Code::name`].
            pub fn from_name(name: &str) -> Option<Self> {
                Self::all().iter().copied().find(|code| code.name() == name)
            }

            /// What the code means, in a sentence or two.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$code => $description),*
                }
            }

            /// What to do about it in general; the help of a diagnostic that has none of its own.
            pub const fn remedy(self) -> &'static str {
                match self {
                    $(Self::$code => $remedy),*
                }
            }
        }
    };
}

codes! {
    SyntaxError = "syntax-error": "The SQL does not parse. What the server would make of it is unknown, so it is refused."
        => "mend the statement; if the server takes it as it stands, write it another way";
    EmptyStatement = "empty-statement": "The string holds no statement."
        => "write the statement, or remove the call";
    SeveralStatements = "several-statements": "The string holds several statements. One macro call proves and sends exactly one."
        => "make a call for each statement";
    UnsupportedSql = "unsupported-sql": "A construct that the prover does not know. What is not understood is refused."
        => "rewrite the statement without it, or declare it as central work with `central_query!`";
    SessionStatement = "session-statement": "A statement that changes the session, the schema or the transaction, or that is central work by nature."
        => "settings, schema and transactions belong into migrations, the handle's own methods, or central work";
    UnscopedTable = "unscoped-table": "Rows of a tenant-owned table are read without being confined to the current tenant."
        => "compare the table's tenant column with `$tenant`, or with that of a table that is confined";
    UnscopedInsert = "unscoped-insert": "An insert does not put the current tenant into the tenant column of every row."
        => "write `$tenant` into the tenant column of every row";
    UnscopedWrite = "unscoped-write": "The rows that an update, delete or merge changes are not confined to the current tenant."
        => "compare the target's tenant column with `$tenant`";
    TenantChanged = "tenant-changed": "An update could hand a row over to another tenant."
        => "leave the tenant column out of `set`, or assign `$tenant` to it";
    SharedWrite = "shared-write": "A write to a table that all tenants share. Tenants read shared tables; writing them is central work."
        => "write it in central work, with `central_query!`";
    ConflictKey = "conflict-key": "A key without the tenant column decides silently what happens to the row, so another tenant's row could decide it."
        => "use a key that holds the tenant column as the conflict target, or let the conflict be an error";
    Cascade = "cascade": "A cascading foreign key that does not carry the tenant column would change rows of other tenants."
        => "let the foreign key hold the tenant column, or do without the cascade";
    Trigger = "trigger": "The table has a trigger or a rule whose effect is not understood."
        => "do this write in central work, or write out in the statement what the trigger does";
    UnsafeDefault = "unsafe-default": "A column default that is not known to be pure would run."
        => "give the column a value in the statement";
    UnknownTable = "unknown-table": "The schema files do not create this table."
        => "only tables that the migrations create can be used";
    UnclassifiedTable = "unclassified-table": "Nobody said whether this table is owned by tenants, owned through a parent, or shared."
        => "say in tenancy.toml, under `[tables]`, whose rows it holds";
    PoisonedTable = "poisoned-table": "A migration changes this table in a way that was not understood, so nothing is known about it."
        => "declare the table in tenancy.toml, or read the schema from a dump: `schema = \"schema.sql\"`";
    UnknownColumn = "unknown-column": "The table has no such column."
        => "only columns that the migrations create can be used";
    AmbiguousColumn = "ambiguous-column": "More than one table of the statement has a column of this name."
        => "write the table's name or alias before it";
    UnknownFunction = "unknown-function": "A function that is not known to be pure: it could read other tenants' rows or change state."
        => "if it reads no table, no setting and changes nothing, declare it in tenancy.toml: `[functions] pure = [..]`";
    UnknownOperator = "unknown-operator": "An operator that is not known to be pure, or whose precedence is in doubt."
        => "write it with an operator or function that every server of this kind has built in";
    SystemCatalog = "system-catalog": "A system catalogue, a statistics view, or a schema that is not the project's."
        => "read it in central work, with `central_query!`";
    LeakyView = "leaky-view": "The view's own query mixes the rows of several tenants."
        => "let the view keep the tenants apart and show the tenant column, or write the query out";
    RowIdentity = "row-identity": "A physical row position such as `ctid` or `rowid`, which other tenants' rows influence."
        => "use the primary key";
    TenantType = "tenant-type": "The type or the collation of the tenant column makes different tenants compare equal."
        => "give the column the type and collation of the tenant ids";
    Placeholder = "placeholder": "A placeholder that the database, the driver or the rewriting cannot take."
        => "number the arguments from 1 without gaps, and write `$tenant` for the tenant";
    UnprotectedTable = "unprotected-table": "With `isolation = \"rls\"`, the schema files do not prove that row security confines this table."
        => "add a migration with the policy that `cargo tenancy policy` prints";
    SharedLock = "shared-lock": "A lock on rows that other tenants share."
        => "name the tenant's own tables behind `of`";
    TooComplex = "too-complex": "The statement has too many terms or is too deep to be analysed."
        => "split it into several statements";
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
    fn remedies_are_lines_of_help() {
        for code in Code::all() {
            let remedy = code.remedy();
            assert!(
                !remedy.ends_with('.') && remedy.starts_with(char::is_lowercase),
                "{code}"
            );
        }
    }

    #[test]
    fn descriptions_are_sentences() {
        for code in Code::all() {
            assert!(code.description().ends_with('.'), "{code}");
        }
    }
}
