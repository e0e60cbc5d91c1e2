//! PostgreSQL's row security where another isolation confines: a policy hides rows from whoever it holds for, by an
//! expression that every statement evaluates.
//!
//! Whom it holds for is not known here, so nothing follows from a policy; but what it reads beside the row and the settings of
//! the session must not decide.

use super::Lowerer;
use super::effects::Evaluated;
use crate::catalog::{Ownership, Policy, PolicyExpr, Relation, Table};
use crate::config::Isolation;
use crate::policy::shadowed;
use crate::{Code, Span};

impl<'a> Lowerer<'a> {
    /// Whether the policies of a table that is referred to read its rows alone; refused if not.
    pub(super) fn policies_read_the_row(&mut self, table: &'a Table, span: Span) -> bool {
        let owned = matches!(table.ownership, Ownership::Tenant { .. } | Ownership::Via { .. });
        if !table.security.enabled || (self.isolation == Isolation::Rls && owned) {
            // Of the latter only the one policy is taken that confines it.
            return true;
        }
        let policies = table.security.policies.iter();
        let Some(policy) = policies
            .into_iter()
            .find(|policy| !self.reads_the_row(table, policy, span))
        else {
            return true;
        };
        let (file, line) = (policy.origin.file.display().to_string(), policy.origin.line);
        let diagnostic = self.refuse(
            Code::UnknownFunction,
            span,
            format!(
                "the policy `{}` of `{}` decides here which rows there are, and is not known to read nothing but the row",
                policy.name, table.name.name
            ),
        );
        diagnostic.notes.push(format!("it is declared in {file}:{line}"));
        diagnostic.help = vec![
            "declare the functions that it calls pure in tenancy.toml, if they are".to_owned(),
            "or let it compare the row's columns with settings, without a subquery".to_owned(),
        ];
        false
    }

    fn reads_the_row(&mut self, table: &'a Table, policy: &'a Policy, span: Span) -> bool {
        [&policy.using, &policy.check]
            .into_iter()
            .flatten()
            .all(|expr| match expr {
                PolicyExpr::Tenant { column: _, cast: _ } => shadowed(self.catalog).next().is_none(),
                PolicyExpr::Parent { parent, key, column } => {
                    self.reads_its_owner(table, (parent, key, column), span)
                }
                PolicyExpr::Other(text) => self.reads_no_table(table, policy, text, span),
            })
    }

    /// Whether a policy asks for the very row that says whose the row is: it is the same tenant's.
    fn reads_its_owner(
        &mut self,
        table: &'a Table,
        (parent, key, column): (&crate::catalog::QName, &String, &String),
        span: Span,
    ) -> bool {
        let catalog = self.catalog;
        let Ownership::Via { foreign_key } = table.ownership else {
            return false;
        };
        let decides = table.foreign_keys.get(foreign_key).is_some_and(|owner| {
            let own = owner.columns.iter().filter_map(|&index| table.columns.get(index));
            owner.parent == *parent
                && owner.parent_columns.iter().eq([key])
                && own.map(|own| &own.name).eq([column])
        });
        let above = match catalog.relations.get(parent) {
            Some(Relation::Table(above)) => above,
            Some(Relation::View(_) | Relation::Opaque { .. }) | None => return false,
        };
        decides && shadowed(catalog).next().is_none() && self.policies_read_the_row(above, span)
    }

    fn reads_no_table(&mut self, table: &'a Table, policy: &'a Policy, text: &'a str, span: Span) -> bool {
        let mut words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
        let queries = words.any(|word| {
            ["select", "table", "values"]
                .iter()
                .any(|query| word.eq_ignore_ascii_case(query))
        });
        if queries {
            return false;
        }
        let before = std::mem::replace(&mut self.in_policy, true);
        let pure = self.is_pure(table, Evaluated::Row, text, &policy.origin, span);
        self.in_policy = before;
        pure
    }
}
