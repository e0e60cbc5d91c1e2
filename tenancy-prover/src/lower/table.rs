//! Base tables: what a reference opens, and what the schema's keys say of it.

use std::sync::Arc;

use sqlparser::ast::{ObjectName, TableAlias};

use super::Lowerer;
use super::from::refused_relation;
use super::names::name_span;
use super::scope::{Locks, Named, Scope, Visible};
use super::template::Template;
use crate::catalog::{KeyKind, KeyPart, Ownership, Relation, Table};
use crate::parse::span_of;
use crate::plan::{ColId, ColInfo, Dependency, Promise, Rel, Scan, ScanId, ScanInfo};
use crate::repair::gap::Gap;
use crate::{Code, Dialect, Span};

/// A table's columns in one reference.
pub(super) struct Instance {
    pub(super) scan: Scan,
    /// The columns, in the table's order.
    pub(super) columns: Vec<ColId>,
    /// The tenant column, real or virtual; `None` for shared tables.
    pub(super) owner: Option<ColId>,
    pub(super) template: Arc<Template>,
}

impl<'a> Lowerer<'a> {
    /// A name in `from`: a common table expression, a table, or a view.
    pub(super) fn table_factor(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
        joined: bool,
        scope: &mut Scope<'_>,
    ) -> Rel {
        let span = name_span(name);
        let span = alias.map_or(span, |alias| span.union(span_of(alias.name.span)));
        match self.parts(name).as_deref() {
            Some([folded]) => {
                let before = scope.relations.len();
                let rel = self.named_relation(None, folded, alias, span, joined, scope);
                self.spell(name, alias, before, scope);
                rel
            }
            Some([schema, name]) => self.named_relation(Some(schema), name, alias, span, joined, scope),
            _ => {
                self.unsupported(span, "this table name");
                scope.add(refused_relation(alias.map(|alias| self.fold(&alias.name))));
                Rel::Unit
            }
        }
    }

    /// The relation that a folded name means.
    pub(super) fn named_relation(
        &mut self,
        schema: Option<&str>,
        name: &str,
        alias: Option<&TableAlias>,
        span: Span,
        joined: bool,
        scope: &mut Scope<'_>,
    ) -> Rel {
        if schema.is_none()
            && let Some(rel) = self.cte_reference(name, alias, span, scope)
        {
            return rel;
        }
        let alias_name = alias.map(|alias| self.fold(&alias.name));
        let shown = alias_name.clone().unwrap_or_else(|| name.to_owned());
        match self.known_relation(schema, name, span) {
            None => {
                scope.add(refused_relation(Some(shown)));
                Rel::Unit
            }
            Some(Relation::Table(table)) => self.base_table(table, alias, span, joined, scope),
            Some(Relation::View(view)) => self.view(view, alias, span, scope),
            Some(Relation::Opaque { origin, what }) => {
                let (what, file, line) = (what.clone(), origin.file.display().to_string(), origin.line);
                let diagnostic = self.refuse(
                    Code::UnclassifiedTable,
                    span,
                    format!("`{name}` is {what}, which is not understood"),
                );
                diagnostic.notes.push(format!("it is declared in {file}:{line}"));
                diagnostic.help = vec!["read it in central work, with `central_query!`".to_owned()];
                scope.add(refused_relation(Some(shown)));
                Rel::Unit
            }
        }
    }

