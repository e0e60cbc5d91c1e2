//! Which columns a name can mean.

use std::sync::Arc;

use sqlparser::ast::{self, Ident};

use super::Lowerer;
use super::block::Clause;
use crate::catalog::QName;
use crate::parse::span_of;
use crate::plan::{ColId, Expr};
use crate::repair::gap::Gap;
use crate::{Code, Dialect, Span};

/// The name of a column. Many lists hold it at a time.
pub(super) type Name = Arc<str>;

/// A column that a name can reach; without a name where the server makes one up.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: Option<Name>,
    pub(super) id: ColId,
    /// `*` leaves it out: MySQL's `invisible` columns, some of those of SQLite's table functions.
    pub(super) hidden: bool,
}

/// One relation in `from`, for `alias.column`.
#[derive(Debug, Clone)]
pub(super) struct Visible {
    /// Alias, or the table's own name.
    pub(super) alias: Option<String>,
    /// MySQL: the same as it is spelled, where names must be spelled alike.
    pub(super) spelled: Option<String>,
    /// The table's full name, if it has no alias: `schema.table.column` reaches it.
    pub(super) qualified: Option<QName>,
    pub(super) columns: Vec<Named>,
    /// Its columns are not known because it was refused already; what names it is not refused again.
    pub(super) refused: bool,
    /// What `for update` would lock.
    pub(super) locks: Locks,
    /// SQLite: the column that `rowid` is another name of.
    pub(super) rowid: Option<ColId>,
    /// It may have columns that are not known.
    pub(super) uncertain: bool,
}

/// What a row lock on a relation reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locks {
    /// Rows of owned tables.
    Owned,
    /// Rows of a shared table, or of relations that are not looked into.
    Shared(&'static str),
    /// Nothing.
    Nothing,
}

/// The names of one query block, inside those of its surroundings.
pub(super) struct Scope<'s> {
    pub(super) parent: Option<&'s Self>,
    pub(super) relations: Vec<Visible>,
    /// What unqualified names and `*` reach, in the order of `*`: columns that `using` merged stand once.
    pub(super) columns: Vec<Named>,
    /// SQLite and MySQL: names of the select list. To SQLite any clause can see them.
    pub(super) aliases: Vec<(String, &'s ast::Expr)>,
    /// MySQL: the expressions of the select list that the server names by their text.
    pub(super) unnamed: Vec<&'s ast::Expr>,
    /// SQLite, in an `on` clause: every alias of the whole `from`, some of which are not lowered yet.
    pub(super) pending: &'s [String],
    /// In an `on` clause of SQLite, which sees relations that this scope does not.
    pub(super) partial: bool,
}

impl<'s> Scope<'s> {
    pub(super) const fn new(parent: Option<&'s Self>) -> Self {
        Self {
            parent,
            relations: Vec::new(),
            columns: Vec::new(),
            aliases: Vec::new(),
            unnamed: Vec::new(),
            pending: &[],
            partial: false,
        }
    }

    pub(super) fn add(&mut self, visible: Visible) {
        self.columns.extend(visible.columns.iter().cloned());
        self.relations.push(visible);
    }
}

/// The rows that `$name` of a table reaches: whole-row references.
fn whole_row(visible: &Visible) -> Expr {
    Expr::Opaque {
        operands: visible
            .columns
            .iter()
            .map(|column| Expr::Col(column.id))
            .collect(),
        strict: false,
    }
}

