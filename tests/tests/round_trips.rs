//! How often a piece of work waits for PostgreSQL, counted on the wire by a proxy, beside the same work on bare sqlx.
//!
//! A round trip is a message to the server that is sent after its last answer. What a connection does on its way back to the
//! pool happens behind the caller's back and is not counted.

mod shop;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use shop::{Outcome, acme, postgres_url};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, Pool, Postgres};
use tenancy::__private::postgres as made;
use tenancy::{DbSettings, Isolation, SchemaName, TenantDb, scope};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Stands between a client and the server, and counts.
struct Proxy {
    options: PgConnectOptions,
    trips: Arc<AtomicU32>,
}

impl Proxy {
    async fn start() -> std::io::Result<Self> {
        let options: PgConnectOptions = postgres_url().parse().expect("a URL");
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let server = (options.get_host().to_owned(), options.get_port());
        let trips = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&trips);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, counter) = (server.clone(), Arc::clone(&counter));
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(server).await else {
                        return;
                    };
                    pass(client, server, counter).await;
                });
            }
        });
        let options = options
            .host("127.0.0.1")
            .port(port)
            .ssl_mode(sqlx::postgres::PgSslMode::Disable);
        Ok(Self { options, trips })
    }

    /// The round trips of `work`, once everything before it has settled.
    async fn count<T>(&self, work: impl Future<Output = T>) -> (u32, T) {
        tokio::time::sleep(Duration::from_millis(40)).await;
        let before = self.trips.load(Ordering::SeqCst);
        let value = work.await;
        (self.trips.load(Ordering::SeqCst) - before, value)
    }
}

async fn pass(client: TcpStream, server: TcpStream, trips: Arc<AtomicU32>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    // True while the server has the word.
    let asked = Arc::new(AtomicBool::new(false));
    let answered = Arc::clone(&asked);
    let there = tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            if !asked.swap(true, Ordering::SeqCst) {
                trips.fetch_add(1, Ordering::SeqCst);
            }
            if to_server.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
        answered.store(false, Ordering::SeqCst);
        if to_client.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    there.abort();
}

const READ: &str = "select id, note from orders where id = 1";
const WRITE: &str = "update orders set note = 'x' where id = 1";

/// A bare pool that does not ask a connection whether it lives before it hands it out.
async fn bare(proxy: &Proxy) -> Result<Pool<Postgres>, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect_with(proxy.options.clone())
        .await
}

async fn bare_transaction(pool: &Pool<Postgres>, sql: &'static str) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    tx.execute(sqlx::query(sql)).await?;
    tx.commit().await
}

async fn transaction(db: &TenantDb<Postgres>, query: tenancy::Query<Postgres>) -> tenancy::Result<()> {
    let mut tx = db.begin().await?;
    query.execute(&mut tx).await?;
    tx.commit().await
}

#[tokio::test]
async fn no_more_than_bare_sqlx_plus_the_context() -> Outcome {
    let proxy = Proxy::start().await?;
    let schema = SchemaName::of(acme().id())?;
    let setup = format!(
        "create schema if not exists \"{schema}\";
         create table if not exists \"{schema}\".orders (tenant_id text not null default 'acme', id int primary key, note text not null);
         insert into \"{schema}\".orders (id, note) values (1, 'one') on conflict do nothing;"
    );
    let path = format!("\"{schema}\"");
    let plain = Proxy {
        options: proxy.options.clone().options([("search_path", path.as_str())]),
        trips: Arc::clone(&proxy.trips),
    };
    let pool = bare(&plain).await?;
    pool.execute(AssertSqlSafe(setup)).await?;
    // Prepared once.
    for sql in [READ, WRITE] {
        sqlx::query(sql).execute(&pool).await?;
    }
    let (read, done) = proxy.count(sqlx::query(READ).fetch_all(&pool)).await;
    assert_eq!((read, done?.len()), (1, 1));
    let (bare_tx, done) = proxy.count(bare_transaction(&pool, WRITE)).await;
    done?;
    assert_eq!(bare_tx, 3, "begin, statement, commit");

    type Start = fn(&'static str) -> tenancy::Query<Postgres>;
    let cells: [(Isolation, Start, Start, [u32; 3]); 3] = [
        (Isolation::Rows, made::rows_read, made::rows_write, [1, 1, 3]),
        (Isolation::Rls, made::rls_read, made::rls_write, [2, 3, 3]),
        (
            Isolation::Schema,
            made::schema_read,
            made::schema_write,
            [2, 3, 3],
        ),
    ];
    for (isolation, to_read, to_write, expected) in cells {
        let db = TenantDb::builder(isolation)
            .shared(plain.options.clone())
            .settings(DbSettings::new().max_connections(1))
            .connect()
            .await?;
        let counted = scope(acme(), async {
            // Prepared once.
            to_read(READ).fetch_all(&db).await?;
            to_write(WRITE).execute(&db).await?;
            let (read, done) = proxy.count(to_read(READ).fetch_all(&db)).await;
            assert_eq!(done?.len(), 1);
            let (write, done) = proxy.count(to_write(WRITE).execute(&db)).await;
            done?;
            let (tx, done) = proxy.count(transaction(&db, to_write(WRITE))).await;
            done?;
            Ok::<_, tenancy::Error>([read, write, tx])
        })
        .await?;
        assert_eq!(counted, expected, "{isolation}: a read, a write, a transaction");
    }
    Ok(())
}
