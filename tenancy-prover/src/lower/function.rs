//! Function calls: only what is known to be pure.

use sqlparser::ast::{
    self, DuplicateTreatment, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator,
    FunctionArgumentClause, FunctionArguments, WindowFrame, WindowFrameBound, WindowSpec, WindowType,
};

use super::Lowerer;
use super::block::Clause;
use super::scope::Scope;
use crate::functions::{self, FunctionKind};
use crate::plan::{Expr, columns_of};
use crate::{Code, Dialect, Span};

/// What a called name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Called {
    pub(super) kind: FunctionKind,
    pub(super) strict: bool,
}

/// The arguments of a call that has nothing but positional expressions.
pub(super) fn plain_arguments(function: &Function) -> Option<Vec<&ast::Expr>> {
    let Function {
        name: _,
        uses_odbc_syntax,
        parameters,
        args,
        within_group,
        filter,
        null_treatment,
        over,
    } = function;
    if [
        *uses_odbc_syntax,
        !matches!(parameters, FunctionArguments::None),
        !within_group.is_empty(),
        filter.is_some(),
        null_treatment.is_some(),
        over.is_some(),
    ]
    .contains(&true)
    {
        return None;
    }
    let FunctionArguments::List(list) = args else {
        return None;
    };
    if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    list.args
        .iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

/// `row(..)`, which makes a row value.
pub(super) fn is_row(function: &Function) -> bool {
    matches!(function.name.0.as_slice(), [name] if super::names::part(name)
        .is_some_and(|ident| ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("row")))
}

/// MySQL's `timestampdiff(day, a, b)` and `timestampadd(day, n, a)`: the first argument is a word of the grammar.
fn begins_with_unit(name: &ast::ObjectName, args: &FunctionArguments) -> bool {
    const UNITS: &[&str] = &[
        "microsecond",
        "second",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
    ];
    let word = |ident: &ast::Ident, words: &[&str]| {
        ident.quote_style.is_none() && words.iter().any(|one| ident.value.eq_ignore_ascii_case(one))
    };
    let called = matches!(name.0.as_slice(), [one] if super::names::part(one)
        .is_some_and(|ident| word(ident, &["timestampdiff", "timestampadd"])));
    let FunctionArguments::List(list) = args else {
        return false;
    };
    called
        && matches!(list.args.first(), Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Identifier(ident))))
            if word(ident, UNITS))
}

impl<'a> Lowerer<'a> {
    /// The function that a name calls with so many arguments; refused, and `None`, if it is not known to be pure.
    pub(super) fn called(&mut self, name: &ast::ObjectName, arguments: usize, span: Span) -> Option<Called> {
        let parts = self.parts(name)?;
        let (schema, name) = match parts.as_slice() {
            [name] => (None, name.as_str()),
            [schema, name] => (Some(schema.as_str()), name.as_str()),
            _ => {
                self.unsupported(span, "this function name");
                return None;
            }
        };
        let user: Vec<_> = self
            .catalog
            .functions
            .get(name)
            .into_iter()
            .flatten()
            .filter(|function| schema.is_none_or(|schema| schema == function.name.schema))
            .collect();
        if schema != Some("pg_catalog") && !user.is_empty() {
            // Whoever declared it pure may have thought of what it reads alone.
            self.reads = false;
            let builtin = functions::lookup(self.dialect(), name);
            let folds = schema.is_none()
                && builtin.is_some_and(|builtin| builtin.kind_for(arguments) != FunctionKind::Scalar);
            if folds && user.iter().all(|function| function.pure) {
                // Which of the two is called depends on the types of the arguments.
                self.refuse(
                    Code::UnknownFunction,
                    span,
                    format!("`{name}` is a function of the project's and a built-in one that works on several rows"),
                )
                .help = vec![format!("write `{}.{name}`, or `pg_catalog.{name}`", user[0].name.schema)];
                return None;
            }
            if user.iter().all(|function| function.pure && !function.aggregate) {
                return Some(Called {
                    kind: FunctionKind::Scalar,
                    strict: false,
                });
            }
            let origin = &user[0].origin;
            let (file, line) = (origin.file.display().to_string(), origin.line);
            let diagnostic = self.refuse(
                Code::UnknownFunction,
                span,
                format!("the function `{name}` is not known to be pure"),
            );
            diagnostic.notes.push(format!("it is defined in {file}:{line}"));
            diagnostic.help = vec![format!(
                "if it reads no table, no setting and changes nothing, declare it: `[functions] pure = [\"{name}\"]` in tenancy.toml"
            )];
            return None;
        }
        if self.in_policy && name == "current_setting" && schema.is_none_or(|schema| schema == "pg_catalog") {
            return Some(Called {
                kind: FunctionKind::Scalar,
                strict: false,
            });
        }
        // They are SQL that casts its argument.
        let casts = ["quote_literal", "quote_nullable", "textanycat", "anytextcat"].contains(&name);
        let builtin = match schema {
            _ if casts && self.casts_to_text() => None,
            None => functions::lookup(self.dialect(), name),
            Some("pg_catalog") if self.dialect() == Dialect::Postgres => {
                functions::lookup(self.dialect(), name)
            }
            Some(_) => None,
        };
        let Some(builtin) = builtin else {
            let shown = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
            self.refuse(
                Code::UnknownFunction,
                span,
                format!("the function `{shown}` is not known to be pure"),
            )
            .help = vec![
                "built-in functions are allowed that read no table, file, setting or other session"
                    .to_owned(),
"one that an extension brings, and that does none of that, is declared pure in tenancy.toml, under `[functions]`"
                    .to_owned(),
            ];
            return None;
        };
        Some(Called {
            kind: builtin.kind_for(arguments),
            strict: builtin.strict,
        })
    }

