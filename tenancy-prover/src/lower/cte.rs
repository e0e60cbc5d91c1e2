//! Common table expressions.

use std::collections::BTreeSet;

use sqlparser::ast::{
    self, Cte, Query, SetExpr, SetOperator, SetQuantifier, TableAlias, TableAliasColumnDef, With,
};

use super::Lowerer;
use super::query::LoweredQuery;
use super::scope::{Locks, Name, Named, Scope};
use super::select::unname_repeated;
use crate::parse::span_of;
use crate::plan::{ColId, ColInfo, Definition, Recursive, Rel, SetOp};
use crate::{Code, Dialect, Span};

/// A name that `with` brings into scope.
#[derive(Debug)]
pub(super) struct Binding {
    name: String,
    /// As it is spelled.
    pub(super) spelled: String,
    state: State,
    /// PostgreSQL: the block in which `*` shows the columns that `search` and `cycle` add: the `select` of the `with`.
    shows: Option<usize>,
}

#[derive(Debug)]
enum State {
    /// Defined further right: visible there, but not lowered yet.
    Later,
    /// Being defined.
    Defining(SelfReference),
    /// Defined: its columns, and the range of ids that its plan uses.
    Done {
        cte: u32,
        columns: Vec<Named>,
        from: ColId,
        len: u32,
        referenced: bool,
    },
}

impl Binding {
    /// Whether it goes by that folded name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name
    }
}

/// Whether and how a definition may refer to itself.
#[derive(Debug)]
enum SelfReference {
    /// Nowhere but in the recursive branch.
    Refused,
    /// In the recursive branch: the columns of the base.
    Allowed {
        cte: u32,
        columns: Vec<Named>,
        used: u32,
    },
}

impl<'a> Lowerer<'a> {
    /// Brings the names of a `with` into scope and lowers their definitions.
    pub(super) fn with(&mut self, with: &With, parent: Option<&Scope<'_>>) -> Vec<Definition> {
        let With {
            with_token: _,
            recursive,
            cte_tables,
        } = with;
        // Without `recursive`, PostgreSQL's definitions see only those before them. SQLite's see all, themselves included.
        let see_all = *recursive || self.dialect() == Dialect::Sqlite;
        // SQLite resolves a definition where its name is used, in those surroundings.
        let parent = if self.dialect() == Dialect::Sqlite {
            None
        } else {
            parent
        };
        let start = self.bindings.len();
        let around = std::mem::replace(&mut self.with_start, start);
        if see_all {
            for cte in cte_tables {
                let name = self.fold(&cte.alias.name);
                self.bindings.push(Binding {
                    name,
                    spelled: cte.alias.name.value.clone(),
                    state: State::Later,
                    shows: None,
                });
            }
        }
        let mut definitions = Vec::new();
        for index in self.order_of(cte_tables, see_all) {
            let Some(cte) = cte_tables.get(index) else {
                continue;
            };
            let Cte {
                alias,
                query,
                from,
                materialized: _,
                closing_paren_token: _,
            } = cte;
            if from.is_some() {
                self.unsupported(span_of(alias.name.span), "this form of `with`");
            }
            let name = self.fold(&alias.name);
            let number = self.ctes;
            self.ctes += 1;
            let first = self.arena.next();
            let mut lowered = if see_all {
                if let Some(binding) = self.bindings.get_mut(start + index) {
                    binding.state = State::Defining(SelfReference::Refused);
                }
                self.definition(query, alias, number, start + index, parent)
            } else {
                self.query(query, parent)
            };
            self.rename(&mut lowered.columns, alias);
            self.added_columns(&mut lowered.columns, alias);
            let end = self.arena.next();
            let outputs = lowered.columns.iter().map(|column| column.id).collect();
            let state = State::Done {
                cte: number,
                columns: lowered.columns,
                from: first,
                len: end.0 - first.0,
                referenced: false,
            };
            if see_all {
                if let Some(binding) = self.bindings.get_mut(start + index) {
                    binding.state = state;
                }
            } else {
                let spelled = alias.name.value.clone();
                self.bindings.push(Binding {
                    name,
                    spelled,
                    state,
                    shows: None,
                });
            }
            definitions.push(Definition {
                cte: number,
                rel: lowered.rel,
                columns: (first, end),
                outputs,
                referenced: false,
            });
        }
        self.with_start = around;
        definitions
    }

