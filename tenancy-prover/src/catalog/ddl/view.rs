//! Views.

use super::Reader;
use super::column::names;
use super::cursor::{Cursor, fold};
use super::mention::Mentions;
use super::names::Held;
use super::scan::{Kind, Scanner, Token};
use crate::Dialect;
use crate::catalog::{QName, Relation, View};

impl Reader {
    /// `create [materialized | recursive] view`, behind `create or replace temp`.
    pub(super) fn create_view(
        &mut self,
        mut cursor: Cursor<'_>,
        temporary: bool,
        replace: bool,
    ) -> Option<()> {
        let materialized = cursor.eat("materialized");
        let recursive = cursor.eat("recursive");
        cursor.expect("view")?;
        let keep = cursor.eat("if not exists");
        let written = cursor.name()?;
        let name = if temporary {
            QName {
                schema: self.temporary_schema().to_owned(),
                name: written.name.clone(),
            }
        } else {
            self.place(&written)?
        };
        let old = self.catalog.relations.get(&name).cloned();
        let doubtful = keep && self.held(&name) == Held::Perhaps;
        if keep && !self.makes(&name, keep)? {
            return Some(());
        }
        let columns = match cursor.group() {
            Some(group) => names(&group)?,
            None => Vec::new(),
        };
        let mut security_invoker = false;
        loop {
            if cursor.eat("with") {
                for option in cursor.group()?.members() {
                    security_invoker |= is_security_invoker(option)?;
                }
            } else if cursor.eat_any(&["using", "tablespace"]).is_some() {
                cursor.identifier()?;
            } else {
                break;
            }
        }
        cursor.expect("as")?;
        let query_line = self.origin_at(cursor.offset()).line;
        let query = defining_query(&cursor);
        if query.is_empty() {
            return None;
        }
        let query = if recursive {
            recursive_query(&name.name, &columns, &query)?
        } else {
            query
        };
        let (triggers, rules) = match old {
            Some(Relation::View(view)) if replace => {
                // Views over this one keep the columns that it had.
                let what = format!(
                    "the view `{}`, which it may read, was replaced: create it again",
                    name.name
                );
                let dialect = self.dialect();
                self.poison_views_where(&name.name, &what, |query| has_star(query, dialect));
                (view.triggers, view.rules)
            }
            Some(_) => return None,
            None => (Vec::new(), Vec::new()),
        };
        let view = View {
            name: name.clone(),
            origin: self.origin(),
            columns,
            query,
            query_line,
            materialized,
            security_invoker,
            triggers,
            rules,
            poison: Vec::new(),
            declared_shared: false,
            declared: false,
        };
        self.view_mentions.insert(name.clone(), Mentions::of(&view.query));
        self.catalog.relations.insert(name.clone(), Relation::View(view));
        if doubtful {
            let what = "`create view if not exists`, where something may have had the name".to_owned();
            self.poison_relation(&name, what);
        }
        if !self.reads_names_as_applications_do() {
            let what =
                "another search path was set when it was created, so its unqualified names may mean other \
                        tables"
                    .to_owned();
            self.poison_relation(&name, what);
        }
        Some(())
    }

    /// Under an empty search path (as in dumps) every name is qualified; under the default one, names mean what they
    /// mean to the application.
    fn reads_names_as_applications_do(&self) -> bool {
        let default = self.catalog.home;
        self.path
            .as_ref()
            .is_some_and(|path| path.first().is_none_or(|first| first == default) && path.len() < 2)
    }

    /// `alter [materialized] view`, behind these words.
    pub(super) fn alter_view(&mut self, mut cursor: Cursor<'_>) -> Option<()> {
        if cursor.eat("all in tablespace") {
            return Some(());
        }
        let optional = cursor.eat("if exists");
        let written = cursor.name()?;
        let Some(name) = self.find(&written) else {
            return self.absent(&written, optional);
        };
        if self.rename_or_move(&name, &mut cursor.clone(), true).is_some() {
            return Some(());
        }
        if cursor
            .eat_any(&[
                "owner to",
                "cluster on",
                "set without cluster",
                "depends on",
                "no depends on",
            ])
            .is_some()
        {
            return Some(());
        }
        let setting = cursor.eat("set");
        if !setting {
            cursor.expect("reset")?;
        }
        let options = cursor.group()?;
        cursor.end()?;
        self.view_options(&name, setting, &options)
    }

