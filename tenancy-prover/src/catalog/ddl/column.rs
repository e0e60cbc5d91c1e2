//! Column definitions and constraints, as written: names are not yet resolved to a table's columns.

use super::cursor::{Cursor, Name};
use super::types::{self, Declared};
use crate::Dialect;
use crate::catalog::{ConflictAction, KeyKind, ReferentialAction, SqlType};

/// A column as its definition says it.
#[derive(Debug, Clone)]
pub(super) struct ColumnDef {
    /// Its name.
    pub(super) name: String,
    /// Its type.
    pub(super) declared: Declared,
    /// `not null`, or an identity.
    pub(super) not_null: bool,
    /// The default's text.
    pub(super) default: Option<String>,
    /// The generation expression's text.
    pub(super) generated: Option<String>,
    /// `generated .. as identity`, or `autoincrement`.
    pub(super) identity: bool,
    /// `primary key desc`: SQLite makes no rowid alias of it.
    pub(super) descending: bool,
    /// `collate`.
    pub(super) collation: Option<String>,
    /// SQLite's `not null on conflict`.
    pub(super) not_null_on_conflict: Option<ConflictAction>,
    /// Its own keys and references.
    pub(super) constraints: Vec<ConstraintDef>,
    /// Where it begins in the file.
    pub(super) offset: usize,
}

/// A member of a key as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PartDef {
    /// A column.
    Column(String),
    /// A column under a collation, and the member's text.
    Collated(String, String, String),
    /// An expression, or a column under an operator class.
    Expression(String),
}

/// A constraint as written.
#[derive(Debug, Clone)]
pub(super) struct ConstraintDef {
    /// Its name, if written.
    pub(super) name: Option<String>,
    /// What it demands.
    pub(super) body: ConstraintBody,
    /// `deferrable`.
    pub(super) deferrable: bool,
    /// Neither `not valid` nor `not enforced`.
    pub(super) validated: bool,
    /// SQLite's conflict clause.
    pub(super) on_conflict: Option<ConflictAction>,
    /// Where it begins in the file.
    pub(super) offset: usize,
}

impl ConstraintDef {
    /// True if PostgreSQL makes one index of two constraints of a statement.
    pub(super) fn makes_same_index(&self, other: &Self) -> bool {
        let key = |constraint: &Self| match &constraint.body {
            ConstraintBody::Key {
                kind: KeyKind::Primary | KeyKind::Unique,
                parts,
                included,
                nulls_equal,
                predicate: None,
                constraint: true,
            } => Some((parts.clone(), included.clone(), *nulls_equal)),
            ConstraintBody::Key { .. }
            | ConstraintBody::UsingIndex { .. }
            | ConstraintBody::Foreign(_)
            | ConstraintBody::Check(_)
            | ConstraintBody::NotNull(_) => None,
        };
        // Deferrable ones may differ in when they are checked first.
        !self.deferrable && !other.deferrable && key(self).is_some() && key(self) == key(other)
    }
}

/// What a constraint demands.
#[derive(Debug, Clone)]
pub(super) enum ConstraintBody {
    /// `primary key`, `unique`, `exclude`.
    Key {
        /// Which of them.
        kind: KeyKind,
        /// Its members.
        parts: Vec<PartDef>,
        /// `include (..)`.
        included: Vec<String>,
        /// `nulls not distinct`.
        nulls_equal: bool,
        /// `exclude .. where (..)`.
        predicate: Option<String>,
        /// A constraint; not merely an index that `like .. including indexes` copies.
        constraint: bool,
    },
    /// `unique using index`, `primary key using index`.
    UsingIndex {
        /// Which of them.
        kind: KeyKind,
        /// The index.
        index: String,
    },
    /// `foreign key`, `references`.
    Foreign(ForeignDef),
    /// `check`, and its expression.
    Check(String),
    /// `not null` as a constraint of the table.
    NotNull(String),
}

/// A foreign key as written.
#[derive(Debug, Clone)]
pub(super) struct ForeignDef {
    /// Referencing columns.
    pub(super) columns: Vec<String>,
    /// The referenced table.
    pub(super) parent: Name,
    /// Referenced columns; empty if the statement names none.
    pub(super) parent_columns: Vec<String>,
    /// `on delete`.
    pub(super) on_delete: ReferentialAction,
    /// `on delete set null (..)`.
    pub(super) set_columns: Option<Vec<String>>,
    /// `on update`.
    pub(super) on_update: ReferentialAction,
    /// `match full`.
    pub(super) match_full: bool,
}

