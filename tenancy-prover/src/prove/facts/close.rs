//! Conclusions: what follows from what is known.

use std::collections::BTreeMap;

use super::{Facts, Guard, Node};
use crate::plan::{ColId, KeyFn};

impl Facts {
    /// Draws every conclusion: an arrow from a node that is not null is an equality, guards open, and equal keys belong
    /// to the same tenant.
    pub(crate) fn close(&mut self) {
        while self.open || !self.fresh_arrows.is_empty() || !self.fresh_nodes.is_empty() {
            self.close_equalities();
            self.open = false;
            self.open_guards();
            self.apply_dependencies();
        }
    }

    /// Follows what is fresh; of the rest all conclusions are drawn.
    fn close_equalities(&mut self) {
        loop {
            if let Some(from) = self.fresh_nodes.pop() {
                let reached: Vec<Node> = self.targets(from).collect();
                for to in reached {
                    self.follow(from, to);
                }
            } else if let Some((from, to)) = self.fresh_arrows.pop() {
                if self.is_non_null(from) {
                    self.follow(from, to);
                }
            } else {
                return;
            }
        }
    }

    /// An arrow from a node that is not null.
    fn follow(&mut self, from: Node, to: Node) {
        self.implies(to, from);
        self.non_null(to);
    }

    /// From the last to the first: a matched row of an outer join makes known that rows of those before it matched, too.
    fn open_guards(&mut self) {
        for index in (0..self.guards.len()).rev() {
            let is_open = |guard: &Guard| {
                let range = Node::Col(guard.first)..Node::Col(guard.end);
                self.non_null.range(range).next().is_some()
            };
            if self.guards.get(index).is_some_and(is_open) {
                let guard = self.guards.remove(index);
                self.extend(&guard.facts);
                self.close_equalities();
                self.open = true;
            }
        }
    }

    /// Two rows whose keys are equal are the same parent row, so they name the same tenant.
    fn apply_dependencies(&mut self) {
        if self.dependencies.len() < 2 {
            return;
        }
        let mut shared: BTreeMap<KeyFn, usize> = BTreeMap::new();
        for dependency in &self.dependencies {
            *shared.entry(dependency.function).or_default() += 1;
        }
        let mut names = BTreeMap::new();
        let mut groups: BTreeMap<(KeyFn, Vec<Node>), Vec<usize>> = BTreeMap::new();
        for (index, dependency) in self.dependencies.iter().enumerate() {
            if shared.get(&dependency.function).is_none_or(|&count| count < 2) {
                continue;
            }
            if let Some(args) = self.names(&dependency.args, &mut names) {
                groups.entry((dependency.function, args)).or_default().push(index);
            }
        }
        for members in groups.into_values().filter(|members| members.len() > 1) {
            let results: Vec<(Node, bool)> = members
                .iter()
                .map(|&index| {
                    let dependency = &self.dependencies[index];
                    let result = dependency.result;
                    (result, dependency.total || self.is_non_null(result))
                })
                .collect();
            let Some(&(hub, _)) = results.iter().find(|(_, total)| *total) else {
                continue;
            };
            for (result, total) in results {
                self.implies(result, hub);
                if total {
                    self.implies(hub, result);
                }
            }
        }
    }

    /// One name for the class of each of the columns; `None` if one of them may be null.
    pub(super) fn representatives(&self, columns: &[ColId]) -> Option<Vec<Node>> {
        self.names(columns, &mut BTreeMap::new())
    }

    /// One name per class of equal, not-null nodes; `None` if one of them may be null. Arrows between nodes that are
    /// not null go both ways, so all of a class have the same name: `names` keeps those that were found.
    fn names(&self, columns: &[ColId], names: &mut BTreeMap<Node, Node>) -> Option<Vec<Node>> {
        columns
            .iter()
            .map(|&column| {
                let node = Node::Col(column);
                if !self.is_non_null(node) {
                    return None;
                }
                if let Some(name) = names.get(&node) {
                    return Some(*name);
                }
                let class = self.reached_from(node);
                let name = class.first().copied().unwrap_or(node);
                names.extend(class.into_iter().map(|member| (member, name)));
                Some(name)
            })
            .collect()
    }
}
