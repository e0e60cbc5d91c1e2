//! `from`: its list and the table factors in it.

use sqlparser::ast::{
    Join as AstJoin, Spanned, TableAlias, TableAliasColumnDef, TableFactor, TableFunctionArgs, TableWithJoins,
};

use super::Lowerer;
use super::scope::{Locks, Name, Named, Scope, Visible};
use crate::parse::span_of;
use crate::plan::{ColId, Expr, JoinKind, Rel};
use crate::{Code, Dialect, Span};

/// Part of a `from`: its plan, and which relations and columns of the scope it brought.
pub(super) struct Piece {
    pub(super) rel: Rel,
    /// Range of column ids.
    pub(super) columns: (ColId, ColId),
    /// What unqualified names and `*` reach in it.
    pub(super) named: Vec<Named>,
    /// Range of relations in the scope.
    pub(super) relations: (usize, usize),
    /// It sees the relations to its left.
    pub(super) lateral: bool,
}

impl<'a> Lowerer<'a> {
    /// The whole `from` list, into an empty scope.
    pub(super) fn from(&mut self, from: &[TableWithJoins], scope: &mut Scope<'_>) -> Rel {
        if self.is_dual(from) {
            return Rel::Unit;
        }
        let aliases: Vec<String> = from.iter().flat_map(|item| self.aliases_of(item)).collect();
        self.refuse_mixed_commas(from);
        let mut whole: Option<Piece> = None;
        // The names of the items so far are the scope's.
        let mut before = 0;
        for item in from {
            let mut piece = self.table_with_joins(item, scope, &aliases);
            scope.columns.truncate(before);
            scope.columns.append(&mut piece.named);
            before = scope.columns.len();
            whole = Some(match whole {
                None => piece,
                Some(left) => self.join_pieces(
                    left,
                    piece,
                    JoinKind::Inner,
                    Expr::Bool(true),
                    Vec::new(),
                    Vec::new(),
                ),
            });
        }
        whole.map_or(Rel::Unit, |piece| piece.rel)
    }

    pub(super) fn table_with_joins(
        &mut self,
        item: &TableWithJoins,
        scope: &mut Scope<'_>,
        aliases: &[String],
    ) -> Piece {
        let TableWithJoins { relation, joins } = item;
        let mut left = self.factor(relation, scope, false, aliases);
        for AstJoin {
            relation,
            global,
            join_operator,
        } in joins
        {
            if *global {
                self.unsupported(span_of(relation.span()), "`global join`");
            }
            left = self.join(left, relation, join_operator, scope, aliases);
        }
        left
    }