impl<'a> Lowerer<'a> {
    /// A name without a qualifier.
    pub(super) fn identifier(&mut self, ident: &Ident, scope: &Scope<'_>) -> Expr {
        let span = span_of(ident.span);
        if ident.quote_style == Some('\'') {
            return self.unsupported(span, "a string literal in place of a name");
        }
        let name = self.fold(ident);
        if self.dialect() == Dialect::Postgres && ident.quote_style.is_none() && name == "system_user" {
            // A column for PostgreSQL 15, a function from 16 on.
            return self.unsupported(span, "`system_user`");
        }
        if self.dialect() == Dialect::Mysql && ident.quote_style.is_none() && name == "rownum" {
            // Under `sql_mode=ORACLE` MariaDB counts rows.
            return self.unsupported(span, "`rownum` without quotes");
        }
        let innermost = scope;
        let mut level = Some(scope);
        while let Some(scope) = level {
            if let Some(expr) = self.mysql_alias(&name, span, std::ptr::eq(scope, innermost), scope) {
                return expr;
            }
            let mut found = scope
                .columns
                .iter()
                .filter(|column| column.name.as_deref() == Some(&name));
            match (found.next(), found.next()) {
                (Some(column), None) => return self.seen_by_having(column.id, span),
                (Some(_), Some(_)) => {
                    let owners: Vec<String> = scope
                        .relations
                        .iter()
                        .filter(|one| {
                            one.columns
                                .iter()
                                .any(|column| column.name.as_deref() == Some(&name))
                        })
                        .filter_map(|one| one.alias.clone())
                        .collect();
                    self.refuse(
                        Code::AmbiguousColumn,
                        span,
                        format!("column `{name}` is ambiguous"),
                    )
                    .help = owners
                        .iter()
                        .map(|owner| format!("write `{owner}.{name}`"))
                        .collect();
                    return Expr::opaque();
                }
                (None, _) => {}
            }
            if scope.relations.iter().any(|one| one.refused) {
                return Expr::opaque();
            }
            if let Some(id) = self.rowid_alias(&name, scope) {
                return Expr::Col(id);
            }
            if !scope.relations.is_empty() && self.is_physical(&name) {
                // The server finds it in this `from`, not further out.
                return self.unknown_column(&name, None, span, scope);
            }
            if let Some(expr) = self.select_alias(&name, span, std::ptr::eq(scope, innermost), scope) {
                return expr;
            }
            if scope.parent.is_some() && !self.may_look_outside(&name, span, scope) {
                return Expr::opaque();
            }
            level = scope.parent;
        }
        self.whole_row_or_unknown(&name, span, scope)
    }

    /// SQLite's `rowid`, `oid` and `_rowid_`, where a column of the table is that number.
    fn rowid_alias(&self, name: &str, scope: &Scope<'_>) -> Option<ColId> {
        if self.dialect() != Dialect::Sqlite || !matches!(name, "rowid" | "oid" | "_rowid_") {
            return None;
        }
        match scope.relations.as_slice() {
            [one] => one.rowid,
            _ => None,
        }
    }

    /// SQLite: a name of the select list. It is replaced by its expression where the clause is evaluated with the select
    /// list; elsewhere it is refused, because what it reads would be hard to see.
    fn select_alias(&mut self, name: &str, span: Span, own: bool, scope: &Scope<'_>) -> Option<Expr> {
        if self.dialect() != Dialect::Sqlite {
            return None;
        }
        let &(_, expr) = scope.aliases.iter().find(|(alias, _)| alias == name)?;
        let unnamed = scope.columns.iter().any(|column| column.name.is_none())
            || scope.relations.iter().any(|one| one.uncertain);
        if unnamed {
            return Some(self.refuse_unnamed(name, span));
        }
        let clause = self.blocks.last().map(|block| block.clause);
        if own && matches!(clause, Some(Clause::Group | Clause::Order | Clause::Having)) {
            // The list itself sees no name of it.
            let list = Scope {
                parent: scope.parent,
                relations: scope.relations.clone(),
                columns: scope.columns.clone(),
                aliases: Vec::new(),
                unnamed: Vec::new(),
                pending: scope.pending,
                partial: scope.partial,
            };
            return Some(self.expr(expr, &list));
        }
        self.refuse(
            Code::UnsupportedSql,
            span,
            format!("`{name}` names a column of the select list here"),
        )
        .help = vec![format!(
            "write the expression that `{name}` stands for, or use a subquery"
        )];
        Some(Expr::opaque())
    }

    /// A name of the select list that may as well be a column whose name the server made up: that comes first.
    pub(super) fn refuse_unnamed(&mut self, name: &str, span: Span) -> Expr {
        self.refuse(
            Code::AmbiguousColumn,
            span,
            format!("`{name}` may mean a column that the server names itself, or one of the select list"),
        )
        .help = vec!["give every computed column a name with `as`".to_owned()];
        Expr::opaque()
    }

