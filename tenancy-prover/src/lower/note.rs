//! Notes for explanations. Without a reader they cost a look at an empty pointer.

use sqlparser::ast::{self, Spanned};

use super::Lowerer;
use super::scope::Named;
use super::table::Instance;
use crate::Span;
use crate::catalog::{Key, KeyPart, Origin, QName, Table};
use crate::parse::span_of;
use crate::plan::{ColId, Considered, ConsideredKind, Expr, Mention, Mentioned, Operand, Place};

impl<'a> Lowerer<'a> {
    /// Whether anybody reads the notes.
    pub(super) const fn notes_wanted(&self) -> bool {
        self.arena.notes.is_some()
    }

    fn place(&self, span: Span) -> Place {
        let inside = self.views.last().map(|frame| frame.place(span));
        Place {
            span: self.at(span),
            inside,
        }
    }

    fn mention(&mut self, span: Span, shown: String, what: Mentioned) {
        let place = self.place(span);
        let views = self.view_names();
        if let Some(notes) = &mut self.arena.notes {
            notes.mentions.push(Mention {
                place,
                shown,
                what,
                views,
            });
        }
    }

    /// A reference to a base table in `from`, or the target of an update or delete.
    pub(super) fn note_table(&mut self, table: &Table, alias: Option<&str>, span: Span, instance: &Instance) {
        if self.notes_wanted() {
            let scan = instance.scan.owned.map(|(scan, _)| scan);
            let what = Mentioned::Table(table.name.clone(), scan);
            self.mention(span, shown(&table.name, alias), what);
        }
    }

    /// A reference to a view.
    pub(super) fn note_view(&mut self, name: &QName, alias: &str, span: Span) {
        if self.notes_wanted() {
            self.mention(span, shown(name, Some(alias)), Mentioned::View(name.clone()));
        }
    }

    /// A reference to a common table expression.
    pub(super) fn note_cte(&mut self, name: &str, alias: &str, span: Span, itself: bool) {
        if self.notes_wanted() {
            let shown = if alias == name {
                name.to_owned()
            } else {
                format!("{name} {alias}")
            };
            self.mention(span, shown, Mentioned::Cte { itself });
        }
    }

    /// How the columns of a relation are called.
    pub(super) fn note_names(&mut self, alias: &str, columns: &[Named]) {
        if let Some(notes) = &mut self.arena.notes {
            for column in columns {
                if let Some(name) = &column.name {
                    notes.names.insert(column.id, format!("{alias}.{name}"));
                }
            }
        }
    }

    /// The columns of one reference to a base table.
    pub(super) fn note_columns(&mut self, table: &Table, first: ColId, end: ColId) {
        if let Some(notes) = &mut self.arena.notes {
            notes.tables.push((first, end, table.name.clone()));
        }
    }

    /// How one column is called.
    pub(super) fn note_name(&mut self, column: ColId, name: impl FnOnce() -> String) {
        if let Some(notes) = &mut self.arena.notes {
            notes.names.entry(column).or_insert_with(name);
        }
    }

    /// `left = right`, written from `first` to `last`.
    pub(super) fn note_equality(&mut self, left: &Expr, right: &Expr, first: &ast::Expr, last: &ast::Expr) {
        if !self.notes_wanted() {
            return;
        }
        let (Some(left), Some(right)) = (operand(left), operand(right)) else {
            return;
        };
        let place = self.place(span_of(first.span()).union(span_of(last.span())));
        if let Some(notes) = &mut self.arena.notes {
            notes.equalities.push((left, right, place));
        }
    }

    /// `operands in (select columns ..)`.
    pub(super) fn note_membership(&mut self, left: &[Expr], columns: &[ColId], written: &ast::Expr) {
        for (value, column) in left.iter().zip(columns) {
            self.note_equality(value, &Expr::Col(*column), written, written);
        }
    }

    /// The target of a write.
    pub(super) fn note_write(&mut self, table: &Table, span: Span) {
        if let Some(notes) = &mut self.arena.notes {
            notes.writes.push((span, table.name.clone()));
        }
    }

    fn considered(&mut self, kind: ConsideredKind, span: Span, text: String, origin: &Origin) {
        let span = self.at(span);
        if let Some(notes) = &mut self.arena.notes {
            let considered = Considered {
                span,
                kind,
                text,
                origin: origin.clone(),
            };
            if !notes.considered.contains(&considered) {
                notes.considered.push(considered);
            }
        }
    }

    /// A key whose conflicts are resolved silently, and which holds the owner.
    pub(super) fn note_conflict_key(&mut self, holder: &Table, key: &Key, what: &str, span: Span) {
        if !self.notes_wanted() {
            return;
        }
        let columns: Vec<&str> = key
            .parts
            .iter()
            .map(|part| match part {
                KeyPart::Column(index) => holder
                    .columns
                    .get(*index)
                    .map_or("", |column| column.name.as_str()),
                KeyPart::Expression(text) => text,
            })
            .collect();
        let name = key
            .name
            .as_ref()
            .map_or_else(|| "the key".to_owned(), |name| format!("the key `{name}`"));
        let text = format!(
            "{what} looks only at rows of the tenant: {name} ({}) holds the column that says whose a row is",
            columns.join(", ")
        );
        self.considered(ConsideredKind::ConflictKey, span, text, &key.origin);
    }

    /// A foreign key whose action stays inside the tenant.
    pub(super) fn note_cascade(&mut self, child: &Table, key: &crate::catalog::ForeignKey, span: Span) {
        if self.notes_wanted() {
            let name = key
                .name
                .as_ref()
                .map_or_else(String::new, |name| format!(" `{name}`"));
            let text = format!(
                "the foreign key{name} of `{}` acts on rows of the same tenant",
                child.name.name
            );
            self.considered(ConsideredKind::Cascade, span, text, &key.origin);
        }
    }

    /// A trigger that is understood.
    pub(super) fn note_trigger(&mut self, name: &str, table: &Table, origin: &Origin, span: Span) {
        if self.notes_wanted() {
            let text = format!(
                "the trigger `{name}` on `{}` only assigns pure expressions to its own row",
                table.name.name
            );
            self.considered(ConsideredKind::Trigger, span, text, origin);
        }
    }
}

/// A relation as it is written.
fn shown(name: &QName, alias: Option<&str>) -> String {
    match alias {
        Some(alias) if alias != name.name => format!("{name} {alias}"),
        Some(_) | None => name.to_string(),
    }
}

fn operand(expr: &Expr) -> Option<Operand> {
    match expr {
        Expr::Col(column) | Expr::Scalar { column, .. } => Some(Operand::Column(*column)),
        Expr::Tenant => Some(Operand::Tenant),
        Expr::Param(number) | Expr::Cast(number, _) => Some(Operand::Argument(*number)),
        Expr::Collated(inner, _) => operand(inner),
        Expr::Constant
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
