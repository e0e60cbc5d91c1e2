//! A shop with two tenants whose ids of orders collide, and a third as bystander.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::mysql::MySqlConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, MySql, Postgres, Sqlite};
use tenancy::{DbSettings, Isolation, Query, SchemaName, Tenant, TenantDb, TenantId};

pub(crate) const TENANTS: [&str; 3] = ["acme", "bolt", "calm"];

/// Anything that fails fails the test.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

pub(crate) fn tenant(id: &str) -> Tenant {
    Tenant::trusted(TenantId::parse(id).expect("a valid id"), "test")
}

pub(crate) fn acme() -> Tenant {
    tenant("acme")
}

pub(crate) fn bolt() -> Tenant {
    tenant("bolt")
}

const SCHEMA: &str = include_str!("../../dynamic/migrations/0001_shop.sql");
const MYSQL_SCHEMA: &str = include_str!("../../dynamic/mysql/migrations/0001_shop.sql");

fn seed() -> String {
    seeded(SCHEMA)
}

fn seeded(schema: &str) -> String {
    let mut sql = format!("{schema} insert into plans values (1, 'basic');");
    for tenant in TENANTS {
        sql += &format!("insert into tenants values ('{tenant}');");
        for id in 1..=2 {
            sql += &format!("insert into orders values ('{tenant}', {id}, '{tenant} {id}');");
        }
    }
    sql
}

/// A database in memory.
pub(crate) async fn memory() -> TenantDb<Sqlite> {
    let db = TenantDb::connect("sqlite::memory:")
        .await
        .expect("a database in memory");
    db.unscoped_pool("schema")
        .execute(AssertSqlSafe(seed()))
        .await
        .expect("the schema");
    db
}

/// A database in a file, which is removed with the handle.
pub(crate) struct FileDb {
    pub(crate) db: TenantDb<Sqlite>,
    pub(crate) options: SqliteConnectOptions,
    folder: PathBuf,
}

