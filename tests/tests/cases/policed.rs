//! The cases behind policies (`isolation = "rls"`): what is proved there, with or without a predicate, is confined by the
//! server.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use tenancy_prover::Project;
use tenancy_prover::catalog::Relation;
use tenancy_prover::config::Config;
use tenancy_prover::policy::protections;

use crate::case::cases_directory;
use crate::real::Shop;
use crate::seed::snapshot_query;
use crate::{block_on, fill, run_filled};

const ROLE: &str = "tenancy_cases_app";

/// The project of the cases with `isolation = "rls"` and `more` as its last migration.
fn project(more: &str) -> Project {
    let directory = cases_directory().join("postgres");
    let toml = directory.join("tenancy.toml");
    let text = fs::read_to_string(&toml).expect("the settings");
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("isolation") && !line.starts_with("predicates"))
        .fold("isolation = \"rls\"\n".to_owned(), |all, line| all + line + "\n");
    let config = Config::parse(&text, &toml).expect("the settings");
    let sources = [
        (PathBuf::from("migrations/0001.sql"), crate::schema(&directory)),
        (PathBuf::from("migrations/0002.sql"), more.to_owned()),
    ];
    Project::from_parts(config, &sources).expect("the schema")
}

/// Policies for every table that can have one, and every view the invoker's.
fn protection() -> String {
    let before = project("");
    let (tables, _) = protections(&before);
    let mut sql: String = tables
        .iter()
        .map(|table| table.expected.sql(ROLE, &table.dropped))
        .collect();
    for (name, relation) in &before.catalog.relations {
        if let Relation::View(view) = relation
            && !view.materialized
        {
            let _ = writeln!(
                sql,
                "alter view {}.{} set (security_invoker = true);",
                name.schema, name.name
            );
        }
    }
    sql
}

/// What the role may do: everything but go past the policies.
fn grants(project: &Project) -> String {
    let mut sql = format!(
        "do $$ begin create role {ROLE}; exception when duplicate_object or unique_violation then end $$;"
    );
    for schema in &project.catalog.schemas {
        let _ = write!(
            sql,
            "grant usage on schema {schema} to {ROLE}; grant all on all tables in schema {schema} to {ROLE};
             grant all on all sequences in schema {schema} to {ROLE};"
        );
    }
    sql
}

#[test]
fn proved_cases_are_confined_by_policies() {
    let admin = std::env::var("TENANCY_TEST_POSTGRES_ADMIN_URL");
    let admin = admin.expect("run `cargo xtask test`, which starts a private PostgreSQL");
    let directory = cases_directory().join("postgres");
    let protection = protection();
    let project = project(&protection);
    let (executed, failures) = block_on(async {
        let query = snapshot_query(&project.catalog);
        let names = ["left", "right"].map(|side| format!("tenancy_policed_{side}_{}", std::process::id()));
        let mut shops = [
            Shop::postgres(&admin, &names[0], query.clone()).await.unwrap(),
            Shop::postgres(&admin, &names[1], query).await.unwrap(),
        ];
        let before = fill(&project, &directory, &mut shops).await;
        for shop in &mut shops {
            shop.script(&grants(&project)).await.expect("the grants");
            shop.script(&protection).await.expect("the policies");
            shop.behind_policies(ROLE);
        }
        let result = run_filled(&project, &directory, &mut shops, &before).await;
        for (shop, name) in shops.into_iter().zip(&names) {
            shop.drop_database(&admin, name).await.unwrap();
        }
        result
    });
    assert!(failures.is_empty(), "\n{failures}");
    // Of these more than half name no tenant, or not where they would have to.
    assert!(executed >= 300, "only {executed} ran");
}
