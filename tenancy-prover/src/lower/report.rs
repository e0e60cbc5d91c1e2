//! Problems of the proof as diagnostics: which reference, what is missing, what to write.

use super::Lowerer;
use super::near::near;
use crate::catalog::{Ownership, QName, Relation};
use crate::plan::{JoinPlace, Rel, ScanId, ScanInfo};
use crate::prove::{Barrier, Problem, Verb};
use crate::repair::gap::{Gap, Reference};
use crate::{Code, Span};

impl<'a> Lowerer<'a> {
    pub(super) fn report(&mut self, problem: &Problem, root: &Rel) {
        match problem {
            Problem::Open { scan, stuck } => self.report_open(*scan, *stuck, root),
            Problem::Target { span, table, verb } => self.report_target(*span, table, *verb, root),
            Problem::Owner { span, table } => self.report_owner(*span, table),
            Problem::Moved { span, table } => self.report_moved(*span, table),
        }
    }

    fn report_open(&mut self, scan: ScanId, stuck: Option<Barrier>, root: &Rel) {
        let Some(info) = self.arena.scans.get(scan.0 as usize).cloned() else {
            return;
        };
        let shown = shown(&info);
        let name = info.alias.clone().unwrap_or_else(|| info.table.name.clone());
        if info.loose {
            let column = info.tenant_column.clone().unwrap_or_default();
            let diagnostic = self.refuse(
                Code::TenantType,
                info.span,
                format!("equality on `{name}.{column}` does not tell tenants apart: its type or collation equates different ids"),
            );
            diagnostic.label = format!("{shown} cannot be confined by it");
            diagnostic.help = vec![format!(
                "give `{}.{column}` the type and collation of the tenant ids",
                info.table.name
            )];
            return;
        }
        self.gaps.push(Gap::Rows(Reference {
            span: info.span,
            alias: info.alias.clone().filter(|_| info.views.is_empty()),
            table: info.table.clone(),
            shown: self.arena.shown.get(&scan).map(ToString::to_string),
            target: false,
        }));
        let code = if info.views.is_empty() {
            Code::UnscopedTable
        } else {
            Code::LeakyView
        };
        let place = self.arena.joins.get(&scan).copied();
        let help = match (info.views.first(), stuck.and_then(barrier_text)) {
            (Some(view), Some(text)) => vec![
                format!(
                    "let `{view}` keep the tenants apart where {text}: group, partition or confine by the tenant column"
                ),
                "or write the query out, with the predicate inside".to_owned(),
            ],
            _ => self.help_for(scan, &info, &name, place),
        };
        let through = info
            .views
            .first()
            .map_or_else(String::new, |view| format!(", which the view `{view}` reads,"));
        let message = match stuck.and_then(barrier_text) {
            Some(text) => format!("{shown}{through} is not confined to the tenant before {text}"),
            None => format!("{shown}{through} is not confined to the tenant"),
        };
        let inside: Vec<String> = info
            .views
            .iter()
            .filter_map(|view| {
                self.view_origin(view)
                    .map(|origin| format!("the view `{view}` is created in {origin}"))
            })
            .collect();
        let diagnostic = self.refuse(code, info.span, message);
        diagnostic.label = match stuck.and_then(barrier_text) {
            Some(_) => format!("rows of every tenant of `{name}` get in"),
            None => format!("no predicate confines `{name}`"),
        };
        diagnostic.help = help;
        diagnostic.notes.extend(inside);
        diagnostic
            .notes
            .extend(near(root, scan).map(|near| near.note().to_owned()));
    }

    fn view_origin(&self, view: &str) -> Option<String> {
        self.catalog
            .relations
            .iter()
            .find_map(|(name, relation)| match relation {
                Relation::View(found) if name.name == view => {
                    Some(format!("{}:{}", found.origin.file.display(), found.origin.line))
                }
                Relation::View(_) | Relation::Table(_) | Relation::Opaque { .. } => None,
            })
    }