    /// The order in which definitions are lowered: PostgreSQL (with `recursive`) and SQLite let one refer to another further
    /// right, which then comes first. Words decide, which may be other names or strings: where that leads to a wrong order,
    /// or there is none, a reference to what is not there yet is refused.
    fn order_of(&self, ctes: &[Cte], see_all: bool) -> Vec<usize> {
        let forward = match self.dialect() {
            Dialect::Postgres | Dialect::Sqlite => see_all && ctes.len() > 1,
            Dialect::Mysql => false,
        };
        if !forward {
            return (0..ctes.len()).collect();
        }
        let names: Vec<String> = ctes
            .iter()
            .map(|cte| self.fold(&cte.alias.name).to_lowercase())
            .collect();
        let mentions: Vec<Vec<usize>> = ctes
            .iter()
            .map(|cte| {
                let text = cte.query.to_string().to_lowercase();
                let words: BTreeSet<&str> = text
                    .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$')
                    .collect();
                let named = |name: &&String| words.contains(name.as_str());
                (0..names.len())
                    .filter(|&at| names.get(at).as_ref().is_some_and(named))
                    .collect()
            })
            .collect();
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        // Each is put behind what it mentions; one that is under way already is part of a circle.
        let mut pending: Vec<(usize, bool)> = (0..ctes.len()).rev().map(|index| (index, false)).collect();
        while let Some((index, done)) = pending.pop() {
            if done {
                order.push(index);
            } else if seen.insert(index) {
                pending.push((index, true));
                let before = mentions.get(index).into_iter().flatten().rev();
                pending.extend(before.filter(|at| !seen.contains(at)).map(|&at| (at, false)));
            }
        }
        order
    }

    /// All definitions are lowered; the `select` behind them comes next.
    pub(super) fn show_added(&mut self, start: usize) {
        let block = self.blocks.len() + 1;
        for binding in self.bindings.iter_mut().skip(start) {
            binding.shows = Some(block);
        }
    }

    /// Takes the names of a `with` out of scope again and notes which were used.
    pub(super) fn finish_with(&mut self, start: usize, definitions: &mut [Definition]) {
        for binding in self.bindings.drain(start.min(self.bindings.len())..) {
            if let State::Done {
                cte,
                referenced: true,
                ..
            } = binding.state
                && let Some(definition) = definitions.iter_mut().find(|definition| definition.cte == cte)
            {
                definition.referenced = true;
            }
        }
    }

    fn rename(&mut self, columns: &mut [Named], alias: &TableAlias) {
        if alias.columns.len() > columns.len() && !columns.is_empty() {
            let span = span_of(alias.name.span);
            self.refuse(
                Code::SyntaxError,
                span,
                format!("`{}` names more columns than its query has", alias.name.value),
            );
        }
        for (column, TableAliasColumnDef { name, data_type: _ }) in columns.iter_mut().zip(&alias.columns) {
            column.name = Some(Name::from(self.fold(name)));
        }
        if self.dialect() == Dialect::Sqlite {
            unname_repeated(columns);
        }
    }

    /// `cycle` and `search` clauses add columns of the server's making. `*` shows them in the `select` that the `with` belongs
    /// to, and nowhere below.
    fn added_columns(&mut self, columns: &mut Vec<Named>, alias: &TableAlias) {
        if !self.views.is_empty() {
            return;
        }
        let span = span_of(alias.name.span);
        let added: Vec<String> = self
            .extras
            .cycles
            .iter()
            .filter(|clause| clause.cte == span)
            .flat_map(|clause| clause.added.iter().map(|added| added.name.clone()))
            .collect();
        for name in added {
            let id = self.arena.column(ColInfo::OPAQUE);
            columns.push(Named {
                name: Some(Name::from(name)),
                id,
                hidden: true,
            });
        }
    }

