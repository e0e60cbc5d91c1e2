//! From sqlparser's syntax tree to the relational plan: every name resolved, every construct named.
//!
//! What this module does not list is refused. Refusals are collected, not returned: lowering goes on with a stand-in of
//! which nothing is known, so that one look shows everything that is wrong. A statement with a refusal is never proved.

mod alias;
mod arbiter;
mod block;
mod change;
mod confined;
mod conflict;
mod cte;
mod effects;
mod expr;
mod from;
mod function;
mod generate;
mod group;
mod insert;
mod join;
mod literal;
mod merge;
mod mysql;
mod names;
mod near;
mod nested;
mod note;
mod operator;
mod policies;

mod promise;
mod query;
mod report;
mod scope;
mod select;
mod shown;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod through;
mod types;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use sqlparser::ast::Statement;

use crate::catalog::{Catalog, QName, Relation};
use crate::config::{Config, Isolation};
use crate::parse::{Extras, Placeholders};
use crate::plan::{Arena, Expr, Identity, KeyFn, Notes, Rel};
use crate::project::Project;
use crate::prove::{Problem, Record, Trace};
use crate::repair::gap::Gap;
use crate::{Code, Diagnostic, Dialect, Span, TenantType};

use block::Block;
use cte::Binding;
use template::Template;
use view::Frame;

/// Columns that one statement may stand for, after views and common table expressions are expanded.
const MAX_COLUMNS: usize = 200_000;
/// Nesting of expressions and queries.
const MAX_DEPTH: u32 = 250;

/// A statement lowered and proved.
pub(crate) struct Lowered {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What each `$tenant` is bound as.
    pub(crate) tenant_types: Vec<(Span, TenantType)>,
    /// The arguments that the text casts to `int8`.
    pub(crate) casts: Vec<Span>,
    /// What a repair could add: see [`crate::repair`].
    pub(crate) gaps: Vec<Gap>,
    /// For explanations, if a recorder was on.
    pub(crate) reading: Option<Reading>,
    /// See [`Proved::reads`](crate::Proved::reads).
    pub(crate) reads: bool,
}

/// What an explanation is made of.
pub(crate) struct Reading {
    pub(crate) notes: Box<Notes>,
    pub(crate) record: Record,
    pub(crate) problems: Vec<Problem>,
    /// Nothing was refused before, so a proof was tried.
    pub(crate) tried: bool,
    /// Which key of which table each function from keys to tenants is about.
    pub(crate) keys: BTreeMap<(QName, usize), KeyFn>,
    /// The placeholders as the text spells them.
    pub(crate) arguments: Vec<String>,
}

/// Lowers and proves one statement; `trace` hears how.
pub(crate) fn check(
    project: &Project,
    sql: &str,
    statement: &Statement,
    placeholders: &Placeholders,
    extras: &Extras,
    mut trace: Trace,
) -> Lowered {
    let tenant_type = project.known.tenant_type;
    let mut lowerer = Lowerer {
        catalog: &project.catalog,
        isolation: project.config.isolation,
        sql,
        placeholders,
        arguments: arguments_of(placeholders),
        extras,
        arena: Arena::new(types::identity_of(tenant_type)),
        diagnostics: Vec::new(),
        gaps: Vec::new(),
        tenant_types: Vec::new(),
        casts: Vec::new(),
        tenant_type,
        blocks: Vec::new(),
        bindings: Vec::new(),
        ctes: 0,
        views: Vec::new(),
        depth: 0,
        in_policy: false,
        with_start: 0,
        proposed: None,
        known: &project.known,
        reads: true,
    };
    lowerer.arena.notes = trace.is_on().then(Box::default);
    let rel = lowerer.statement(statement);
    lowerer.refuse_loose_equality();
    lowerer.conflict_predicates(extras);
    let tried = lowerer.diagnostics.is_empty();
    let mut problems = Vec::new();
    if tried {
        problems = crate::prove::prove(&rel, &lowerer.arena, &trace);
        for problem in &problems {
            lowerer.report(problem, &rel);
        }
    }
    lowerer.refuse_loose_equality();
    let typed: BTreeSet<Span> = lowerer.tenant_types.iter().map(|(span, _)| *span).collect();
    for placeholder in placeholders.all() {
        if placeholder.is_tenant() && !typed.contains(&placeholder.span) {
            lowerer.tenant_types.push((placeholder.span, lowerer.tenant_type));
        }
    }
    lowerer.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    let reading = lowerer.arena.notes.take().map(|notes| Reading {
        notes,
        record: trace.take(),
        problems,
        tried,
        keys: project.known.key_functions(&project.catalog),
        arguments: placeholders
            .all()
            .iter()
            .map(|placeholder| placeholder.text.clone())
            .collect(),
    });
    Lowered {
        reading,
        diagnostics: lowerer.diagnostics,
        tenant_types: lowerer.tenant_types,
        casts: lowerer.casts,
        gaps: lowerer.gaps,
        reads: lowerer.reads,
    }
}

