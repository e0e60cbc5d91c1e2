//! `select`: from, where, group by, having, windows, the select list, distinct.

use sqlparser::ast::{
    self, Distinct, Ident, LockClause, NamedWindowDefinition, NamedWindowExpr, Select, SelectFlavor,
    SelectItem, SelectItemQualifiedWildcardKind, Spanned, Value, WildcardAdditionalOptions,
};

use super::Lowerer;
use super::block::{Block, Clause};
use super::mysql::alias::named_by_their_text;
use super::names::part;
use super::query::LoweredQuery;
use super::scope::{Locks, Name, Named, Scope};
use crate::parse::span_of;
use crate::plan::{Aggregate, ColId, ColInfo, Expr, Rel};
use crate::{Code, Dialect, Span};

/// One item of the select list, wildcards expanded.
pub(super) struct Item<'q> {
    pub(super) name: Option<Name>,
    pub(super) value: ItemValue<'q>,
}

/// Where an item comes from.
pub(super) enum ItemValue<'q> {
    Expr(&'q ast::Expr),
    Column(ColId),
}

impl<'a> Lowerer<'a> {
    pub(super) fn select(
        &mut self,
        select: &Select,
        order: &[&ast::Expr],
        locks: &[LockClause],
        parent: Option<&Scope<'_>>,
    ) -> LoweredQuery {
        self.refuse_foreign_clauses(select);
        let first = self.arena.next();
        self.blocks.push(Block::new(first, Clause::From));
        if let (Dialect::Sqlite, Some(block)) = (self.catalog.dialect, self.blocks.last_mut()) {
            let named = select.projection.iter().filter_map(|item| match item {
                SelectItem::ExprWithAlias { expr: _, alias } => Some(alias.value.to_ascii_lowercase()),
                _ => None,
            });
            block.names = named.collect();
        }
        let mut scope = Scope::new(parent);
        let mut rel = self.from(&select.from, &mut scope);
        self.check_locks(locks, &scope);

        let items = self.items(&select.projection, &scope);
        if self.dialect() != Dialect::Postgres {
            scope.aliases = select
                .projection
                .iter()
                .filter_map(|item| match item {
                    SelectItem::ExprWithAlias { expr, alias } => Some((self.fold(alias), expr)),
                    _ => None,
                })
                .collect();
        }
        if self.dialect() == Dialect::Mysql {
            scope.unnamed = named_by_their_text(&select.projection);
        }

        if let Some(selection) = &select.selection {
            self.clause(Clause::Where);
            let predicate = self.expr(selection, &scope);
            rel = Rel::Filter {
                input: Box::new(rel),
                predicate,
            };
        }
        if !locks.is_empty() {
            rel = Rel::Locked(Box::new(rel));
        }
        self.clause(Clause::Group);
        let sets = self.grouping_sets(&select.group_by, &items, &scope);
        self.named_windows(&select.named_window, &scope);

        if parent.is_some() && select.having.is_some() {
            self.show_to_having(&items, sets.as_deref().unwrap_or_default(), &scope);
        }
        self.clause(Clause::Having);
        let having = select.having.as_ref().map(|having| self.expr(having, &scope));
        self.clause(Clause::Select);
        let outputs: Vec<(Expr, Option<Name>)> = items
            .iter()
            .map(|item| {
                let value = match item.value {
                    ItemValue::Expr(expr) => self.expr(expr, &scope),
                    ItemValue::Column(id) => Expr::Col(id),
                };
                (value, item.name.clone())
            })
            .collect();
        self.clause(Clause::Order);
        let mut others = Vec::new();
        for expr in order {
            if !self.is_output(expr, &items) {
                others.push(self.expr(expr, &scope));
            }
        }
        let distinct_on = match &select.distinct {
            Some(Distinct::On(keys)) => Some(self.distinct_keys(keys, &items, &scope)),
            Some(Distinct::All | Distinct::Distinct) | None => None,
        };
        let Some(block) = self.blocks.pop() else {
            return LoweredQuery::nothing();
        };

        // MySQL's `having` is a second `where` if nothing is grouped.
        let folded = having.is_some() && self.dialect() != Dialect::Mysql;
        if sets.is_some() || block.has_aggregate || folded {
            let rollup = self.has_rollup(&select.group_by);
            rel = Rel::Aggregate(Box::new(Aggregate {
                input: rel,
                first,
                sets: sets.unwrap_or_else(|| vec![Vec::new()]),
                arguments: block.arguments,
                keys: block.keys,
                any_value: rollup,
            }));
        }
        if let Some(predicate) = having {
            rel = Rel::Filter {
                input: Box::new(rel),
                predicate,
            };
        }
        if !block.partitions.is_empty() {
            rel = Rel::Window {
                input: Box::new(rel),
                first,
                partitions: block.partitions,
                others: block.window_operands,
            };
        }
        let mut columns = Vec::new();
        let mut projected = Vec::new();
        for (value, name) in outputs {
            let info = self.value_info(&value);
            let id = self.arena.column(info);
            let position = projected.len() + 1;
            self.note_name(id, || {
                name.as_ref().map_or_else(
                    || format!("column {position} of the select list"),
                    ToString::to_string,
                )
            });
            columns.push(Named {
                name,
                id,
                hidden: false,
            });
            projected.push((id, value));
        }
        let ids: Vec<ColId> = columns.iter().map(|column| column.id).collect();
        if self.dialect() == Dialect::Sqlite {
            unname_repeated(&mut columns);
        }
        rel = Rel::Project {
            input: Box::new(rel),
            outputs: projected,
            others,
        };
        match (&select.distinct, distinct_on) {
            (Some(Distinct::Distinct), _) => {
                rel = Rel::Distinct {
                    input: Box::new(rel),
                    first,
                    outputs: ids,
                };
            }
            (_, Some(keys)) => {
                rel = Rel::DistinctOn {
                    input: Box::new(rel),
                    first,
                    keys,
                }
            }
            (Some(Distinct::All | Distinct::On(_)) | None, None) => {}
        }
        LoweredQuery { rel, columns }
    }

