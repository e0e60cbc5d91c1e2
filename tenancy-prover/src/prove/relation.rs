//! Scans, joins, filters and projections: relations whose rows are combinations of rows of their inputs.

use std::collections::BTreeSet;

use super::facts::renumber;
use super::predicate::{Found, Mode};
use super::{Analyzer, Barrier, Facts, Info, Node, Obligation, Why, is_outer, settle};
use crate::plan::{ColId, Definition, Expr, Join, JoinKind, Rel, Scan};

impl Analyzer<'_> {
    /// Analyses a relation; `outer` is what is known of the rows that it is evaluated for.
    pub(super) fn relation(&mut self, rel: &Rel, outer: &Facts) -> Info {
        match rel {
            Rel::Unit => Info {
                facts: outer.clone(),
                open: Vec::new(),
            },
            Rel::Scan(scan) => self.scan(scan, outer),
            Rel::Generate(operands) => {
                let mut info = Info {
                    facts: outer.clone(),
                    open: Vec::new(),
                };
                self.evaluate_all(operands, &mut info);
                info
            }
            Rel::Values { rows, outputs } => self.values(rows, outputs, outer),
            Rel::Join(join) => self.join(join, outer),
            Rel::Filter { input, predicate } => {
                let mut info = self.relation(input, outer);
                info.facts.close();
                let found = self.predicate(predicate, Mode::True, &info.facts);
                info.facts.extend(&found.facts);
                info.open.extend(found.open);
                settle(&mut info);
                info
            }
            Rel::Project {
                input,
                outputs,
                others,
            } => {
                let mut info = self.relation(input, outer);
                self.project(outputs, &mut info);
                self.evaluate_all(others, &mut info);
                info
            }
            Rel::Aggregate(aggregate) => self.aggregate(aggregate, outer),
            Rel::Window {
                input,
                first,
                partitions,
                others,
            } => self.window(input, *first, partitions, others, outer),
            Rel::Distinct {
                input,
                first,
                outputs,
            } => self.distinct(input, *first, outputs, outer),
            Rel::DistinctOn { input, first, keys } => self.distinct_on(input, *first, keys, outer),
            Rel::Locked(input) => self.locked(input, outer),
            Rel::Limit { input, first, bounds } => self.limit(input, *first, bounds, outer),
            Rel::SetOp {
                op,
                left,
                right,
                first,
                outputs,
            } => {
                let left = self.relation(left, outer);
                let right = self.relation(right, outer);
                self.set_operation(*op, left, right, *first, outputs)
            }
            Rel::With { definitions, body } => self.with(definitions, body, outer),
            Rel::CteRef { cte, from, to, len } => self.reference(*cte, *from, *to, *len, outer),
            Rel::SelfRef { cte, columns } => self.self_reference(*cte, columns, outer),
            Rel::Recursive(recursive) => self.recursive(recursive, outer),
            Rel::Write(write) => self.write(write, outer),
        }
    }

    /// The whole statement. Nothing stands above it that could close what its select list, `distinct` or `limit` leave
    /// open, so what they make of the columns is not worked out.
    pub(super) fn root(&mut self, rel: &Rel, outer: &Facts) -> Info {
        match rel {
            Rel::Project {
                input,
                outputs,
                others,
            } => {
                let mut info = self.root(input, outer);
                info.facts.close();
                for (_, expr) in outputs {
                    self.evaluate(expr, &mut info);
                }
                self.evaluate_all(others, &mut info);
                info
            }
            Rel::Limit {
                input,
                first: _,
                bounds,
            } => {
                let mut info = self.root(input, outer);
                self.evaluate_all(bounds, &mut info);
                info
            }
            Rel::Distinct {
                input,
                first: _,
                outputs: _,
            } => self.root(input, outer),
            Rel::Locked(input) => self.root(input, outer),
            Rel::With { definitions, body } => {
                self.define_all(definitions, outer);
                self.root(body, outer)
            }
            _ => self.relation(rel, outer),
        }
    }

    /// A fresh reference exposes its own tenant column, and knows what the schema promises of every row. Where nothing but
    /// the tenant's rows can be read (a policy, a schema or database of the tenant's own), every row's owner is the tenant.
    pub(super) fn scan(&self, scan: &Scan, outer: &Facts) -> Info {
        let mut info = Info {
            facts: outer.clone(),
            open: Vec::new(),
        };
        for &column in &scan.not_null {
            info.facts.non_null(Node::Col(column));
        }
        for dependency in &scan.dependencies {
            info.facts.dependency(dependency.clone());
        }
        if let Some((id, column)) = scan.owned {
            self.trace.opened(id);
            info.open
                .push(Obligation::new(id, Node::Col(column), &self.trace));
            if let Some(confined) = scan.confined {
                self.trace
                    .origin(Node::Col(column), Node::Tenant, || Why::Confined(confined));
                info.facts.equal(Node::Col(column), Node::Tenant);
                settle(&mut info);
            }
        }
        info
    }

    /// A column of `values` is the tenant if it is `$tenant` in every row.
    fn values(&mut self, rows: &[Vec<Expr>], outputs: &[ColId], outer: &Facts) -> Info {
        let mut info = Info {
            facts: outer.clone(),
            open: Vec::new(),
        };
        for row in rows {
            self.evaluate_all(row, &mut info);
        }
        for (index, &output) in outputs.iter().enumerate() {
            if !rows.is_empty()
                && rows
                    .iter()
                    .all(|row| matches!(row.get(index), Some(Expr::Tenant)))
            {
                self.trace.origin(Node::Col(output), Node::Tenant, || Why::Listed);
                info.facts.equal(Node::Col(output), Node::Tenant);
            }
        }
        settle(&mut info);
        info
    }

    /// A select list. A column that is passed through is the same value; nothing is lost, because a row of the output is
    /// one row of the input, so the input's columns stay known even where no name reaches them.
    pub(super) fn project(&mut self, outputs: &[(ColId, Expr)], info: &mut Info) {
        info.facts.close();
        for (output, expr) in outputs {
            self.evaluate(expr, info);
            self.define(*output, expr, &mut info.facts);
        }
        settle(info);
    }

    /// What an output column is known to be.
    fn define(&self, output: ColId, expr: &Expr, facts: &mut Facts) {
        let node = Node::Col(output);
        match expr {
            Expr::Col(column) => {
                self.trace.origin(node, Node::Col(*column), || Why::Selected);
                facts.same(node, Node::Col(*column));
                if facts.is_non_null(Node::Col(*column)) {
                    facts.non_null(node);
                }
            }
            Expr::Tenant => {
                self.trace.origin(node, Node::Tenant, || Why::Selected);
                facts.equal(node, Node::Tenant);
            }
            Expr::Coalesce(operands) => {
                let nodes: Option<Vec<Node>> = operands
                    .iter()
                    .map(|operand| match operand {
                        Expr::Col(column) => Some(Node::Col(*column)),
                        _ => None,
                    })
                    .collect();
                if let Some(nodes) = nodes {
                    facts.merged(node, nodes);
                }
            }
            Expr::Constant | Expr::Bool(_) => facts.non_null(node),
            Expr::Param(_)
            | Expr::Cast(..)
            | Expr::Null
            | Expr::Collated(..)
            | Expr::Eq(..)
            | Expr::NotEq(..)
            | Expr::Same(..)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::IsTrue(_)
            | Expr::IsNotNull(_)
            | Expr::In { .. }
            | Expr::Exists { .. }
            | Expr::Scalar { .. }
            | Expr::Query { .. }
            | Expr::Opaque { .. } => {}
        }
    }

    /// Evaluates an expression as a value: the obligations of its subqueries join those of the rows.
    pub(super) fn evaluate(&mut self, expr: &Expr, info: &mut Info) {
        if !expr.has_query() {
            return;
        }
        let found = self.predicate(expr, Mode::Value, &info.facts);
        info.open.extend(found.open);
    }

    pub(super) fn evaluate_all(&mut self, exprs: &[Expr], info: &mut Info) {
        if exprs.iter().any(Expr::has_query) {
            info.facts.close();
            for expr in exprs {
                self.evaluate(expr, info);
            }
        }
    }

    fn join(&mut self, join: &Join, outer: &Facts) -> Info {
        let mut left = self.relation(&join.left, outer);
        let right = if join.lateral {
            let mut seen = left.facts.clone();
            seen.close();
            self.relation(&join.right, &seen)
        } else {
            self.relation(&join.right, outer)
        };
        let mut both = match join.kind {
            // Nothing asks for the left side alone any more, and copying it for each of many joins adds up.
            JoinKind::Inner => std::mem::take(&mut left.facts),
            JoinKind::Left | JoinKind::Full => left.facts.clone(),
        };
        both.extend(&right.facts);
        both.close();
        let mut on = self.predicate(&join.on, Mode::True, &both);
        for &(_, a, b) in &join.merged {
            // Only columns of one identity: equality under a loose collation would merge different values.
            let identity = self.arena.info(a).identity;
            if identity.is_some() && identity == self.arena.info(b).identity {
                self.trace.origin(Node::Col(a), Node::Col(b), || Why::Using);
                on.facts.equal(Node::Col(a), Node::Col(b));
            }
        }
        // What is known of a pair that satisfied `on`.
        let mut matched = both;
        matched.extend(&on.facts);
        matched.close();
        let mut info = match join.kind {
            JoinKind::Inner => {
                let mut open = left.open;
                open.extend(right.open);
                open.extend(on.open);
                Info { facts: matched, open }
            }
            JoinKind::Left => Self::left_join(join, left, right, on, &matched, outer),
            JoinKind::Full => Self::full_join(join, left, right, on.open, &matched, outer),
        };
        for &(merged, a, b) in &join.merged {
            let (merged, a, b) = (Node::Col(merged), Node::Col(a), Node::Col(b));
            self.trace.origin(merged, a, || Why::Using);
            match join.kind {
                JoinKind::Inner | JoinKind::Left => info.facts.same(merged, a),
                JoinKind::Full => {
                    info.facts.implies(a, merged);
                    info.facts.merged(merged, vec![a, b]);
                }
            }
        }
        settle(&mut info);
        info
    }

    /// Inside `on`, columns of the preserved side and `$tenant` are constants: obligations of the nullable side are
    /// extended and closed by all that holds of a matched pair. Obligations of the preserved side are extended only to
    /// nullable columns, which are not null in matched rows only.
    fn left_join(join: &Join, left: Info, right: Info, on: Found, matched: &Facts, outer: &Facts) -> Info {
        let (first, end) = join.right_columns;
        let nullable = |node: Node| matches!(node, Node::Col(column) if column >= first && column < end);
        let mut open = Vec::new();
        for obligation in right.open.into_iter().chain(on.open) {
            let extended = obligation.extended(matched);
            if !extended.is_closed() {
                open.push(extended);
            }
        }
        let reaches = matched.reaches(first, end);
        for mut obligation in left.open {
            if matched.has_merges() || obligation.is_traced() {
                obligation.adopt(&obligation.extended(matched), nullable);
            } else {
                for (node, reached) in &reaches {
                    obligation.expose_if_reached(*node, reached);
                }
            }
            open.push(obligation);
        }
        // Above the join an equality of `on` is no fact: "the nullable column is null or equal" is. The rest holds of
        // matched rows: conclusions are not kept with it, because they are drawn again when it is known.
        let mut facts = left.facts;
        facts.extend(outer);
        facts.extend(&matched.starting_in(first, end));
        let mut guarded = right.facts;
        guarded.extend(&on.facts);
        facts.guard(first, end, &guarded);
        Info { facts, open }
    }

    /// Either side may be missing: equalities between the sides extend exposures both ways, `on` closes nothing and is
    /// no fact above.
    fn full_join(
        join: &Join,
        left: Info,
        right: Info,
        on: Vec<Obligation>,
        matched: &Facts,
        outer: &Facts,
    ) -> Info {
        let within = |(first, end): (ColId, ColId)| move |node: Node| matches!(node, Node::Col(column) if column >= first && column < end);
        let (in_left, in_right) = (within(join.left_columns), within(join.right_columns));
        let mut open = Vec::new();
        for mut obligation in left.open {
            obligation.adopt(&obligation.extended(matched), in_right);
            open.push(obligation);
        }
        for mut obligation in right.open {
            obligation.adopt(&obligation.extended(matched), in_left);
            open.push(obligation);
        }
        open.extend(on);
        let mut facts = outer.clone();
        let (left_first, left_end) = join.left_columns;
        let (right_first, right_end) = join.right_columns;
        facts.extend(&left.facts.starting_in(left_first, left_end));
        facts.extend(&right.facts.starting_in(right_first, right_end));
        facts.guard(left_first, left_end, &left.facts);
        facts.guard(right_first, right_end, &right.facts);
        Info { facts, open }
    }

    /// Definitions are analysed once, in order; each reference gets a copy of its own. One that nobody references may
    /// still run (a write always does), so what it leaves open is a problem.
    fn with(&mut self, definitions: &[Definition], body: &Rel, outer: &Facts) -> Info {
        self.define_all(definitions, outer);
        self.relation(body, outer)
    }

    fn define_all(&mut self, definitions: &[Definition], outer: &Facts) {
        for definition in definitions {
            let mut info = self.relation(&definition.rel, outer);
            settle(&mut info);
            if definition.referenced {
                self.leave_out_hidden(definition, &mut info);
                self.ctes.insert(definition.cte, info);
            } else {
                for obligation in info.open {
                    self.report_open(obligation);
                }
            }
        }
    }

    /// Leaves out the columns of a definition that no name reaches: a reference copies what is known of all others. A
    /// recorder wants to hear of all of them.
    fn leave_out_hidden(&self, definition: &Definition, info: &mut Info) {
        let (first, end) = definition.columns;
        if self.trace.is_on() || !info.facts.may_leave_out() {
            return;
        }
        let outputs: BTreeSet<ColId> = definition.outputs.iter().copied().collect();
        let promised = info.facts.promised();
        let keep = |node: Node| match node {
            Node::Col(column) if column >= first && column < end => {
                outputs.contains(&column) || promised.contains(&node)
            }
            Node::Tenant | Node::Col(_) | Node::Param(..) => true,
        };
        for obligation in &mut info.open {
            *obligation = obligation.without(&info.facts, keep);
        }
        info.facts = info.facts.restricted(keep);
        info.facts.close();
    }

    /// A copy of the definition's columns, facts and obligations under fresh numbers.
    fn reference(&self, cte: u32, from: ColId, to: ColId, len: u32, outer: &Facts) -> Info {
        let Some(definition) = self.ctes.get(&cte) else {
            return Info {
                facts: outer.clone(),
                open: Vec::new(),
            };
        };
        // Columns of the surroundings, which a definition in a subquery may speak of, are the same in every copy.
        let own = from.0..from.0 + len;
        let map = |column: ColId| {
            if own.contains(&column.0) {
                ColId(to.0 + (column.0 - from.0))
            } else {
                column
            }
        };
        let mut facts = outer.clone();
        facts.extend(&definition.facts.renumbered(&map));
        let open = definition
            .open
            .iter()
            .map(|obligation| obligation.renumbered(&|node| renumber(node, &map)))
            .collect();
        for offset in (0..len).take_while(|_| self.trace.is_on()) {
            let (copy, original) = (ColId(to.0 + offset), ColId(from.0 + offset));
            self.trace.copy(Node::Col(copy), Node::Col(original));
        }
        Info { facts, open }
    }

    /// What a subquery's obligations become outside it: outer columns were constants inside, so their exposures stand;
    /// its own columns mean nothing outside.
    pub(super) fn lifted(info: &Info, first: ColId) -> Vec<Obligation> {
        info.open
            .iter()
            .map(|obligation| {
                obligation.narrowed(&info.facts, Barrier::Subquery, |node| is_outer(node, first))
            })
            .collect()
    }
}
