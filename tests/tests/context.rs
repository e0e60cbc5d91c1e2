//! The scope: who is in it, who is not, and that nothing is sent without it.

mod shop;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use shop::sqlite::{all_orders, insert, orders, unsendable};
use shop::{Outcome, TENANTS, acme, bolt, memory, tenant};
use tenancy::TenantContextError as Refused;
use tenancy::{Error, InTenant, TenantContextError, TenantId};
use tenancy::{central, current, scope, spawn, spawn_blocking};

fn id(text: &str) -> TenantId {
    TenantId::parse(text).expect("a valid id")
}

fn who() -> Result<String, Refused> {
    current().map(|tenant| tenant.id().to_string())
}

/// The refusal in a result that must be one.
fn refused<T>(result: Result<T, Error>) -> TenantContextError {
    match result {
        Err(Error::Context(error)) => error,
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// X1: no scope, and the scope is over. `unsendable` would fail in the database, so nothing was sent.
#[tokio::test]
async fn without_a_scope_nothing_is_sent() {
    let db = memory().await;
    assert_eq!(refused(unsendable().execute(&db).await), Refused::NoTenant);
    assert_eq!(refused(unsendable().fetch_all(&db).await), Refused::NoTenant);
    assert_eq!(refused(unsendable().fetch_one(&db).await), Refused::NoTenant);
    assert_eq!(refused(unsendable().fetch_optional(&db).await), Refused::NoTenant);
    assert_eq!(
        refused(unsendable().fetch(&db).try_next().await),
        Refused::NoTenant
    );
    assert_eq!(refused(db.begin().await), Refused::NoTenant);
    let sent = scope(acme(), unsendable_now(&db)).await;
    assert!(
        matches!(sent, Err(Error::Database(_))),
        "inside the scope it is sent"
    );
    assert_eq!(refused(unsendable_now(&db).await), Refused::NoTenant);
}

async fn unsendable_now(db: &tenancy::TenantDb<sqlx::Sqlite>) -> tenancy::Result<()> {
    unsendable().execute(db).await.map(drop)
}

/// X1: a query built in one place and driven in another.
#[tokio::test]
async fn a_query_runs_only_in_the_scope_it_was_built_in() {
    let db = memory().await;
    let built_for_acme = || scope(acme(), async { orders() });

    let query = built_for_acme().await;
    let mismatch = Refused::Mismatch {
        built_for: id("acme"),
        current: id("bolt"),
    };
    assert_eq!(refused(scope(bolt(), query.fetch_all(&db)).await), mismatch);

    let query = built_for_acme().await;
    assert_eq!(refused(query.fetch_all(&db).await), Refused::NoTenant);

    let query = built_for_acme().await;
    assert_eq!(
        refused(central("report", query.fetch_all(&db)).await),
        Refused::Central { reason: "report" }
    );

    let built_outside = orders();
    assert_eq!(
        refused(scope(acme(), built_outside.fetch_all(&db)).await),
        Refused::NoTenant
    );

    let query = built_for_acme().await;
    assert_eq!(
        scope(acme(), query.fetch_all(&db))
            .await
            .expect("its own scope")
            .len(),
        2
    );
}

/// X1: a future that was begun as one tenant and is shared with another.
#[tokio::test]
#[expect(
    clippy::async_yields_async,
    reason = "the future leaves the scope before it is polled"
)]
async fn a_shared_future_is_refused_to_another_tenant() {
    let db = memory().await;
    let future = scope(acme(), async {
        let db = db.clone();
        async move {
            let rows = orders().fetch_all(&db);
            rows.await
                .map(|rows| rows.len())
                .map_err(|error| error.to_string())
        }
        .boxed()
        .shared()
    })
    .await;
    // Begun as acme, carried on as bolt, which sees bolt's scope.
    {
        let mut begun = pin!(scope(acme(), future.clone()));
        assert!(poll_once(begun.as_mut()).is_pending());
    }
    let outcome = scope(bolt(), future).await;
    assert!(outcome.is_err_and(|message| message.contains("`acme`") && message.contains("`bolt`")));
}

/// X1: what runs elsewhere has no tenant unless a helper gave it one.
#[tokio::test(flavor = "multi_thread")]
async fn tasks_and_threads() -> Outcome {
    scope(acme(), async {
        assert_eq!(tokio::spawn(async { who() }).await?, Err(Refused::NoTenant));
        assert_eq!(spawn(async { who() }).await?, Ok("acme".to_owned()));
        assert_eq!(tokio::task::spawn_blocking(who).await?, Err(Refused::NoTenant));
        assert_eq!(spawn_blocking(who).await?, Ok("acme".to_owned()));
        assert_eq!(
            std::thread::spawn(who).join().map_err(|_| "panicked")?,
            Err(Refused::NoTenant)
        );
        let mut set = tokio::task::JoinSet::new();
        set.spawn(async { who() });
        set.spawn(async { who() }.in_current_tenant());
        let mut seen = set.join_all().await;
        seen.sort_by_key(Result::is_ok);
        assert_eq!(seen, [Err(Refused::NoTenant), Ok("acme".to_owned())]);
        let kept = tokio::join!(async { who() }, async {
            tokio::task::yield_now().await;
            who()
        });
        assert_eq!(kept, (Ok("acme".to_owned()), Ok("acme".to_owned())));
        let timed = tokio::time::timeout(Duration::from_secs(5), async { who() }).await?;
        assert_eq!(timed, Ok("acme".to_owned()));
        Ok(())
    })
    .await
}