impl Drop for FileDb {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) async fn file(settings: DbSettings) -> FileDb {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("tenancy-test-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let options = SqliteConnectOptions::new()
        .filename(folder.join("shop.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let db = TenantDb::connect_with(options.clone(), settings)
        .await
        .expect("a database file");
    db.unscoped_pool("schema")
        .execute(AssertSqlSafe(seed()))
        .await
        .expect("the schema");
    FileDb { db, options, folder }
}

/// The address of a PostgreSQL database in which the tests may create schemas; its role must not be a superuser.
pub(crate) fn postgres_url() -> String {
    std::env::var("TENANCY_TEST_POSTGRES_URL")
        .expect("no PostgreSQL to test on (TENANCY_TEST_POSTGRES_URL is not set): run `cargo xtask test`")
}

/// A shop in a schema of its own.
pub(crate) async fn postgres(settings: DbSettings) -> TenantDb<Postgres> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("shop_{}_{number}", std::process::id());
    let options: sqlx::postgres::PgConnectOptions = postgres_url().parse().expect("a URL");
    let options = options
        .options([("search_path", schema.as_str())])
        .application_name(&schema);
    let db = TenantDb::connect_with(options, settings)
        .await
        .expect("a PostgreSQL server");
    let setup = format!("create schema {schema}; {}", seed());
    db.unscoped_pool("schema")
        .execute(AssertSqlSafe(setup))
        .await
        .expect("the schema");
    let superuser: bool =
        sqlx::query_scalar("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
            .fetch_one(db.unscoped_pool("posture"))
            .await
            .expect("the role");
    assert!(!superuser, "these tests prove nothing as a superuser");
    db
}

/// A database of its own on MariaDB, to which the application's account has access.
pub(crate) async fn mysql_database(name: &str) -> MySqlConnectOptions {
    let url = |name| {
        std::env::var(name)
            .unwrap_or_else(|_| panic!("no MariaDB to test on ({name} is not set): run `cargo xtask test`"))
    };
    let application: MySqlConnectOptions = url("TENANCY_TEST_MYSQL_URL").parse().expect("a URL");
    let account: String = sqlx::query_scalar("select current_user()")
        .fetch_one(&mut application.connect().await.expect("a MariaDB server"))
        .await
        .expect("the account");
    let account = account.replacen('@', "'@'", 1);
    let admin: MySqlConnectOptions = url("TENANCY_TEST_MYSQL_ADMIN_URL").parse().expect("a URL");
    let mut admin = admin.connect().await.expect("a MariaDB server");
    let setup = format!(
        "create database `{name}` character set utf8mb4 collate utf8mb4_bin; \
         grant all on `{name}`.* to '{account}'"
    );
    admin.execute(AssertSqlSafe(setup)).await.expect("a database");
    admin.close().await.expect("closes");
    application.database(name)
}

/// A shop in a database of its own on MariaDB.
pub(crate) async fn mysql_options() -> MySqlConnectOptions {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let options = mysql_database(&format!("shop_{}_{number}", std::process::id())).await;
    let mut connection = options.connect().await.expect("a MariaDB server");
    connection
        .execute(AssertSqlSafe(seeded(MYSQL_SCHEMA)))
        .await
        .expect("the schema");
    connection.close().await.expect("closes");
    options
}

/// The same, opened.
pub(crate) async fn mysql(settings: DbSettings) -> TenantDb<MySql> {
    TenantDb::connect_with(mysql_options().await, settings)
        .await
        .expect("a MariaDB server")
}

/// The canonical policy of `orders`.
const POLICY: &str = "
    alter table orders enable row level security;
    alter table orders force row level security;
    create policy tenancy on orders
        using (tenant_id = (select coalesce(nullif(current_setting('tenancy.tenant', true), ''), concat('tenancy: no tenant is set')::int::text)))
        with check (tenant_id = (select coalesce(nullif(current_setting('tenancy.tenant', true), ''), concat('tenancy: no tenant is set')::int::text)));
";

const ORDERS: &str = "create table orders (tenant_id text not null, id bigint not null, note text not null, primary key (tenant_id, id));";

/// A name that no other test has.
pub(crate) fn fresh(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{prefix}_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

fn options() -> sqlx::postgres::PgConnectOptions {
    postgres_url().parse().expect("a URL")
}

/// Two orders of each tenant behind the policy, in a schema of its own.
pub(crate) async fn rls(settings: DbSettings) -> TenantDb<Postgres> {
    let schema = fresh("rls");
    let db = TenantDb::builder(Isolation::Rls)
        .shared(options().options([("search_path", schema.as_str())]))
        .settings(settings)
        .connect()
        .await
        .expect("a PostgreSQL server");
    let mut setup = format!("create schema {schema}; {ORDERS}");
    for tenant in TENANTS {
        for id in 1..=2 {
            setup += &format!("insert into orders values ('{tenant}', {id}, '{tenant} {id}');");
        }
    }
    setup += POLICY;
    db.unscoped_pool("schema")
        .execute(AssertSqlSafe(setup))
        .await
        .expect("the schema");
    db
}

/// A schema for each of two tenants, whose names no other test has.
pub(crate) async fn schemas(settings: DbSettings) -> (TenantDb<Postgres>, [Tenant; 2]) {
    let db = TenantDb::builder(Isolation::Schema)
        .shared(options())
        .settings(settings)
        .connect()
        .await
        .expect("a PostgreSQL server");
    let tenants = ["a", "b"].map(|one| tenant(&fresh(one)));
    for tenant in &tenants {
        let id = tenant.id();
        let schema = SchemaName::of(id).expect("a name");
        let setup = format!(
            "create schema \"{schema}\"; create table \"{schema}\".orders (id bigint primary key, note text not null);
             insert into \"{schema}\".orders values (1, '{id} 1'), (2, '{id} 2');"
        );
        db.unscoped_pool("schema")
            .execute(AssertSqlSafe(setup))
            .await
            .expect("the schema");
    }
    (db, tenants)
}

/// What the macros make of `select id, note from orders where tenant_id = $tenant order by id`, and so on.
pub(crate) mod sqlite {
    use super::{Query, Sqlite};
    use tenancy::__private::sqlite as made;

    pub(crate) fn orders() -> Query<Sqlite> {
        let mut query = made::rows_read("select id, note from orders where tenant_id = ?1 order by id");
        query.bind_tenant_text();
        query
    }

    pub(crate) fn insert(id: i64, note: &str) -> Query<Sqlite> {
        let mut query = made::rows_write("insert into orders (tenant_id, id, note) values (?1, ?2, ?3)");
        query.bind_tenant_text();
        query.bind(&id);
        query.bind(&note);
        query
    }

    pub(crate) fn delete(id: i64) -> Query<Sqlite> {
        let mut query = made::rows_write("delete from orders where tenant_id = ?1 and id = ?2");
        query.bind_tenant_text();
        query.bind(&id);
        query
    }

    /// A statement that fails as soon as it reaches the database.
    pub(crate) fn unsendable() -> Query<Sqlite> {
        made::rows_write("this is no sql")
    }

    pub(crate) fn all_orders() -> Query<Sqlite> {
        made::central_query("select count(*) from orders")
    }
}

/// The same for PostgreSQL.
pub(crate) mod postgres {
    use super::{Postgres, Query};
    use tenancy::__private::postgres as made;

    pub(crate) fn orders() -> Query<Postgres> {
        let mut query = made::rows_read("select id, note from orders where tenant_id = $1 order by id");
        query.bind_tenant_text();
        query
    }

    pub(crate) fn insert(id: i64, note: &str) -> Query<Postgres> {
        let mut query = made::rows_write("insert into orders (tenant_id, id, note) values ($1, $2, $3)");
        query.bind_tenant_text();
        query.bind(&id);
        query.bind(&note);
        query
    }

    pub(crate) fn delete(id: i64) -> Query<Postgres> {
        let mut query = made::rows_write("delete from orders where tenant_id = $1 and id = $2");
        query.bind_tenant_text();
        query.bind(&id);
        query
    }

    pub(crate) fn all_orders() -> Query<Postgres> {
        made::central_query("select count(*) from orders")
    }
}

/// The same for MySQL.
pub(crate) mod mysql {
    use super::{MySql, Query};
    use tenancy::__private::mysql as made;

    pub(crate) fn orders() -> Query<MySql> {
        let mut query = made::rows_read("select id, note from orders where tenant_id = ? order by id");
        query.bind_tenant_text();
        query
    }

    pub(crate) fn insert(id: i64, note: &str) -> Query<MySql> {
        let mut query = made::rows_write("insert into orders (tenant_id, id, note) values (?, ?, ?)");
        query.bind_tenant_text();
        query.bind(&id);
        query.bind(&note);
        query
    }

    pub(crate) fn delete(id: i64) -> Query<MySql> {
        let mut query = made::rows_write("delete from orders where tenant_id = ? and id = ?");
        query.bind_tenant_text();
        query.bind(&id);
        query
    }

    pub(crate) fn update(id: i64, note: &str) -> Query<MySql> {
        let mut query = made::rows_write("update orders set note = ? where tenant_id = ? and id = ?");
        query.bind(&note);
        query.bind_tenant_text();
        query.bind(&id);
        query
    }

    pub(crate) fn all_orders() -> Query<MySql> {
        made::central_query("select count(*) from orders")
    }
}