    /// A definition that may refer to itself: `base union [all] step`.
    fn definition(
        &mut self,
        query: &Query,
        alias: &TableAlias,
        number: u32,
        binding: usize,
        parent: Option<&Scope<'_>>,
    ) -> LoweredQuery {
        let SetExpr::SetOperation {
            op: SetOperator::Union,
            set_quantifier,
            left,
            right,
        } = query.body.as_ref()
        else {
            return self.query(query, parent);
        };
        let span = span_of(alias.name.span);
        let plain = query.with.is_none()
            && query.order_by.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && query.locks.is_empty()
            && matches!(
                set_quantifier,
                SetQuantifier::All | SetQuantifier::None | SetQuantifier::Distinct
            );
        if !plain {
            // A reference to itself is refused where it stands.
            return self.query(query, parent);
        }
        let first = self.arena.next();
        let base = self.set_arm(left, parent);
        let mut columns = base.columns.clone();
        self.rename(&mut columns, alias);
        if let Some(one) = self.bindings.get_mut(binding) {
            one.state = State::Defining(SelfReference::Allowed {
                cte: number,
                columns,
                used: 0,
            });
        }
        let step = self.set_arm(right, parent);
        let used = match self.bindings.get(binding).map(|one| &one.state) {
            Some(State::Defining(SelfReference::Allowed { used, .. })) => *used,
            _ => 0,
        };
        if used > 0 && !self.recursive_branch(right, &self.fold(&alias.name), span) {
            return LoweredQuery::nothing();
        }
        if used > 1 || (used > 0 && gathers(&step.rel)) {
            self.unsupported(
                span,
                "a recursive branch that refers to itself twice, or gathers its rows,",
            );
            return LoweredQuery::nothing();
        }
        if base.columns.len() != step.columns.len() {
            if self.diagnostics.is_empty() {
                self.refuse(
                    Code::SyntaxError,
                    span,
                    "both branches of the recursion need as many columns",
                );
            }
            return LoweredQuery::nothing();
        }
        let (outputs, columns) = self.set_outputs(&base.columns, &step.columns);
        let rel = if used == 0 {
            let (left, right) = (Box::new(base.rel), Box::new(step.rel));
            Rel::SetOp {
                op: SetOp::Union,
                left,
                right,
                first,
                outputs,
            }
        } else {
            let mut outputs = outputs;
            if self.dialect() == Dialect::Mysql {
                self.refit(&mut outputs);
            }
            Rel::Recursive(Box::new(Recursive {
                cte: number,
                base: base.rel,
                step: step.rel,
                first,
                outputs,
            }))
        };
        LoweredQuery { rel, columns }
    }

    fn set_arm(&mut self, body: &SetExpr, parent: Option<&Scope<'_>>) -> LoweredQuery {
        let query = Query {
            with: None,
            body: Box::new(body.clone()),
            order_by: None,
            limit_clause: None,
            fetch: None,
            locks: Vec::new(),
            for_clause: None,
            settings: None,
            format_clause: None,
            pipe_operators: Vec::new(),
        };
        self.query(&query, parent)
    }

    /// The recursive branch must be a plain join over the self-reference: nothing that looks at several of its rows at
    /// once, and no way for it to yield a row where the self-reference has none.
    fn recursive_branch(&mut self, branch: &SetExpr, name: &str, span: Span) -> bool {
        let SetExpr::Select(select) = branch else {
            self.unsupported(span, "a recursive branch that is no plain `select`");
            return false;
        };
        let grouped = !matches!(&select.group_by, ast::GroupByExpr::Expressions(exprs, modifiers)
            if exprs.is_empty() && modifiers.is_empty())
            || select.having.is_some();
        if grouped || select.distinct.is_some() {
            self.unsupported(span, "`group by` or `distinct` in a recursive branch");
            return false;
        }
        let direct: usize = select
            .from
            .iter()
            .map(|item| self.inner_references(item, name))
            .sum();
        if direct != 1 {
            self.unsupported(
                span,
                "a recursive branch that does not join itself exactly once, by inner joins and outside of subqueries,",
            );
            return false;
        }
        true
    }

    /// References to `name` that stand under inner joins only (or on the preserved side of an outer one).
    fn inner_references(&self, item: &ast::TableWithJoins, name: &str) -> usize {
        let mut count = self.factor_references(&item.relation, name);
        for join in &item.joins {
            let right = self.factor_references(&join.relation, name);
            match &join.join_operator {
                ast::JoinOperator::Join(_)
                | ast::JoinOperator::Inner(_)
                | ast::JoinOperator::CrossJoin(_) => {
                    count += right;
                }
                ast::JoinOperator::Left(_) | ast::JoinOperator::LeftOuter(_) => {}
                ast::JoinOperator::Right(_) | ast::JoinOperator::RightOuter(_) => count = right,
                _ => count = 0,
            }
        }
        count
    }