    /// `set (..)` and `reset (..)` of a view, which `alter table` knows, too.
    pub(super) fn view_options(&mut self, name: &QName, setting: bool, options: &Cursor<'_>) -> Option<()> {
        let mut invoker = None;
        for option in options.members() {
            if option.is("security_invoker") {
                invoker = Some(setting && is_security_invoker(option)?);
            }
        }
        match (self.catalog.relations.get_mut(name)?, invoker) {
            (Relation::View(view), Some(invoker)) => view.security_invoker = invoker,
            (Relation::View(_) | Relation::Table(_) | Relation::Opaque { .. }, _) => {}
        }
        Some(())
    }
}

/// `security_invoker [= true]`; false for any other option, nothing for a value that is not known.
fn is_security_invoker(mut option: Cursor<'_>) -> Option<bool> {
    if !option.eat("security_invoker") {
        return Some(false);
    }
    if !option.eat_symbol("=") {
        option.end()?;
        return Some(true);
    }
    let value = option.source_text().trim_matches('\'').to_ascii_lowercase();
    match value.as_str() {
        "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// The query up to the end, without `with [no] data` and `with check option`.
pub(super) fn defining_query(cursor: &Cursor<'_>) -> String {
    let mut walk = cursor.clone();
    let tail = [
        "with data",
        "with no data",
        "with check option",
        "with local check option",
    ];
    let cascaded = "with cascaded check option";
    let query = walk.until(|cursor| {
        let ends = |words: &&str| cursor.is(words) && cursor.tokens().len() == words.split(' ').count();
        tail.iter().chain([&cascaded]).any(ends)
    });
    query.source_text().to_owned()
}

/// `create recursive view v (a) as q` is `create view v as with recursive v (a) as (q) select a from v`.
fn recursive_query(name: &str, columns: &[String], query: &str) -> Option<String> {
    if columns.is_empty() {
        return None;
    }
    let quote = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
    let (name, columns) = (
        quote(&name.to_owned()),
        columns.iter().map(quote).collect::<Vec<_>>().join(", "),
    );
    Some(format!(
        "with recursive {name} ({columns}) as ({query}) select {columns} from {name}"
    ))
}

fn tokens(query: &str, dialect: Dialect) -> Vec<Token> {
    let mut scanner = Scanner::new(query, dialect);
    std::iter::from_fn(|| scanner.next_token()).collect()
}

/// True if the query's columns depend on which columns its tables have: a star, or `natural`.
pub(super) fn has_star(query: &str, dialect: Dialect) -> bool {
    let tokens = tokens(query, dialect);
    let text = |at: usize| {
        tokens
            .get(at)
            .and_then(|token| query.get(token.start..token.end))
            .unwrap_or("")
    };
    (0..tokens.len()).any(|at| {
        let (before, after) = (text(at.wrapping_sub(1)), text(at + 1));
        let is = |text: &str, words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        let expands = is(before, &["select", ",", ".", "distinct", "all"])
            // `distinct on (..) *`, and not a product.
            || (before == ")" && is(after, &["", ",", "from", ")"]));
        (text(at) == "*" && expands) || is(text(at), &["natural"])
    })
}

/// True if a column that comes to one of the query's tables later could catch one of the query's names.
pub(super) fn would_capture(query: &str, column: &str, dialect: Dialect) -> bool {
    if has_star(query, dialect) {
        return true;
    }
    let tokens = tokens(query, dialect);
    let is = |at: usize, wanted: &str| {
        tokens.get(at).and_then(|token| query.get(token.start..token.end)) == Some(wanted)
    };
    tokens.iter().enumerate().any(|(at, token)| {
        let spelled = query.get(token.start..token.end).unwrap_or("");
        let named = matches!(token.kind, Kind::Word | Kind::Quoted)
            && fold(spelled, token.kind, dialect).as_deref() == Some(column);
        named && (at == 0 || !is(at - 1, "."))
    })
}
