//! For messages: why a predicate that names a reference's tenant column does not confine it.
//!
//! Nothing is proved here. A search that finds nothing costs a hint, no more.

use crate::plan::{ColId, Expr, Join, JoinKind, Rel, ScanId, Write, WriteKind};

/// A predicate that misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Near {
    /// `= $tenant` under `or`.
    Or,
    /// `= $tenant` under `not`.
    Not,
    /// `= $1`.
    Argument,
    /// `= 'acme'`.
    Literal,
    /// Anything but a plain equality: `>=`, `like`, a function or a cast around either side.
    Comparison,
    /// `= $tenant` in the `on` of an outer join, about a side whose rows are kept whatever `on` says.
    OuterOn,
}

impl Near {
    /// The hint.
    pub(super) const fn note(self) -> &'static str {
        match self {
            Self::Or => {
                "its predicate stands under `or`, where the other side lets rows of every tenant in: write it in every arm, \
                 or put the `or` in parentheses"
            }
            Self::Not => "its predicate stands under `not`, which keeps the rows of all other tenants",
            Self::Argument => "an argument may name any tenant; only `$tenant` is the current one",
            Self::Literal => "a tenant that is written out is not the current one; write `$tenant`",
            Self::Comparison => {
                "only a plain `=` with `$tenant` confines; lists, ranges, patterns, functions, casts and collations do not \
                 keep tenants apart"
            }
            Self::OuterOn => {
                "in the `on` of an outer join a predicate about the side that is kept drops no row of it"
            }
        }
    }
}

/// What a condition is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Under {
    And,
    Or,
    Not,
    OuterOn,
}

/// Why the predicates about `scan` miss, if one of them nearly hits.
pub(super) fn near(root: &Rel, scan: ScanId) -> Option<Near> {
    let mut search = Search {
        scan,
        column: None,
        found: None,
    };
    search.rel(root);
    search.found
}

struct Search {
    scan: ScanId,
    column: Option<ColId>,
    found: Option<Near>,
}

impl Search {
    fn rel(&mut self, rel: &Rel) {
        match rel {
            Rel::Unit | Rel::CteRef { .. } | Rel::SelfRef { .. } => {}
            Rel::Scan(scan) => {
                if let Some((id, column)) = scan.owned
                    && id == self.scan
                {
                    self.column = Some(column);
                }
            }
            Rel::Generate(values) => self.values(values),
            Rel::Values { rows, outputs: _ } => rows.iter().for_each(|row| self.values(row)),
            Rel::Join(join) => self.join(join),
            Rel::Filter { input, predicate } => {
                self.rel(input);
                self.condition(predicate, Under::And);
            }
            Rel::Project {
                input,
                outputs,
                others,
            } => {
                self.rel(input);
                outputs.iter().for_each(|(_, value)| self.value(value));
                self.values(others);
            }
            Rel::Aggregate(aggregate) => {
                self.rel(&aggregate.input);
                aggregate.sets.iter().for_each(|set| self.values(set));
                self.values(&aggregate.arguments);
            }
            Rel::Window {
                input,
                first: _,
                partitions,
                others,
            } => {
                self.rel(input);
                partitions.iter().for_each(|partition| self.values(partition));
                self.values(others);
            }
            Rel::Locked(input)
            | Rel::Distinct {
                input,
                first: _,
                outputs: _,
            } => self.rel(input),
            Rel::DistinctOn {
                input,
                first: _,
                keys: values,
            }
            | Rel::Limit {
                input,
                first: _,
                bounds: values,
            } => {
                self.rel(input);
                self.values(values);
            }
            Rel::SetOp {
                op: _,
                left,
                right,
                first: _,
                outputs: _,
            } => {
                self.rel(left);
                self.rel(right);
            }
            Rel::With { definitions, body } => {
                definitions
                    .iter()
                    .for_each(|definition| self.rel(&definition.rel));
                self.rel(body);
            }
            Rel::Recursive(recursive) => {
                self.rel(&recursive.base);
                self.rel(&recursive.step);
            }
            Rel::Write(write) => self.write(write),
        }
    }

