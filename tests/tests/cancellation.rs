//! N1, N2: work that is cancelled at any point leaves nothing on its connection.
//!
//! A pool of two connections; every round starts a transaction that writes a marker which is never committed, drops the
//! future at a random point, and then reads on both connections: whoever is handed a connection inside the open
//! transaction sees the marker.

mod shop;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::TryStreamExt;
use shop::{Outcome, acme, bolt, file};
use tenancy::__private as made;
use tenancy::{DbSettings, Driver, Query, Result, TenantDb, scope};

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
    /// A statement that is refused unless a transaction is open, if there is one that does nothing else.
    only_inside: Option<fn() -> Query<DB>>,
}

/// One of the ways to use a transaction. None of them commits the marker.
async fn use_transaction<DB: Driver>(db: &TenantDb<DB>, made: &Statements<DB>, way: u64) -> Result<()> {
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
        _ => {
            // Fails; dropped with the error.
            (made.insert)(99, "marker").execute(&mut tx).await?;
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
    for round in 0..total {
        let (way, polls, micros) = (dice.roll(5), 1 + dice.roll(24), 20 + dice.roll(1500));
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

const SQLITE: Statements<sqlx::Sqlite> = Statements {
    insert: shop::sqlite::insert,
    delete: shop::sqlite::delete,
    orders: shop::sqlite::orders,
    // There the locks tell.
    only_inside: None,
};

const POSTGRES: Statements<sqlx::Postgres> = Statements {
    insert: shop::postgres::insert,
    delete: shop::postgres::delete,
    orders: shop::postgres::orders,
    only_inside: Some(|| made::postgres::rows_write("savepoint probe")),
};

const MYSQL: Statements<sqlx::MySql> = Statements {
    insert: shop::mysql::insert,
    delete: shop::mysql::delete,
    orders: shop::mysql::orders,
    only_inside: None,
};

#[tokio::test]
async fn ten_thousand_aborts_on_sqlite() -> Outcome {
    let shop = file(DbSettings::new().max_connections(2)).await;
    rounds(&shop.db, &SQLITE, 10_000, 0x9e37_79b9_7f4a_7c15).await
}

#[tokio::test]
async fn two_thousand_aborts_on_postgres() -> Outcome {
    let db = shop::postgres(DbSettings::new().max_connections(2)).await;
    rounds(&db, &POSTGRES, 2_000, 0x2545_f491_4f6c_dd1d).await
}

#[tokio::test]
async fn two_thousand_aborts_on_mysql() -> Outcome {
    let db = shop::mysql(DbSettings::new().max_connections(2)).await;
    rounds(&db, &MYSQL, 2_000, 0x2545_f491_4f6c_dd1d).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aborts_side_by_side_on_postgres() -> Outcome {
    let db = shop::postgres(DbSettings::new().max_connections(2)).await;
    side_by_side(db, &POSTGRES).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aborts_side_by_side_on_mysql() -> Outcome {
    let db = shop::mysql(DbSettings::new().max_connections(2)).await;
    side_by_side(db, &MYSQL).await
}

/// The same with several tasks that want the two connections at once, so that what one drops another picks up.
async fn side_by_side<DB: Driver>(db: TenantDb<DB>, made: &'static Statements<DB>) -> Outcome {
    let tasks = (1..=4_u64).map(|seed| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut dice = Dice(seed << 32 | 0x9e37_79b9);
            for _ in 0..250 {
                let (way, polls, micros) = (dice.roll(5), 1 + dice.roll(24), 20 + dice.roll(3000));
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
        (SQLITE.insert)(99, "marker")
            .execute(&mut tx)
            .await
            .expect("writes");
        panic!("on purpose");
    }));
    assert!(panicked.await.is_err());
    assert_eq!(scope(acme(), count(&shop.db, &SQLITE)).await?, 2);
    Ok(())
}