    /// The relation of that name in the schema; refused, and `None`, if it is not there or not to be used.
    pub(super) fn known_relation(
        &mut self,
        schema: Option<&str>,
        name: &str,
        span: Span,
    ) -> Option<&'a Relation> {
        let catalog = self.catalog;
        if self.is_system(schema, name) {
            self.refuse(
                Code::SystemCatalog,
                span,
                format!("`{name}` is a system catalogue or statistics view, which shows every tenant's objects and values"),
            )
            .help = vec!["read it in central work, with `central_query!`".to_owned()];
            return None;
        }
        let Some((_, relation)) = catalog.relation(schema.or(self.view_schema()), name) else {
            let near = catalog.near_names(name);
            let shown = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
            let in_view = !self.views.is_empty();
            let diagnostic = self.refuse(
                Code::UnknownTable,
                span,
                format!("the schema knows no table `{shown}`"),
            );
            diagnostic.help = near
                .iter()
                .map(|known| format!("did you mean `{known}`?"))
                .collect();
            if let [meant] = near.as_slice()
                && !in_view
            {
                let meant = meant.to_string();
                self.gaps.push(Gap::Name { span, meant });
            } else if near.is_empty() {
                diagnostic
                    .help
                    .push("only tables that the migrations create can be used".to_owned());
            }
            return None;
        };
        Some(relation)
    }

    fn is_system(&self, schema: Option<&str>, name: &str) -> bool {
        match self.dialect() {
            Dialect::Postgres => match schema {
                Some(schema) => {
                    schema == "information_schema"
                        || (schema.starts_with("pg_") && !self.catalog.schemas.contains(schema))
                }
                // `pg_catalog` is searched first, so such a name never means a table of the project.
                None => name.starts_with("pg_"),
            },
            Dialect::Sqlite => name.starts_with("sqlite_") || name.starts_with("pragma_") || name == "dbstat",
            // A name alone is a table of the connection's database, whatever that is called.
            Dialect::Mysql => schema.is_some(),
        }
    }

    fn base_table(
        &mut self,
        table: &'a Table,
        alias: Option<&TableAlias>,
        span: Span,
        joined: bool,
        scope: &mut Scope<'_>,
    ) -> Rel {
        let alias_name = alias.map(|alias| self.fold(&alias.name));
        if !self.usable(table, span) {
            scope.add(refused_relation(Some(
                alias_name.unwrap_or_else(|| table.name.name.clone()),
            )));
            return Rel::Unit;
        }
        let instance = self.instance(table, alias_name.as_deref(), span, joined);
        self.note_table(table, alias_name.as_deref(), span, &instance);
        let columns = instance.named();
        let locks = match table.ownership {
            Ownership::Shared => Locks::Shared("a shared table"),
            Ownership::Tenant { .. }
            | Ownership::Via { .. }
            | Ownership::Placed
            | Ownership::Unclassified { .. } => Locks::Owned,
        };
        let before = scope.relations.len();
        self.add_derived(columns, alias, locks, scope);
        let rowid = self.rowid(table, &instance);
        if let Some(visible) = scope.relations.get_mut(before) {
            visible.rowid = rowid;
            if alias.is_none() {
                visible.alias = Some(table.name.name.clone());
                visible.qualified = Some(table.name.clone());
            }
        }
        if let Some(block) = self.blocks.last_mut() {
            for key in &instance.scan.keys {
                block
                    .keys
                    .push((key.clone(), instance.scan.first, instance.scan.end));
            }
        }
        Rel::Scan(Box::new(instance.scan))
    }

    /// SQLite: the column that is the rowid.
    pub(super) fn rowid(&self, table: &Table, instance: &Instance) -> Option<ColId> {
        if self.dialect() != Dialect::Sqlite || table.without_rowid {
            return None;
        }
        let primary = table.keys.iter().find(|key| key.kind == KeyKind::Primary)?;
        let [KeyPart::Column(column)] = primary.parts.as_slice() else {
            return None;
        };
        let declared = table.columns.get(*column)?;
        (declared.identity && declared.ty.name == "integer" && declared.ty.modifiers.is_empty())
            .then(|| instance.columns.get(*column).copied())
            .flatten()
    }

    /// Whether a table may be used at all; refused if not.
    pub(super) fn usable(&mut self, table: &'a Table, span: Span) -> bool {
        let name = table.name.name.clone();
        if let Some(rule) = table.rules.iter().find(|rule| rule.event == "select") {
            let (file, line) = (rule.origin.file.display().to_string(), rule.origin.line);
            self.refuse(
                Code::UnclassifiedTable,
                span,
                format!("`{name}` is a view made by a rule, which is not understood"),
            )
            .notes
            .push(format!("the rule is created in {file}:{line}"));
            return false;
        }
        if let Some(child) = &self.template(table).other_owner {
            self.refuse(
                Code::UnclassifiedTable,
                span,
                format!("`{name}` also shows the rows of `{child}`, which belong to tenants in another way"),
            )
            .help = vec![format!("declare `{name}` and `{child}` alike in tenancy.toml")];
            return false;
        }
        let poison = table.poison.first().or(if table.declared {
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
            let diagnostic = self.refuse(
                Code::PoisonedTable,
                span,
                format!(
                    "what `{name}` looks like is not certain: {what} in {file}:{line} may have changed it"
                ),
            );
            diagnostic.help = if table.ownership == Ownership::Placed {
                vec!["write out what that statement does as plain DDL".to_owned()]
            } else {
                vec![
                    format!("declare the table in tenancy.toml: `[tables] {name} = {{ column = \"..\" }}`"),
                    "or read the schema from a dump: `schema = \"schema.sql\"`".to_owned(),
                ]
            };
            return false;
        }
        if let Ownership::Unclassified { reason } = &table.ownership {
            let reason = reason.clone();
            let (file, line) = (table.origin.file.display().to_string(), table.origin.line);
            let diagnostic = self.refuse(
                Code::UnclassifiedTable,
                span,
                format!("nobody has said whose rows `{name}` holds"),
            );
            diagnostic.notes.push(format!("it is created in {file}:{line}"));
            diagnostic.help = match reason {
                Some(reason) => vec![reason],
                None => vec![format!(
                    "declare it in tenancy.toml: `[tables] {name} = \"shared\"`, or `{{ column = \"..\" }}`, or `{{ via = \"..\" }}`"
                )],
            };
            return false;
        }
        self.policies_read_the_row(table, span)
    }

    /// Fresh columns for one reference to a table.
    pub(super) fn instance(
        &mut self,
        table: &'a Table,
        alias: Option<&str>,
        span: Span,
        joined: bool,
    ) -> Instance {
        let template = self.template(table);
        let first = self.arena.next();
        for info in &template.infos {
            self.arena.column(*info);
        }
        let end = self.arena.next();
        let at = |column: ColId| ColId(first.0 + column.0);
        let columns: Vec<ColId> = (first.0..end.0).take(table.columns.len()).map(ColId).collect();
        let owner = template.owner.map(at);
        self.note_columns(table, first, end);
        let shown = alias.unwrap_or(&table.name.name);
        for (column, &id) in table.columns.iter().zip(&columns) {
            self.note_name(id, || format!("{shown}.{}", column.name));
        }
        if let Some(owner) = owner {
            self.note_name(owner, || format!("tenant of {shown}"));
        }
        let confined = owner.and_then(|_| self.confined(table, span));
        let owned = owner.map(|column| (self.scan_id(table, &template, alias, span, joined), column));
        let mut scan = Scan {
            owned,
            confined,
            not_null: Vec::new(),
            dependencies: Vec::new(),
            keys: Vec::new(),
            first,
            end,
        };
        // The rows of a materialized view may be older than the constraints that the tables have now.
        if !self.in_materialized_view() {
            let all = |columns: &[ColId]| columns.iter().copied().map(at).collect();
            scan.not_null = all(&template.not_null);
            scan.dependencies = template
                .dependencies
                .iter()
                .map(|known| Dependency {
                    source: known.source,
                    function: known.function,
                    args: all(&known.args),
                    result: at(known.result),
                    total: known.total,
                })
                .collect();
            scan.keys = template.keys.iter().map(|key| all(key)).collect();
        }
        Instance {
            scan,
            columns,
            owner,
            template,
        }
    }

    fn scan_id(
        &mut self,
        table: &Table,
        template: &Template,
        alias: Option<&str>,
        span: Span,
        joined: bool,
    ) -> ScanId {
        let info = ScanInfo {
            table: table.name.clone(),
            alias: alias.map(str::to_owned),
            span: self.at(span),
            tenant_column: template.tenant_column.clone(),
            via: template.via.clone(),
            loose: template.loose,
            views: self.view_names(),
            joined,
        };
        let id = ScanId(u32::try_from(self.arena.scans.len()).unwrap_or(u32::MAX));
        self.arena.scans.push(info);
        id
    }

    /// Stand-ins for a table that cannot be used, so that lowering can go on.
    pub(super) fn opaque_columns(&mut self, count: usize) -> Vec<ColId> {
        (0..count).map(|_| self.arena.column(ColInfo::OPAQUE)).collect()
    }
}