    /// Everything that one factor brings, as a piece.
    pub(super) fn piece(
        &mut self,
        scope: &mut Scope<'_>,
        lateral: bool,
        lower: impl FnOnce(&mut Self, &mut Scope<'_>) -> Rel,
    ) -> Piece {
        let first = self.arena.next();
        let relation = scope.relations.len();
        // Columns stay in the scope: lateral items to the right see what stands to their left.
        let before = scope.columns.len();
        let rel = lower(self, scope);
        let named = scope.columns.get(before..).unwrap_or_default().to_vec();
        self.refuse_duplicates(scope, relation);
        Piece {
            rel,
            columns: (first, self.arena.next()),
            named,
            relations: (relation, scope.relations.len()),
            lateral,
        }
    }

    pub(super) fn factor(
        &mut self,
        factor: &TableFactor,
        scope: &mut Scope<'_>,
        joined: bool,
        aliases: &[String],
    ) -> Piece {
        let span = || span_of(factor.span());
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                // Which index is used is no matter of rows.
                let hinted = !index_hints.is_empty() && self.dialect() != Dialect::Mysql;
                if !with_hints.is_empty()
                    || version.is_some()
                    || !partitions.is_empty()
                    || json_path.is_some()
                    || hinted
                {
                    self.unsupported(span(), "a table hint of another dialect");
                }
                if sample.is_some() {
                    self.refuse_sample(span());
                }
                match args {
                    Some(TableFunctionArgs { args, settings }) => {
                        if settings.is_some() {
                            self.unsupported(span(), "`settings`");
                        }
                        self.table_function(name, args, *with_ordinality, alias.as_ref(), scope, aliases)
                    }
                    None => self.piece(scope, false, |this, scope| {
                        this.table_factor(name, alias.as_ref(), joined, scope)
                    }),
                }
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
                sample,
            } => {
                if sample.is_some() {
                    self.refuse_sample(span());
                }
                let lateral = *lateral;
                self.piece(scope, lateral, |this, scope| {
                    let lowered = {
                        let seen: Option<&Scope<'_>> = if lateral { Some(&*scope) } else { scope.parent };
                        this.query(subquery, seen)
                    };
                    this.add_derived(
                        lowered.columns,
                        alias.as_ref(),
                        Locks::Shared("a subquery"),
                        scope,
                    );
                    lowered.rel
                })
            }
            TableFactor::Function {
                lateral: _,
                name,
                args,
                with_ordinality,
                alias,
            } => self.table_function(name, args, *with_ordinality, alias.as_ref(), scope, aliases),
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset,
                with_offset_alias,
                with_ordinality,
            } => {
                if *with_offset || with_offset_alias.is_some() {
                    self.unsupported(span(), "`with offset`");
                }
                self.unnest(array_exprs, *with_ordinality, alias.as_ref(), scope)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => self.nested(table_with_joins, alias.as_ref(), scope, aliases),
            TableFactor::JsonTable {
                json_expr,
                json_path: _,
                columns,
                alias,
            } if self.dialect() == Dialect::Mysql => {
                self.json_table(json_expr, columns, alias.as_ref(), span(), scope)
            }
            TableFactor::UnpivotExpr { .. } | TableFactor::SemanticView { .. } => {
                self.unsupported(span(), "this kind of table expression");
                self.piece(scope, false, |_, scope| {
                    scope.add(refused_relation(None));
                    Rel::Unit
                })
            }
            TableFactor::TableFunction { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::OpenJsonTable { alias, .. }
            | TableFactor::Pivot { alias, .. }
            | TableFactor::Unpivot { alias, .. }
            | TableFactor::MatchRecognize { alias, .. }
            | TableFactor::XmlTable { alias, .. } => {
                let whole = span();
                let named = alias.as_ref().map_or(whole, |alias| span_of(alias.name.span));
                let span = if whole == Span::default() { named } else { whole };
                self.unsupported(span, "this kind of table expression");
                let alias = alias.as_ref().map(|alias| self.fold(&alias.name));
                self.piece(scope, false, |_, scope| {
                    scope.add(refused_relation(alias));
                    Rel::Unit
                })
            }
        }
    }

    fn refuse_sample(&mut self, span: Span) {
        self.refuse(
            Code::RowIdentity,
            span,
            "`tablesample` picks rows by their place among other tenants' rows",
        )
        .help =
            vec!["confine the rows, order them by `random()`, and take the first with `limit`".to_owned()];
    }

    /// Puts columns under an alias, renaming them by its column list.
    pub(super) fn add_derived(
        &mut self,
        mut columns: Vec<Named>,
        alias: Option<&TableAlias>,
        locks: Locks,
        scope: &mut Scope<'_>,
    ) {
        let alias_name = alias.map(|alias| self.fold(&alias.name));
        if let Some(TableAlias {
            explicit: _,
            name,
            columns: renamed,
            at,
        }) = alias
        {
            if at.is_some() || renamed.len() > columns.len() {
                let span = span_of(name.span);
                self.refuse(
                    Code::SyntaxError,
                    span,
                    format!("`{}` names more columns than there are", name.value),
                );
            }
            for (column, TableAliasColumnDef { name, data_type: _ }) in columns.iter_mut().zip(renamed) {
                column.name = Some(Name::from(self.fold(name)));
            }
        }
        if let Some(alias) = &alias_name {
            self.note_names(alias, &columns);
        }
        scope.add(Visible {
            alias: alias_name,
            spelled: alias.map(|alias| alias.name.value.clone()),
            qualified: None,
            columns,
            refused: false,
            locks,
            rowid: None,
            uncertain: false,
        });
    }
}

/// A relation that was refused: whatever names its columns is not refused again.
pub(super) const fn refused_relation(alias: Option<String>) -> Visible {
    Visible {
        alias,
        spelled: None,
        qualified: None,
        columns: Vec::new(),
        refused: true,
        locks: Locks::Nothing,
        rowid: None,
        uncertain: false,
    }
}
