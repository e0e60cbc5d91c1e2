//! Whole projects: the cases' schemas, and folders with something wrong in them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Project, ProjectError};
use crate::catalog::{Ownership, Relation, Table, TriggerEffect};
use crate::config::Config;

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("tenancy-project-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        for (file, text) in files {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Self(path)
    }

    fn load(&self) -> Result<Project, ProjectError> {
        Project::load(&self.0)
    }

    #[track_caller]
    fn error(&self) -> String {
        let message = self.load().expect_err("the project loads").to_string();
        message.replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const CONFIG: &str = "dialect = \"postgres\"\n[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n";
const TENANTS: &str = "create table tenants (id uuid primary key);\n";

fn cases(dialect: &str) -> Project {
    Project::load(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/cases")
            .join(dialect),
    )
    .unwrap()
}

#[track_caller]
fn table<'a>(project: &'a Project, schema: Option<&str>, name: &str) -> &'a Table {
    match project.catalog.relation(schema, name) {
        Some((_, Relation::Table(table))) => table,
        other => panic!("`{name}` is {other:?}"),
    }
}

const fn owned(column: usize) -> Ownership {
    Ownership::Tenant { column, root: false }
}

#[test]
fn the_postgres_cases_load() {
    let project = cases("postgres");
    assert_eq!(project.catalog.poison_all, None);
    assert_eq!(project.files.len(), 3);
    assert!(project.files.iter().all(|file| file.is_absolute()));
    for (name, ownership) in [
        ("plans", Ownership::Shared),
        (
            "tenants",
            Ownership::Tenant {
                column: 0,
                root: true,
            },
        ),
        ("orders", owned(0)),
        ("payments", owned(1)),
        ("Invoice", owned(0)),
        ("project_tasks", Ownership::Via { foreign_key: 0 }),
        ("task_comments", Ownership::Via { foreign_key: 0 }),
        ("events_2024", owned(0)),
        ("notes_private", owned(0)),
        ("rls_ins", owned(0)),
        ("x_cards", Ownership::Via { foreign_key: 0 }),
        ("mixed_case", owned(0)),
    ] {
        assert_eq!(table(&project, None, name).ownership, ownership, "{name}");
    }
    assert_eq!(table(&project, Some("archive"), "plans").ownership, owned(0));
    let keys = |name: &str| table(&project, None, name).keys.len();
    assert_eq!(
        [
            keys("orders"),
            keys("projects"),
            keys("x_members"),
            keys("notes_private")
        ],
        [1, 3, 2, 0]
    );
    let references = |name: &str| table(&project, None, name).foreign_keys.clone();
    assert!(references("entries_df")[0].deferrable && !references("entries_nv")[0].validated);
    assert_eq!(references("time_entries")[0].parent_columns, ["tenant_id", "id"]);
    let effect = |name: &str| table(&project, None, name).triggers[0].effect.clone();
    assert_eq!(effect("hooked"), TriggerEffect::Unknown);
    assert_eq!(
        effect("x_touched"),
        TriggerEffect::Assigns(vec![("updated_at".to_owned(), "now()".to_owned())])
    );
    assert_eq!(
        effect("x_forced"),
        TriggerEffect::Assigns(vec![("tenant_id".to_owned(), "'globex'".to_owned())])
    );
    assert_eq!(table(&project, None, "ruled").rules[0].event, "update");
    assert!(project.catalog.operators.contains("="));
    assert!(project.catalog.functions.contains_key("p_purge"));
    let poisoned = project
        .catalog
        .relations
        .iter()
        .filter(|(_, relation)| match relation {
            Relation::Table(table) => !table.poison.is_empty(),
            Relation::View(view) => !view.poison.is_empty(),
            Relation::Opaque { .. } => false,
        });
    assert_eq!(poisoned.count(), 0);
    let projects = table(&project, None, "projects").name.clone();
    let children: Vec<&str> = project
        .catalog
        .children_of(&projects)
        .map(|(table, _)| table.name.name.as_str())
        .collect();
    assert_eq!(
        children,
        [
            "entries_df",
            "entries_nv",
            "project_tasks",
            "tickets",
            "time_entries"
        ]
    );
}