    /// Whether a name that a block does not know can safely mean a column of an outer one.
    fn may_look_outside(&mut self, name: &str, span: Span, scope: &Scope<'_>) -> bool {
        let uncertain = scope.relations.iter().any(|one| one.uncertain);
        if uncertain || scope.columns.iter().any(|column| column.name.is_none()) {
            self.refuse(
                Code::AmbiguousColumn,
                span,
                format!("`{name}` may mean a column that the server names itself, or one of an outer query"),
            )
            .help =
                vec!["qualify it with its table, or give every computed column a name with `as`".to_owned()];
            return false;
        }
        if scope.partial {
            self.refuse(
                Code::AmbiguousColumn,
                span,
                format!(
                    "`{name}` in this `on` may mean a column of another joined table or of an outer query"
                ),
            )
            .help = vec!["qualify it with its table".to_owned()];
            return false;
        }
        true
    }

    fn whole_row_or_unknown(&mut self, name: &str, span: Span, scope: &Scope<'_>) -> Expr {
        if self.dialect() == Dialect::Postgres {
            let mut level = Some(scope);
            while let Some(scope) = level {
                if let Some(visible) = scope
                    .relations
                    .iter()
                    .find(|one| one.alias.as_deref() == Some(name))
                {
                    return whole_row(visible);
                }
                level = scope.parent;
            }
        }
        self.unknown_column(name, None, span, scope)
    }

    /// The names of columns that every table has without declaring them.
    pub(super) fn is_physical(&self, name: &str) -> bool {
        match self.dialect() {
            Dialect::Postgres => matches!(name, "ctid" | "xmin" | "xmax" | "cmin" | "cmax" | "tableoid"),
            Dialect::Sqlite => matches!(name, "rowid" | "oid" | "_rowid_"),
            Dialect::Mysql => name == "_rowid",
        }
    }

    fn unknown_column(&mut self, name: &str, alias: Option<&str>, span: Span, scope: &Scope<'_>) -> Expr {
        if self.is_physical(name) {
            self.refuse(
                Code::RowIdentity,
                span,
                format!("`{name}` is the physical position or version of a row, which other tenants' rows influence"),
            )
            .help = vec!["use the primary key".to_owned()];
            return Expr::opaque();
        }
        let of = alias.map_or_else(String::new, |alias| format!(" of `{alias}`"));
        let mut near: Vec<Name> = scope
            .columns
            .iter()
            .filter_map(|column| column.name.clone())
            .filter(|known| is_near(known, name))
            .collect();
        near.dedup();
        near.truncate(3);
        let mut known: Vec<String> = scope
            .columns
            .iter()
            .filter_map(|column| column.name.as_ref())
            .map(|name| format!("`{name}`"))
            .collect();
        known.dedup();
        let in_view = !self.views.is_empty();
        let diagnostic = self.refuse(
            Code::UnknownColumn,
            span,
            format!("there is no column `{name}`{of}"),
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
        } else if near.is_empty() && alias.is_none() && !known.is_empty() && known.len() <= 20 {
            diagnostic
                .help
                .push(format!("the columns here are {}", known.join(", ")));
        }
        Expr::opaque()
    }

