//! Joins: what each sees, and the names that it leaves.

use sqlparser::ast::{Expr as Ast, JoinConstraint, JoinOperator, Spanned, TableFactor};

use super::Lowerer;
use super::from::Piece;
use super::names::name_span;
use super::scope::{Name, Named, Scope};
use crate::parse::span_of;
use crate::plan::{ColId, ColInfo, Expr, Join, JoinKind, JoinPlace, Rel, ScanId};
use crate::{Code, Dialect, Span};

impl Lowerer<'_> {
    pub(super) fn join_pieces(
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

    pub(super) fn join(
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
                    .filter(|column| !column.hidden)
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
                .filter(|column| column.name.as_deref() == Some(name) && !column.hidden);
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
}
