//! Every column that an expression names, at any depth.

use super::{Aggregate, ColId, Expr, Join, Rel, SetOutput, Write, WriteKind};

/// Collects every column that `exprs` name, those inside subqueries included.
pub(crate) fn columns_of(exprs: &[Expr]) -> Vec<ColId> {
    let mut columns = Vec::new();
    for expr in exprs {
        in_expr(expr, &mut columns);
    }
    columns
}

fn in_exprs(exprs: &[Expr], columns: &mut Vec<ColId>) {
    for expr in exprs {
        in_expr(expr, columns);
    }
}

fn in_expr(expr: &Expr, columns: &mut Vec<ColId>) {
    match expr {
        Expr::Col(column) => columns.push(*column),
        Expr::Collated(inner, _) | Expr::Not(inner) | Expr::IsTrue(inner) | Expr::IsNotNull(inner) => {
            in_expr(inner, columns);
        }
        Expr::Eq(left, right) | Expr::NotEq(left, right) | Expr::Same(left, right) => {
            in_expr(left, columns);
            in_expr(right, columns);
        }
        Expr::And(operands)
        | Expr::Or(operands)
        | Expr::Coalesce(operands)
        | Expr::Opaque { operands, strict: _ } => in_exprs(operands, columns),
        Expr::In {
            left,
            query,
            columns: _,
            first: _,
        } => {
            in_exprs(left, columns);
            in_rel(query, columns);
        }
        Expr::Exists { query, first: _ }
        | Expr::Scalar {
            query,
            column: _,
            first: _,
        }
        | Expr::Query { query, first: _ } => in_rel(query, columns),
        Expr::Tenant | Expr::Param(_) | Expr::Cast(..) | Expr::Constant | Expr::Bool(_) | Expr::Null => {}
    }
}

fn in_rel(rel: &Rel, columns: &mut Vec<ColId>) {
    match rel {
        Rel::Unit | Rel::Scan(_) | Rel::CteRef { .. } | Rel::SelfRef { .. } => {}
        Rel::Generate(operands) => in_exprs(operands, columns),
        Rel::Values { rows, outputs: _ } => {
            for row in rows {
                in_exprs(row, columns);
            }
        }
        Rel::Join(join) => {
            let Join {
                kind: _,
                left,
                right,
                left_columns: _,
                right_columns: _,
                lateral: _,
                on,
                merged: _,
            } = join.as_ref();
            in_rel(left, columns);
            in_rel(right, columns);
            in_expr(on, columns);
        }
        Rel::Locked(input) => in_rel(input, columns),
        Rel::Filter { input, predicate } => {
            in_rel(input, columns);
            in_expr(predicate, columns);
        }
        Rel::Project {
            input,
            outputs,
            others,
        } => {
            in_rel(input, columns);
            for (_, expr) in outputs {
                in_expr(expr, columns);
            }
            in_exprs(others, columns);
        }
        Rel::Aggregate(aggregate) => {
            let Aggregate {
                input,
                first: _,
                sets,
                arguments,
                keys: _,
                any_value: _,
            } = aggregate.as_ref();
            in_rel(input, columns);
            for set in sets {
                in_exprs(set, columns);
            }
            in_exprs(arguments, columns);
        }
        Rel::Window {
            input,
            first: _,
            partitions,
            others,
        } => {
            in_rel(input, columns);
            for partition in partitions {
                in_exprs(partition, columns);
            }
            in_exprs(others, columns);
        }
        Rel::Distinct {
            input,
            first: _,
            outputs,
        } => {
            in_rel(input, columns);
            columns.extend(outputs);
        }
        Rel::DistinctOn {
            input,
            first: _,
            keys,
        } => {
            in_rel(input, columns);
            in_exprs(keys, columns);
        }
        Rel::Limit {
            input,
            first: _,
            bounds,
        } => {
            in_rel(input, columns);
            in_exprs(bounds, columns);
        }
        Rel::SetOp {
            op: _,
            left,
            right,
            first: _,
            outputs,
        } => {
            in_rel(left, columns);
            in_rel(right, columns);
            columns.extend(outputs.iter().flat_map(
                |SetOutput {
                     output: _,
                     left,
                     right,
                     comparable: _,
                 }| [*left, *right],
            ));
        }
        Rel::With { definitions, body } => {
            for definition in definitions {
                in_rel(&definition.rel, columns);
            }
            in_rel(body, columns);
        }
        Rel::Recursive(recursive) => {
            in_rel(&recursive.base, columns);
            in_rel(&recursive.step, columns);
        }
        Rel::Write(write) => {
            let Write {
                span: _,
                table: _,
                kind,
                returning: _,
            } = write.as_ref();
            match kind {
                WriteKind::Insert {
                    source,
                    owner: _,
                    conflict: _,
                }
                | WriteKind::Change {
                    source,
                    target: _,
                    delete: _,
                    owner: _,
                    others: _,
                } => in_rel(source, columns),
                WriteKind::Merge(merge) => in_rel(&merge.matched, columns),
            }
        }
    }
}