/// Words that begin the next column constraint, and so end a default's expression.
fn begins_constraint(cursor: &Cursor<'_>) -> bool {
    const WORDS: &[&str] = &[
        "constraint",
        "not null",
        "not deferrable",
        "not enforced",
        "null",
        "check",
        "default",
        "generated",
        "unique",
        "primary key",
        "references",
        "collate",
        "deferrable",
        "initially",
        "on conflict",
        "as",
        "enforced",
    ];
    WORDS.iter().any(|words| cursor.is(words))
}

/// Reads a column definition to its end.
pub(super) fn parse_column(cursor: &mut Cursor<'_>) -> Option<ColumnDef> {
    let offset = cursor.offset();
    let name = cursor.identifier()?;
    let declared = types::parse(cursor)?;
    let mut column = ColumnDef {
        declared,
        ..blank(name, offset)
    };
    column_constraints(cursor, &mut column)?;
    cursor.end()?;
    Some(column)
}

/// A column of which nothing is said but its name.
pub(super) fn blank(name: String, offset: usize) -> ColumnDef {
    ColumnDef {
        name,
        declared: Declared {
            ty: SqlType {
                name: String::new(),
                modifiers: Vec::new(),
                dimensions: 0,
            },
            serial: false,
        },
        not_null: false,
        default: None,
        generated: None,
        identity: false,
        descending: false,
        collation: None,
        not_null_on_conflict: None,
        constraints: Vec::new(),
        offset,
    }
}

/// Reads the constraints of a column.
pub(super) fn column_constraints(cursor: &mut Cursor<'_>, column: &mut ColumnDef) -> Option<()> {
    while !cursor.done() {
        let offset = cursor.offset();
        let name = if cursor.eat("constraint") {
            Some(cursor.identifier()?)
        } else {
            None
        };
        if cursor.eat("not null") {
            column.not_null = true;
            column.not_null_on_conflict = conflict(cursor)?;
            cursor.eat("no inherit");
        } else if cursor.eat("null") {
            conflict(cursor)?;
        } else if cursor.eat("default") {
            column.default = Some(default(cursor)?);
        } else if cursor.eat("collate") {
            column.collation = Some(collation(cursor)?);
        } else if cursor.eat("storage") || cursor.eat("compression") {
            cursor.skip()?;
        } else if cursor
            .eat_any(&["generated always as identity", "generated by default as identity"])
            .is_some()
        {
            cursor.group();
            column.identity = true;
            column.not_null = true;
        } else if cursor.eat("generated always as") || cursor.eat("as") {
            column.generated = Some(cursor.group()?.source_text().to_owned());
            cursor.eat_any(&["stored", "virtual"]);
        } else {
            let body = inline_body(cursor, column)?;
            column.constraints.push(attributes(cursor, name, body, offset)?);
        }
    }
    Some(())
}

fn inline_body(cursor: &mut Cursor<'_>, column: &mut ColumnDef) -> Option<ConstraintBody> {
    let key = |kind, nulls_equal| ConstraintBody::Key {
        kind,
        nulls_equal,
        parts: vec![PartDef::Column(column.name.clone())],
        included: Vec::new(),
        predicate: None,
        constraint: true,
    };
    if cursor.eat("primary key") {
        let body = key(KeyKind::Primary, false);
        column.descending = cursor.eat_any(&["asc", "desc"]) == Some("desc");
        return Some(body);
    }
    if cursor.eat("unique") {
        let nulls_equal = nulls_equal(cursor);
        return Some(key(KeyKind::Unique, nulls_equal));
    }
    if cursor.eat("check") {
        return Some(ConstraintBody::Check(cursor.group()?.source_text().to_owned()));
    }
    cursor.expect("references")?;
    references(cursor, vec![column.name.clone()]).map(ConstraintBody::Foreign)
}

/// The text of a default; its first token is taken whatever it is (`default null`).
fn default(cursor: &mut Cursor<'_>) -> Option<String> {
    let start = cursor.clone();
    if cursor.group().is_none() {
        cursor.skip()?;
    }
    // `is not distinct from`: that `not` belongs to the expression.
    cursor.until(|cursor| begins_constraint(cursor) && !cursor.follows("is"));
    Some(cursor.text_since(&start).to_owned())
}

/// `collate name`, without `pg_catalog.`.
pub(super) fn collation(cursor: &mut Cursor<'_>) -> Option<String> {
    let name = cursor.name()?;
    Some(match name.schema {
        Some(schema) if schema != "pg_catalog" => format!("{schema}.{}", name.name),
        Some(_) | None => name.name,
    })
}