    /// `alias.column`, `schema.table.column`.
    pub(super) fn compound_identifier(&mut self, idents: &[Ident], scope: &Scope<'_>) -> Expr {
        let span = idents
            .iter()
            .fold(Span::default(), |span, ident| span.union(span_of(ident.span)));
        if idents.iter().any(|ident| ident.quote_style == Some('\'')) {
            return self.unsupported(span, "a string literal in place of a name");
        }
        let names: Vec<String> = idents.iter().map(|ident| self.fold(ident)).collect();
        let (schema, table, column) = match names.as_slice() {
            [table, column] => (None, table, column),
            // SQLite lets `schema.name` mean an alias, too.
            [_, _, _] if self.dialect() == Dialect::Sqlite => {
                return self.unsupported(span, "a column name of three parts");
            }
            [schema, table, column] => (Some(schema), table, column),
            _ => return self.unsupported(span, "a name of more than three parts"),
        };
        let mut level = Some(scope);
        while let Some(scope) = level {
            if let Some(visible) = find_relation(scope, schema.map(String::as_str), table) {
                if visible.refused {
                    return Expr::opaque();
                }
                if let [spelled, _] = idents
                    && !self.spelled_alike(&spelled.value, visible.spelled.as_deref(), span)
                {
                    return Expr::opaque();
                }
                let mut found = visible
                    .columns
                    .iter()
                    .filter(|known| known.name.as_deref() == Some(column));
                return match (found.next(), found.next()) {
                    (Some(column), None) => self.seen_by_having(column.id, span),
                    (Some(_), Some(_)) => {
                        self.refuse(
                            Code::AmbiguousColumn,
                            span,
                            format!("column `{table}.{column}` is ambiguous"),
                        );
                        Expr::opaque()
                    }
                    (None, _) => {
                        let rowid = matches!(column.as_str(), "rowid" | "oid" | "_rowid_");
                        if let (Dialect::Sqlite, true, Some(id)) = (self.dialect(), rowid, visible.rowid) {
                            return Expr::Col(id);
                        }
                        let inner = Scope {
                            columns: visible.columns.clone(),
                            ..Scope::new(None)
                        };
                        self.unknown_column(column, Some(table), span, &inner)
                    }
                };
            }
            if scope.pending.contains(table) {
                self.refuse(
                    Code::UnsupportedSql,
                    span,
                    format!("`{table}` stands further right in `from` than this `on`"),
                )
                .help = vec!["move the condition to `where`, or reorder the joins".to_owned()];
                return Expr::opaque();
            }
            level = scope.parent;
        }
        self.unknown_alias(table, span, scope);
        Expr::opaque()
    }

    fn unknown_alias(&mut self, table: &str, span: Span, scope: &Scope<'_>) {
        let here: Vec<String> = scope
            .relations
            .iter()
            .filter_map(|one| one.alias.as_ref())
            .map(|alias| format!("`{alias}`"))
            .collect();
        self.refuse(
            Code::UnknownTable,
            span,
            format!("no table or alias `{table}` is in scope here"),
        )
        .help = vec![if here.is_empty() {
            "add it to `from`".to_owned()
        } else {
            format!("add it to `from`, or name what is there: {}", here.join(", "))
        }];
    }

    /// `alias.*` as a list of columns.
    pub(super) fn qualified_star(&mut self, names: &[String], span: Span, scope: &Scope<'_>) -> Vec<Named> {
        let (schema, table) = match names {
            [table] => (None, table),
            [schema, table] => (Some(schema.as_str()), table),
            _ => {
                self.unsupported(span, "a name of more than two parts before `.*`");
                return Vec::new();
            }
        };
        let mut level = Some(scope);
        while let Some(scope) = level {
            if let Some(visible) = find_relation(scope, schema, table) {
                let shown = visible.columns.iter().filter(|column| !column.hidden);
                let (columns, uncertain) = (shown.cloned().collect(), visible.uncertain);
                if uncertain {
                    self.unsupported(span, "`*` over a function whose columns are not known");
                }
                return columns;
            }
            level = scope.parent;
        }
        self.unknown_alias(table, span, scope);
        Vec::new()
    }
}

fn find_relation<'v>(scope: &'v Scope<'_>, schema: Option<&str>, table: &str) -> Option<&'v Visible> {
    scope.relations.iter().find(|one| match schema {
        None => one.alias.as_deref() == Some(table),
        Some(schema) => one
            .qualified
            .as_ref()
            .is_some_and(|qualified| qualified.schema == schema && qualified.name == table),
    })
}

/// Close enough to be a slip of the fingers: the same letters but for case, or one edit.
fn is_near(known: &str, name: &str) -> bool {
    if known.eq_ignore_ascii_case(name) {
        return true;
    }
    let (a, b): (Vec<char>, Vec<char>) = (known.chars().collect(), name.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a.len() < 3 {
        return false;
    }
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (ra, rb) = (&a[head..], &b[head..]);
    match ra.len().cmp(&rb.len()) {
        std::cmp::Ordering::Equal => {
            ra.len() <= 1
                || ra[1..] == rb[1..]
                || (ra.len() > 1 && ra[0] == rb[1] && ra[1] == rb[0] && ra[2..] == rb[2..])
        }
        std::cmp::Ordering::Less => *ra == rb[1..],
        std::cmp::Ordering::Greater => ra[1..] == *rb,
    }
}