/// The placeholders of one text.
#[derive(Debug, Clone, Copy)]
struct Argument {
    /// The index of the first.
    number: u32,
    /// There are others.
    repeated: bool,
}

/// The placeholders by their text.
fn arguments_of(placeholders: &Placeholders) -> BTreeMap<&str, Argument> {
    let mut known: BTreeMap<&str, Argument> = BTreeMap::new();
    for (number, placeholder) in (0..).zip(placeholders.all()) {
        known
            .entry(&placeholder.text)
            .and_modify(|first| first.repeated = true)
            .or_insert(Argument {
                number,
                repeated: false,
            });
    }
    known
}

/// What every statement asks of the whole schema, found out once.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The type of the project's tenant ids.
    tenant_type: TenantType,
    /// Tables that have partitions or inheritance children.
    inherited: BTreeSet<QName>,
    /// The tables whose foreign keys reference each table.
    children: BTreeMap<QName, BTreeSet<QName>>,
    tables: BTreeMap<QName, KnownTable>,
}

/// What every reference to a table asks of the schema.
#[derive(Debug, Clone)]
struct KnownTable {
    /// The number of the function from the first of its keys to tenants; those of the others follow.
    first_key: u32,
    template: OnceLock<Arc<Template>>,
}

impl Known {
    /// What the schema says.
    pub(crate) fn of(catalog: &Catalog, config: &Config) -> Self {
        let mut inherited = BTreeSet::new();
        let mut children: BTreeMap<QName, BTreeSet<QName>> = BTreeMap::new();
        let mut tables = BTreeMap::new();
        let mut first_key = 0_u32;
        for (name, relation) in &catalog.relations {
            let Relation::Table(table) = relation else {
                continue;
            };
            inherited.extend(table.parents.iter().cloned());
            for key in &table.foreign_keys {
                let known = children.entry(key.parent.clone()).or_default();
                known.insert(name.clone());
            }
            let template = OnceLock::new();
            tables.insert(table.name.clone(), KnownTable { first_key, template });
            first_key = first_key.saturating_add(u32::try_from(table.keys.len()).unwrap_or(u32::MAX));
        }
        Self {
            tenant_type: types::project_tenant_type(catalog, &config.tenant_column),
            inherited,
            children,
            tables,
        }
    }

    /// Which key of which table each function from keys to tenants is about.
    fn key_functions(&self, catalog: &Catalog) -> BTreeMap<(QName, usize), KeyFn> {
        let keys = self.tables.iter().flat_map(|(name, known)| {
            let count = match catalog.relations.get(name) {
                Some(Relation::Table(table)) => table.keys.len(),
                Some(Relation::View(_) | Relation::Opaque { .. }) | None => 0,
            };
            let functions = (known.first_key..).map(KeyFn);
            (0..count).map(|index| (name.clone(), index)).zip(functions)
        });
        keys.collect()
    }
}

/// The state of one lowering.
pub(crate) struct Lowerer<'a> {
    catalog: &'a Catalog,
    /// What keeps tenants apart.
    isolation: Isolation,
    /// The statement as it was given.
    sql: &'a str,
    placeholders: &'a Placeholders,
    /// The same by their text.
    arguments: BTreeMap<&'a str, Argument>,
    extras: &'a Extras,
    arena: Arena,
    diagnostics: Vec<Diagnostic>,
    gaps: Vec<Gap>,
    tenant_types: Vec<(Span, TenantType)>,
    casts: Vec<Span>,
    /// The type of the project's tenant ids.
    tenant_type: TenantType,
    /// The query blocks being lowered, innermost last.
    blocks: Vec<Block>,
    /// Common table expressions in scope, innermost last.
    bindings: Vec<Binding>,
    ctes: u32,
    /// The views being expanded, outermost first.
    views: Vec<Frame<'a>>,
    depth: u32,
    /// In the expression of a policy, which may ask for settings.
    in_policy: bool,
    /// Where the names of the `with` begin whose definitions are being lowered.
    with_start: usize,
    /// MySQL, in `on duplicate key update`: the row that the insert proposes, which `values(column)` reads, and how many
    /// blocks deep it does.
    proposed: Option<(usize, scope::Visible)>,
    /// What was found out of the schema before.
    known: &'a Known,
    /// Nothing was met so far that writes, locks, or may do so in code that is not known.
    reads: bool,
}

