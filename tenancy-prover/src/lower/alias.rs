//! Aliases of a `from`, and what they must not do.

use sqlparser::ast::{JoinConstraint, JoinOperator, Spanned, TableAlias, TableFactor, TableWithJoins};

use super::Lowerer;
use super::scope::Scope;
use crate::parse::span_of;
use crate::{Code, Dialect, Span};

impl<'a> Lowerer<'a> {
    /// Every alias that a `from` item will bring, so that a name cannot mean an outer relation meanwhile; an empty one for
    /// a relation that has none.
    pub(super) fn aliases_of(&self, item: &TableWithJoins) -> Vec<String> {
        let mut aliases = self.factor_aliases(&item.relation);
        for join in &item.joins {
            aliases.extend(self.factor_aliases(&join.relation));
        }
        aliases
    }

    pub(super) fn factor_aliases(&self, factor: &TableFactor) -> Vec<String> {
        let own = |alias: &Option<TableAlias>| {
            let alias = alias.as_ref().map(|alias| self.fold(&alias.name));
            vec![alias.unwrap_or_default()]
        };
        match factor {
            TableFactor::Table { name, alias, .. } => match alias {
                Some(alias) => vec![self.fold(&alias.name)],
                None => {
                    let parts = self.parts(name);
                    vec![parts.and_then(|parts| parts.last().cloned()).unwrap_or_default()]
                }
            },
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => match alias {
                Some(alias) => vec![self.fold(&alias.name)],
                None => self.aliases_of(table_with_joins),
            },
            TableFactor::Derived { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::OpenJsonTable { alias, .. }
            | TableFactor::Pivot { alias, .. }
            | TableFactor::Unpivot { alias, .. }
            | TableFactor::MatchRecognize { alias, .. }
            | TableFactor::XmlTable { alias, .. }
            | TableFactor::SemanticView { alias, .. } => own(alias),
            TableFactor::UnpivotExpr { .. } => vec![String::new()],
        }
    }

    pub(super) fn refuse_duplicates(&mut self, scope: &Scope<'_>, from: usize) {
        let (before, new) = scope.relations.split_at(from.min(scope.relations.len()));
        let twice: Vec<String> = new
            .iter()
            .filter_map(|one| one.alias.clone())
            .filter(|alias| before.iter().any(|known| known.alias.as_ref() == Some(alias)))
            .collect();
        for alias in twice {
            self.refuse(
                Code::AmbiguousColumn,
                Span::default(),
                format!("`{alias}` names two tables in one `from`"),
            )
            .help = vec!["give each its own alias".to_owned()];
        }
    }

    /// SQLite's comma binds as tightly as `join`: `a, b right join c` joins `(a, b)` with `c`, where the parser shows `a`
    /// joined with `(b right join c)`, and `using` looks at `a` first. For inner and left joins with `on` both mean the same.
    pub(super) fn refuse_mixed_commas(&mut self, from: &[TableWithJoins]) {
        let mixed = self.dialect() == Dialect::Sqlite && from.len() > 1;
        let different = from
            .iter()
            .flat_map(|item| &item.joins)
            .find(|join| match &join.join_operator {
                JoinOperator::Join(constraint)
                | JoinOperator::Inner(constraint)
                | JoinOperator::CrossJoin(constraint)
                | JoinOperator::Left(constraint)
                | JoinOperator::LeftOuter(constraint) => {
                    matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural)
                }
                _ => true,
            });
        if let (true, Some(join)) = (mixed, different) {
            let span = span_of(join.relation.span());
            self.unsupported(span, "a comma beside `using`, `natural`, a right or a full join");
        }
    }
}
