//! Policies of row security: `create`, `alter` and `drop policy`, and how their names follow renames.

use super::Reader;
use super::cursor::Cursor;
use super::scan::Kind;
use crate::catalog::{Policy, PolicyExpr, QName, Table};
use crate::policy::{Piece, Shape, recognise};

impl Reader {
    /// `create policy`, behind these words.
    pub(super) fn create_policy(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let name = cursor.identifier()?;
        cursor.expect("on")?;
        let table = self.find_table(&cursor.name()?)?;
        let permissive = if cursor.eat("as") {
            cursor.eat_any(&["permissive", "restrictive"])? == "permissive"
        } else {
            true
        };
        let command = if cursor.eat("for") {
            cursor.eat_any(&["all", "select", "insert", "update", "delete"])?
        } else {
            "all"
        };
        let mut policy = Policy {
            name,
            permissive,
            command: command.to_owned(),
            roles: vec!["public".to_owned()],
            using: None,
            check: None,
            origin: self.origin(),
        };
        self.policy_clauses(&mut cursor, &table, &mut policy)?;
        let security = &mut self.table_mut(&table)?.security;
        if security.policies.iter().any(|other| other.name == policy.name) {
            // Such a statement fails, unless something that is not understood took the first one away.
            return None;
        }
        security.policies.push(policy);
        Some(())
    }

    /// `alter policy`, behind these words.
    pub(super) fn alter_policy(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let name = cursor.identifier()?;
        cursor.expect("on")?;
        let table = self.find_table(&cursor.name()?)?;
        let known = |policy: &&Policy| policy.name == name;
        let mut policy = self.table(&table)?.security.policies.iter().find(known)?.clone();
        if cursor.eat("rename to") {
            policy.name = cursor.identifier()?;
            cursor.end()?;
        } else {
            self.policy_clauses(&mut cursor, &table, &mut policy)?;
            policy.origin = self.origin();
        }
        let policies = &mut self.table_mut(&table)?.security.policies;
        *policies.iter_mut().find(|policy| policy.name == name)? = policy;
        Some(())
    }

    /// `drop policy`, behind these words.
    pub(super) fn drop_policy(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        let optional = cursor.eat("if exists");
        let name = cursor.identifier()?;
        cursor.expect("on")?;
        let written = cursor.name()?;
        cursor.cascade();
        cursor.end()?;
        let Some(table) = self.find_table(&written) else {
            return self.absent(&written, optional);
        };
        let policies = &mut self.table_mut(&table)?.security.policies;
        let before = policies.len();
        policies.retain(|policy| policy.name != name);
        (optional || policies.len() < before).then_some(())
    }

    /// `to ..`, `using (..)` and `with check (..)`, to the end.
    fn policy_clauses(&self, cursor: &mut Cursor<'_>, table: &QName, policy: &mut Policy) -> Option<()> {
        if cursor.eat("to") {
            let mut roles = cursor.until(|cursor| cursor.is("using") || cursor.is("with"));
            policy.roles.clear();
            while !roles.done() {
                policy.roles.push(roles.identifier()?);
                if !roles.eat_symbol(",") {
                    roles.end()?;
                }
            }
        }
        if cursor.eat("using") {
            policy.using = Some(self.policy_expr(&cursor.group()?, table));
        }
        if cursor.eat("with check") {
            policy.check = Some(self.policy_expr(&cursor.group()?, table));
        }
        cursor.end()
    }

    fn policy_expr(&self, cursor: &Cursor<'_>, table: &QName) -> PolicyExpr {
        let other = || PolicyExpr::Other(cursor.source_text().to_owned());
        if self.path.is_none() || self.hides_builtins {
            // What its operators and functions mean is not known.
            return other();
        }
        let mut walk = cursor.clone();
        let mut pieces = Vec::new();
        while let Some(token) = walk.peek() {
            let text = walk.text(token);
            let piece = match token.kind {
                Kind::Word => walk.clone().identifier().map(Piece::Word),
                Kind::Quoted => walk.clone().identifier().map(Piece::Quoted),
                Kind::Text if text.starts_with('\'') => walk.clone().string().map(Piece::Text),
                Kind::Symbol => Some(Piece::Symbol(text.to_owned())),
                Kind::Number => Some(Piece::Number(text.to_owned())),
                Kind::Text | Kind::UnicodeQuoted | Kind::Dollar => None,
            };
            let Some(piece) = piece else {
                return other();
            };
            pieces.push(piece);
            walk.skip();
        }
        match recognise(&pieces) {
            Some(Shape::Tenant { column, cast }) => PolicyExpr::Tenant { column, cast },
            Some(Shape::Parent {
                schema,
                parent,
                key,
                child,
                column,
            }) => {
                let written = super::cursor::Name { schema, name: parent };
                match self.find_table(&written) {
                    // The parent is the nearer one of two tables of one name.
                    Some(parent) if child == table.name && parent.name != table.name => {
                        PolicyExpr::Parent { parent, key, column }
                    }
                    Some(_) | None => other(),
                }
            }
            None => other(),
        }
    }
}

/// Whether a policy reads that table, or the column of it (of the policy's own table, if that is the one).
pub(super) fn reads(policy: &Policy, table: &QName, column: Option<(&str, bool)>) -> bool {
    [&policy.using, &policy.check]
        .into_iter()
        .flatten()
        .any(|expr| match (expr, column) {
            (PolicyExpr::Parent { parent, .. }, None) => parent == table,
            (PolicyExpr::Tenant { column, .. }, Some((gone, true))) => column == gone,
            (PolicyExpr::Parent { column, .. }, Some((gone, true))) => column == gone,
            (PolicyExpr::Parent { parent, key, .. }, Some((gone, false))) => parent == table && key == gone,
            (PolicyExpr::Tenant { .. }, None | Some((_, false))) | (PolicyExpr::Other(_), _) => false,
        })
}

fn expressions(table: &mut Table) -> impl Iterator<Item = &mut PolicyExpr> {
    table
        .security
        .policies
        .iter_mut()
        .flat_map(|policy| [&mut policy.using, &mut policy.check])
        .flatten()
}

/// The tables that the policies of `table` read.
pub(super) fn parents_of(table: &mut Table) -> impl Iterator<Item = &mut QName> {
    expressions(table).filter_map(|expr| match expr {
        PolicyExpr::Parent { parent, .. } => Some(parent),
        PolicyExpr::Tenant { .. } | PolicyExpr::Other(_) => None,
    })
}

/// A column of `renamed` has a new name: the policies of `table` follow.
pub(super) fn rename_column(table: &mut Table, renamed: &QName, old: &str, new: &str) {
    let own = table.name == *renamed;
    for expr in expressions(table) {
        let name = match expr {
            PolicyExpr::Tenant { column, .. } | PolicyExpr::Parent { column, .. } if own => column,
            PolicyExpr::Parent { parent, key, .. } if parent == renamed => key,
            PolicyExpr::Tenant { .. } | PolicyExpr::Parent { .. } | PolicyExpr::Other(_) => continue,
        };
        if name == old {
            new.clone_into(name);
        }
    }
}
