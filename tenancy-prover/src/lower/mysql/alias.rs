//! Names of the select list.
//!
//! `having` and `order by` see them, and so may subqueries in any clause; `where`, `on` and the select list itself do not.
//! Which of a column and an alias of one name wins depends on the clause, on what is grouped and on the server: where
//! they differ, the name is refused.

use super::super::Lowerer;
use super::super::block::Clause;
use super::super::scope::Scope;
use crate::plan::Expr;
use crate::{Code, Dialect, Span};

impl Lowerer<'_> {
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
        let &(_, expr) = named.next()?;
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
                sqlparser::ast::Expr::CompoundIdentifier(_) => {
                    matches!(self.expr(expr, scope), Expr::Col(id) if id == column.id)
                }
                sqlparser::ast::Expr::Identifier(ident) => self.fold(ident) == name,
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
}