/// X1: a task spawned without the helper reaches nothing, with it reaches its tenant's rows.
#[tokio::test(flavor = "multi_thread")]
async fn a_spawned_query_fails_closed() -> Outcome {
    let db = memory().await;
    scope(acme(), async {
        let (forgetful, careful) = (db.clone(), db.clone());
        let lost = tokio::spawn(async move { orders().fetch_all(&forgetful).await }).await?;
        assert_eq!(refused(lost), Refused::NoTenant);
        let kept = spawn(async move { orders().fetch_all(&careful).await }).await??;
        assert_eq!(kept.len(), 2);
        // Built inside, sent outside.
        let built = orders();
        let db = db.clone();
        let lost = tokio::spawn(async move { built.fetch_all(&db).await }).await?;
        assert_eq!(refused(lost), Refused::NoTenant);
        Ok(())
    })
    .await
}

/// X1: two tenants in one `join!`, many times switched between at every await.
#[tokio::test]
async fn tenants_side_by_side() {
    let db = memory().await;
    let work = |name: &'static str| {
        let db = db.clone();
        async move {
            for _ in 0..50 {
                let rows = orders()
                    .typed::<(i64, String)>()
                    .fetch_all(&db)
                    .await
                    .expect("rows");
                assert!(rows.len() == 2 && rows.iter().all(|(_, note)| note.starts_with(name)));
                assert_eq!(who(), Ok(name.to_owned()));
                tokio::task::yield_now().await;
            }
        }
        .in_tenant(tenant(name))
    };
    tokio::join!(work(TENANTS[0]), work(TENANTS[1]), work(TENANTS[2]));
    assert_eq!(who(), Err(Refused::NoTenant));
}

/// X1: the scope of another tenant inside a scope.
#[tokio::test]
async fn another_tenant_inside_a_scope_is_refused() {
    let db = memory().await;
    scope(acme(), async {
        let nested = Refused::Nested {
            outer: id("acme"),
            inner: id("bolt"),
        };
        assert_eq!(refused(scope(bolt(), unsendable_now(&db)).await), nested);
        // Made outside of the scope, driven inside.
        assert_eq!(refused(scope(bolt(), async { db.begin().await }).await), nested);
        // The same tenant is no other.
        assert_eq!(
            scope(acme(), async { orders().fetch_all(&db).await })
                .await
                .expect("rows")
                .len(),
            2
        );
        // And the way back does not lead around it.
        assert_eq!(scope(bolt(), scope(acme(), async { who() })).await, Err(nested));
        assert_eq!(who(), Ok("acme".to_owned()));
    })
    .await;
}

/// X1: a scope made outside is compared with where it is polled, at every poll.
#[tokio::test]
async fn nesting_is_decided_where_the_future_is_polled() {
    let mut wandering = pin!(scope(bolt(), async {
        tokio::task::yield_now().await;
        who()
    }));
    assert!(poll_once(wandering.as_mut()).is_pending());
    let inside = scope(acme(), wandering).await;
    assert!(matches!(inside, Err(Refused::Nested { .. })));
}

/// X1: a future without a tenant does not pick one up later.
#[tokio::test]
async fn no_tenant_is_captured_too() {
    let lost = async { who() }.in_current_tenant();
    assert_eq!(scope(acme(), lost).await, Err(Refused::NoTenant));
}

/// X1: a panic ends the scope.
#[tokio::test]
async fn a_panic_in_a_scope() {
    let panicking = std::panic::AssertUnwindSafe(scope(acme(), async {
        tokio::task::yield_now().await;
        panic!("on purpose");
    }));
    assert!(panicking.catch_unwind().await.is_err());
    assert_eq!(who(), Err(Refused::NoTenant));
}