    /// What confines a reference, in words.
    fn help_for(&self, scan: ScanId, info: &ScanInfo, name: &str, place: Option<JoinPlace>) -> Vec<String> {
        if let Some((column, parent, _)) = &info.via {
            return vec![format!(
                "a row of `{name}` belongs to the tenant of its parent: join `{}` by `{name}.{column}`, and confine that",
                parent.name
            )];
        }
        let Some(column) = &info.tenant_column else {
            return Vec::new();
        };
        if let Some(view) = info.views.first() {
            return vec![match self.arena.shown.get(&scan) {
                Some(shown) => format!("compare `{view}.{shown}` with `$tenant`"),
                None => {
                    format!("let `{view}` show `{column}` of `{name}`, unchanged, or write the query out")
                }
            }];
        }
        let compare = format!("compare `{name}.{column}` with `$tenant`");
        vec![match place {
            None if info.joined => {
                format!("{compare}, or in its `on` with the tenant column of a table that is confined")
            }
            None | Some(JoinPlace::WithoutOn) => compare,
            Some(JoinPlace::Nullable) => format!("{compare} in the `on` of its join"),
            Some(JoinPlace::Full) => {
                format!("{compare} before the join: put a subquery that does in the place of `{name}`")
            }
        }]
    }

    fn report_target(&mut self, span: Span, table: &QName, verb: Verb, root: &Rel) {
        let (verb, clause) = match verb {
            Verb::Delete => ("delete", "where"),
            Verb::Update => ("update", "where"),
            Verb::Merge => ("merge", "on"),
        };
        let target = self
            .arena
            .scans
            .iter()
            .position(|scan| scan.span == span && scan.table == *table);
        let id = target.and_then(|scan| Some(ScanId(u32::try_from(scan).ok()?)));
        let missed = id.and_then(|id| near(root, id));
        let reference = target.and_then(|scan| self.arena.scans.get(scan));
        // A view that is written through hides the table's own name.
        let name = reference
            .and_then(|scan| scan.views.first().or(scan.alias.as_ref()).cloned())
            .unwrap_or_else(|| table.name.clone());
        self.gaps.push(Gap::Rows(Reference {
            span,
            alias: reference
                .filter(|scan| scan.views.is_empty())
                .and_then(|scan| scan.alias.clone()),
            table: table.clone(),
            shown: id.and_then(|id| self.arena.shown.get(&id).map(ToString::to_string)),
            target: true,
        }));
        let shown = id.and_then(|id| self.arena.shown.get(&id));
        let loose = reference.is_some_and(|scan| scan.loose);
        let hidden = reference.is_some_and(|scan| !scan.views.is_empty()) && shown.is_none();
        let help = match self.catalog.relations.get(table) {
            Some(Relation::Table(found)) => match &found.ownership {
                Ownership::Tenant { column, .. } => found.columns.get(*column).map(|column| {
                    let column = &column.name;
                    if loose {
                        format!("give `{}.{column}` the type and collation of the tenant ids", table.name)
                    } else if hidden {
                        format!("let `{name}` show `{column}`, unchanged, or write to `{}`", table.name)
                    } else {
                        let column = shown.map_or(column.as_str(), |shown| shown);
                        format!("compare `{name}.{column}` with `$tenant` in the `{clause}`")
                    }
                }),
                Ownership::Via { foreign_key } => found.foreign_keys.get(*foreign_key).and_then(|key| {
                    let column = key.columns.first().and_then(|&index| found.columns.get(index))?;
                    Some(format!(
                        "its parent decides whose a row is: let `{name}.{}` be `in` a subquery that confines `{}`",
                        column.name, key.parent.name
                    ))
                }),
                Ownership::Placed | Ownership::Shared | Ownership::Unclassified { .. } => None,
            },
            Some(Relation::View(_) | Relation::Opaque { .. }) | None => None,
        };
        let diagnostic = self.refuse(
            Code::UnscopedWrite,
            span,
            format!(
                "the rows of `{}` that this {verb} reaches are not confined to the tenant",
                table.name
            ),
        );
        diagnostic.label = "rows of every tenant are reached".to_owned();
        diagnostic.help = help.into_iter().collect();
        diagnostic.notes.extend(missed.map(|near| near.note().to_owned()));
    }

