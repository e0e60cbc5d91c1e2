//! Joins in parentheses.

use sqlparser::ast::{Spanned, TableAlias, TableWithJoins};

use super::Lowerer;
use super::from::Piece;
use super::scope::{Locks, Scope};
use crate::Dialect;
use crate::parse::span_of;

impl Lowerer<'_> {
    /// `(a join b ..)`, whose alias hides the names inside.
    pub(super) fn nested(
        &mut self,
        inner: &TableWithJoins,
        alias: Option<&TableAlias>,
        scope: &mut Scope<'_>,
        aliases: &[String],
    ) -> Piece {
        let start = scope.relations.len();
        let before = scope.columns.len();
        let piece = match self.dialect() {
            Dialect::Postgres | Dialect::Mysql => self.table_with_joins(inner, scope, aliases),
            // To SQLite it is a subquery, which sees nothing of what stands beside it.
            Dialect::Sqlite => {
                let mut inside = Scope::new(scope.parent);
                let aliases = self.aliases_of(inner);
                let piece = self.table_with_joins(inner, &mut inside, &aliases);
                if inside
                    .relations
                    .iter()
                    .any(|one| one.alias.as_ref().is_some_and(|name| name.contains('.')))
                {
                    // It keeps such names as text, and cuts that at the dots.
                    self.unsupported(
                        span_of(inner.relation.span()),
                        "a name with a dot in a join in parentheses",
                    );
                }
                scope.relations.extend(inside.relations);
                self.refuse_duplicates(scope, start);
                Piece {
                    relations: (start, scope.relations.len()),
                    ..piece
                }
            }
        };
        scope.columns.truncate(before);
        let Some(alias) = alias else {
            scope.columns.extend(piece.named.iter().cloned());
            return piece;
        };
        if self.dialect() == Dialect::Sqlite {
            // The names inside are seen from outside, and come first.
            self.unsupported(span_of(alias.name.span), "another name for a join in parentheses");
        }
        if piece.named.iter().any(|column| column.hidden) {
            self.unsupported(span_of(alias.name.span), "another name for hidden columns");
        }
        let locks = if scope.relations[start..]
            .iter()
            .all(|one| one.locks == Locks::Owned)
        {
            Locks::Owned
        } else {
            Locks::Shared("a join")
        };
        scope.relations.truncate(start);
        let mut named = Vec::new();
        std::mem::swap(&mut scope.columns, &mut named);
        self.add_derived(piece.named, Some(alias), locks, scope);
        std::mem::swap(&mut scope.columns, &mut named);
        scope.columns.extend(named.iter().cloned());
        self.refuse_duplicates(scope, start);
        Piece {
            rel: piece.rel,
            columns: piece.columns,
            named,
            relations: (start, scope.relations.len()),
            lateral: piece.lateral,
        }
    }
}