    pub(super) fn clause(&mut self, clause: Clause) {
        if let Some(block) = self.blocks.last_mut() {
            block.clause = clause;
        }
    }

    /// What is known of a computed column.
    pub(super) fn value_info(&self, value: &Expr) -> ColInfo {
        match value {
            Expr::Col(column) => self.arena.info(*column),
            Expr::Tenant => self.tenant_info(),
            Expr::Coalesce(operands) => {
                let infos: Vec<ColInfo> = operands.iter().map(|operand| self.value_info(operand)).collect();
                match infos.as_slice() {
                    [one, rest @ ..] if rest.iter().all(|info| info.identity == one.identity) => ColInfo {
                        width: infos
                            .iter()
                            .map(|info| info.width)
                            .max()
                            .flatten()
                            .filter(|_| infos.iter().all(|info| info.width.is_some())),
                        exact_argument: infos.iter().all(|info| info.exact_argument),
                        ..*one
                    },
                    _ => ColInfo::OPAQUE,
                }
            }
            _ => ColInfo::OPAQUE,
        }
    }

    fn refuse_foreign_clauses(&mut self, select: &Select) {
        let Select {
            select_token,
            optimizer_hints,
            distinct: _,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection: _,
            exclude,
            into,
            from: _,
            lateral_views,
            prewhere,
            selection: _,
            connect_by,
            group_by: _,
            cluster_by,
            distribute_by,
            sort_by,
            having: _,
            named_window: _,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        let span = span_of(select_token.0.span);
        if into.is_some() {
            self.refuse(Code::SessionStatement, span, "`select into` creates a table")
                .help = vec!["creating tables belongs into a migration".to_owned()];
        }
        let modified = select_modifiers.is_some() && self.dialect() != Dialect::Mysql;
        let foreign = [
            !optimizer_hints.is_empty(),
            modified,
            top.is_some(),
            exclude.is_some(),
            !lateral_views.is_empty(),
            prewhere.is_some(),
            !connect_by.is_empty(),
            !cluster_by.is_empty(),
            !distribute_by.is_empty(),
            !sort_by.is_empty(),
            qualify.is_some(),
            value_table_mode.is_some(),
            !matches!(flavor, SelectFlavor::Standard),
        ]
        .contains(&true);
        if foreign {
            self.unsupported(span, "a clause of another dialect");
        }
    }

    /// The select list with its wildcards expanded.
    pub(super) fn items<'q>(&mut self, projection: &'q [SelectItem], scope: &Scope<'_>) -> Vec<Item<'q>> {
        let mut items = Vec::new();
        for item in projection {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    items.push(Item {
                        name: self.implicit_name(expr).map(Name::from),
                        value: ItemValue::Expr(expr),
                    });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    items.push(Item {
                        name: Some(Name::from(self.fold(alias))),
                        value: ItemValue::Expr(expr),
                    });
                }
                SelectItem::ExprWithAliases { expr, aliases: _ } => {
                    self.unsupported(span_of(expr.span()), "several aliases for one expression");
                }
                SelectItem::Wildcard(options) => {
                    let span = self.wildcard(options);
                    if scope.relations.is_empty() {
                        self.refuse(Code::SyntaxError, span, "`*` needs a `from`");
                    }
                    if scope.relations.iter().any(|one| one.uncertain) {
                        self.unsupported(span, "`*` over a function whose columns are not known");
                    }
                    items.extend(star(&scope.columns));
                }
                SelectItem::QualifiedWildcard(kind, options) => {
                    self.wildcard(options);
                    match kind {
                        SelectItemQualifiedWildcardKind::ObjectName(name) => {
                            let span = super::names::name_span(name);
                            let parts: Vec<String> = name
                                .0
                                .iter()
                                .filter_map(part)
                                .map(|ident| self.fold(ident))
                                .collect();
                            let columns = self.qualified_star(&parts, span, scope);
                            items.extend(star(&columns));
                        }
                        SelectItemQualifiedWildcardKind::Expr(expr) => {
                            self.unsupported(span_of(expr.span()), "`.*` on an expression");
                        }
                    }
                }
            }
        }
        items
    }

    fn wildcard(&mut self, options: &WildcardAdditionalOptions) -> Span {
        let WildcardAdditionalOptions {
            wildcard_token,
            opt_ilike,
            opt_exclude,
            opt_except,
            opt_replace,
            opt_rename,
            opt_alias,
        } = options;
        let span = span_of(wildcard_token.0.span);
        if [
            opt_ilike.is_some(),
            opt_exclude.is_some(),
            opt_except.is_some(),
            opt_replace.is_some(),
            opt_rename.is_some(),
            opt_alias.is_some(),
        ]
        .contains(&true)
        {
            self.unsupported(span, "a modified `*`");
        }
        span
    }

    fn named_windows(&mut self, windows: &[NamedWindowDefinition], scope: &Scope<'_>) {
        self.clause(Clause::Select);
        for NamedWindowDefinition(name, definition) in windows {
            let partition = match definition {
                NamedWindowExpr::WindowSpec(spec) => self.window(spec, scope),
                NamedWindowExpr::NamedWindow(other) => {
                    self.unsupported(span_of(other.span), "a window that is another name of one");
                    Vec::new()
                }
            };
            let name = self.fold(name);
            if let Some(block) = self.blocks.last_mut() {
                block.windows.push((name, partition));
            }
        }
    }

    /// `order by` a number or a name of the select list: nothing that is not there already.
    fn is_output(&self, expr: &ast::Expr, items: &[Item<'_>]) -> bool {
        match expr {
            ast::Expr::Identifier(ident) => {
                let name = self.fold(ident);
                items.iter().any(|item| item.name.as_deref() == Some(&name))
            }
            _ => ordinal(expr).is_some(),
        }
    }

    /// `distinct on`: numbers and names mean the select list first, then columns.
    fn distinct_keys(&mut self, keys: &[ast::Expr], items: &[Item<'_>], scope: &Scope<'_>) -> Vec<Expr> {
        self.clause(Clause::Select);
        keys.iter()
            .map(|key| {
                // Parentheses mean nothing here.
                let mut inner = key;
                while let ast::Expr::Nested(next) = inner {
                    inner = next;
                }
                let item = match inner {
                    ast::Expr::Identifier(ident) => self.item_named(ident, items),
                    _ => ordinal(inner).and_then(|number| items.get(number.checked_sub(1)?)),
                };
                match item {
                    Some(Item {
                        value: ItemValue::Column(id),
                        ..
                    }) => Expr::Col(*id),
                    Some(Item {
                        value: ItemValue::Expr(expr),
                        ..
                    }) => self.expr(expr, scope),
                    None => self.expr(key, scope),
                }
            })
            .collect()
    }

    /// The item of that name.
    pub(super) fn item_named<'i, 'q>(&self, ident: &Ident, items: &'i [Item<'q>]) -> Option<&'i Item<'q>> {
        let name = self.fold(ident);
        items.iter().find(|item| item.name.as_deref() == Some(&name))
    }

    /// Row locks reach rows of other tenants where a table is shared.
    fn check_locks(&mut self, locks: &[LockClause], scope: &Scope<'_>) {
        for LockClause {
            lock_type: _,
            of,
            nonblock: _,
        } in locks
        {
            let (named, span) = match of {
                None => (None, Span::default()),
                Some(name) => {
                    let parts: Vec<String> =
                        name.0.iter().filter_map(part).map(|one| self.fold(one)).collect();
                    (parts.last().cloned(), super::names::name_span(name))
                }
            };
            let locked: Vec<(String, &'static str)> = scope
                .relations
                .iter()
                .filter(|one| named.is_none() || one.alias == named)
                .filter_map(|one| match one.locks {
                    Locks::Shared(what) => Some((one.alias.clone().unwrap_or_default(), what)),
                    Locks::Owned | Locks::Nothing => None,
                })
                .collect();
            let owned: Vec<String> = scope
                .relations
                .iter()
                .filter(|one| one.locks == Locks::Owned)
                .filter_map(|one| one.alias.clone())
                .collect();
            for (alias, what) in locked {
                let diagnostic = self.refuse(
                    Code::SharedLock,
                    span,
                    format!(
                        "the row lock reaches `{alias}`, which is {what}: other tenants would wait for it"
                    ),
                );
                diagnostic.help = owned.first().map_or_else(
                    || vec!["lock rows of the tenant's own tables only".to_owned()],
                    |own| {
                        vec![format!(
                            "name the tenant's own tables behind `of`, such as `{own}`"
                        )]
                    },
                );
            }
        }
    }
}

/// SQLite renames the second and later columns of one name (`id:1`), and those called `true` and `false` (`column1`).
pub(super) fn unname_repeated(columns: &mut [Named]) {
    let mut seen = std::collections::BTreeSet::new();
    for column in columns {
        if column
            .name
            .as_ref()
            .is_some_and(|name| matches!(&**name, "true" | "false") || !seen.insert(name.clone()))
        {
            column.name = None;
        }
    }
}

/// The columns that `*` stands for.
fn star<'q>(columns: &[Named]) -> Vec<Item<'q>> {
    columns
        .iter()
        .filter(|column| !column.hidden)
        .map(|column| Item {
            name: column.name.clone(),
            value: ItemValue::Column(column.id),
        })
        .collect()
}

/// A bare number, which in `group by` and `order by` counts the select list.
pub(super) fn ordinal(expr: &ast::Expr) -> Option<usize> {
    match expr {
        ast::Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
