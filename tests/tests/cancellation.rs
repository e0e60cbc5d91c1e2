//! N1, N2: work that is cancelled at any point leaves nothing on its connection.
//!
//! A pool of two connections; every round starts a transaction that writes a marker which is never committed, drops the
//! future at a random point, and then reads on both connections: whoever is handed a connection inside the open
//! transaction sees the marker.

mod shop;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::TryStreamExt;
use shop::{Outcome, acme, bolt, file};
use tenancy::__private as made;
use tenancy::{DbSettings, Driver, Isolation, Query, Result, TenantDb, scope};

/// A small generator, so that a failing round can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Drops `future` after it was polled `polls` times, or after `micros`. True if it had finished.
async fn abort<F: Future>(future: F, polls: u64, micros: u64) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    let aborted = poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(cx).map(|_| true)
    });
    tokio::time::timeout(Duration::from_micros(micros), aborted)
        .await
        .unwrap_or(false)
}

/// The statements of a round in one dialect.
struct Statements<DB: Driver> {
    insert: fn(i64, &str) -> Query<DB>,
    delete: fn(i64) -> Query<DB>,
    orders: fn() -> Query<DB>,
    /// A write that leaves things as they are.
    touch: fn() -> Query<DB>,
    tenants: [tenancy::Tenant; 2],
    /// A statement that is refused unless a transaction is open, if there is one that does nothing else.
    only_inside: Option<fn() -> Query<DB>>,
}

/// How many ways there are.
const WAYS: u64 = 9;