#[test]
fn the_sqlite_cases_load() {
    let project = cases("sqlite");
    assert_eq!(project.catalog.poison_all, None);
    for (name, ownership) in [
        ("plans", Ownership::Shared),
        (
            "tenants",
            Ownership::Tenant {
                column: 0,
                root: true,
            },
        ),
        ("orders", owned(0)),
        ("labels", owned(1)),
        ("loose", owned(0)),
        ("project_tasks", Ownership::Via { foreign_key: 0 }),
    ] {
        assert_eq!(table(&project, None, name).ownership, ownership, "{name}");
    }
    assert!(table(&project, None, "orders").strict && table(&project, None, "order_items").without_rowid);
    assert!(table(&project, None, "uploads").keys[1].on_conflict.is_some());
    assert!(matches!(
        project.catalog.relation(None, "docs_fts"),
        Some((_, Relation::Opaque { .. }))
    ));
    assert_eq!(
        table(&project, None, "ci_docs").columns[0].collation.as_deref(),
        Some("nocase")
    );
}

#[test]
fn migrations_run_by_version_and_only_upwards() {
    let folder = Folder::new(
        "order",
        &[
            ("tenancy.toml", CONFIG),
            ("migrations/10_drop.sql", "alter table t drop column a;"),
            (
                "migrations/2_create.up.sql",
                "create table tenants (id uuid primary key); create table t (a int, tenant_id uuid);",
            ),
            ("migrations/2_create.down.sql", "drop table t;"),
            ("migrations/README.md", "x"),
            ("migrations/nothing.sql", "drop table t;"),
            ("migrations/sub/1_x.sql", "drop table t;"),
        ],
    );
    let project = folder.load().unwrap();
    assert_eq!(table(&project, None, "t").columns.len(), 1);
    let files: Vec<String> = project
        .files
        .iter()
        .map(|file| {
            file.strip_prefix(&project.directory)
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    assert_eq!(
        files,
        [
            "tenancy.toml",
            "migrations/2_create.up.sql",
            "migrations/10_drop.sql"
        ]
    );
    assert_eq!(
        table(&project, None, "t").origin.file.as_path(),
        Path::new("migrations/2_create.up.sql")
    );
}

#[test]
fn a_dump_replaces_the_migrations() {
    let config = CONFIG.replace("[tenant]", "schema = \"schema.sql\"\n[tenant]");
    let folder = Folder::new("dump", &[("tenancy.toml", &config), ("schema.sql", TENANTS)]);
    assert_eq!(folder.load().unwrap().files.len(), 2);
}

#[test]
fn files_that_are_missing_or_unreadable_are_errors() {
    let error = |name: &str, files: &[(&str, &str)]| Folder::new(name, files).error();
    assert!(error("none", &[]).starts_with("tenancy.toml: there is no such file"));
    assert!(
        error("nofolder", &[("tenancy.toml", CONFIG)]).starts_with("migrations: there is no such folder")
    );
    let empty = [("tenancy.toml", CONFIG), ("migrations/x.txt", "")];
    assert!(error("empty", &empty).starts_with("migrations: no migration in it"));
    let twice = [
        ("tenancy.toml", CONFIG),
        ("migrations/1_a.sql", ""),
        ("migrations/01_b.sql", ""),
    ];
    assert!(error("twice", &twice).ends_with("both have version 1"));
    let dump = CONFIG.replace("[tenant]", "schema = \"s.sql\"\n[tenant]");
    assert!(error("nodump", &[("tenancy.toml", &dump)]).starts_with("s.sql: there is no such file"));
    let folder = Folder::new("utf8", &[("tenancy.toml", CONFIG), ("migrations/1_a.sql", "")]);
    fs::write(folder.0.join("migrations/1_a.sql"), b"a\nb\n\xff").unwrap();
    assert_eq!(folder.error(), "migrations/1_a.sql:3: not UTF-8");
}

fn declared(tables: &str, sql: &str) -> Result<Project, ProjectError> {
    let text = format!("{CONFIG}[tables]\n{tables}");
    let config = Config::parse(&text, Path::new("tenancy.toml")).unwrap();
    Project::from_parts(config, &[(PathBuf::from("1.sql"), format!("{TENANTS}{sql}"))])
}

#[track_caller]
fn refused(tables: &str, sql: &str) -> String {
    declared(tables, sql).expect_err("it loads").to_string()
}

#[test]
fn declarations_must_fit_the_schema() {
    let message = refused("oders = \"shared\"", "create table orders (a int);");
    assert_eq!(
        message,
        "tenancy.toml:6: no migration creates a table `oders`; there is `orders`"
    );
    let message = refused("Orders = \"shared\"", "create table orders (a int);");
    assert!(message.contains("there is `orders`"), "{message}");
    let message = refused("t = { column = \"org\" }", "create table t (a int, b int);");
    assert_eq!(
        message,
        "tenancy.toml:6: `t` (1.sql:2) has no column `org`; it has `a`, `b`"
    );
    let message = refused("tenants = \"shared\"", "");
    assert!(message.contains("is the tenant table"), "{message}");
    let message = refused("v = { column = \"a\" }", "create view v as select 1 as a;");
    assert!(message.contains("is a view"), "{message}");
    let message = refused("s = \"shared\"", "create sequence s;");
    assert!(message.contains("is a sequence"), "{message}");
    let message = refused(
        "t = \"shared\"\n\"public.t\" = \"shared\"",
        "create table t (a int);",
    );
    assert!(message.contains("are the same table"), "{message}");
    // Nothing known of its columns: a declaration cannot help.
    let message = refused(
        "t = \"shared\"",
        "do $$ begin execute 'create table t (a int)'; end $$;",
    );
    assert!(
        message.contains("perhaps a `do` block") && message.contains("1.sql:2"),
        "{message}"
    );
}

#[test]
fn via_needs_a_foreign_key_to_an_owned_parent() {
    let parent = "create table p (id int primary key, tenant_id uuid, n int); create table plans (id int primary key);";
    let chain = format!(
        "{parent} create table a (id int primary key, p int references p); create table b (a int references a (id));"
    );
    let project = declared("b = { via = \"a\" }\na = { via = \"p\" }", &chain).unwrap();
    assert_eq!(
        table(&project, None, "b").ownership,
        Ownership::Via { foreign_key: 0 }
    );
    for (sql, expected) in [
        ("create table t (x int);", "no foreign key on `x` alone"),
        (
            "create table t (x int, y uuid, foreign key (x, y) references p (n, tenant_id));",
            "no foreign key on `x` alone",
        ),
        (
            "create table t (x int references p (n));",
            "is not unique by itself",
        ),
        (
            "create table t (x int references plans);",
            "`plans`, which is not tenant-owned",
        ),
        (
            "create table t (id int primary key, x int references t);",
            "round in a circle",
        ),
        ("create table t (y int);", "has no column `x`"),
    ] {
        let message = refused("t = { via = \"x\" }", &format!("{parent}{sql}"));
        assert!(message.contains(expected), "{message}");
    }
    let partial = "create unique index on p (n) where n > 0; create table t (x int references p (n));";
    assert!(refused("t = { via = \"x\" }", &format!("{parent}{partial}")).contains("not unique"));
}

#[test]
fn via_needs_a_foreign_key_that_always_holds_and_stores_what_it_was_given() {
    let parent = "create table p (id int primary key, tenant_id uuid, code varchar(10) unique, n text unique, d int unique deferrable);";
    let bad = [
        ("x int references p not valid", "not validated"),
        ("x int references p deferrable", "deferrable"),
        ("x int references p (d)", "not unique by itself"),
        ("x varchar(4) references p (code)", "of type `varchar(4)`"),
        ("x char(10) references p (code)", "of type `bpchar(10)`"),
        ("x varchar(9) references p (n)", "another parent"),
        ("x numeric references p (id)", "another parent"),
        (
            "x int references p); alter table p disable trigger all; create table z (a int",
            "switched off",
        ),
    ];
    for (columns, expected) in bad {
        let message = refused(
            "t = { via = \"x\" }",
            &format!("{parent} create table t ({columns});"),
        );
        assert!(message.contains(expected), "{columns}: {message}");
    }
    for columns in [
        "x bigint references p",
        "x text references p (code)",
        "x varchar(10) references p (code)",
    ] {
        declared(
            "t = { via = \"x\" }",
            &format!("{parent} create table t ({columns});"),
        )
        .unwrap();
    }
}

#[test]
fn the_tenant_table_needs_a_simple_key() {
    let config = Config::parse(CONFIG, Path::new("tenancy.toml")).unwrap();
    let load = |sql: &str| {
        let sources = [(PathBuf::from("1.sql"), sql.to_owned())];
        Project::from_parts(config.clone(), &sources)
            .expect_err("it loads")
            .to_string()
    };
    assert!(
        load("create table tenants (a int, b int, primary key (a, b));")
            .contains("no primary key of one column")
    );
    assert!(load("create table tenant (id int primary key);").contains("there is `tenant`"));
    assert!(load("create view tenants as select 1 as id;").contains("is not a table"));
}

#[test]
fn what_is_left_over_says_what_to_write() {
    let project = declared(
        "",
        "create table p (id int primary key, tenant_id uuid); create table lines (p_id int references p); create table other (a int);
         create schema s; create table s.odd (a int);",
    )
    .unwrap();
    let reason = |schema, name| match &table(&project, schema, name).ownership {
        Ownership::Unclassified { reason: Some(reason) } => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert!(reason(None, "lines").starts_with("write `lines = { via = \"p_id\" }`"));
    assert!(reason(None, "other").starts_with("write `other = \"shared\"`"));
    assert!(reason(Some("s"), "odd").starts_with("write `\"s.odd\" = \"shared\"`"));
}

#[test]
fn a_declaration_vouches_for_its_table() {
    let sql = "create table t (a int); create table u (tenant_id uuid); create view v as select a from t;
               do $$ begin delete from t; delete from u; select 1 from v; execute 'x'; end $$; do $$ begin delete from t; delete from u; v; end $$;";
    let project = declared("t = \"shared\"\nv = \"shared\"", sql).unwrap();
    assert!(project.catalog.poison_all.is_some());
    let (t, u) = (table(&project, None, "t"), table(&project, None, "u"));
    assert!(t.declared && t.poison.is_empty());
    assert!(!u.declared && u.poison.len() == 1);
    let Some((_, Relation::View(view))) = project.catalog.relation(None, "v") else {
        panic!()
    };
    assert!(view.declared && view.declared_shared && view.poison.is_empty());
}

#[test]
fn declared_functions_are_pure() {
    let text = format!("{CONFIG}[functions]\npure = [\"f\", \"app.slug\", \"brought\"]");
    let config = Config::parse(&text, Path::new("tenancy.toml")).unwrap();
    let sql = format!(
        "{TENANTS} create function f() returns int return 1; create function app.f() returns int return 1;"
    );
    let project = Project::from_parts(config, &[(PathBuf::from("1.sql"), sql)]).unwrap();
    let pure = |name: &str| {
        let functions = project.catalog.functions[name].iter();
        functions
            .map(|function| (function.name.to_string(), function.pure))
            .collect::<Vec<_>>()
    };
    assert_eq!(pure("f"), [("f".to_owned(), true), ("app.f".to_owned(), false)]);
    assert_eq!(pure("slug"), [("app.slug".to_owned(), true)]);
    assert_eq!(pure("brought"), [("brought".to_owned(), true)]);
}

#[test]
fn near_names_are_found() {
    let project = cases("postgres");
    assert_eq!(project.catalog.near_names("oders")[0], "orders");
    assert!(project.catalog.near_names("completely_different").is_empty());
}

/// What is compiled into a program is the project that the compiler read, wherever the files lay.
#[test]
fn an_embedded_project_is_the_loaded_one() {
    for dialect in ["postgres", "sqlite"] {
        let loaded = cases(dialect);
        let texts: Vec<(String, String)> = loaded
            .names()
            .zip(&loaded.files)
            .map(|(name, file)| {
                (
                    name.to_str().unwrap().to_owned(),
                    fs::read_to_string(file).unwrap(),
                )
            })
            .collect();
        assert_eq!(texts[0].0, "tenancy.toml");
        let sources: Vec<(&str, &str)> = texts[1..]
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let embedded = Project::embedded(&texts[0].1, &sources).unwrap();
        assert_eq!(embedded.digest, loaded.digest, "{dialect}");
        assert_eq!(
            format!("{:?}", embedded.catalog),
            format!("{:?}", loaded.catalog),
            "{dialect}"
        );
        let fewer = Project::embedded(&texts[0].1, &sources[..0]);
        assert!(fewer.is_err() || fewer.unwrap().digest != loaded.digest);
        let renamed: Vec<(&str, &str)> = sources.iter().map(|(_, text)| ("other.sql", *text)).collect();
        assert_ne!(
            Project::embedded(&texts[0].1, &renamed).unwrap().digest,
            loaded.digest
        );
    }
}
