//! What each dialect makes of statements, word for word: the verdict, and for a refusal every diagnostic.
//!
//! `tests/*.txt` begin with migrations; a line `-- tables: ..` adds to the settings of the tables. A statement follows a
//! `>`, and under it stands what is answered: `TENANCY_BLESS=1` rewrites that.

mod keys;
mod types;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Verdict;
use crate::known::codes::offered;
use crate::prove::Trace;
use crate::prove::tests::{SETTINGS, SHOP, Shop};
use crate::verdict::Bind;

#[test]
fn statements_of_postgres() {
    judge("postgres");
}

#[test]
fn statements_of_sqlite() {
    judge("sqlite");
}

#[test]
fn statements_of_mysql() {
    judge("mysql");
}

fn judge(dialect: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/lower/tests/{dialect}.txt"));
    let known = fs::read_to_string(&path).unwrap();
    let (schema, _) = known.split_once("\n> ").unwrap();
    let more: Vec<&str> = schema
        .lines()
        .filter_map(|line| line.strip_prefix("-- tables: "))
        .collect();
    let base = if dialect == "mysql" {
        // MySQL reads `references` beside a column as a comment.
        let mut ddl = SHOP.replace("text", "varchar(32) collate utf8mb4_bin");
        for parent in ["project", "item"] {
            let inline = format!(" references {parent}s (id)");
            let (before, after) = ddl.split_once(&inline).unwrap();
            let own = format!(", foreign key ({parent}_id){inline});");
            ddl = format!("{before}{}", after.replacen(");", &own, 1));
        }
        ddl
    } else {
        SHOP.to_owned()
    };
    let shop = Shop::new(
        dialect,
        &format!("{SETTINGS}\n{}", more.join("\n")),
        &format!("{base}{schema}"),
    );
    let mut found = format!("{schema}\n");
    for sql in known.lines().filter_map(|line| line.strip_prefix("> ")) {
        let _ = writeln!(found, "> {sql}");
        let verdict = crate::prove(shop.project(), sql);
        if let Verdict::Refused(diagnostics) = &verdict
            && let Err(what) = offered::try_all(shop.project(), sql, diagnostics)
        {
            panic!("{what}\n{sql}");
        }
        // What the rules say themselves, whatever a repair offers instead.
        render(
            &crate::look(shop.project(), sql, Trace::default()).verdict,
            sql,
            &mut found,
        );
    }
    if std::env::var_os("TENANCY_BLESS").is_some() {
        fs::write(&path, &found).unwrap();
        return;
    }
    for (found, known) in found.split("\n> ").zip(known.split("\n> ")) {
        assert_eq!(found, known);
    }
    assert_eq!(found.len(), known.len());
}

fn render(verdict: &Verdict, sql: &str, out: &mut String) {
    match verdict {
        Verdict::Proved(proved) => {
            let _ = write!(out, "    proved");
            for bind in &proved.binds {
                let _ = match bind {
                    Bind::Argument { index: _, label } => write!(out, " {label}"),
                    Bind::Tenant(ty) => write!(out, " {ty:?}"),
                };
            }
            out.push('\n');
        }
        Verdict::Refused(diagnostics) => {
            for one in diagnostics {
                let place = &sql[one.span.range()];
                let _ = writeln!(out, "    {} [{place}] {}", one.code, one.message);
                for help in &one.help {
                    let _ = writeln!(out, "        help: {help}");
                }
                for note in &one.notes {
                    let _ = writeln!(out, "        note: {note}");
                }
            }
        }
    }
}
