//! `json_table(document, path columns (..))`: rows computed from the document alone, which may be a column of a table to
//! its left.

use sqlparser::ast::{Expr as Ast, JsonTableColumn, JsonTableNamedColumn, JsonTableNestedColumn, TableAlias};

use super::super::Lowerer;
use super::super::from::Piece;
use super::super::scope::{Locks, Name, Named, Scope};
use crate::Span;
use crate::plan::{ColInfo, Rel};

impl Lowerer<'_> {
    /// Lowers one reference. What a document says is nobody's tenant: nothing is known of the columns.
    pub(in crate::lower) fn json_table(
        &mut self,
        document: &Ast,
        columns: &[JsonTableColumn],
        alias: Option<&TableAlias>,
        span: Span,
        scope: &mut Scope<'_>,
    ) -> Piece {
        let mut names = Vec::new();
        self.json_columns(columns, span, &mut names, 0);
        self.piece(scope, true, |this, scope| {
            let document = this.in_from_block(|this| this.expr(document, scope));
            let columns = names
                .into_iter()
                .map(|name| Named {
                    name: Some(Name::from(name)),
                    id: this.arena.column(ColInfo::OPAQUE),
                    hidden: false,
                })
                .collect();
            this.add_derived(columns, alias, Locks::Nothing, scope);
            Rel::Generate(vec![document])
        })
    }

    fn json_columns(&mut self, columns: &[JsonTableColumn], span: Span, names: &mut Vec<String>, depth: u32) {
        if depth > 32 {
            self.unsupported(span, "a `json_table` nested so deep");
            return;
        }
        for column in columns {
            match column {
                JsonTableColumn::Named(JsonTableNamedColumn {
                    name,
                    r#type: _,
                    path: _,
                    exists: _,
                    on_empty: _,
                    on_error: _,
                })
                | JsonTableColumn::ForOrdinality(name) => names.push(self.fold(name)),
                JsonTableColumn::Nested(JsonTableNestedColumn { path: _, columns }) => {
                    self.json_columns(columns, span, names, depth + 1);
                }
            }
        }
    }
}
