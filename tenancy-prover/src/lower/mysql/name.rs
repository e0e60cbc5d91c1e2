//! Names of tables and their aliases: told apart by case or not, as `lower_case_table_names` says. Columns never are.

use sqlparser::ast::{GroupByExpr, GroupByWithModifier, ObjectName, TableAlias, TableFactor, TableWithJoins};

use super::super::Lowerer;
use super::super::names::part;
use super::super::scope::Scope;
use crate::{Code, Dialect, Span};

impl Lowerer<'_> {
    /// Whether a name is spelled as what it was found to mean. A server that tells case apart finds what is spelled alike,
    /// one that does not finds the nearest: only if both are the same is it certain which.
    pub(in crate::lower) fn spelled_alike(&mut self, written: &str, known: Option<&str>, span: Span) -> bool {
        let Some(known) = known.filter(|known| self.dialect() == Dialect::Mysql && *known != written) else {
            return true;
        };
        self.refuse(
            Code::UnknownTable,
            span,
            format!("`{written}` and `{known}` are one name to some servers and two to others"),
        )
        .help = vec![format!("write `{known}`")];
        false
    }

    /// Remembers how a table without an alias is spelled, and that a common table expression is spelled as its definition.
    pub(in crate::lower) fn spell(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
        before: usize,
        scope: &mut Scope<'_>,
    ) {
        if self.dialect() != Dialect::Mysql {
            return;
        }
        let Some(ident) = name.0.last().and_then(part) else {
            return;
        };
        let (span, written) = (crate::parse::span_of(ident.span), ident.value.clone());
        let folded = self.fold(ident);
        let binding = self.bindings.iter().rfind(|binding| binding.is_called(&folded));
        if let Some(known) = binding.map(|binding| binding.spelled.clone()) {
            self.spelled_alike(&written, Some(&known), span);
        }
        if let (Some(visible), None) = (scope.relations.get_mut(before), alias) {
            visible.spelled = Some(written);
        }
    }

    /// `from dual`: one row and no column.
    pub(in crate::lower) fn is_dual(&self, from: &[TableWithJoins]) -> bool {
        let [TableWithJoins { relation, joins }] = from else {
            return false;
        };
        let TableFactor::Table {
            name,
            alias: None,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
        } = relation
        else {
            return false;
        };
        let bare =
            with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() && joins.is_empty();
        let dual = matches!(name.0.as_slice(), [one] if part(one)
            .is_some_and(|ident| ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("dual")));
        self.dialect() == Dialect::Mysql && bare && dual
    }

    /// `group by .. with rollup`.
    pub(in crate::lower) fn has_rollup(&self, group_by: &GroupByExpr) -> bool {
        self.dialect() == Dialect::Mysql
            && matches!(group_by, GroupByExpr::Expressions(_, modifiers)
                if matches!(modifiers.as_slice(), [GroupByWithModifier::Rollup]))
    }
}