    /// Refuses what the grammar takes for a built-in function, where the project has one of that name which is not known to
    /// be pure: the types of the arguments decide which is called.
    pub(super) fn refuse_own(&mut self, name: &str, span: Span) {
        let own = self.catalog.functions.get(name).into_iter().flatten();
        if let Some(function) = own
            .into_iter()
            .find(|function| !function.pure || function.aggregate)
        {
            let (file, line) = (function.origin.file.display().to_string(), function.origin.line);
            self.refuse(
                Code::UnknownFunction,
                span,
                format!(
                    "`{name}` may mean the project's function of that name, which is not known to be pure"
                ),
            )
            .notes
            .push(format!("it is defined in {file}:{line}"));
        }
    }

    /// A function call in an expression.
    pub(super) fn function(&mut self, function: &Function, span: Span, scope: &Scope<'_>) -> Expr {
        let Function {
            name,
            uses_odbc_syntax,
            parameters,
            args,
            within_group,
            filter,
            null_treatment: _,
            over,
        } = function;
        if *uses_odbc_syntax || !matches!(parameters, FunctionArguments::None) {
            return self.unsupported(span, "this form of function call");
        }
        if let FunctionArguments::Subquery(subquery) = args {
            let array = self.parts(name).is_some_and(|parts| parts == ["array"]);
            if !array || !within_group.is_empty() || filter.is_some() || over.is_some() {
                return self.unsupported(span, "a subquery as the only argument of a function");
            }
            let (query, first, _) = self.subquery(subquery, scope);
            return Expr::Query {
                query: Box::new(query),
                first,
            };
        }
        if is_row(function)
            && let Some(members) = plain_arguments(function)
        {
            let operands = self.exprs(members, scope);
            return Expr::Opaque {
                operands,
                strict: false,
            };
        }
        if let Some(proposed) = self.proposed_value(function, span) {
            return proposed;
        }
        let count = match args {
            FunctionArguments::List(list) => list.args.len(),
            FunctionArguments::None | FunctionArguments::Subquery(_) => 0,
        };
        let Some(called) = self.called(name, count, span) else {
            self.arguments(args, scope);
            return Expr::opaque();
        };
        let coalesce = self
            .parts(name)
            .is_some_and(|parts| matches!(parts.as_slice(), [name] if name == "coalesce"));
        if let Some(over) = over {
            if !matches!(called.kind, FunctionKind::Aggregate | FunctionKind::Window) {
                return self.unsupported(span, "`over` on a function that is no window function");
            }
            return self.window_function(function, over, span, scope);
        }
        match called.kind {
            FunctionKind::Aggregate => self.aggregate_function(function, span, scope),
            FunctionKind::Window => self.unsupported(span, "a window function without `over`"),
            FunctionKind::Scalar | FunctionKind::SetReturning => {
                if !within_group.is_empty() || filter.is_some() {
                    return self.unsupported(
                        span,
                        "`filter` or `within group` on a function that is no aggregate",
                    );
                }
                let units = usize::from(self.dialect() == Dialect::Mysql && begins_with_unit(name, args));
                let operands = self.arguments_behind(units, args, scope);
                if coalesce {
                    return Expr::Coalesce(operands);
                }
                Expr::Opaque {
                    operands,
                    strict: called.strict && called.kind == FunctionKind::Scalar,
                }
            }
        }
    }