    fn factor_references(&self, factor: &ast::TableFactor, name: &str) -> usize {
        match factor {
            ast::TableFactor::Table {
                name: table,
                args: None,
                ..
            } => usize::from(self.parts(table).is_some_and(|parts| parts.as_slice() == [name])),
            ast::TableFactor::NestedJoin {
                table_with_joins,
                alias: _,
            } => self.inner_references(table_with_joins, name),
            _ => 0,
        }
    }

    /// A common table expression of that name, if one is in scope.
    pub(super) fn cte_reference(
        &mut self,
        name: &str,
        alias: Option<&TableAlias>,
        span: Span,
        scope: &mut Scope<'_>,
    ) -> Option<Rel> {
        let index = self.bindings.iter().rposition(|binding| binding.name == name)?;
        let fallback = TableAlias {
            explicit: false,
            name: ast::Ident::with_quote('"', name),
            columns: Vec::new(),
            at: None,
        };
        let alias = alias.unwrap_or(&fallback);
        if self.dialect() == Dialect::Mysql && index < self.with_start {
            // MariaDB reads the table of that name there, MySQL the expression.
            self.unsupported(
                span,
                &format!("a reference to `{name}` inside the definitions of an inner `with`"),
            );
            scope.add(super::from::refused_relation(Some(self.fold(&alias.name))));
            return Some(Rel::Unit);
        }
        let shows = self.bindings[index].shows;
        match &mut self.bindings[index].state {
            State::Later => {
                self.unsupported(
                    span,
                    &format!("a reference to `{name}`, which is defined further right,"),
                );
                scope.add(super::from::refused_relation(Some(self.fold(&alias.name))));
                Some(Rel::Unit)
            }
            State::Defining(SelfReference::Refused) => {
                self.unsupported(
                    span,
                    &format!("a reference to `{name}` inside its own definition"),
                );
                scope.add(super::from::refused_relation(Some(self.fold(&alias.name))));
                Some(Rel::Unit)
            }
            State::Defining(SelfReference::Allowed { cte, columns, used }) => {
                *used += 1;
                let (cte, columns) = (*cte, columns.clone());
                let fresh: Vec<Named> = columns
                    .iter()
                    .map(|column| {
                        let info = self.arena.info(column.id);
                        Named {
                            name: column.name.clone(),
                            id: self.arena.column(info),
                            hidden: false,
                        }
                    })
                    .collect();
                let ids = fresh.iter().map(|column| column.id).collect();
                self.note_cte(name, &self.fold(&alias.name), span, true);
                self.add_derived(fresh, Some(alias), Locks::Nothing, scope);
                Some(Rel::SelfRef { cte, columns: ids })
            }
            State::Done {
                cte,
                columns,
                from,
                len,
                referenced,
            } => {
                *referenced = true;
                let (cte, columns, from, len) = (*cte, columns.clone(), *from, *len);
                let shown = shows == Some(self.blocks.len());
                let to = self.arena.next();
                if self.arena.len() + len as usize > super::MAX_COLUMNS {
                    self.refuse(Code::TooComplex, span, "the statement is too large to analyse")
                        .help = vec!["split it into several statements".to_owned()];
                    scope.add(super::from::refused_relation(Some(self.fold(&alias.name))));
                    return Some(Rel::Unit);
                }
                self.arena.copy(from, len);
                let fresh = columns
                    .into_iter()
                    .map(|column| Named {
                        name: column.name,
                        id: ColId(to.0 + column.id.0.saturating_sub(from.0)),
                        hidden: column.hidden && !shown,
                    })
                    .collect();
                self.note_cte(name, &self.fold(&alias.name), span, false);
                self.add_derived(fresh, Some(alias), Locks::Nothing, scope);
                Some(Rel::CteRef { cte, from, to, len })
            }
        }
    }
}

/// Whether a branch looks at several of its rows at once before it yields one.
fn gathers(rel: &Rel) -> bool {
    match rel {
        Rel::Project { input, .. } | Rel::Filter { input, .. } | Rel::Locked(input) => gathers(input),
        Rel::Window { .. }
        | Rel::Aggregate(_)
        | Rel::Distinct { .. }
        | Rel::DistinctOn { .. }
        | Rel::Limit { .. }
        | Rel::With { .. }
        | Rel::Write(_) => true,
        Rel::Unit
        | Rel::Scan(_)
        | Rel::Generate(_)
        | Rel::Values { .. }
        | Rel::Join(_)
        | Rel::SetOp { .. }
        | Rel::CteRef { .. }
        | Rel::SelfRef { .. }
        | Rel::Recursive(_) => false,
    }
}
