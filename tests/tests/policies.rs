//! The policies that `cargo tenancy policy` prints, on a real PostgreSQL and as a role without privileges: what the prover
//! takes for a fact of every reference is one.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, raw_sql};
use tenancy_prover::config::Config;
use tenancy_prover::policy::protections;
use tenancy_prover::{Bind, Code, Project, Verdict};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

const SETTINGS: &str =
    "dialect = \"postgres\"\nisolation = \"rls\"\n[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n
    [tables]\nplans = \"shared\"\n\"T q\" = { column = \"Ten ant\" }\nitems = { via = \"project_id\" }\n
    parts = { via = \"item\" }\nlabels = { via = \"tag\" }\n";

const TABLES: &str = "
    create table tenants (id text primary key, name text);
    create table plans (id int primary key, name text);
    create table orders (tenant_id varchar(20) not null, id int not null, note text, primary key (tenant_id, id));
    create table projects (id int primary key, tenant_id text not null, name text);
    create table items (id int primary key, project_id int not null references projects (id), name text);
    create table parts (id int primary key, item int not null references items (id), name text);
    create table tags (name varchar(20) primary key, tenant_id text not null);
    create table labels (tag varchar(20) not null references tags (name), item text);
    create table \"T q\" (\"Ten ant\" text not null, \"user\" int);
    create view safe with (security_invoker = true) as select id, note from orders;
    create view leaky as select id, note from orders;
    create table by_uuid (tenant_id uuid not null);
    create table by_small (tenant_id smallint not null);
    create table by_int (tenant_id int not null);
    create table by_big (tenant_id bigint not null);
";

/// One statement for each kind; none names a tenant.
const STATEMENTS: &[&str] = &[
    "select id, note from orders",
    "select name from tenants",
    "select count(*), string_agg(note, ',') from orders group by id",
    "select o.note, p.name from orders o full join projects p on p.id = o.id",
    "select p.name, i.name, a.name from parts a join items i on i.id = a.item left join projects p on p.id = i.project_id",
    "select note from safe limit 1",
    "select item from labels",
    "select \"Ten ant\" from \"T q\"",
    "select note from orders union all select name from items",
    "select (select max(note) from orders), array(select name from projects)",
    "with recursive r as (select id, note from orders where id = 1 union all select o.id, o.note from orders o join r on o.id = r.id + 1) select note from r",
    "update orders set note = note || '!' returning note",
    "update orders o set note = p.name from projects p returning o.note, p.name",
    "update items set name = name || '!' returning name",
    "update safe set note = note || '!'",
    "insert into orders (tenant_id, id, note) values ($tenant, 1, 'x') on conflict (tenant_id, id) do update set note = orders.note || '!' returning note",
    "insert into orders (tenant_id, id, note) values ($tenant, 9, 'x') on conflict do nothing",
    "insert into parts (id, item, name) select 100 + id, id, name from items",
    "merge into orders o using projects p on o.id = p.id % 10 when matched then update set note = p.name when not matched then insert (tenant_id, id, note) values ($tenant, p.id, p.name)",
    "delete from labels",
    "delete from parts returning name",
    "with gone as (delete from orders returning note) select note from gone",
    "delete from orders using projects",
];

fn project() -> Project {
    let config = Config::parse(SETTINGS, Path::new("tenancy.toml")).expect("the settings");
    let load = |ddl: String| {
        let source = (PathBuf::from("migrations/0001.sql"), ddl);
        Project::from_parts(config.clone(), &[source]).expect("the schema")
    };
    load(format!("{TABLES}{}", migration(&load(TABLES.to_owned()), "app")))
}

/// What `cargo tenancy policy` prints.
fn migration(project: &Project, role: &str) -> String {
    let (tables, without) = protections(project);
    assert!(without.is_empty(), "{without:?}");
    tables.iter().map(|table| table.expected.sql(role, &[])).collect()
}

fn rows_of(tenant: &str, first: u8) -> String {
    format!(
        "insert into tenants values ('{tenant}', '{tenant}');
         insert into orders select '{tenant}', n, '{tenant} ' || n from generate_series(1, 3) n;
         insert into projects select {first}0 + n, '{tenant}', '{tenant} ' || n from generate_series(1, 3) n;
         insert into items select {first}0 + n, {first}0 + n, '{tenant} ' || n from generate_series(1, 3) n;
         insert into parts select {first}0 + n, {first}0 + n, '{tenant} ' || n from generate_series(1, 3) n;
         insert into tags values ('{tenant} tag', '{tenant}');
         insert into labels values ('{tenant} tag', '{tenant} label');
         insert into \"T q\" values ('{tenant}', 1);"
    )
}

/// A schema of its own with the tables, two tenants' rows and the policies.
struct Server {
    owner: PgConnection,
    app: PgConnection,
    schema: String,
}

impl Server {
    /// `owned`: the tables belong to the application's own role.
    async fn start(owned: bool) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test`"))
        };
        let (admin, app) = (
            url("TENANCY_TEST_POSTGRES_ADMIN_URL"),
            url("TENANCY_TEST_POSTGRES_URL"),
        );
        let mut owner = PgConnection::connect(&admin).await.expect("an administrator");
        let mut app = PgConnection::connect(&app).await.expect("the application's role");
        let role: String = sqlx::query_scalar("select current_user::text")
            .fetch_one(&mut app)
            .await
            .expect("a role");
        let schema = format!(
            "policies_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let as_owner = if owned {
            format!("set role {role};")
        } else {
            String::new()
        };
        let setup = format!(
            "create schema {schema}; grant all on schema {schema} to {role}; set search_path = {schema}; {as_owner}
             {TABLES} {} {} insert into plans values (1, 'basic'); {} reset role;
             grant select, insert, update, delete on all tables in schema {schema} to {role};",
            rows_of("acme", 1),
            rows_of("bolt", 2),
            migration(&project(), &role),
        );
        raw_sql(AssertSqlSafe(setup))
            .execute(&mut owner)
            .await
            .expect("the setup");
        raw_sql(AssertSqlSafe(format!("set search_path = {schema}")))
            .execute(&mut app)
            .await
            .expect("the search path");
        Self { owner, app, schema }
    }

    /// Runs a statement in a transaction of the tenant's; every value of its rows as one text. Nothing stays.
    async fn run(
        &mut self,
        tenant: &str,
        sql: &str,
        tenants: usize,
    ) -> Result<(String, String), sqlx::Error> {
        let begin = format!("begin; set local tenancy.tenant = '{tenant}'");
        raw_sql(AssertSqlSafe(begin)).execute(&mut self.app).await?;
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for _ in 0..tenants {
            query = query.bind(tenant.to_owned());
        }
        let seen = match query.fetch_all(&mut self.app).await {
            Ok(rows) => {
                let mut seen = String::new();
                for row in &rows {
                    for column in 0..row.len() {
                        seen += &match row.try_get::<Option<String>, _>(column) {
                            Ok(text) => text.unwrap_or_default(),
                            Err(_) => row
                                .try_get::<Vec<String>, _>(column)
                                .map(|texts| texts.join(" "))
                                .unwrap_or_default(),
                        };
                        seen.push(' ');
                    }
                }
                Ok(seen)
            }
            Err(error) => Err(error),
        };
        // What the other tenant would see of what was done.
        let after = match &seen {
            Ok(_) => {
                let other = if tenant == "acme" { "bolt" } else { "acme" };
                raw_sql(AssertSqlSafe(format!("set local tenancy.tenant = '{other}'")))
                    .execute(&mut self.app)
                    .await?;
                self.everything().await?
            }
            Err(_) => String::new(),
        };
        raw_sql("rollback").execute(&mut self.app).await?;
        seen.map(|seen| (seen, after))
    }

    async fn everything(&mut self) -> Result<String, sqlx::Error> {
        let mut all = String::new();
        for table in [
            "tenants", "orders", "projects", "items", "parts", "tags", "labels", "\"T q\"",
        ] {
            let sql = format!("select string_agg(t::text, ';' order by t::text) from {table} t");
            let rows: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&mut self.app)
                .await?;
            all += &format!("{table}: {}\n", rows.unwrap_or_default());
        }
        Ok(all)
    }

    /// What a tenant sees now.
    async fn view_of(&mut self, tenant: &str) -> Result<String, sqlx::Error> {
        raw_sql(AssertSqlSafe(format!(
            "begin; set local tenancy.tenant = '{tenant}'"
        )))
        .execute(&mut self.app)
        .await?;
        let seen = self.everything().await;
        raw_sql("rollback").execute(&mut self.app).await?;
        seen
    }

    async fn finish(mut self) -> Outcome {
        let drop = format!("drop schema {} cascade", self.schema);
        raw_sql(AssertSqlSafe(drop)).execute(&mut self.owner).await?;
        Ok(())
    }
}

/// The statement as it runs, and how often it binds the tenant.
fn proved(project: &Project, sql: &str) -> (String, usize) {
    match tenancy_prover::prove(project, sql) {
        Verdict::Proved(proved) => {
            assert!(proved.binds.iter().all(|bind| matches!(bind, Bind::Tenant(_))));
            (proved.sql, proved.binds.len())
        }
        Verdict::Refused(found) => panic!("{sql}: {found:?}"),
    }
}

/// Whoever owns the tables: with both tenants' rows there, a statement shows and changes only the one's.
#[tokio::test]
async fn the_policies_isolate_two_tenants() -> Outcome {
    let project = project();
    for owned in [false, true] {
        let mut server = Server::start(owned).await;
        for (tenant, other) in [("acme", "bolt"), ("bolt", "acme")] {
            let before = server.view_of(other).await?;
            assert!(before.contains(other) && !before.contains(tenant), "{before}");
            let mut texts = 0;
            for sql in STATEMENTS {
                let (text, tenants) = proved(&project, sql);
                let (seen, after) = server.run(tenant, &text, tenants).await?;
                assert!(!seen.contains(other), "{sql}: {seen}");
                assert_eq!(after, before, "{sql}");
                texts += usize::from(seen.contains(tenant));
            }
            assert!(texts > 15, "the statements show nothing");
        }
        server.finish().await?;
    }
    Ok(())
}

/// What would make or leave a row of another tenant's is an error.
#[tokio::test]
async fn the_policies_check_what_is_written() -> Outcome {
    let project = project();
    let mut server = Server::start(false).await;
    for sql in [
        "insert into orders (tenant_id, id) values ('bolt', 7)",
        "insert into orders (tenant_id, id) select 'bolt', id + 10 from orders",
        "update orders set tenant_id = 'bolt'",
        "update projects set tenant_id = null",
        "insert into items (id, project_id) values (99, 21)",
        "update items set project_id = 21",
        "update parts set item = 21",
        "insert into parts (id, item) values (99, 21)",
        "insert into labels (tag) values ('bolt tag')",
        "insert into \"T q\" (\"Ten ant\") values ('bolt')",
        "insert into projects (id, tenant_id) values (21, 'acme')",
        "merge into orders o using projects p on o.id = p.id when not matched then insert (tenant_id, id) values ('bolt', p.id)",
    ] {
        let (text, tenants) = proved(&project, sql);
        assert!(server.run("acme", &text, tenants).await.is_err(), "{sql}");
    }
    server.finish().await
}

/// Without a tenant (never set, or what a former transaction left of it) every statement that reads a row fails.
#[tokio::test]
async fn without_a_tenant_nothing_runs() -> Outcome {
    let mut server = Server::start(false).await;
    let statements = [
        "select id from orders",
        "select count(*) from items",
        "select name from tenants where id = 'acme'",
        "insert into orders values ('acme', 8, 'x')",
        "update orders set note = 'x'",
        "delete from projects where id = 11",
        "select * from by_int",
    ];
    let fill = format!("insert into {}.by_int values (1)", server.schema);
    raw_sql(AssertSqlSafe(fill)).execute(&mut server.owner).await?;
    for former in [false, true] {
        if former {
            server.run("acme", "select 1::text", 0).await?;
            let left: Option<String> = sqlx::query_scalar("select current_setting('tenancy.tenant', true)")
                .fetch_one(&mut server.app)
                .await?;
            assert_eq!(left.as_deref(), Some(""));
        }
        for sql in statements {
            let error = raw_sql(sql).execute(&mut server.app).await.expect_err(sql);
            assert!(
                error.to_string().contains("tenancy: no tenant is set"),
                "{sql}: {error}"
            );
        }
    }
    server.finish().await
}

/// The setting is read once a statement, not once a row, and not when the statement is planned.
#[tokio::test]
async fn the_setting_is_read_once() -> Outcome {
    let mut server = Server::start(false).await;
    let plan: Vec<String> = sqlx::query_scalar("explain (costs off) select id from orders")
        .fetch_all(&mut server.app)
        .await?;
    let plan = plan.join("\n");
    assert!(plan.contains("InitPlan 1 (returns $0)"), "{plan}");
    assert!(plan.contains("= $0") && !plan.contains("SubPlan"), "{plan}");
    server.finish().await
}

/// What the server prints of a policy is what the prover expects of it, for every type of tenant column.
#[tokio::test]
async fn the_server_prints_what_is_expected() -> Outcome {
    let mut server = Server::start(false).await;
    let (tables, _) = protections(&project());
    assert_eq!(tables.len(), 12);
    raw_sql("set search_path = ''").execute(&mut server.owner).await?;
    for table in tables {
        let expected = table
            .expected
            .deparsed
            .replace("public.", &format!("{}.", server.schema));
        let rows = sqlx::query(
            "select pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as check
               from pg_policy join pg_class c on c.oid = polrelid join pg_namespace n on n.oid = relnamespace
              where nspname = $1 and relname = $2 and relrowsecurity and relforcerowsecurity
                and polpermissive and polcmd = '*' and polname = 'tenancy'",
        )
        .bind(&server.schema)
        .bind(&table.expected.table.name)
        .fetch_all(&mut server.owner)
        .await?;
        assert_eq!(rows.len(), 1, "{}", table.expected.table.name);
        for column in ["using", "check"] {
            assert_eq!(rows[0].get::<String, _>(column), expected);
        }
    }
    server.finish().await
}

/// The view that the prover refuses does leak.
#[tokio::test]
async fn a_view_of_its_owner_goes_past_the_policies() -> Outcome {
    let project = project();
    let Verdict::Refused(found) = tenancy_prover::prove(&project, "select note from leaky") else {
        panic!("the view is not refused");
    };
    assert!(found.iter().all(|one| one.code == Code::UnprotectedTable));
    let mut server = Server::start(false).await;
    let (seen, _) = server.run("acme", "select note from leaky", 0).await?;
    assert!(seen.contains("bolt"), "{seen}");
    server.finish().await
}