    /// Every expression among the arguments.
    pub(super) fn arguments(&mut self, args: &FunctionArguments, scope: &Scope<'_>) -> Vec<Expr> {
        self.arguments_behind(0, args, scope)
    }

    /// Every expression among the arguments but for the first few.
    fn arguments_behind(&mut self, first: usize, args: &FunctionArguments, scope: &Scope<'_>) -> Vec<Expr> {
        let FunctionArguments::List(list) = args else {
            return Vec::new();
        };
        let mut operands = Vec::new();
        for arg in list.args.iter().skip(first) {
            let arg = match arg {
                FunctionArg::Unnamed(arg) => arg,
                FunctionArg::Named {
                    name: _,
                    arg,
                    operator,
                } => {
                    if !matches!(
                        operator,
                        FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment
                    ) {
                        operands.push(self.unsupported(Span::default(), "this form of a named argument"));
                    }
                    arg
                }
                FunctionArg::ExprNamed { name, arg, operator } => {
                    // The name of a parameter, which is no column.
                    let named = matches!(
                        operator,
                        FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment
                    );
                    if !named || !matches!(name, ast::Expr::Identifier(_)) {
                        operands.push(self.unsupported(Span::default(), "this form of a named argument"));
                    }
                    arg
                }
            };
            match arg {
                FunctionArgExpr::Expr(expr) => operands.push(self.expr(expr, scope)),
                FunctionArgExpr::Wildcard => {}
                FunctionArgExpr::QualifiedWildcard(name) => {
                    let span = super::names::name_span(name);
                    let parts = self.parts(name).unwrap_or_default();
                    let columns = self.qualified_star(&parts, span, scope);
                    // One value: a row, which is not null where its columns are.
                    operands.push(Expr::Opaque {
                        operands: columns.into_iter().map(|column| Expr::Col(column.id)).collect(),
                        strict: false,
                    });
                }
                FunctionArgExpr::WildcardWithOptions(_) => {
                    operands.push(self.unsupported(Span::default(), "`* exclude`"));
                }
            }
        }
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(order) => {
                    let sorted = self.sorted_by(order);
                    operands.extend(self.exprs(sorted, scope));
                }
                FunctionArgumentClause::IgnoreOrRespectNulls(_)
                | FunctionArgumentClause::Separator(_)
                | FunctionArgumentClause::JsonNullClause(_) => {}
                FunctionArgumentClause::Where(_)
                | FunctionArgumentClause::Limit(_)
                | FunctionArgumentClause::OnOverflow(_)
                | FunctionArgumentClause::Having(_)
                | FunctionArgumentClause::JsonReturningClause(_) => {
                    operands.push(self.unsupported(Span::default(), "this clause of a function call"));
                }
            }
        }
        operands
    }

    pub(super) fn in_clause<T>(&mut self, clause: Clause, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = self
            .blocks
            .last_mut()
            .map(|block| std::mem::replace(&mut block.clause, clause));
        let result = run(self);
        if let (Some(block), Some(before)) = (self.blocks.last_mut(), before) {
            block.clause = before;
        }
        result
    }

    /// Everything that an aggregate evaluates on single rows: arguments, `order by`, `filter`, `within group`.
    fn aggregate_operands(&mut self, function: &Function, scope: &Scope<'_>) -> Vec<Expr> {
        let mut operands = self.arguments(&function.args, scope);
        let sorted = self.sorted_by(&function.within_group);
        operands.extend(self.exprs(sorted, scope));
        operands.extend(self.exprs(function.filter.as_deref(), scope));
        operands
    }

    fn aggregate_function(&mut self, function: &Function, span: Span, scope: &Scope<'_>) -> Expr {
        let clause = self.blocks.last().map(|block| block.clause);
        let allowed = matches!(
            clause,
            Some(Clause::Select | Clause::Having | Clause::Order | Clause::Window)
        );
        if !allowed {
            return self.unsupported(span, "an aggregate function here");
        }
        let before = self.arena.next();
        let operands = self.in_clause(Clause::Aggregate, |this| this.aggregate_operands(function, scope));
        let Some(block) = self.blocks.last_mut() else {
            return Expr::opaque();
        };
        // An aggregate belongs to the innermost query whose columns its arguments name, subqueries among them included. One
        // over outer columns alone would silently turn the outer query into one row.
        let named = columns_of(&operands);
        let (first, end) = (block.first, before);
        let own = named.iter().any(|column| (first..end).contains(column));
        let outer = named.iter().any(|column| *column < first);
        if outer && !own {
            return self.unsupported(span, "an aggregate over columns of an outer query");
        }
        block.has_aggregate = true;
        block.arguments.extend(operands);
        Expr::opaque()
    }

    fn window_function(
        &mut self,
        function: &Function,
        over: &WindowType,
        span: Span,
        scope: &Scope<'_>,
    ) -> Expr {
        let clause = self.blocks.last().map(|block| block.clause);
        if !matches!(clause, Some(Clause::Select | Clause::Order)) {
            return self.unsupported(span, "a window function here");
        }
        if self.dialect() == Dialect::Mysql && scope.parent.is_some() {
            // MariaDB 10.11 forgets what such a query says of outer columns where its tables are looked up by unique keys.
            self.refuse(
                Code::UnsupportedSql,
                span,
                "a window function in a subquery is not supported: MariaDB may forget the conditions that tie it to the outer query",
            )
            .help = vec!["write the query in a `with` of the statement, and join it".to_owned()];
            return Expr::opaque();
        }
        if let FunctionArguments::List(list) = &function.args
            && let Some(DuplicateTreatment::Distinct) = list.duplicate_treatment
        {
            return self.unsupported(span, "`distinct` in a window function");
        }
        let operands = self.in_clause(Clause::Window, |this| this.aggregate_operands(function, scope));
        let partition = match over {
            WindowType::WindowSpec(spec) => self.window(spec, scope),
            WindowType::NamedWindow(name) => self.named_window(name, scope),
        };
        if let Some(block) = self.blocks.last_mut() {
            block.window_operands.extend(operands);
            block.partitions.push(partition);
        }
        Expr::opaque()
    }

    /// `partition by` of a window, with that of the window that it extends.
    pub(super) fn window(&mut self, spec: &WindowSpec, scope: &Scope<'_>) -> Vec<Expr> {
        let WindowSpec {
            window_name,
            partition_by,
            order_by,
            window_frame,
        } = spec;
        let mut partition = match window_name {
            Some(name) => self.named_window(name, scope),
            None => Vec::new(),
        };
        let operands = self.in_clause(Clause::Window, |this| {
            partition.extend(this.exprs(partition_by, scope));
            let sorted = this.sorted_by(order_by);
            let mut operands = this.exprs(sorted, scope);
            if let Some(WindowFrame {
                units: _,
                start_bound,
                end_bound,
            }) = window_frame
            {
                for bound in [Some(start_bound), end_bound.as_ref()].into_iter().flatten() {
                    match bound {
                        WindowFrameBound::CurrentRow => {}
                        WindowFrameBound::Preceding(offset) | WindowFrameBound::Following(offset) => {
                            operands.extend(this.exprs(offset.as_deref(), scope));
                        }
                    }
                }
            }
            operands
        });
        if let Some(block) = self.blocks.last_mut() {
            block.window_operands.extend(operands);
        }
        partition
    }

    fn named_window(&mut self, name: &ast::Ident, _: &Scope<'_>) -> Vec<Expr> {
        let folded = self.fold(name);
        let known = self
            .blocks
            .last()
            .and_then(|block| block.windows.iter().rev().find(|(known, _)| *known == folded))
            .map(|(_, partition)| partition.clone());
        match known {
            Some(partition) => partition,
            None => {
                let span = crate::parse::span_of(name.span);
                self.unsupported(span, &format!("the window `{folded}`, which is not defined,"));
                Vec::new()
            }
        }
    }
}
