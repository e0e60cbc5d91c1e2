//! Why each statement of `tests/chains.txt` is proved, link by link: what the recorder hears of each rule.
//!
//! A statement follows a `>`; under it stand its references with the chains that confine them, and the checks of its
//! writes, each with the text in `[ ]` that says so. `TENANCY_BLESS=1` rewrites the file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{Explanation, Fact, Kind, Location};
use crate::prove::tests::Shop;

#[test]
fn chains_are_what_they_were() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/explain/tests/chains.txt");
    let known = fs::read_to_string(&path).unwrap();
    let shop = Shop::postgres(
        "create table tasks (tenant_id text not null, id int primary key, project_id int not null, other_id int not null,
             foreign key (tenant_id, project_id) references projects (tenant_id, id),
             foreign key (tenant_id, other_id) references projects (tenant_id, id));
         create table notes (tenant_id text not null, id int not null, order_id int not null, body text,
             foreign key (tenant_id, order_id) references orders (tenant_id, id) on delete cascade);
         create function stamp() returns trigger language plpgsql as $$ begin new.body := 'x'; return new; end $$;
         create trigger stamps before insert on notes for each row execute function stamp();
         create view seen as
             select tenant_id as t, id from orders;",
    );
    let mut found = String::new();
    for sql in known.lines().filter_map(|line| line.strip_prefix("> ")) {
        let explanation = super::explain(shop.project(), sql);
        let _ = writeln!(found, "> {sql}");
        render(&explanation, sql, &mut found);
        found.push('\n');
    }
    if std::env::var_os("TENANCY_BLESS").is_some() {
        fs::write(&path, &found).unwrap();
    }
    for (found, known) in found.split("\n\n").zip(known.split("\n\n")) {
        assert_eq!(found, known, "\n{found}");
    }
    assert_eq!(found.len(), known.len());
}

fn render(explanation: &Explanation, sql: &str, out: &mut String) {
    for reference in &explanation.references {
        let kind = match &reference.kind {
            Kind::Owned { column, .. } => format!("owned by {column}"),
            Kind::Via { column, parent, key } => format!("via {column} -> {parent}.{key}"),
            Kind::Shared => "shared".to_owned(),
            Kind::View => "view".to_owned(),
            Kind::Cte { itself } => format!("cte{}", if *itself { " itself" } else { "" }),
            Kind::Placed => "placed".to_owned(),
            Kind::Unknown => "unknown".to_owned(),
        };
        let _ = writeln!(out, "{}: {kind}, {}", reference.name, reference.state.name());
        for (index, chain) in reference.chains.iter().enumerate() {
            if index > 0 {
                let _ = writeln!(out, "  and");
            }
            facts(chain, 4, sql, out);
        }
    }
    for write in &explanation.writes {
        for check in &write.checks {
            let said = places(&check.places, sql);
            let _ = writeln!(out, "{} {}: {}{said}", write.table, check.kind.name(), check.text);
            facts(&check.facts, 4, sql, out);
        }
    }
}

fn facts(facts_of: &[Fact], indent: usize, sql: &str, out: &mut String) {
    for fact in facts_of {
        let said = places(&fact.places, sql);
        let _ = writeln!(out, "{:indent$}{}: {}{said}", "", fact.text, fact.reason);
        facts(&fact.because, indent + 2, sql, out);
    }
}

fn places(locations: &[Location], sql: &str) -> String {
    locations
        .iter()
        .map(|location| match location {
            Location::Statement(span) => format!(" [{}]", &sql[span.range()]),
            Location::Schema { what, origin: _ } => format!(" [{what}]"),
        })
        .collect()
}