/// True if a member of `create table (..)` begins a constraint of the table.
pub(super) fn is_table_constraint(cursor: &Cursor<'_>) -> bool {
    [
        "constraint",
        "primary key",
        "unique",
        "check",
        "foreign key",
        "exclude using",
    ]
    .iter()
    .any(|words| cursor.is(words))
        || excludes(cursor)
}

/// `exclude (..)`; the word alone can be a column's name.
fn excludes(cursor: &Cursor<'_>) -> bool {
    let mut cursor = cursor.clone();
    cursor.eat("exclude") && cursor.is_symbol("(")
}

/// Reads a constraint of a table.
pub(super) fn parse_constraint(cursor: &mut Cursor<'_>) -> Option<ConstraintDef> {
    let offset = cursor.offset();
    let name = if cursor.eat("constraint") {
        Some(cursor.identifier()?)
    } else {
        None
    };
    let body = if cursor.eat("check") {
        ConstraintBody::Check(cursor.group()?.source_text().to_owned())
    } else if cursor.eat("not null") {
        ConstraintBody::NotNull(cursor.identifier()?)
    } else if cursor.eat("foreign key") {
        let columns = names(&cursor.group()?)?;
        cursor.expect("references")?;
        ConstraintBody::Foreign(references(cursor, columns)?)
    } else if cursor.eat("exclude") {
        exclude(cursor)?
    } else {
        let (kind, nulls_equal) = if cursor.eat("primary key") {
            (KeyKind::Primary, false)
        } else {
            cursor.expect("unique")?;
            (KeyKind::Unique, nulls_equal(cursor))
        };
        if cursor.eat("using index") {
            ConstraintBody::UsingIndex {
                kind,
                index: cursor.identifier()?,
            }
        } else {
            let parts = cursor
                .group()?
                .members()
                .into_iter()
                .map(parse_part)
                .collect::<Option<_>>()?;
            ConstraintBody::Key {
                kind,
                parts,
                included: Vec::new(),
                nulls_equal,
                predicate: None,
                constraint: true,
            }
        }
    };
    let constraint = attributes(cursor, name, body, offset)?;
    cursor.end()?;
    Some(constraint)
}

fn nulls_equal(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_any(&["nulls not distinct", "nulls distinct"]) == Some("nulls not distinct")
}

fn exclude(cursor: &mut Cursor<'_>) -> Option<ConstraintBody> {
    if cursor.eat("using") {
        cursor.identifier()?;
    }
    let mut parts = Vec::new();
    for mut member in cursor.group()?.members() {
        let element = member.until(|cursor| cursor.is("with"));
        member.expect("with")?;
        // Rows collide by the operator that is named here, which need not be the column's equality.
        parts.push(match (parse_part(element.clone())?, member.source_text()) {
            (PartDef::Column(column), "=") => PartDef::Column(column),
            (PartDef::Column(_) | PartDef::Collated(..) | PartDef::Expression(_), _) => {
                PartDef::Expression(element.source_text().to_owned())
            }
        });
    }
    let included = index_parameters(cursor)?;
    let predicate = if cursor.eat("where") {
        Some(cursor.group()?.source_text().to_owned())
    } else {
        None
    };
    Some(ConstraintBody::Key {
        kind: KeyKind::Exclusion,
        parts,
        included,
        nulls_equal: false,
        predicate,
        constraint: true,
    })
}

/// `include (..)`, whose columns are returned, `with (..)`, `using index tablespace t`.
fn index_parameters(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    loop {
        if cursor.eat("include") {
            columns.extend(names(&cursor.group()?)?);
        } else if cursor.eat("with") {
            cursor.group()?;
        } else if cursor.eat("using index tablespace") {
            cursor.identifier()?;
        } else {
            return Some(columns);
        }
    }
}

/// What may follow any constraint.
fn attributes(
    cursor: &mut Cursor<'_>,
    name: Option<String>,
    mut body: ConstraintBody,
    offset: usize,
) -> Option<ConstraintDef> {
    let columns = index_parameters(cursor)?;
    if !columns.is_empty() {
        match &mut body {
            ConstraintBody::Key { included, .. } => included.extend(columns),
            ConstraintBody::UsingIndex { .. }
            | ConstraintBody::Foreign(_)
            | ConstraintBody::Check(_)
            | ConstraintBody::NotNull(_) => return None,
        }
    }
    let mut constraint = ConstraintDef {
        name,
        body,
        deferrable: false,
        validated: true,
        on_conflict: None,
        offset,
    };
    loop {
        if cursor.is("on conflict") {
            constraint.on_conflict = conflict(cursor)?;
        } else if cursor.eat("not deferrable") || cursor.eat("initially immediate") {
            // Says what is so anyway, or when a deferrable constraint is checked by default.
        } else if cursor.eat("deferrable") || cursor.eat("initially deferred") {
            constraint.deferrable = true;
        } else if cursor.eat("not valid") || cursor.eat("not enforced") {
            constraint.validated = false;
        } else if cursor
            .eat_any(&["no inherit", "enforced", "autoincrement"])
            .is_none()
        {
            return Some(constraint);
        }
    }
}