/// What a future holds is dropped in its scope, and the scope outside is untouched.
#[tokio::test]
async fn dropping_happens_in_the_scope() {
    struct AsksOnDrop(std::sync::mpsc::Sender<Result<String, Refused>>);
    impl Drop for AsksOnDrop {
        fn drop(&mut self) {
            let _ = self.0.send(who());
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let held = AsksOnDrop(sender);
    let mut future = Box::pin(scope(acme(), async move {
        let _held = held;
        std::future::pending::<()>().await;
    }));
    assert!(poll_once(future.as_mut()).is_pending());
    drop(future);
    assert_eq!(receiver.recv(), Ok(Ok("acme".to_owned())));
    assert_eq!(who(), Err(Refused::NoTenant));
}

/// X1: a stream keeps the tenant that it began with, outside of every scope too, and never begins in another's.
#[tokio::test]
async fn streams() -> Outcome {
    let db = memory().await;
    let stream = || scope(acme(), async { orders().typed::<(i64, String)>().fetch(&db) });

    let rows: Vec<_> = stream().await.try_collect().await?;
    assert_eq!(rows, [(1, "acme 1".to_owned()), (2, "acme 2".to_owned())]);

    let begun_elsewhere = stream().await;
    let mismatch = Refused::Mismatch {
        built_for: id("acme"),
        current: id("bolt"),
    };
    assert_eq!(
        refused(scope(bolt(), begun_elsewhere.try_collect::<Vec<_>>()).await),
        mismatch
    );

    let mut begun = Box::pin(stream().await);
    let first = begun.next().await;
    let second = scope(bolt(), begun.next()).await;
    assert_eq!(first.transpose()?, Some((1, "acme 1".to_owned())));
    assert_eq!(second.transpose()?, Some((2, "acme 2".to_owned())));

    let made_outside = scope(acme(), async { orders() }).await.fetch(&db);
    assert_eq!(
        refused(made_outside.map_ok(drop).try_collect::<Vec<_>>().await),
        Refused::NoTenant
    );
    Ok(())
}

/// X2: a transaction opened as one tenant and used as another.
#[tokio::test]
async fn a_transaction_belongs_to_its_tenant() -> Outcome {
    let db = memory().await;
    let wrong = Refused::WrongTransaction {
        transaction: "tenant `acme`".to_owned(),
        current: "tenant `bolt`".to_owned(),
    };

    let mut tx = scope(acme(), db.begin()).await?;
    assert_eq!(
        refused(scope(bolt(), async { orders().fetch_all(&mut tx).await }).await),
        wrong
    );
    assert_eq!(
        refused(scope(bolt(), async { orders().fetch(&mut tx).try_next().await }).await),
        wrong
    );
    assert_eq!(refused(orders().fetch_all(&mut tx).await), Refused::NoTenant);
    scope(acme(), async { insert(7, "acme 7").execute(&mut tx).await }).await?;
    assert_eq!(refused(scope(bolt(), tx.commit()).await), wrong);
    assert_eq!(
        scope(acme(), async { orders().fetch_all(&db).await })
            .await?
            .len(),
        2,
        "not committed"
    );

    let tx = scope(acme(), db.begin()).await?;
    assert_eq!(refused(tx.commit().await), Refused::NoTenant);

    let mut tx = scope(acme(), db.begin()).await?;
    let in_central = central("report", async { all_orders().fetch_all(&mut tx).await }).await;
    assert!(matches!(refused(in_central), Refused::WrongTransaction { .. }));

    let mut tx = central("report", db.begin()).await?;
    let in_tenant = scope(acme(), async { orders().fetch_all(&mut tx).await }).await;
    assert!(matches!(refused(in_tenant), Refused::WrongTransaction { .. }));
    Ok(())
}

/// X3: central work happens only where it is declared, and is not inherited.
#[tokio::test]
async fn central_work_is_declared() -> Outcome {
    let db = memory().await;
    let count = || async { all_orders().scalar::<i64>().fetch_one(&db).await };
    assert_eq!(refused(count().await), Refused::NotCentral);
    assert_eq!(refused(scope(acme(), count()).await), Refused::NotCentral);
    assert_eq!(central("nightly report", count()).await?, 6);
    assert_eq!(scope(acme(), central("nightly report", count())).await?, 6);
    assert_eq!(refused(central("", count()).await), Refused::EmptyReason);
    let built_inside = central("nightly report", async { all_orders() }).await;
    assert_eq!(
        refused(scope(acme(), built_inside.fetch_all(&db)).await),
        Refused::NotCentral
    );

    central("nightly report", async {
        assert_eq!(
            refused(unsendable_now(&db).await),
            Refused::Central {
                reason: "nightly report"
            }
        );
        assert_eq!(spawn(async { who() }).await?, Err(Refused::NoTenant));
        let spawned = db.clone();
        let lost = spawn(async move { all_orders().fetch_all(&spawned).await }).await?;
        assert_eq!(refused(lost), Refused::NoTenant);
        for name in TENANTS {
            let rows = scope(tenant(name), async { orders().fetch_all(&db).await }).await?;
            assert_eq!(rows.len(), 2);
        }
        Ok(())
    })
    .await
}

/// Each refusal says what to do about it.
#[test]
fn messages_say_the_way_out() {
    for (error, way_out) in [
        (Refused::NoTenant, "tenancy::spawn"),
        (Refused::Central { reason: "x" }, "central_query!"),
        (Refused::NotCentral, "tenancy::central"),
        (
            Refused::Nested {
                outer: id("a"),
                inner: id("b"),
            },
            "tenancy::central",
        ),
        (
            Refused::Mismatch {
                built_for: id("a"),
                current: id("b"),
            },
            "same scope",
        ),
        (Refused::Suspended { tenant: id("a") }, "reactivate"),
        (Refused::EmptyReason, "say"),
    ] {
        assert!(error.to_string().contains(way_out), "{error}");
    }
}
