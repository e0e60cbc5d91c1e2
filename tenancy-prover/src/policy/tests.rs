//! What is printed, and what the server prints back, are both recognised. (That the server does print this is shown by the
//! tests on a real one.)

use std::path::{Path, PathBuf};

use super::{Protection, protections};
use crate::Project;
use crate::config::Config;

const TABLES: &str = "
    create table tenants (id text primary key);
    create table \"T q\" (\"Ten ant\" text, id int);
    create table names (tenant_id varchar(20));
    create table things (tenant_id text, id int primary key);
    create table parts (id int, thing int not null references things (id));
    create schema arch;
    create table keyed (id varchar(9) primary key, tenant_id text);
    create table arch.bits (id varchar primary key, part varchar(9) not null references keyed (id));
    create table plans (id int);
";

fn project(more: &str) -> Project {
    let text = "dialect = \"postgres\"\nisolation = \"rls\"\n[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n
        [tables]\n\"T q\" = { column = \"Ten ant\" }\nparts = { via = \"thing\" }\nplans = \"shared\"\n\"arch.bits\" = { via = \"part\" }\n";
    let config = Config::parse(text, Path::new("tenancy.toml")).unwrap();
    let source = (PathBuf::from("migrations/0001.sql"), format!("{TABLES}{more}"));
    Project::from_parts(config, &[source]).unwrap()
}

fn found(project: &Project) -> Vec<Protection> {
    let (found, refused) = protections(project);
    assert!(refused.is_empty(), "{refused:?}");
    found
}

#[test]
fn what_is_printed_is_proved() {
    let before = found(&project(""));
    assert_eq!(before.len(), 7);
    assert!(before.iter().all(|one| one.missing.len() == 3), "{before:#?}");
    let printed: String = before
        .iter()
        .map(|one| one.expected.sql("app", &one.dropped))
        .collect();
    let after = found(&project(&printed));
    assert!(after.iter().all(|one| one.missing.is_empty()), "{after:#?}");
}

#[test]
fn what_the_server_prints_is_proved() {
    let dumped: String = found(&project(""))
        .into_iter()
        .map(|mut one| {
            one.expected.expression.clone_from(&one.expected.deparsed);
            one.expected.sql("app", &[])
        })
        .collect();
    let after = found(&project(&dumped));
    assert!(after.iter().all(|one| one.missing.is_empty()), "{after:#?}");
}

#[test]
fn what_is_different_goes_first() {
    let other = "alter table things enable row level security; create policy \"a b\" on things using (true);
        create policy more on things for select using (true);";
    let things = |more: &str| {
        let all = found(&project(more));
        all.into_iter()
            .find(|one| one.expected.table.name == "things")
            .unwrap()
    };
    let before = things(other);
    let sql = before.expected.sql("my role", &before.dropped);
    assert!(
        sql.contains("drop policy if exists \"a b\" on things;\ndrop policy if exists more on things;\n")
    );
    assert!(sql.contains("for all to \"my role\"\n"), "{sql}");
    let mending = before.mending("app");
    assert!(
        !mending.contains("enable") && mending.starts_with("alter table things force"),
        "{mending}"
    );
    assert_eq!(things(&format!("{other}{mending}")).missing, Vec::<String>::new());
    let after = things(&format!("{other}{sql}"));
    assert_eq!(after.mending("app"), "");
    assert_eq!(after.missing, Vec::<String>::new());
}

#[test]
fn tables_without_a_policy_are_named() {
    let text = "dialect = \"postgres\"\nisolation = \"rls\"\n[tenant]\ncolumn = \"tenant_id\"\n";
    let config = Config::parse(text, Path::new("tenancy.toml")).unwrap();
    let source = (
        PathBuf::from("migrations/0001.sql"),
        "create table t (tenant_id numeric);".to_owned(),
    );
    let project = Project::from_parts(config, &[source]).unwrap();
    let (found, refused) = protections(&project);
    assert!(found.is_empty());
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0].to_string().contains("of type `numeric`"),
        "{}",
        refused[0]
    );
}