/// The deferrability that `alter constraint` sets: `Some(None)` if it says nothing of it.
pub(super) fn alter_attributes(cursor: &mut Cursor<'_>) -> Option<(Option<bool>, Option<bool>)> {
    let (mut deferrable, mut enforced) = (None, None);
    while !cursor.done() {
        if cursor.eat("not deferrable") {
            deferrable = Some(false);
        } else if cursor.eat("deferrable") || cursor.eat("initially deferred") {
            deferrable = Some(true);
        } else if cursor.eat("not enforced") {
            enforced = Some(false);
        } else if cursor.eat("enforced") {
            enforced = Some(true);
        } else {
            cursor.eat_any(&["initially immediate", "inherit", "no inherit"])?;
        }
    }
    Some((deferrable, enforced))
}

/// SQLite's `on conflict action`; `Some(None)` if it is not there.
pub(super) fn conflict(cursor: &mut Cursor<'_>) -> Option<Option<ConflictAction>> {
    if !cursor.eat("on conflict") {
        return Some(None);
    }
    let action = match cursor.eat_any(&["rollback", "abort", "fail", "ignore", "replace"])? {
        "rollback" => ConflictAction::Rollback,
        "abort" => ConflictAction::Abort,
        "fail" => ConflictAction::Fail,
        "ignore" => ConflictAction::Ignore,
        _ => ConflictAction::Replace,
    };
    Some(Some(action))
}

/// The names in a list that holds nothing else.
pub(super) fn names(group: &Cursor<'_>) -> Option<Vec<String>> {
    let members = group.members().into_iter();
    members
        .map(|mut member| {
            let name = member.identifier()?;
            member.end()?;
            Some(name)
        })
        .collect()
}

fn references(cursor: &mut Cursor<'_>, columns: Vec<String>) -> Option<ForeignDef> {
    let parent = cursor.name()?;
    let parent_columns = match cursor.group() {
        Some(group) => names(&group)?,
        None => Vec::new(),
    };
    let mut foreign = ForeignDef {
        columns,
        parent,
        parent_columns,
        on_delete: ReferentialAction::Restrict,
        set_columns: None,
        on_update: ReferentialAction::Restrict,
        match_full: false,
    };
    loop {
        if cursor.eat("match") {
            foreign.match_full = cursor.eat_any(&["simple", "full", "partial"])? == "full";
        } else if cursor.eat("on delete") {
            foreign.on_delete = action(cursor)?;
            foreign.set_columns = match cursor.group() {
                Some(group) => Some(names(&group)?),
                None => None,
            };
        } else if cursor.eat("on update") {
            foreign.on_update = action(cursor)?;
        } else {
            return Some(foreign);
        }
    }
}

/// What a foreign key does.
pub(super) fn action(cursor: &mut Cursor<'_>) -> Option<ReferentialAction> {
    let action = match cursor.eat_any(&["no action", "restrict", "cascade", "set null", "set default"])? {
        "cascade" => ReferentialAction::Cascade,
        "set null" => ReferentialAction::SetNull,
        "set default" => ReferentialAction::SetDefault,
        _ => ReferentialAction::Restrict,
    };
    Some(action)
}

/// Reads one member of a key or an index.
pub(super) fn parse_part(mut cursor: Cursor<'_>) -> Option<PartDef> {
    let text = cursor.source_text().to_owned();
    if cursor.is_symbol("(") {
        return Some(PartDef::Expression(text));
    }
    let sqlite = cursor.dialect() == Dialect::Sqlite;
    let column = cursor.identifier()?;
    if cursor.eat("collate") {
        let collation = collation(&mut cursor)?;
        cursor.eat_any(&["asc", "desc"]);
        return Some(if sqlite && cursor.done() {
            PartDef::Collated(column, collation, text)
        } else {
            PartDef::Expression(text)
        });
    }
    cursor.eat_any(&["asc", "desc"]);
    cursor.eat_any(&["nulls first", "nulls last"]);
    Some(if cursor.done() {
        PartDef::Column(column)
    } else {
        PartDef::Expression(text)
    })
}
