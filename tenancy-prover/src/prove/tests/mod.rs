//! The rules as statements over small projects. Beside each that is proved stands one that is refused and differs from
//! it only in what the rule is about. The references that a refusal points at stand between « and ».

mod barriers;
mod conflicts;
mod isolations;
mod joins;
mod kept;
mod keys;
mod merges;
mod mysql;
mod predicates;
mod reads;
mod recursion;
mod subqueries;
mod through;
mod types;
mod writes;

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::known::codes::offered;
use crate::{Code, Diagnostic, Project, Verdict};

/// Tables with the shapes that most rules are about.
pub(crate) const SHOP: &str = "
    create table tenants (id text primary key not null, name text);
    create table plans (id int primary key not null, name text not null);
    create table orders (tenant_id text not null, id int not null, customer_id int not null, total int, note text,
        primary key (tenant_id, id));
    create table customers (tenant_id text not null, id int not null, name text, boss int, primary key (tenant_id, id));
    create table drafts (tenant_id text, id int not null);
    create table bills (org_id text not null, id int not null, primary key (org_id, id));
    create table projects (id int primary key not null, tenant_id text not null, name text, unique (tenant_id, id));
    create table items (id int primary key not null, project_id int not null references projects (id), name text);
    create table parts (id int primary key not null, item_id int not null references items (id), name text);
";

pub(crate) const SETTINGS: &str = "
    [tenant]
    column = \"tenant_id\"
    table = \"tenants\"
    [tables]
    plans = \"shared\"
    bills = { column = \"org_id\" }
    items = { via = \"project_id\" }
    parts = { via = \"item_id\" }
";

/// A project to try statements on.
pub(crate) struct Shop(Project);

impl Shop {
    /// The tables above and those of `ddl`, on PostgreSQL.
    pub(crate) fn postgres(ddl: &str) -> Self {
        Self::new("postgres", SETTINGS, &format!("{SHOP}{ddl}"))
    }

    /// The same on SQLite.
    pub(crate) fn sqlite(ddl: &str) -> Self {
        Self::new("sqlite", SETTINGS, &format!("{SHOP}{ddl}"))
    }

    pub(crate) fn project(&self) -> &Project {
        &self.0
    }

    pub(crate) fn new(dialect: &str, settings: &str, ddl: &str) -> Self {
        let text = format!("dialect = \"{dialect}\"\n{settings}");
        let config = Config::parse(&text, Path::new("tenancy.toml")).unwrap();
        let source = (PathBuf::from("migrations/0001_shop.sql"), ddl.to_owned());
        Self(Project::from_parts(config, &[source]).unwrap())
    }

    #[track_caller]
    pub(crate) fn proves(&self, sql: &str) {
        if let Verdict::Refused(diagnostics) = crate::prove(&self.0, sql) {
            let why: Vec<String> = diagnostics
                .iter()
                .map(|found| format!("{}: {}", found.code, found.message))
                .collect();
            panic!("refused: {why:#?}\n{sql}");
        }
    }

    /// Refuses the statement with nothing but `code`, once at each marked place.
    #[track_caller]
    fn refuses(&self, code: Code, marked: &str) {
        let (sql, places) = unmarked(marked);
        match crate::prove(&self.0, &sql) {
            Verdict::Proved(_) => panic!("proved: {sql}"),
            Verdict::Refused(diagnostics) => {
                let found: Vec<(Code, &str)> = diagnostics
                    .iter()
                    .map(|found| (found.code, &sql[found.span.range()]))
                    .collect();
                let spans: Vec<_> = diagnostics.iter().map(|found| found.span.range()).collect();
                self.offers(&sql, &diagnostics);
                let as_marked = found.iter().all(|(of, _)| *of == code) && spans == places;
                assert!(as_marked, "refused as {found:?}\n{marked}");
            }
        }
    }

    /// Refuses the statement with `code` and nothing else, wherever that points.
    #[track_caller]
    pub(crate) fn refuses_with(&self, code: Code, sql: &str) {
        match crate::prove(&self.0, sql) {
            Verdict::Proved(_) => panic!("proved: {sql}"),
            Verdict::Refused(diagnostics) => {
                self.offers(sql, &diagnostics);
                let codes: Vec<Code> = diagnostics.iter().map(|found| found.code).collect();
                assert!(
                    codes.iter().all(|found| *found == code),
                    "refused as {codes:?}\n{sql}"
                );
            }
        }
    }

    /// What the refusal offers is proved.
    #[track_caller]
    fn offers(&self, sql: &str, diagnostics: &[Diagnostic]) {
        if let Err(what) = offered::try_all(&self.0, sql, diagnostics) {
            panic!("{what}\n{sql}");
        }
    }

    /// The codes of the refusal; none if the statement is proved.
    pub(crate) fn codes(&self, sql: &str) -> Vec<Code> {
        match crate::prove(&self.0, sql) {
            Verdict::Proved(_) => Vec::new(),
            Verdict::Refused(diagnostics) => {
                self.offers(sql, &diagnostics);
                diagnostics.iter().map(|found| found.code).collect()
            }
        }
    }

    /// Refuses the statement for the tables that it marks.
    #[track_caller]
    pub(crate) fn leaves_open(&self, marked: &str) {
        self.refuses(Code::UnscopedTable, marked);
    }

    /// `with` in the place of `?` is proved, `without` is not: rows of the marked reference get in.
    #[track_caller]
    pub(crate) fn needs(&self, marked: &str, with: &str, without: &str) {
        let (proved, _) = unmarked(marked);
        self.proves(&proved.replace('?', with));
        self.leaves_open(&marked.replace('?', without));
    }
}

/// The statement without marks, and the places that they enclose, in the order of the text.
fn unmarked(marked: &str) -> (String, Vec<std::ops::Range<usize>>) {
    let mut sql = String::new();
    let mut places = Vec::new();
    let mut start = 0;
    for character in marked.chars() {
        match character {
            '«' => start = sql.len(),
            '»' => places.push(start..sql.len()),
            _ => sql.push(character),
        }
    }
    (sql, places)
}
