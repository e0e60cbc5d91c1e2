//! What a condition makes known of the rows that it lets through, and the subqueries that stand in it.

use super::{Analyzer, Facts, Info, Node, Obligation, Why, is_outer, settle};
use crate::plan::{ColId, Expr, Identity, Rel};

/// How the surroundings of a condition look at its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The row counts only if it is true: false and null are the same.
    True,
    /// The row counts only if it is false: true and null are the same.
    False,
    /// All three values show.
    Value,
}

/// What a condition tells.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Facts of the rows for which it has the value that the mode asks for.
    pub(super) facts: Facts,
    /// Obligations of its subqueries, lifted into the rows that it is evaluated for.
    pub(super) open: Vec<Obligation>,
}

/// One side of an equality.
#[derive(Debug, Clone, Copy)]
enum Side {
    Col(ColId),
    Tenant,
    Param(u32),
    Cast(u32, Identity),
}

impl Analyzer<'_> {
    /// Reads a condition that is evaluated for rows of which `base` (closed) is known.
    pub(super) fn predicate(&mut self, expr: &Expr, mode: Mode, base: &Facts) -> Found {
        match expr {
            Expr::And(operands) => match mode {
                Mode::True => self.all(operands, mode, base),
                Mode::False => self.some(operands, mode, base),
                Mode::Value => self.values_of(operands, base),
            },
            Expr::Or(operands) => match mode {
                Mode::True => self.some(operands, mode, base),
                Mode::False => self.all(operands, mode, base),
                Mode::Value => self.values_of(operands, base),
            },
            Expr::Not(operand) => match mode {
                Mode::True => self.predicate(operand, Mode::False, base),
                Mode::False => self.predicate(operand, Mode::True, base),
                Mode::Value => self.predicate(operand, Mode::Value, base),
            },
            Expr::IsTrue(operand) => match mode {
                Mode::True => self.predicate(operand, Mode::True, base),
                Mode::False | Mode::Value => self.only_open(operand, base),
            },
            Expr::IsNotNull(operand) => {
                let mut found = self.only_open(operand, base);
                if mode == Mode::True {
                    strict_columns(operand, &mut found.facts);
                }
                found
            }
            Expr::Eq(left, right) => self.equality(left, right, mode == Mode::True, mode, base),
            Expr::NotEq(left, right) => self.equality(left, right, mode == Mode::False, mode, base),
            Expr::Same(left, right) => {
                let mut found = self.values_of(&[], base);
                for operand in [left, right] {
                    found.open.extend(self.only_open(operand, base).open);
                }
                if mode == Mode::True {
                    self.null_safe_equality(left, right, base, &mut found.facts);
                }
                found
            }
            Expr::In {
                left,
                query,
                columns,
                first,
            } => self.membership(left, query, columns, *first, mode, base),
            Expr::Exists { query, first } => {
                let info = self.subquery(query, base);
                let open = Self::lifted(&info, *first);
                // A row that satisfied the subquery stands witness for what is known of it.
                let facts = if mode == Mode::True {
                    info.facts
                } else {
                    Facts::default()
                };
                Found { facts, open }
            }
            Expr::Scalar { query, first, .. } | Expr::Query { query, first } => {
                let info = self.subquery(query, base);
                Found {
                    facts: Facts::default(),
                    open: Self::lifted(&info, *first),
                }
            }
            Expr::Col(_) | Expr::Opaque { .. } | Expr::Collated(..) => {
                let mut found = match expr {
                    Expr::Opaque { operands, .. } => self.values_of(operands, base),
                    Expr::Collated(operand, _) => self.only_open(operand, base),
                    _ => Found::default(),
                };
                if mode != Mode::Value {
                    strict_columns(expr, &mut found.facts);
                }
                found
            }
            Expr::Coalesce(operands) => self.values_of(operands, base),
            Expr::Tenant | Expr::Param(_) | Expr::Cast(..) | Expr::Constant | Expr::Bool(_) | Expr::Null => {
                Found::default()
            }
        }
    }

    /// Every operand has the value that the mode asks for: all their facts hold. Alternatives among them are read last, in
    /// the light of the others: where one of those has another value, it does not matter what the alternatives say.
    fn all(&mut self, operands: &[Expr], mode: Mode, base: &Facts) -> Found {
        let (alternatives, plain): (Vec<&Expr>, Vec<&Expr>) = operands.iter().partition(|operand| {
            matches!(
                (operand, mode),
                (Expr::Or(_), Mode::True) | (Expr::And(_), Mode::False)
            )
        });
        let mut found = Found::default();
        for operand in plain {
            let one = self.predicate(operand, mode, base);
            found.facts.extend(&one.facts);
            found.open.extend(one.open);
        }
        if !alternatives.is_empty() {
            let mut beside = base.clone();
            beside.extend(&found.facts);
            beside.close();
            for operand in alternatives {
                let one = self.predicate(operand, mode, &beside);
                found.facts.extend(&one.facts);
                found.open.extend(one.open);
            }
        }
        found
    }

    /// Some operand has the value that the mode asks for: only what each of them makes known holds. An operand's
    /// subqueries may be confined by that same operand, because elsewhere it does not matter what they say. A literal that
    /// has another value (`or false`, `or 1 = 2`) is never that operand.
    fn some(&mut self, operands: &[Expr], mode: Mode, base: &Facts) -> Found {
        let mut open = Vec::new();
        let mut common: Option<Facts> = None;
        for operand in operands {
            if is_never(operand, mode) {
                continue;
            }
            let one = self.predicate(operand, mode, base);
            let silent = one.facts.says_nothing();
            if one.open.is_empty() && silent {
                common = Some(Facts::default());
                continue;
            }
            let mut facts = base.clone();
            facts.extend(&one.facts);
            let mut branch = Info {
                facts,
                open: one.open,
            };
            settle(&mut branch);
            open.extend(branch.open.iter().map(|one| one.extended(&branch.facts)));
            common = Some(match common {
                None => branch.facts,
                Some(common) if common.says_nothing() => common,
                Some(common) => common.meet(&branch.facts),
            });
        }
        Found {
            facts: common.unwrap_or_default(),
            open,
        }
    }

    /// Operands of which nothing becomes known; only their subqueries count.
    fn values_of(&mut self, operands: &[Expr], base: &Facts) -> Found {
        let mut found = Found::default();
        for operand in operands {
            found.open.extend(self.only_open(operand, base).open);
        }
        found
    }

    fn only_open(&mut self, operand: &Expr, base: &Facts) -> Found {
        if operand.has_query() {
            Found {
                facts: Facts::default(),
                open: self.predicate(operand, Mode::Value, base).open,
            }
        } else {
            Found::default()
        }
    }

    fn subquery(&mut self, query: &Rel, base: &Facts) -> Info {
        let mut info = self.relation(query, base);
        settle(&mut info);
        info
    }

    /// `left = right`; `holds` if the mode asks for the rows where it is true (of `<>`: where it is false).
    fn equality(&mut self, left: &Expr, right: &Expr, holds: bool, mode: Mode, base: &Facts) -> Found {
        let mut found = Found::default();
        for operand in [left, right] {
            if let (true, Expr::Scalar { query, first, .. }) = (holds, operand) {
                // Equal to the value of a scalar subquery: it returned a row, which stands witness.
                let info = self.subquery(query, base);
                found.open.extend(Self::lifted(&info, *first));
                found.facts.extend(&info.facts);
            } else {
                found.open.extend(self.only_open(operand, base).open);
            }
        }
        if mode != Mode::Value {
            strict_columns(left, &mut found.facts);
            strict_columns(right, &mut found.facts);
        }
        if holds {
            if let Some((a, b)) = self.identical(left, right) {
                found.facts.equal(a, b);
            }
            match (left, right) {
                (Expr::Coalesce(operands), Expr::Tenant) | (Expr::Tenant, Expr::Coalesce(operands)) => {
                    if let Some(nodes) = self.tenants(operands) {
                        found.facts.merged(Node::Tenant, nodes);
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Columns that all compare with `$tenant` by identity: the first that is not null is the tenant, where their
    /// `coalesce` is.
    fn tenants(&self, operands: &[Expr]) -> Option<Vec<Node>> {
        operands
            .iter()
            .map(|operand| match operand {
                Expr::Col(_) => self.identical(operand, &Expr::Tenant).map(|(column, _)| column),
                _ => None,
            })
            .collect()
    }

    /// The nodes of an equality that is an identity: both sides are columns of one identity, or one such column and
    /// `$tenant` or an argument. Equality between other types may hold between different values.
    fn identical(&self, left: &Expr, right: &Expr) -> Option<(Node, Node)> {
        let (left, forced_left) = side(left)?;
        let (right, forced_right) = side(right)?;
        let forced = forced_left || forced_right;
        let identity = |column: ColId| {
            let info = self.arena.info(column);
            info.identity
                .or_else(|| (forced && info.collatable).then_some(Identity::Text))
        };
        match (left, right) {
            (Side::Col(a), Side::Col(b)) => {
                let (ia, ib) = (identity(a)?, identity(b)?);
                (ia == ib).then_some((Node::Col(a), Node::Col(b)))
            }
            (Side::Col(column), Side::Tenant) | (Side::Tenant, Side::Col(column)) => {
                if identity(column)? != self.arena.tenant {
                    return None;
                }
                self.arena.info(column).tenant_type?;
                Some((Node::Col(column), Node::Tenant))
            }
            (Side::Col(column), Side::Param(number)) | (Side::Param(number), Side::Col(column)) => {
                if !self.arena.info(column).exact_argument {
                    return None;
                }
                Some((Node::Col(column), Node::Param(number, identity(column)?)))
            }
            (Side::Col(column), Side::Cast(number, cast)) | (Side::Cast(number, cast), Side::Col(column)) => {
                (identity(column)? == cast).then_some((Node::Col(column), Node::Param(number, cast)))
            }
            (
                Side::Tenant | Side::Param(_) | Side::Cast(..),
                Side::Tenant | Side::Param(_) | Side::Cast(..),
            ) => None,
        }
    }

    /// `left is not distinct from right`. With `$tenant` only for a column that cannot be null, so that the statement
    /// means the same whatever an unset tenant would be bound as.
    fn null_safe_equality(&self, left: &Expr, right: &Expr, base: &Facts, facts: &mut Facts) {
        let Some((a, b)) = self.identical(left, right) else {
            return;
        };
        match (a, b) {
            (Node::Col(_), Node::Tenant | Node::Param(..)) => {
                if base.is_non_null(a) {
                    facts.equal(a, b);
                }
            }
            (Node::Col(_), Node::Col(_)) => facts.same(a, b),
            (Node::Tenant | Node::Param(..), _) => {}
        }
    }

    /// `(x, ..) in (select y, ..)`. What output `y` exposes, `x` exposes outside. Where null shows beside false, only if
    /// `y` is never null: a foreign null would turn "false" into "null".
    fn membership(
        &mut self,
        left: &[Expr],
        query: &Rel,
        columns: &[ColId],
        first: ColId,
        mode: Mode,
        base: &Facts,
    ) -> Found {
        let mut found = self.values_of(left, base);
        let info = self.subquery(query, base);
        let mut pairs = Vec::new();
        for (x, &y) in left.iter().zip(columns) {
            if let Some((a, b)) = self.identical(x, &Expr::Col(y)) {
                let (x, y) = if b == Node::Col(y) { (a, b) } else { (b, a) };
                pairs.push((x, y));
            }
        }
        for obligation in &info.open {
            let extended = obligation.extended(&info.facts);
            let mut lifted = obligation.narrowed(&info.facts, super::Barrier::Subquery, |node| {
                is_outer(node, first)
            });
            for &(x, y) in &pairs {
                if extended.exposed.contains(&y) && (mode == Mode::True || info.facts.is_non_null(y)) {
                    lifted.expose_outside(x, y, &extended);
                }
            }
            found.open.push(lifted);
        }
        if mode == Mode::True {
            found.facts.extend(&info.facts);
            for (x, y) in pairs {
                self.trace.origin(x, y, || Why::Member);
                found.facts.equal(x, y);
            }
            for x in left {
                strict_columns(x, &mut found.facts);
            }
        }
        found.open.retain(|obligation| !obligation.is_closed());
        found
    }
}

/// Whether a literal has another value than the mode asks for.
fn is_never(expr: &Expr, mode: Mode) -> bool {
    match (expr, mode) {
        (Expr::Bool(value), Mode::True) => !value,
        (Expr::Bool(value), Mode::False) => *value,
        (Expr::Null, Mode::True | Mode::False) => true,
        (Expr::Not(operand), Mode::True) => is_never(operand, Mode::False),
        (Expr::Not(operand), Mode::False) => is_never(operand, Mode::True),
        _ => false,
    }
}

/// The node that an operand of an equality stands for, and whether an explicit collation makes the comparison exact.
fn side(expr: &Expr) -> Option<(Side, bool)> {
    match expr {
        Expr::Col(column) => Some((Side::Col(*column), false)),
        Expr::Tenant => Some((Side::Tenant, false)),
        Expr::Param(number) => Some((Side::Param(*number), false)),
        Expr::Cast(number, identity) => Some((Side::Cast(*number, *identity), false)),
        Expr::Scalar { column, .. } => Some((Side::Col(*column), false)),
        Expr::Collated(operand, true) => side(operand).map(|(side, _)| (side, true)),
        Expr::Collated(_, false)
        | Expr::Constant
        | Expr::Bool(_)
        | Expr::Null
        | Expr::Eq(..)
        | Expr::NotEq(..)
        | Expr::Same(..)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_)
        | Expr::IsTrue(_)
        | Expr::IsNotNull(_)
        | Expr::Coalesce(_)
        | Expr::In { .. }
        | Expr::Exists { .. }
        | Expr::Query { .. }
        | Expr::Opaque { .. } => None,
    }
}

/// Marks the columns that cannot be null where `expr` is not null.
fn strict_columns(expr: &Expr, facts: &mut Facts) {
    match expr {
        Expr::Col(column) => facts.non_null(Node::Col(*column)),
        Expr::Collated(operand, _) => strict_columns(operand, facts),
        Expr::Opaque {
            operands,
            strict: true,
        } => {
            for operand in operands {
                strict_columns(operand, facts);
            }
        }
        Expr::Eq(left, right) | Expr::NotEq(left, right) => {
            strict_columns(left, facts);
            strict_columns(right, facts);
        }
        Expr::Not(operand) => strict_columns(operand, facts),
        // `and`, `or`, `coalesce`, `case` can be true with a null operand; `in` and `= any` may be true through another
        // member; constants and subqueries hold no column of this row.
        Expr::Tenant
        | Expr::Param(_)
        | Expr::Cast(..)
        | Expr::Constant
        | Expr::Bool(_)
        | Expr::Null
        | Expr::Same(..)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::IsTrue(_)
        | Expr::IsNotNull(_)
        | Expr::Coalesce(_)
        | Expr::In { .. }
        | Expr::Exists { .. }
        | Expr::Scalar { .. }
        | Expr::Query { .. }
        | Expr::Opaque { strict: false, .. } => {}
    }
}

impl Expr {
    /// Whether a subquery stands anywhere in it.
    pub(crate) fn has_query(&self) -> bool {
        match self {
            Self::In { .. } | Self::Exists { .. } | Self::Scalar { .. } | Self::Query { .. } => true,
            Self::Collated(operand, _)
            | Self::Not(operand)
            | Self::IsTrue(operand)
            | Self::IsNotNull(operand) => operand.has_query(),
            Self::Eq(left, right) | Self::NotEq(left, right) | Self::Same(left, right) => {
                left.has_query() || right.has_query()
            }
            Self::And(operands)
            | Self::Or(operands)
            | Self::Coalesce(operands)
            | Self::Opaque { operands, .. } => operands.iter().any(Self::has_query),
            Self::Col(_)
            | Self::Tenant
            | Self::Param(_)
            | Self::Cast(..)
            | Self::Constant
            | Self::Bool(_)
            | Self::Null => false,
        }
    }
}
