//! `from`: table factors and joins.

use sqlparser::ast::{
    Expr as Ast, Join as AstJoin, JoinConstraint, JoinOperator, Spanned, TableAlias, TableAliasColumnDef,
    TableFactor, TableFunctionArgs, TableWithJoins,
};

use super::Lowerer;
use super::names::name_span;
use super::scope::{Locks, Name, Named, Scope, Visible};
use crate::parse::span_of;
use crate::plan::{ColId, ColInfo, Expr, Join, JoinKind, JoinPlace, Rel, ScanId};
use crate::{Code, Dialect, Span};

/// Part of a `from`: its plan, and which relations and columns of the scope it brought.
pub(super) struct Piece {
    rel: Rel,
    /// Range of column ids.
    columns: (ColId, ColId),
    /// What unqualified names and `*` reach in it.
    named: Vec<Named>,
    /// Range of relations in the scope.
    relations: (usize, usize),
    /// It sees the relations to its left.
    lateral: bool,
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

    fn join_pieces(
        &mut self,
        left: Piece,
        right: Piece,
        kind: JoinKind,
        on: Expr,
        merged: Vec<(ColId, ColId, ColId)>,
        named: Vec<Named>,
    ) -> Piece {
        let columns = (left.columns.0.min(right.columns.0), self.arena.next());
        let relations = (
            left.relations.0.min(right.relations.0),
            left.relations.1.max(right.relations.1),
        );
        let lateral = left.lateral;
        let rel = Rel::Join(Box::new(Join {
            kind,
            left: left.rel,
            right: right.rel,
            left_columns: left.columns,
            right_columns: right.columns,
            lateral: right.lateral,
            on,
            merged,
        }));
        Piece {
            rel,
            columns,
            named,
            relations,
            lateral,
        }
    }

