//! `group by`: plain lists, `rollup`, `cube`, `grouping sets`.

use sqlparser::ast::{self, GroupByExpr, Spanned};

use super::Lowerer;
use super::scope::Scope;
use super::select::{Item, ItemValue, ordinal};
use crate::parse::span_of;
use crate::plan::Expr;
use crate::{Code, Dialect, Span};

/// More sets than anybody writes; `cube` doubles them with every column.
const MAX_SETS: usize = 128;

impl<'a> Lowerer<'a> {
    /// The grouping sets; `None` without `group by`.
    pub(super) fn grouping_sets(
        &mut self,
        group_by: &GroupByExpr,
        items: &[Item<'_>],
        scope: &Scope<'_>,
    ) -> Option<Vec<Vec<Expr>>> {
        let (exprs, modifiers) = match group_by {
            GroupByExpr::All(_) => {
                self.unsupported(Span::default(), "`group by all`");
                return Some(vec![Vec::new()]);
            }
            GroupByExpr::Expressions(exprs, modifiers) => (exprs, modifiers),
        };
        let rollup = self.has_rollup(group_by);
        let several = exprs.iter().any(|expr| {
            matches!(
                expr,
                ast::Expr::Rollup(_) | ast::Expr::Cube(_) | ast::Expr::GroupingSets(_)
            )
        });
        if !modifiers.is_empty() && !rollup {
            self.unsupported(Span::default(), "a modifier of `group by`");
        }
        if exprs.is_empty() {
            return None;
        }
        if rollup {
            let grouped: Vec<Vec<Expr>> = exprs
                .iter()
                .map(|expr| self.group_expr(expr, items, scope))
                .collect();
            self.refuse_nulled(&grouped.concat(), exprs);
            let sets = (0..=grouped.len()).rev();
            return Some(
                sets.map(|length| grouped.iter().take(length).flatten().cloned().collect())
                    .collect(),
            );
        }
        // A comma joins: every set of one member with every set of the others.
        let mut sets: Vec<Vec<Expr>> = vec![Vec::new()];
        for expr in exprs {
            let member = self.group_member(expr, items, scope);
            sets = sets
                .iter()
                .flat_map(|left| {
                    member
                        .iter()
                        .map(|right| left.iter().chain(right).cloned().collect())
                })
                .collect();
            if sets.len() > MAX_SETS {
                self.refuse(
                    Code::TooComplex,
                    span_of(expr.span()),
                    "too many grouping sets to analyse",
                );
                return Some(vec![Vec::new()]);
            }
        }
        if several {
            self.refuse_nulled(&sets.concat(), exprs);
        }
        Some(sets)
    }

    /// Refuses `$tenant` and arguments as keys of several grouping sets: in the rows of the sets that lack the key they are
    /// null wherever the select list names them, and so no longer what was bound.
    fn refuse_nulled(&mut self, keys: &[Expr], exprs: &[ast::Expr]) {
        if keys.iter().any(is_bound) {
            let span = exprs
                .first()
                .map_or_else(Span::default, |expr| span_of(expr.span()));
            self.unsupported(
                span,
                "grouping by `$tenant` or an argument in several grouping sets",
            );
        }
    }

    fn group_member(&mut self, expr: &ast::Expr, items: &[Item<'_>], scope: &Scope<'_>) -> Vec<Vec<Expr>> {
        match expr {
            ast::Expr::Rollup(columns) => (0..=columns.len())
                .rev()
                .map(|length| self.group_exprs(&columns[..length], items, scope))
                .collect(),
            ast::Expr::Cube(columns) => {
                if columns.len() > 6 {
                    self.refuse(
                        Code::TooComplex,
                        span_of(expr.span()),
                        "too many grouping sets to analyse",
                    );
                    return vec![Vec::new()];
                }
                (0..1_u32 << columns.len())
                    .map(|mask| {
                        let chosen: Vec<Vec<ast::Expr>> = columns
                            .iter()
                            .enumerate()
                            .filter(|(index, _)| mask & (1 << index) != 0)
                            .map(|(_, column)| column.clone())
                            .collect();
                        self.group_exprs(&chosen, items, scope)
                    })
                    .collect()
            }
            ast::Expr::GroupingSets(sets) => sets
                .iter()
                .map(|set| {
                    set.iter()
                        .flat_map(|one| self.group_expr(one, items, scope))
                        .collect()
                })
                .collect(),
            other => vec![self.group_expr(other, items, scope)],
        }
    }

    fn group_exprs(
        &mut self,
        members: &[Vec<ast::Expr>],
        items: &[Item<'_>],
        scope: &Scope<'_>,
    ) -> Vec<Expr> {
        members
            .iter()
            .flatten()
            .flat_map(|one| self.group_expr(one, items, scope))
            .collect()
    }

    /// One expression: a number or name of the select list, or a column, which wins over a name.
    fn group_expr(&mut self, expr: &ast::Expr, items: &[Item<'_>], scope: &Scope<'_>) -> Vec<Expr> {
        let item = match expr {
            ast::Expr::Tuple(members) => {
                return members
                    .iter()
                    .flat_map(|one| self.group_expr(one, items, scope))
                    .collect();
            }
            ast::Expr::Nested(inner) => return self.group_expr(inner, items, scope),
            ast::Expr::Rollup(_) | ast::Expr::Cube(_) | ast::Expr::GroupingSets(_) => {
                return vec![self.unsupported(span_of(expr.span()), "nested grouping sets")];
            }
            ast::Expr::Identifier(ident) => {
                let name = self.fold(ident);
                // SQLite looks for the number of the row before it looks at the select list.
                let is_row_number = !scope.relations.is_empty() && self.is_physical(&name);
                let is_column = scope
                    .columns
                    .iter()
                    .any(|column| column.name.as_deref() == Some(&name));
                let unnamed = scope.columns.iter().any(|column| column.name.is_none())
                    || scope.relations.iter().any(|one| one.uncertain);
                if self.dialect() != Dialect::Postgres
                    && unnamed
                    && !is_column
                    && self.item_named(ident, items).is_some()
                {
                    // A column of that name would come first.
                    return vec![self.refuse_unnamed(&name, span_of(ident.span))];
                }
                if is_column || is_row_number {
                    None
                } else {
                    self.item_named(ident, items)
                }
            }
            _ => ordinal(expr).and_then(|number| items.get(number.checked_sub(1)?)),
        };
        vec![match item {
            Some(Item {
                value: ItemValue::Column(id),
                ..
            }) => Expr::Col(*id),
            Some(Item {
                value: ItemValue::Expr(item),
                ..
            }) => self.expr(item, scope),
            None => self.expr(expr, scope),
        }]
    }
}

/// Whether an expression may stand for a bound value.
fn is_bound(expr: &Expr) -> bool {
    match expr {
        Expr::Tenant | Expr::Param(_) | Expr::Cast(..) => true,
        Expr::Collated(inner, _) => is_bound(inner),
        Expr::Coalesce(operands) => operands.iter().any(is_bound),
        Expr::Col(_)
        | Expr::Constant
        | Expr::Bool(_)
        | Expr::Null
        | Expr::Not(_)
        | Expr::IsTrue(_)
        | Expr::IsNotNull(_)
        | Expr::Eq(..)
        | Expr::NotEq(..)
        | Expr::Same(..)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Opaque { .. }
        | Expr::In { .. }
        | Expr::Exists { .. }
        | Expr::Scalar { .. }
        | Expr::Query { .. } => false,
    }
}