    fn join(&mut self, join: &Join) {
        let kept_before = self.column.is_some();
        self.rel(&join.left);
        let in_left = self.column.is_some() && !kept_before;
        self.rel(&join.right);
        let kept = match join.kind {
            JoinKind::Inner => false,
            JoinKind::Left => in_left,
            JoinKind::Full => true,
        };
        self.condition(&join.on, if kept { Under::OuterOn } else { Under::And });
    }

    fn write(&mut self, write: &Write) {
        match &write.kind {
            WriteKind::Insert {
                source,
                owner: _,
                conflict: _,
            } => self.rel(source),
            WriteKind::Change {
                source,
                target: (id, column),
                delete: _,
                owner: _,
                others,
            } => {
                if *id == self.scan {
                    self.column = Some(*column);
                }
                self.rel(source);
                self.values(others);
            }
            WriteKind::Merge(merge) => {
                if merge.target.0 == self.scan {
                    self.column = Some(merge.target.1);
                }
                self.rel(&merge.matched);
                for branch in &merge.branches {
                    if let Some(condition) = &branch.condition {
                        self.condition(condition, Under::And);
                    }
                }
            }
        }
    }

    fn condition(&mut self, condition: &Expr, under: Under) {
        match condition {
            Expr::And(parts) => parts.iter().for_each(|part| self.condition(part, under)),
            Expr::Or(parts) if self.is_list(parts) => self.comparison(&parts.iter().collect::<Vec<_>>()),
            Expr::Or(parts) => parts.iter().for_each(|part| self.condition(part, Under::Or)),
            Expr::Not(inner) => self.condition(inner, Under::Not),
            Expr::IsTrue(inner) => self.condition(inner, under),
            Expr::Eq(a, b) => self.equality(a, b, under),
            Expr::NotEq(a, b) | Expr::Same(a, b) => self.comparison(&[a, b]),
            Expr::Opaque { operands, strict: _ } => {
                self.comparison(&operands.iter().collect::<Vec<_>>());
            }
            Expr::Col(_)
            | Expr::Tenant
            | Expr::Param(_)
            | Expr::Cast(..)
            | Expr::Constant
            | Expr::Bool(_)
            | Expr::Null
            | Expr::Collated(..)
            | Expr::IsNotNull(_)
            | Expr::Coalesce(_)
            | Expr::In { .. }
            | Expr::Exists { .. }
            | Expr::Scalar { .. }
            | Expr::Query { .. } => {}
        }
        self.value(condition);
    }

    fn equality(&mut self, a: &Expr, b: &Expr, under: Under) {
        let other = if self.is_column(a) {
            b
        } else if self.is_column(b) {
            a
        } else {
            self.comparison(&[a, b]);
            return;
        };
        let near = match (other, under) {
            (Expr::Tenant, Under::And) => None,
            (Expr::Tenant, Under::Or) => Some(Near::Or),
            (Expr::Tenant, Under::Not) => Some(Near::Not),
            (Expr::Tenant, Under::OuterOn) => Some(Near::OuterOn),
            (Expr::Param(_) | Expr::Cast(..), _) => Some(Near::Argument),
            (Expr::Constant, _) => Some(Near::Literal),
            (other, _) => mentions_tenant(other).then_some(Near::Comparison),
        };
        self.found = self.found.or(near);
    }

    /// Anything that compares the column, or something around it, with `$tenant`, or something around that.
    fn comparison(&mut self, operands: &[&Expr]) {
        let column = operands.iter().any(|operand| self.mentions_column(operand));
        if column && operands.iter().any(|operand| mentions_tenant(operand)) {
            self.found = self.found.or(Some(Near::Comparison));
        }
    }

    /// `column in (a, b)`.
    fn is_list(&self, parts: &[Expr]) -> bool {
        parts.iter().all(|part| match part {
            Expr::Eq(a, b) => self.is_column(a) || self.is_column(b),
            _ => false,
        })
    }

    fn is_column(&self, value: &Expr) -> bool {
        matches!(value, Expr::Col(column) if Some(*column) == self.column)
    }

    fn mentions_column(&self, value: &Expr) -> bool {
        self.is_column(value)
            || operands(value)
                .into_iter()
                .any(|operand| self.mentions_column(operand))
    }