impl Instance {
    /// The columns by their names.
    fn named(&self) -> Vec<Named> {
        self.template
            .names
            .iter()
            .zip(&self.columns)
            .map(|((name, hidden), &id)| Named {
                name: Some(Arc::clone(name)),
                id,
                hidden: *hidden,
            })
            .collect()
    }

    /// The row as an insert or update leaves it, before its foreign keys are checked.
    pub(super) fn unchecked(mut self) -> Self {
        self.scan
            .dependencies
            .retain(|dependency| !matches!(dependency.source, Promise::ForeignKey(_)));
        self
    }

    /// The row that an insert proposes: no key of the table holds for it.
    pub(super) fn proposed(mut self) -> Self {
        self.scan
            .dependencies
            .retain(|dependency| dependency.source == Promise::Owner);
        self.scan.keys.clear();
        self
    }
}

impl Visible {
    /// A relation under a name, with the columns of a table.
    pub(super) fn of_table(alias: &str, table: &Table, instance: &Instance, rowid: Option<ColId>) -> Self {
        Self {
            alias: Some(alias.to_owned()),
            spelled: None,
            qualified: Some(table.name.clone()),
            columns: instance.named(),
            refused: false,
            locks: Locks::Owned,
            rowid,
            uncertain: false,
        }
    }
}
