//! Views, expanded from their DDL: what they leave open is open where they are used.

use std::path::PathBuf;
use std::sync::Arc;

use sqlparser::ast::TableAlias;

use super::Lowerer;
use super::from::refused_relation;
use super::scope::{Locks, Name, Scope};
use super::select::unname_repeated;
use super::shown::shown as shown_columns;
use crate::catalog::{Catalog, Origin, QName, View};
use crate::parse::parse_query;
use crate::plan::Rel;
use crate::{Code, Dialect, Span};

/// A view being expanded.
#[derive(Debug, Clone)]
pub(super) struct Frame<'a> {
    name: QName,
    file: Arc<PathBuf>,
    line: u32,
    /// The text of its query, and the line on which that begins.
    text: &'a str,
    text_line: u32,
    /// Its rows were computed earlier.
    materialized: bool,
    /// It reads with the rights of its owner.
    definer: bool,
    /// Where the outermost view is referenced in the statement.
    pub(super) span: Span,
}

impl<'a> Frame<'a> {
    /// Text of the schema that is not a view: a default, a trigger's body.
    pub(super) fn elsewhere(name: &QName, origin: &Origin, span: Span) -> Self {
        Self {
            name: name.clone(),
            file: Arc::clone(&origin.file),
            line: origin.line,
            text: "",
            text_line: origin.line,
            materialized: false,
            definer: false,
            span,
        }
    }

    /// The text whose spans those of its syntax tree are.
    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    /// The name of what is expanded, and the line of the schema on which a span of its text begins.
    pub(super) fn place(&self, span: Span) -> (String, Origin) {
        let before = self.text.as_bytes().get(..span.start as usize).unwrap_or(&[]);
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        let origin = Origin {
            file: Arc::clone(&self.file),
            line: self
                .text_line
                .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX)),
        };
        (self.name.name.clone(), origin)
    }
}

impl<'a> Lowerer<'a> {
    /// The names of the views around, outermost first.
    pub(super) fn view_names(&self) -> Vec<String> {
        self.views.iter().map(|frame| frame.name.name.clone()).collect()
    }

    /// Whether the rows of what is being lowered may be older than the schema.
    pub(super) fn in_materialized_view(&self) -> bool {
        self.views.iter().any(|frame| frame.materialized)
    }

    /// The outermost view around that reads with the rights of its owner; true if its rows were computed earlier.
    pub(super) fn definer_view(&self) -> Option<(QName, bool)> {
        let frame = self.views.iter().find(|frame| frame.definer)?;
        Some((frame.name.clone(), frame.materialized))
    }

    /// The schema that a name without one means inside a view, if that is not the one that it means in statements: a view
    /// of the shared schema knows nothing of the tenants' own.
    pub(super) fn view_schema(&self) -> Option<&'static str> {
        let inside = self.views.iter().rev().find(|frame| !frame.text.is_empty())?;
        (self.catalog.home.is_empty()
            && self.dialect() == Dialect::Postgres
            && !inside.name.schema.is_empty())
        .then(|| Catalog::default_schema_of(Dialect::Postgres))
    }

    /// Notes for a diagnostic inside views.
    pub(super) fn view_notes(&self) -> Vec<String> {
        self.views
            .iter()
            .map(|frame| {
                format!(
                    "inside the view `{}` ({}:{})",
                    frame.name.name,
                    frame.file.display(),
                    frame.line
                )
            })
            .collect()
    }

    /// A reference to a view.
    pub(super) fn view(
        &mut self,
        view: &'a View,
        alias: Option<&TableAlias>,
        span: Span,
        scope: &mut Scope<'_>,
    ) -> Rel {
        let alias_name = alias.map(|alias| self.fold(&alias.name));
        let shown = alias_name.unwrap_or_else(|| view.name.name.clone());
        self.note_view(&view.name, &shown, span);
        let Some((rel, columns)) = self.view_rows(view, span) else {
            scope.add(refused_relation(Some(shown)));
            return Rel::Unit;
        };
        if self.views.is_empty() {
            self.arena.shown.extend(shown_columns(&rel, &columns));
        }
        let before = scope.relations.len();
        self.add_derived(columns, alias, Locks::Shared("a view"), scope);
        if let Some(visible) = scope.relations.get_mut(before)
            && alias.is_none()
        {
            visible.alias = Some(view.name.name.clone());
            visible.qualified = Some(view.name.clone());
        }
        rel
    }

    /// The rows that a view shows, with its columns as it names them.
    pub(super) fn view_rows(
        &mut self,
        view: &'a View,
        span: Span,
    ) -> Option<(Rel, Vec<super::scope::Named>)> {
        let (rel, mut columns) = self.expand(view, span)?;
        if view.columns.len() > columns.len() {
            self.refuse(
                Code::LeakyView,
                span,
                format!(
                    "the view `{}` names more columns than its query has",
                    view.name.name
                ),
            );
        }
        for (column, name) in columns.iter_mut().zip(&view.columns) {
            column.name = Some(Name::from(name.as_str()));
        }
        if self.dialect() == Dialect::Sqlite {
            unname_repeated(&mut columns);
        }
        Some((rel, columns))
    }

    fn expand(&mut self, view: &'a View, span: Span) -> Option<(Rel, Vec<super::scope::Named>)> {
        let name = &view.name.name;
        let poison = view.poison.first().or(if view.declared {
            None
        } else {
            self.catalog.poison_all.as_ref()
        });
        if let Some(poison) = poison {
            let (what, file, line) = (
                poison.what.clone(),
                poison.origin.file.display().to_string(),
                poison.origin.line,
            );
            self.refuse(
                Code::PoisonedTable,
                span,
                format!("what the view `{name}` looks like is not certain: {what} in {file}:{line} may have changed it"),
            )
            .help = vec!["read the schema from a dump: `schema = \"schema.sql\"`".to_owned()];
            return None;
        }
        if self.views.iter().any(|frame| frame.name == view.name) || self.views.len() > 16 {
            self.refuse(
                Code::TooComplex,
                span,
                format!("the view `{name}` is nested too deep to analyse"),
            );
            return None;
        }
        let query = match parse_query(&view.query, self.dialect()) {
            Ok(query) => query,
            Err(_) => {
                let (file, line) = (view.origin.file.display().to_string(), view.origin.line);
                self.refuse(
                    Code::UnsupportedSql,
                    span,
                    format!("the query of the view `{name}` is not understood"),
                )
                .notes
                .push(format!("it is created in {file}:{line}"));
                return None;
            }
        };
        let outer = self.at(span);
        self.views.push(Frame {
            name: view.name.clone(),
            file: Arc::clone(&view.origin.file),
            line: view.origin.line,
            text: &view.query,
            text_line: view.query_line,
            materialized: view.materialized,
            definer: !view.security_invoker,
            span: outer,
        });
        // A view sees no common table expression of the statement that uses it, and no window or aggregate of its block.
        let bindings = std::mem::take(&mut self.bindings);
        let with_start = std::mem::take(&mut self.with_start);
        let lowered = self.query(&query, None);
        self.with_start = with_start;
        self.bindings = bindings;
        self.views.pop();
        Some((lowered.rel, lowered.columns))
    }
}