/// One of the ways to work, most of them in a transaction. None of them commits the marker.
async fn use_transaction<DB: Driver>(db: &TenantDb<DB>, made: &Statements<DB>, way: u64) -> Result<()> {
    if way == 7 {
        (made.touch)().execute(db).await?;
        return Ok(());
    }
    if way == 8 {
        (made.orders)().fetch(db).try_next().await?;
        (made.orders)().fetch_optional(db).await?;
        return Ok(());
    }
    let mut tx = db.begin().await?;
    (made.insert)(99, "marker").execute(&mut tx).await?;
    match way {
        0 => drop(tx),
        1 => tx.rollback().await?,
        2 => {
            (made.orders)().fetch_all(&mut tx).await?;
            (made.delete)(99).execute(&mut tx).await?;
            tx.commit().await?;
        }
        3 => {
            (made.orders)().fetch(&mut tx).try_next().await?;
            (made.delete)(99).execute(&mut tx).await?;
            tx.commit().await?;
        }
        4 => {
            // Fails; dropped with the error.
            (made.insert)(99, "marker").execute(&mut tx).await?;
        }
        5 => {
            let mut inner = tx.savepoint().await?;
            (made.insert)(98, "marker").execute(&mut inner).await?;
            inner.rollback().await?;
            (made.delete)(99).execute(&mut tx).await?;
            tx.commit().await?;
        }
        _ => {
            let mut inner = tx.savepoint().await?;
            (made.delete)(99).execute(&mut inner).await?;
            inner.commit().await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// How many orders a tenant finds, on connections that must be at rest.
async fn count<DB: Driver>(db: &TenantDb<DB>, made: &Statements<DB>) -> Result<usize> {
    if let Some(only_inside) = made.only_inside {
        let inside = only_inside().execute(db).await;
        assert!(
            inside.is_err(),
            "a connection was handed out inside a transaction"
        );
    }
    Ok((made.orders)().fetch_all(db).await?.len())
}

async fn rounds<DB: Driver>(db: &TenantDb<DB>, made: &Statements<DB>, total: u64, seed: u64) -> Outcome {
    let mut dice = Dice(seed);
    let mut finished = 0;
    let [acme, bolt] = &made.tenants;
    let (acme, bolt) = (|| acme.clone(), || bolt.clone());
    for round in 0..total {
        let (way, polls, micros) = (dice.roll(WAYS), 1 + dice.roll(24), 20 + dice.roll(1500));
        let work = scope(acme(), use_transaction(db, made, way));
        if abort(work, polls, micros).await {
            finished += 1;
        }
        let both = scope(bolt(), async { tokio::join!(count(db, made), count(db, made)) });
        let own = scope(acme(), async { tokio::join!(count(db, made), count(db, made)) });
        let ((a, b), (c, d)) = (both.await, own.await);
        let seen = [a?, b?, c?, d?];
        assert_eq!(
            seen, [2; 4],
            "round {round} of seed {seed}: way {way}, {polls} polls, {micros} us"
        );
        if round % 50 == 0 {
            // Nobody holds a lock, and a commit still commits.
            scope(bolt(), async {
                let mut tx = db.begin().await?;
                (made.insert)(50, "kept").execute(&mut tx).await?;
                tx.commit().await?;
                assert_eq!(count(db, made).await?, 3);
                (made.delete)(50).execute(db).await
            })
            .await?;
        }
    }
    // Some rounds were cut off and some were not, or the test aims past its mark.
    assert!(
        finished > total / 50 && finished < total - total / 50,
        "{finished} of {total} finished"
    );
    Ok(())
}

fn sqlite() -> Statements<sqlx::Sqlite> {
    Statements {
        insert: shop::sqlite::insert,
        delete: shop::sqlite::delete,
        orders: shop::sqlite::orders,
        touch: || {
            let mut query = made::sqlite::rows_write("update orders set note = note where tenant_id = ?1");
            query.bind_tenant_text();
            query
        },
        tenants: [acme(), bolt()],
        // There the locks tell.
        only_inside: None,
    }
}

fn postgres() -> Statements<sqlx::Postgres> {
    Statements {
        insert: shop::postgres::insert,
        delete: shop::postgres::delete,
        orders: shop::postgres::orders,
        touch: || {
            let mut query = made::postgres::rows_write("update orders set note = note where tenant_id = $1");
            query.bind_tenant_text();
            query
        },
        tenants: [acme(), bolt()],
        only_inside: Some(|| made::postgres::rows_write("savepoint probe")),
    }
}

/// Statements that name no tenant.
fn of_context(isolation: Isolation, tenants: [tenancy::Tenant; 2]) -> Statements<sqlx::Postgres> {
    fn bound(mut query: Query<sqlx::Postgres>, id: i64, note: &str) -> Query<sqlx::Postgres> {
        query.bind(&id);
        query.bind(&note);
        query
    }
    fn deleted(mut query: Query<sqlx::Postgres>, id: i64) -> Query<sqlx::Postgres> {
        query.bind(&id);
        query
    }
    const DELETE: &str = "delete from orders where id = $1";
    const ORDERS: &str = "select id, note from orders order by id";
    const TOUCH: &str = "update orders set note = note";
    if isolation == Isolation::Rls {
        Statements {
            insert: |id, note| {
                let sql = "insert into orders (tenant_id, id, note) values (current_setting('tenancy.tenant'), $1, $2)";
                bound(made::postgres::rls_write(sql), id, note)
            },
            delete: |id| deleted(made::postgres::rls_write(DELETE), id),
            orders: || made::postgres::rls_read(ORDERS),
            touch: || made::postgres::rls_write(TOUCH),
            tenants,
            only_inside: None,
        }
    } else {
        Statements {
            insert: |id, note| {
                let sql = "insert into orders (id, note) values ($1, $2)";
                bound(made::postgres::schema_write(sql), id, note)
            },
            delete: |id| deleted(made::postgres::schema_write(DELETE), id),
            orders: || made::postgres::schema_read(ORDERS),
            touch: || made::postgres::schema_write(TOUCH),
            tenants,
            only_inside: None,
        }
    }
}

/// How many aborts of `usual`: `TENANCY_TEST_ABORTS` asks for another number.
fn aborts(usual: u64) -> u64 {
    let asked = std::env::var("TENANCY_TEST_ABORTS").ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(usual)
}

fn mysql() -> Statements<sqlx::MySql> {
    Statements {
        insert: shop::mysql::insert,
        delete: shop::mysql::delete,
        orders: shop::mysql::orders,
        touch: || {
            let mut query = made::mysql::rows_write("update orders set note = note where tenant_id = ?");
            query.bind_tenant_text();
            query
        },
        tenants: [acme(), bolt()],
        only_inside: None,
    }
}

#[tokio::test]
async fn ten_thousand_aborts_on_sqlite() -> Outcome {
    let shop = file(DbSettings::new().max_connections(2)).await;
    rounds(&shop.db, &sqlite(), aborts(10_000), 0x9e37_79b9_7f4a_7c15).await
}

#[tokio::test]
async fn two_thousand_aborts_on_postgres() -> Outcome {
    let db = shop::postgres(DbSettings::new().max_connections(2)).await;
    rounds(&db, &postgres(), aborts(2_000), 0x2545_f491_4f6c_dd1d).await
}

#[tokio::test]
async fn aborts_behind_row_level_security() -> Outcome {
    let db = shop::rls(DbSettings::new().max_connections(2)).await;
    let made = of_context(Isolation::Rls, [acme(), bolt()]);
    rounds(&db, &made, aborts(1_000), 0x9e37_79b9_0bad_cafe).await
}

#[tokio::test]
async fn aborts_in_schemas() -> Outcome {
    let (db, tenants) = shop::schemas(DbSettings::new().max_connections(2)).await;
    let made = of_context(Isolation::Schema, tenants);
    rounds(&db, &made, aborts(1_000), 0x2545_f491_0bad_cafe).await
}

#[tokio::test]
async fn two_thousand_aborts_on_mysql() -> Outcome {
    let db = shop::mysql(DbSettings::new().max_connections(2)).await;
    rounds(&db, &mysql(), aborts(2_000), 0x2545_f491_4f6c_dd1d).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aborts_side_by_side_on_postgres() -> Outcome {
    let db = shop::postgres(DbSettings::new().max_connections(2)).await;
    side_by_side(db, postgres()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aborts_side_by_side_on_mysql() -> Outcome {
    let db = shop::mysql(DbSettings::new().max_connections(2)).await;
    side_by_side(db, mysql()).await
}

/// The same with several tasks that want the two connections at once, so that what one drops another picks up.
async fn side_by_side<DB: Driver>(db: TenantDb<DB>, made: Statements<DB>) -> Outcome {
    let made = Arc::new(made);
    let tasks = (1..=4_u64).map(|seed| {
        let (db, made) = (db.clone(), Arc::clone(&made));
        tokio::spawn(async move {
            let made = &*made;
            let mut dice = Dice(seed << 32 | 0x9e37_79b9);
            for _ in 0..250 {
                let (way, polls, micros) = (dice.roll(WAYS), 1 + dice.roll(24), 20 + dice.roll(3000));
                abort(scope(acme(), use_transaction(&db, made, way)), polls, micros).await;
                let seen = scope(bolt(), count(&db, made)).await?;
                let own = scope(acme(), count(&db, made)).await?;
                assert_eq!(
                    (seen, own),
                    (2, 2),
                    "seed {seed}: way {way}, {polls} polls, {micros} us"
                );
            }
            Ok::<_, tenancy::Error>(())
        })
    });
    for task in futures_util::future::join_all(tasks).await {
        task??;
    }
    Ok(())
}

/// A panic in the middle of a transaction.
#[tokio::test]
async fn a_panic_in_a_transaction() -> Outcome {
    let shop = file(DbSettings::new().max_connections(1)).await;
    let db = shop.db.clone();
    let panicked = tokio::spawn(scope(acme(), async move {
        let mut tx = db.begin().await.expect("begins");
        (sqlite().insert)(99, "marker")
            .execute(&mut tx)
            .await
            .expect("writes");
        panic!("on purpose");
    }));
    assert!(panicked.await.is_err());
    assert_eq!(scope(acme(), count(&shop.db, &sqlite())).await?, 2);
    Ok(())
}