    fn values(&mut self, values: &[Expr]) {
        values.iter().for_each(|value| self.value(value));
    }

    /// The subqueries of an expression.
    fn value(&mut self, value: &Expr) {
        match value {
            Expr::In {
                left: _,
                query,
                columns: _,
                first: _,
            }
            | Expr::Exists { query, first: _ }
            | Expr::Scalar {
                query,
                column: _,
                first: _,
            }
            | Expr::Query { query, first: _ } => self.rel(query),
            other => operands(other)
                .into_iter()
                .for_each(|operand| self.value(operand)),
        }
    }
}

fn mentions_tenant(value: &Expr) -> bool {
    matches!(value, Expr::Tenant) || operands(value).into_iter().any(mentions_tenant)
}

/// The expressions that an expression is made of, subqueries apart.
fn operands(value: &Expr) -> Vec<&Expr> {
    match value {
        Expr::Col(_)
        | Expr::Tenant
        | Expr::Param(_)
        | Expr::Cast(..)
        | Expr::Constant
        | Expr::Bool(_)
        | Expr::Null => Vec::new(),
        Expr::Collated(inner, _) | Expr::Not(inner) | Expr::IsTrue(inner) | Expr::IsNotNull(inner) => {
            vec![inner]
        }
        Expr::Eq(a, b) | Expr::NotEq(a, b) | Expr::Same(a, b) => vec![a, b],
        Expr::And(parts) | Expr::Or(parts) | Expr::Coalesce(parts) => parts.iter().collect(),
        Expr::In {
            left,
            query: _,
            columns: _,
            first: _,
        } => left.iter().collect(),
        Expr::Exists { .. } | Expr::Scalar { .. } | Expr::Query { .. } => Vec::new(),
        Expr::Opaque { operands, strict: _ } => operands.iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use crate::config::Config;
    use crate::{Project, Verdict, prove};

    /// The notes of the only refusal of a statement.
    fn notes(sql: &str) -> String {
        let config = Config::parse(
            "dialect = \"postgres\"\nmigrations = \"m\"\n[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n",
            Path::new("tenancy.toml"),
        )
        .unwrap();
        let schema = "create table tenants (id text primary key); \
             create table orders (tenant_id text not null references tenants (id), id int, status text); \
             create table users (tenant_id text not null references tenants (id), id int);";
        let project = Project::from_parts(config, &[(PathBuf::from("1.sql"), schema.to_owned())]).unwrap();
        match prove(&project, sql) {
            Verdict::Refused(refused) => refused
                .into_iter()
                .flat_map(|one| one.notes)
                .collect::<Vec<_>>()
                .join("; "),
            Verdict::Proved(_) => panic!("proved: {sql}"),
        }
    }

    #[test]
    fn predicates_that_miss_are_explained() {
        for (predicate, hint) in [
            ("tenant_id = $tenant or id = 1", "under `or`"),
            ("not (tenant_id = $tenant)", "under `not`"),
            ("tenant_id = $1", "may name any tenant"),
            ("'acme' = tenant_id", "written out"),
            ("tenant_id in ($tenant, 'acme')", "only a plain `=`"),
            ("tenant_id >= $tenant", "only a plain `=`"),
            ("lower(tenant_id) = $tenant", "only a plain `=`"),
            ("tenant_id = $tenant::varchar(3)", "only a plain `=`"),
        ] {
            for sql in [
                format!("select id from orders where {predicate}"),
                format!("delete from orders where {predicate}"),
            ] {
                let found = notes(&sql);
                assert!(found.contains(hint), "{sql}: {found}");
            }
        }
        let kept = notes(
            "select o.id from orders o left join users u on o.tenant_id = $tenant and u.tenant_id = o.tenant_id",
        );
        assert!(kept.contains("drops no row of it"), "{kept}");
    }

    #[test]
    fn predicates_about_something_else_are_not() {
        for predicate in ["status = $tenant", "id = $1", "status = 'open' or id = 1"] {
            let found = notes(&format!("select id from orders where {predicate}"));
            assert_eq!(found, "", "{predicate}");
        }
    }
}