    fn report_owner(&mut self, span: Span, table: &QName) {
        self.gaps.push(Gap::Value(span));
        let name = table.name.clone();
        let via = self.is_via(table);
        let parent = self.parent_help(table, &name);
        let diagnostic = self.refuse(
            Code::UnscopedInsert,
            span,
            if via {
                format!("the parent of the new row of `{name}` is not known to be the tenant's")
            } else {
                format!("the new row of `{name}` is not known to be the tenant's")
            },
        );
        diagnostic.label = "this decides whose the row is".to_owned();
        diagnostic.help = vec![if via {
            parent
        } else {
            "`$tenant` belongs here: nothing else is known to be the current tenant".to_owned()
        }];
    }

    /// How to insert a child through its parent.
    fn parent_help(&self, table: &QName, name: &str) -> String {
        let Some((key, parent, column)) = self.parent_of(table) else {
            return "insert from a query that confines the parent, and take the key from there".to_owned();
        };
        format!(
            "insert into `{name}` from a query that reads `{parent}.{key}` and compares `{parent}.{column}` with `$tenant`"
        )
    }

    /// The key that a child refers to, its parent, and the parent's tenant column.
    fn parent_of(&self, table: &QName) -> Option<(&str, &str, &str)> {
        let Some(Relation::Table(child)) = self.catalog.relations.get(table) else {
            return None;
        };
        let Ownership::Via { foreign_key } = &child.ownership else {
            return None;
        };
        let key = child.foreign_keys.get(*foreign_key)?;
        let Some(Relation::Table(parent)) = self.catalog.relations.get(&key.parent) else {
            return None;
        };
        let Ownership::Tenant { column, .. } = &parent.ownership else {
            return None;
        };
        let column = parent.columns.get(*column)?;
        Some((key.parent_columns.first()?, &parent.name.name, &column.name))
    }

    fn report_moved(&mut self, span: Span, table: &QName) {
        let name = table.name.clone();
        let via = self.is_via(table);
        let diagnostic = self.refuse(
            Code::TenantChanged,
            span,
            format!("this may give the row of `{name}` to another tenant"),
        );
        diagnostic.label = "not known to be the tenant's".to_owned();
        diagnostic.help = vec![if via {
            "say in `where` that the new parent is the tenant's: with `exists` and a subquery that finds it by its key and confines it".to_owned()
        } else {
            "leave the tenant column out of `set`, or assign `$tenant` to it".to_owned()
        }];
    }

    fn is_via(&self, table: &QName) -> bool {
        matches!(self.catalog.relations.get(table),
            Some(Relation::Table(found)) if matches!(found.ownership, Ownership::Via { .. }))
    }
}

/// A table reference as it is written: `customers c`.
fn shown(info: &ScanInfo) -> String {
    match &info.alias {
        Some(alias) if *alias != info.table.name => format!("`{} {alias}`", info.table.name),
        Some(_) | None => format!("`{}`", info.table.name),
    }
}

fn barrier_text(barrier: Barrier) -> Option<&'static str> {
    match barrier {
        Barrier::Aggregate => Some("an aggregate folds its rows"),
        Barrier::GroupBy => Some("`group by` folds its rows"),
        Barrier::Window => Some("a window function looks at its rows"),
        Barrier::Distinct => Some("`distinct` folds its rows"),
        Barrier::DistinctOn => Some("`distinct on` picks among its rows"),
        Barrier::Limit => Some("`limit` picks among its rows"),
        Barrier::Lock => Some("the row lock holds its rows"),
        Barrier::SetOperation | Barrier::Subquery => None,
        Barrier::Recursion => Some("the recursion goes on"),
    }
}
