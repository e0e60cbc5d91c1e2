//! Problems of the proof as diagnostics: which reference, what is missing, what to write.

use super::Lowerer;
use super::near::near;
use crate::catalog::{Ownership, QName, Relation};
use crate::plan::{JoinPlace, Rel, ScanId, ScanInfo};
use crate::prove::{Barrier, Problem, Verb};
use crate::repair::gap::{Gap, Reference};
use crate::repair::identifier;
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
            target: false,
        }));
        let code = if info.views.is_empty() {
            Code::UnscopedTable
        } else {
            Code::LeakyView
        };
        let peer = self.peer(scan, &info);
        let place = self.arena.joins.get(&scan).copied();
        let help = match (info.views.first(), stuck.and_then(barrier_text)) {
            (Some(view), Some(text)) => vec![
                format!(
                    "let `{view}` keep the tenants apart where {text}: group, partition or confine by the tenant column"
                ),
                "or write the query out, with the predicate inside".to_owned(),
            ],
            _ => self.help_for(&info, &name, peer, place),
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

    /// Another reference in the statement whose tenant column the missing equality could name.
    fn peer(&self, scan: ScanId, info: &ScanInfo) -> Option<String> {
        if !info.joined {
            return None;
        }
        self.arena.scans.iter().enumerate().find_map(|(index, other)| {
            let same = index == scan.0 as usize;
            match &other.tenant_column {
                Some(column) if !same && other.views.is_empty() && index < scan.0 as usize => Some(format!(
                    "{}.{}",
                    identifier(other.alias.as_ref().unwrap_or(&other.table.name), self.dialect()),
                    identifier(column, self.dialect())
                )),
                Some(_) | None => None,
            }
        })
    }

    fn help_for(
        &self,
        info: &ScanInfo,
        name: &str,
        peer: Option<String>,
        place: Option<JoinPlace>,
    ) -> Vec<String> {
        if let Some((column, parent, key)) = &info.via {
            let pin = match self.catalog.relations.get(parent) {
                Some(Relation::Table(table)) => match table.ownership {
                    Ownership::Tenant { column, .. } => table
                        .columns
                        .get(column)
                        .map(|column| format!(" and {}.{} = $tenant", parent.name, column.name)),
                    Ownership::Via { .. }
                    | Ownership::Placed
                    | Ownership::Shared
                    | Ownership::Unclassified { .. } => None,
                },
                Some(Relation::View(_) | Relation::Opaque { .. }) | None => None,
            };
            return vec![format!(
                "`{name}` belongs to the tenant of its parent; join it: `join {p} on {p}.{key} = {name}.{column}{pin}`",
                p = parent.name,
                pin = pin.unwrap_or_default()
            )];
        }
        let Some(column) = &info.tenant_column else {
            return Vec::new();
        };
        if let Some(view) = info.views.first() {
            return vec![
                format!("if `{view}` shows `{column}`, add to `where`: `{view}.{column} = $tenant`"),
                format!(
                    "if not, let the view show `{column}` of `{name}`, unchanged, or write the query out"
                ),
            ];
        }
        let dialect = self.dialect();
        let (name, column) = (&identifier(name, dialect), &identifier(column, dialect));
        let on_peer = peer.map(|peer| format!("add to the `on` of the join: `{name}.{column} = {peer}`"));
        let in_where = format!("add to `where`: `{name}.{column} = $tenant`");
        match place {
            None => on_peer.into_iter().chain([in_where]).collect(),
            Some(JoinPlace::WithoutOn) => vec![in_where],
            Some(JoinPlace::Nullable) => on_peer
                .into_iter()
                .chain([format!(
                    "add to the `on` of the join: `{name}.{column} = $tenant`"
                )])
                .collect(),
            Some(JoinPlace::Full) => vec![format!(
                "confine it before the join: `(select .. from {} where {column} = $tenant) {name}`",
                info.table.name
            )],
        }
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
        let missed = target.and_then(|scan| near(root, ScanId(u32::try_from(scan).ok()?)));
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
            target: true,
        }));
        let help = match self.catalog.relations.get(table) {
            Some(Relation::Table(found)) => match &found.ownership {
                Ownership::Tenant { column, .. } => found
                    .columns
                    .get(*column)
                    .map(|column| format!("add to `{clause}`: `{name}.{} = $tenant`", column.name)),
                Ownership::Via { foreign_key } => found.foreign_keys.get(*foreign_key).and_then(|key| {
                    let column = key.columns.first().and_then(|&index| found.columns.get(index))?;
                    let parent_key = key.parent_columns.first()?;
                    Some(format!(
                        "add to `{clause}`: `{name}.{} in (select {parent_key} from {} where <its tenant column> = $tenant)`",
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
            "write `$tenant` here".to_owned()
        }];
    }

    /// How to insert a child through its parent.
    fn parent_help(&self, table: &QName, name: &str) -> String {
        let Some((key, parent, column)) = self.parent_of(table) else {
            return "select the parent's key from a query that confines the parent".to_owned();
        };
        format!(
            "select the parent: `insert into {name} (..) select .., {parent}.{key} from {parent} where {parent}.{column} = $tenant and ..`"
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
            "take the new parent from a query that confines it: `exists (select .. where <key> = .. and <tenant column> = $tenant)`".to_owned()
        } else {
            "leave the tenant column out of `set`, or set it to `$tenant`".to_owned()
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
        Barrier::SetOperation | Barrier::Subquery => None,
        Barrier::Recursion => Some("the recursion goes on"),
    }
}
