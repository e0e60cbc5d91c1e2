//! Names of the select list.
//!
//! `having` sees nothing but the select list and what is grouped: any other name means a column of an outer query, even
//! if a table beside it has a column of that name.
//!
//! `having` and `order by` see them, and so may subqueries in any clause; `where`, `on` and the select list itself do not.
//! Which of a column and an alias of one name wins depends on the clause, on what is grouped and on the server: where
//! they differ, the name is refused.

use sqlparser::ast::{Expr as Ast, SelectItem, Value};

use super::super::Lowerer;
use super::super::block::Clause;
use super::super::scope::Scope;
use super::super::select::{Item, ItemValue};
use crate::parse::reserved::is_reserved;
use crate::plan::{ColId, Expr};
use crate::{Code, Dialect, Span};

impl Lowerer<'_> {
    /// Notes what the `having` of a subquery can name. Of `*` the server may have made something else before it looks.
    pub(in crate::lower) fn show_to_having(
        &mut self,
        items: &[Item<'_>],
        sets: &[Vec<Expr>],
        scope: &Scope<'_>,
    ) {
        if self.dialect() != Dialect::Mysql {
            return;
        }
        let mut shown: Vec<ColId> = sets
            .iter()
            .flatten()
            .filter_map(|grouped| match grouped {
                Expr::Col(id) => Some(*id),
                _ => None,
            })
            .collect();
        self.clause(Clause::Select);
        for item in items {
            if let ItemValue::Expr(expr @ (Ast::Identifier(_) | Ast::CompoundIdentifier(_))) = item.value
                && self.implicit_name(expr).as_deref() == item.name.as_deref()
                && let Expr::Col(id) = self.expr(expr, scope)
            {
                shown.push(id);
            }
        }
        if let Some(block) = self.blocks.last_mut() {
            block.shown = Some(shown);
        }
    }

    /// A column that was found: refused if it stands in a `having` that does not see it.
    pub(in crate::lower) fn seen_by_having(&mut self, id: ColId, span: Span) -> Expr {
        let owner = self.blocks.iter().rev().find(|block| block.first <= id);
        let hidden = owner.is_some_and(|block| {
            block.clause == Clause::Having && block.shown.as_ref().is_some_and(|shown| !shown.contains(&id))
        });
        if hidden {
            self.refuse(
                Code::AmbiguousColumn,
                span,
                "`having` sees only the select list and what is grouped: here this means a column of an outer query",
            )
            .help = vec!["move the condition to `where`, or name the column in the select list".to_owned()];
            return Expr::opaque();
        }
        Expr::Col(id)
    }

    /// What `name` means if a name of the select list of `scope` has to do with it; `own` if it stands in that block and
    /// not in a subquery of it. `None`: the columns of the block come next.
    pub(in crate::lower) fn mysql_alias(
        &mut self,
        name: &str,
        span: Span,
        own: bool,
        scope: &Scope<'_>,
    ) -> Option<Expr> {
        if self.dialect() != Dialect::Mysql {
            return None;
        }
        let mut named = scope.aliases.iter().filter(|(alias, _)| alias == name);
        let Some(&(_, expr)) = named.next() else {
            return self.named_by_text(name, span, own, scope);
        };
        let several = named.next().is_some();
        let clause = self.blocks.last().map(|block| block.clause);
        let visible = matches!(clause, Some(Clause::Group | Clause::Having | Clause::Order));
        let mut columns = scope
            .columns
            .iter()
            .filter(|column| column.name.as_deref() == Some(name));
        if let Some(column) = columns.next() {
            if own && (!visible || clause == Some(Clause::Group)) {
                return None;
            }
            let same = match expr {
                Ast::CompoundIdentifier(_) => {
                    matches!(self.expr(expr, scope), Expr::Col(id) if id == column.id)
                }
                Ast::Identifier(ident) => self.fold(ident) == name,
                _ => false,
            };
            if same && !several {
                return None;
            }
        } else if own && visible && !several {
            // Where it is evaluated the select list is, too; and there it sees no other name of its own list.
            return Some(self.in_clause(Clause::Select, |this| this.expr(expr, scope)));
        }
        self.refuse(
            Code::AmbiguousColumn,
            span,
            format!("`{name}` is a name of the select list, and may mean that or something else here"),
        )
        .help = vec![
            "qualify the column with its table".to_owned(),
            format!("or give the select list another name than `{name}`"),
        ];
        Some(Expr::opaque())
    }

    /// Where `name` may be the name that the server makes of an expression's text, nothing is known of it.
    fn named_by_text(&mut self, name: &str, span: Span, own: bool, scope: &Scope<'_>) -> Option<Expr> {
        let clause = self.blocks.last().map(|block| block.clause);
        let sees_items = !own || matches!(clause, Some(Clause::Having | Clause::Order));
        let is_column = scope
            .columns
            .iter()
            .any(|column| column.name.as_deref() == Some(name));
        let doubtful = |expr: &&Ast| match text_of(expr) {
            // The server takes the first of several literals in a row, without the blanks before it.
            Some(text) => text.trim_start().to_ascii_lowercase().starts_with(name),
            None => !is_column || !is_plain(name),
        };
        if !sees_items || !scope.unnamed.iter().any(doubtful) {
            return None;
        }
        self.refuse(
            Code::AmbiguousColumn,
            span,
            format!("`{name}` may mean an expression of the select list, which the server names by its text"),
        )
        .help = vec![
            "qualify the column with its table".to_owned(),
            "or give every expression of the select list a name with `as`".to_owned(),
        ];
        Some(Expr::opaque())
    }
}

/// The expressions of a select list that have no name of their own: the server names them by their text.
pub(in crate::lower) fn named_by_their_text(items: &[SelectItem]) -> Vec<&Ast> {
    items
        .iter()
        .filter_map(|item| match item {
            SelectItem::UnnamedExpr(Ast::Identifier(_) | Ast::CompoundIdentifier(_)) => None,
            SelectItem::UnnamedExpr(expr) => Some(expr),
            SelectItem::ExprWithAlias { expr: _, alias: _ }
            | SelectItem::ExprWithAliases { expr: _, aliases: _ }
            | SelectItem::QualifiedWildcard(_, _)
            | SelectItem::Wildcard(_) => None,
        })
        .collect()
}

/// The text of a literal, which is its name without the quotes.
fn text_of(expr: &Ast) -> Option<&str> {
    match expr {
        Ast::Value(value) => match &value.value {
            Value::SingleQuotedString(text)
            | Value::DoubleQuotedString(text)
            | Value::NationalStringLiteral(text) => Some(text),
            _ => None,
        },
        Ast::Prefixed { prefix: _, value } => text_of(value),
        _ => None,
    }
}

/// A name that is the text of nothing but itself.
fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
        && !is_reserved(name, Dialect::Mysql)
}
