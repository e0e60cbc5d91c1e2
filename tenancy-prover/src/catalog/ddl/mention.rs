//! What a statement that is not understood may have changed: every relation whose name occurs in its text.

use std::collections::BTreeSet;

use super::Reader;
use super::cursor::Cursor;
use super::scan::{Kind, is_word_part};
use crate::catalog::{Poison, QName, Relation};

/// The words of a text, whatever they stand in: code, strings, quoted names, comments between them.
#[derive(Debug, Clone)]
pub(super) struct Mentions {
    text: String,
    words: BTreeSet<String>,
    /// A `U&"..."` may spell any name.
    hidden: bool,
}

impl Mentions {
    /// The words of `text`.
    pub(super) fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        let words = text.split(|character: char| {
            let mut buffer = [0; 4];
            !character.encode_utf8(&mut buffer).bytes().all(is_word_part)
        });
        // `$` is part of a word, and it is what a dollar quote begins and ends with.
        let words = words.flat_map(|word| word.split('$').chain([word]));
        let words = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Self {
            words,
            text,
            hidden: false,
        }
    }

    /// The words of a statement.
    pub(super) fn of_statement(cursor: &Cursor<'_>) -> Self {
        let hidden = cursor
            .tokens()
            .iter()
            .any(|token| token.kind == Kind::UnicodeQuoted);
        Self {
            hidden,
            ..Self::of(cursor.source_text())
        }
    }

    /// True if the text may mean that relation. Case is ignored: a name may be put together from folded parts.
    pub(super) fn name(&self, name: &str) -> bool {
        let folded = name.to_lowercase();
        self.words.contains(&folded) || (!folded.bytes().all(is_word_part) && self.text.contains(&folded))
    }
}

impl Reader {
    /// Records that `cursor`'s statement may have changed any relation that it names, now or later.
    pub(super) fn poison_mentioned(&mut self, cursor: &Cursor<'_>, what: String) {
        let mentions = Mentions::of_statement(cursor);
        if mentions.hidden {
            self.poison_all(format!("{what}, which spells a name with unicode escapes"));
            return;
        }
        self.poison_mentions(mentions, what);
    }

    /// The same for the words of any text, such as the body of a procedure that the statement calls.
    pub(super) fn poison_mentions(&mut self, mentions: Mentions, what: String) {
        if mentions.name("operator") {
            // An operator of the project's own would be taken for PostgreSQL's.
            self.poison_all(format!("{what}, which may create operators"));
            return;
        }
        let poison = Poison {
            origin: self.origin(),
            what,
        };
        self.poison_mentioned_now(&mentions, &poison);
        self.pending.push((mentions, poison));
    }

    /// Records that nothing is known any more: a statement that can change any relation without naming it.
    pub(super) fn poison_all(&mut self, what: String) {
        if self.catalog.poison_all.is_none() {
            self.catalog.poison_all = Some(Poison {
                origin: self.origin(),
                what,
            });
        }
    }

    /// Records a reason against one relation.
    pub(super) fn poison_relation(&mut self, name: &QName, what: String) {
        let poison = Poison {
            origin: self.origin(),
            what,
        };
        if let Some(relation) = self.catalog.relations.get_mut(name) {
            add(relation, &poison);
        }
    }

    pub(super) fn poison_mentioned_now(&mut self, mentions: &Mentions, poison: &Poison) {
        for (name, relation) in &mut self.catalog.relations {
            if mentions.name(&name.name) {
                add(relation, poison);
            }
        }
    }

    /// Poisons the views whose text mentions `name`.
    pub(super) fn poison_views_of(&mut self, name: &str, what: &str) {
        self.poison_views_where(name, what, |_| true);
    }

    /// Poisons the views whose text mentions `name` and satisfies a condition.
    pub(super) fn poison_views_where(&mut self, name: &str, what: &str, matches: impl Fn(&str) -> bool) {
        let poison = Poison {
            origin: self.origin(),
            what: what.to_owned(),
        };
        for (view, mentions) in &self.view_mentions {
            if let Some(Relation::View(view)) = self.catalog.relations.get_mut(view)
                && mentions.name(name)
                && matches(&view.query)
            {
                view.poison.push(poison.clone());
            }
        }
    }
}

fn add(relation: &mut Relation, poison: &Poison) {
    let list = match relation {
        Relation::Table(table) => &mut table.poison,
        Relation::View(view) => &mut view.poison,
        Relation::Opaque { .. } => return,
    };
    if !list.contains(poison) {
        list.push(poison.clone());
    }
}