impl<'a> Lowerer<'a> {
    fn dialect(&self) -> Dialect {
        self.catalog.dialect
    }

    fn statement(&mut self, statement: &'a Statement) -> Rel {
        match statement {
            Statement::Query(query) => self.root_query(query),
            other => self.writing_statement(other),
        }
    }

    fn writing_statement(&mut self, statement: &'a Statement) -> Rel {
        self.reads = false;
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => self.merge_query(merge).rel,
            other => {
                self.refuse_statement(other);
                Rel::Unit
            }
        }
    }

    /// The text being lowered.
    fn text(&self) -> &'a str {
        self.views.last().map_or(self.sql, Frame::text)
    }

    /// Where the migrations say what equality or order is for types that the server has none for, whatever compares, sorts
    /// or groups may call their code.
    fn refuse_loose_equality(&mut self) {
        if self.catalog.loose_equality && self.diagnostics.is_empty() && !self.only_lists() {
            self.refuse(
                Code::UnknownOperator,
                Span::default(),
                "the migrations define what `=` or the order of a type is, and comparing, sorting or grouping runs that code",
            )
            .help = vec!["do this as central work with `central_query!`, or take the operator or operator class away".to_owned()];
        }
    }

    /// `select a, t.b from t`, and no more: columns of a table as they are.
    fn only_lists(&self) -> bool {
        let plain = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.')
                })
        };
        let Some((columns, table)) = self
            .sql
            .trim()
            .strip_prefix("select ")
            .and_then(|rest| rest.split_once(" from "))
        else {
            return false;
        };
        let mut table = table.split_ascii_whitespace();
        let name = table.next().unwrap_or_default();
        let is_table = self.catalog.relations.iter().any(|(known, relation)| {
            known.name == name && known.schema == self.catalog.home && matches!(relation, Relation::Table(_))
        });
        is_table
            && table.next().is_none_or(plain)
            && table.next().is_none()
            && columns.split(',').all(|column| plain(column.trim()))
    }

    /// Where a span of the text being lowered stands in the statement: inside a view, where the view is referenced.
    fn at(&self, span: Span) -> Span {
        self.views.first().map_or(span, |frame| frame.span)
    }

    fn refuse(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let diagnostic = Diagnostic {
            code,
            message: message.into(),
            span: self.at(span),
            label: String::new(),
            help: Vec::new(),
            notes: self.view_notes(),
            suggestion: None,
        };
        // That it is too much need not be said of every place where it shows.
        let said = |known: &Diagnostic| {
            *known == diagnostic || (code == Code::TooComplex && known.code == Code::TooComplex)
        };
        let index = match self.diagnostics.iter().position(said) {
            Some(index) => index,
            None => {
                self.diagnostics.push(diagnostic);
                self.diagnostics.len() - 1
            }
        };
        &mut self.diagnostics[index]
    }

    /// Refuses a construct that the lowering does not list.
    fn unsupported(&mut self, span: Span, what: &str) -> Expr {
        self.refuse(Code::UnsupportedSql, span, format!("{what} is not supported"))
            .help
            .push(
                "rewrite the statement without it, or declare it as central work with `central_query!`"
                    .to_owned(),
            );
        Expr::opaque()
    }

    /// Enters one level of nesting; false (and refused) if that is too deep.
    fn enter(&mut self, span: Span) -> bool {
        self.depth += 1;
        if self.depth > MAX_DEPTH || self.arena.len() > MAX_COLUMNS {
            let what = if self.depth > MAX_DEPTH {
                "nested too deep"
            } else {
                "too large"
            };
            self.refuse(
                Code::TooComplex,
                span,
                format!("the statement is {what} to analyse"),
            )
            .help = vec!["split it into several statements".to_owned()];
            return false;
        }
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The number of an argument: the same for every occurrence of one placeholder.
    fn param(&self, text: &str, span: Span) -> u32 {
        let index = if text == "?" {
            let all = self.placeholders.all();
            all.binary_search_by_key(&span, |placeholder| placeholder.span)
                .ok()
                .and_then(|index| u32::try_from(index).ok())
        } else {
            self.arguments.get(text).map(|argument| argument.number)
        };
        index.unwrap_or(u32::MAX)
    }

    /// How the project's tenant ids compare.
    fn tenant_identity(&self) -> Identity {
        self.arena.tenant
    }
}