    fn table_with_joins(
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

    fn join(
        &mut self,
        mut left: Piece,
        relation: &TableFactor,
        operator: &JoinOperator,
        scope: &mut Scope<'_>,
        aliases: &[String],
    ) -> Piece {
        let span = || span_of(relation.span());
        let (kind, swapped, constraint) = match operator {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::CrossJoin(constraint) => (JoinKind::Inner, false, constraint),
            JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => {
                (JoinKind::Left, false, constraint)
            }
            JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => {
                (JoinKind::Left, true, constraint)
            }
            JoinOperator::StraightJoin(constraint) if self.dialect() == Dialect::Mysql => {
                (JoinKind::Inner, false, constraint)
            }
            JoinOperator::FullOuter(constraint) => {
                if self.dialect() == Dialect::Mysql {
                    // To the server `full` is an alias of the table before it, and the join an inner one.
                    self.unsupported(span(), "a full join, which MySQL does not know");
                }
                (JoinKind::Full, false, constraint)
            }
            JoinOperator::Semi(_)
            | JoinOperator::LeftSemi(_)
            | JoinOperator::RightSemi(_)
            | JoinOperator::Anti(_)
            | JoinOperator::LeftAnti(_)
            | JoinOperator::RightAnti(_)
            | JoinOperator::CrossApply
            | JoinOperator::OuterApply
            | JoinOperator::AsOf {
                match_condition: _,
                constraint: _,
            }
            | JoinOperator::StraightJoin(_)
            | JoinOperator::ArrayJoin
            | JoinOperator::LeftArrayJoin
            | JoinOperator::InnerArrayJoin => {
                self.unsupported(span(), "this kind of join");
                (JoinKind::Inner, false, &JoinConstraint::None)
            }
        };
        let before = self.arena.scans.len();
        let mut right = self.factor(relation, scope, true, aliases);
        if matches!(relation, TableFactor::Table { .. }) {
            self.note_place(before, kind, swapped, constraint);
        }
        if right.lateral && (swapped || kind == JoinKind::Full) {
            self.unsupported(span(), "`lateral` on this side of the join");
        }
        let mut pairs: Vec<(String, ColId, ColId)> = Vec::new();
        let on = match constraint {
            JoinConstraint::On(on) => {
                let from = left.relations.0.min(right.relations.0);
                left.named.append(&mut right.named);
                self.on(on, &mut left.named, from, scope, aliases)
            }
            JoinConstraint::Using(names) => {
                for name in names {
                    let Some(parts) = self.parts(name) else { continue };
                    let [column] = parts.as_slice() else { continue };
                    pairs.extend(self.using(column, name_span(name), &left, &right, scope));
                }
                Expr::Bool(true)
            }
            JoinConstraint::Natural => {
                let names: Vec<Name> = left
                    .named
                    .iter()
                    .filter_map(|column| column.name.clone())
                    .collect();
                for name in names {
                    if right
                        .named
                        .iter()
                        .any(|column| column.name.as_ref() == Some(&name))
                        && !pairs.iter().any(|(known, ..)| **known == *name)
                    {
                        pairs.extend(self.using(&name, span(), &left, &right, scope));
                    }
                }
                let anonymous = |piece: &Piece| {
                    let (from, to) = piece.relations;
                    piece
                        .named
                        .iter()
                        .any(|column| column.name.is_none() || column.hidden)
                        || scope
                            .relations
                            .get(from..to)
                            .unwrap_or_default()
                            .iter()
                            .any(|one| one.uncertain)
                };
                if anonymous(&left) || anonymous(&right) {
                    self.unsupported(
                        span(),
                        "`natural join` over columns without a name, or hidden ones",
                    );
                }
                Expr::Bool(true)
            }
            JoinConstraint::None => Expr::Bool(true),
        };
        let mut merged = Vec::new();
        let mut shown: Vec<Named> = Vec::new();
        for (name, a, b) in &pairs {
            let (ia, ib) = (self.arena.info(*a), self.arena.info(*b));
            let info = if ia.identity == ib.identity {
                let width = ia.width.filter(|_| ia.width == ib.width);
                ColInfo {
                    width,
                    exact_argument: ia.exact_argument && ib.exact_argument,
                    ..ia
                }
            } else {
                ColInfo::OPAQUE
            };
            let id = self.arena.column(info);
            // The preserved side comes first: its value is the merged one.
            merged.push(if swapped { (id, *b, *a) } else { (id, *a, *b) });
            shown.push(Named {
                name: Some(Name::from(name.as_str())),
                id,
                hidden: false,
            });
        }
        let named = self.joined_names(&pairs, &shown, &mut left, right.named.drain(..));
        if swapped {
            self.join_pieces(right, left, kind, on, merged, named)
        } else {
            self.join_pieces(left, right, kind, on, merged, named)
        }
    }

    /// Remembers for messages where the references stand that were lowered since `before`.
    fn note_place(&mut self, before: usize, kind: JoinKind, swapped: bool, constraint: &JoinConstraint) {
        let place = match (kind, constraint) {
            (JoinKind::Full, _) => JoinPlace::Full,
            (JoinKind::Left, JoinConstraint::On(_)) if !swapped => JoinPlace::Nullable,
            (JoinKind::Left, _) if !swapped => JoinPlace::Full,
            (JoinKind::Left | JoinKind::Inner, JoinConstraint::On(_)) => return,
            (JoinKind::Left | JoinKind::Inner, _) => JoinPlace::WithoutOn,
        };
        for scan in before..self.arena.scans.len() {
            self.arena
                .joins
                .insert(ScanId(u32::try_from(scan).unwrap_or(u32::MAX)), place);
        }
    }

    /// The columns of `*` after a join: PostgreSQL puts merged columns first, SQLite leaves them in the left table's place.
    fn joined_names(
        &self,
        pairs: &[(String, ColId, ColId)],
        shown: &[Named],
        left: &mut Piece,
        right: impl Iterator<Item = Named>,
    ) -> Vec<Named> {
        let mut names = std::mem::take(&mut left.named);
        let is_left = |column: &Named| pairs.iter().position(|(_, a, _)| *a == column.id);
        let is_right = |column: &Named| pairs.iter().any(|(_, _, b)| *b == column.id);
        if !pairs.is_empty() {
            match self.dialect() {
                Dialect::Postgres | Dialect::Mysql => {
                    names.retain(|column| is_left(column).is_none());
                    names.splice(0..0, shown.iter().cloned());
                }
                Dialect::Sqlite => {
                    for column in &mut names {
                        if let Some(merged) = is_left(column).and_then(|index| shown.get(index)) {
                            column.clone_from(merged);
                        }
                    }
                }
            }
        }
        names.extend(right.filter(|column| !is_right(column)));
        names
    }

    /// A column that both sides of a join have exactly once.
    fn using(
        &mut self,
        name: &str,
        span: Span,
        left: &Piece,
        right: &Piece,
        scope: &Scope<'_>,
    ) -> Option<(String, ColId, ColId)> {
        let one = |piece: &Piece| {
            let mut found = piece
                .named
                .iter()
                .filter(|column| column.name.as_deref() == Some(name));
            match (found.next(), found.next()) {
                (Some(column), None) => Some(column.id),
                _ => None,
            }
        };
        match (one(left), one(right)) {
            (Some(a), Some(b)) => Some((name.to_owned(), a, b)),
            _ => {
                if !scope.relations.iter().any(|one| one.refused) {
                    self.refuse(
                        Code::UnknownColumn,
                        span,
                        format!("`{name}` is not a column of both sides of the join, once each"),
                    );
                }
                None
            }
        }
    }

    /// `on` sees the two sides of its join (SQLite: the whole `from`) and the outer query. The columns of both are `named`,
    /// their relations those of the scope from the one with that index.
    fn on(
        &mut self,
        on: &Ast,
        named: &mut Vec<Named>,
        from: usize,
        scope: &mut Scope<'_>,
        aliases: &[String],
    ) -> Expr {
        let mut inner = Scope::new(scope.parent);
        // Lent, not copied: of many joins each would copy all that stands to its left.
        std::mem::swap(&mut inner.columns, named);
        let others = match self.dialect() {
            Dialect::Postgres | Dialect::Mysql => from,
            Dialect::Sqlite => {
                inner.pending = aliases;
                inner.partial = true;
                0
            }
        };
        inner
            .relations
            .extend(scope.relations.drain(others.min(scope.relations.len())..));
        let expr = self.expr(on, &inner);
        scope.relations.append(&mut inner.relations);
        std::mem::swap(&mut inner.columns, named);
        expr
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

    fn factor(
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

    /// `(a join b ..)`, whose alias hides the names inside.
    fn nested(
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
