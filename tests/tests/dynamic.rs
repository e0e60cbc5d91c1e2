//! Statements built at run time, on SQLite: what is proved runs as a static query does, what is not is never sent.

mod shop;

use std::sync::Arc;

use futures_util::TryStreamExt;
use shop::{Outcome, TENANTS, acme, bolt, memory, tenant};
use sqlx::FromRow;
use sqlx::Sqlite;
use tenancy::__private::Embedded;
use tenancy::dynamic::{Code, Prover, Refused};
use tenancy::{Error, TenantContextError, central, scope};

static SHOP: Prover<Sqlite> = tenancy::embed_project!("dynamic/sqlite");
static OTHER: Prover<Sqlite> = tenancy::embed_project!("dynamic/other");

const ORDERS: &str = "select id, note from orders where tenant_id = $tenant order by id";

#[derive(Debug, PartialEq, FromRow)]
struct Order {
    id: i64,
    note: String,
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Refused {
    match outcome {
        Err(Error::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_verbs() -> Outcome {
    let db = memory().await;
    for name in TENANTS {
        scope(tenant(name), async {
            let insert = "insert into orders (tenant_id, id, note) values ($tenant, ?, ?)";
            let inserted = SHOP.query(insert).bind(3_i64).bind("new").execute(&db).await?;
            assert_eq!(inserted.rows_affected(), 1);
            assert_eq!(SHOP.query(ORDERS).fetch_all(&db).await?.len(), 3);
            let first = SHOP.query_as::<Order>(ORDERS).fetch_one(&db).await?;
            assert_eq!(first.note, format!("{name} 1"));
            // The tenant is between two values in the driver's order.
            let between =
                "select id from orders where id > ? and tenant_id = $tenant and note <> ? order by id";
            let ids = SHOP.query_scalar::<i64>(between).bind(1_i64).bind("new");
            assert_eq!(ids.fetch(&db).try_collect::<Vec<_>>().await?, [2]);
            let numbered = "select id from orders where id < ?2 and id > ?1 and tenant_id = $tenant";
            let ids = SHOP.query_scalar::<i64>(numbered).bind(1_i64).bind(3_i64);
            assert_eq!(ids.fetch_all(&db).await?, [2]);
            let none = "select id from orders where tenant_id = $tenant and id = ?";
            assert_eq!(
                SHOP.query_scalar::<i64>(none)
                    .bind(9_i64)
                    .fetch_optional(&db)
                    .await?,
                None
            );
            let delete = "delete from orders where tenant_id = $tenant and id = ?";
            assert_eq!(
                SHOP.query(delete).bind(3_i64).execute(&db).await?.rows_affected(),
                1
            );
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(())
}

/// What is not proved is an error of its own, before anything is sent: the pool is closed, and is not asked.
#[tokio::test]
async fn a_refused_statement_is_never_sent() -> Outcome {
    let db = memory().await;
    db.close().await;
    scope(acme(), async {
        let leak = "select id, note\n  from orders";
        let error = refused(SHOP.query(leak).fetch_all(&db).await);
        let Refused::Unproved(unproved) = &error else {
            panic!("{error:?}");
        };
        assert_eq!(unproved.text(), leak);
        assert_eq!(unproved.diagnostics()[0].code, Code::UnscopedTable);
        let text = error.to_string();
        assert!(
            text.contains("error[unscoped-table]: `orders` is not confined to the tenant"),
            "{text}"
        );
        assert!(text.contains("<sql>:2:8") && text.contains("^^^^^^"), "{text}");
        assert!(
            text.contains("help: compare `orders.tenant_id` with `$tenant`"),
            "{text}"
        );
        for text in [
            "",
            "select",
            "delete from orders",
            "select 1; select 2",
            "pragma foreign_keys = off",
            "attach 'x' as y",
            "select id from orders where tenant_id = ?",
            "select id from orders where tenant_id = 'bolt'",
            "select sql from sqlite_master",
            "select id from orders where tenant_id = $tenant union select id from orders",
        ] {
            for query in [SHOP.query(text).bind("bolt"), SHOP.query(text)] {
                let error = refused(query.execute(&db).await);
                assert!(
                    !error.to_string().contains("bolt") || text.contains("bolt"),
                    "no values in messages"
                );
            }
            assert!(SHOP.check(text).is_err());
        }
        let sent = SHOP.query(ORDERS).fetch_all(&db).await;
        assert!(matches!(sent, Err(Error::Database(sqlx::Error::PoolClosed))));
        Ok(())
    })
    .await
}

/// As many values as placeholders; `$tenant` takes none, whoever would like to be it.
#[tokio::test]
async fn values_are_counted() -> Outcome {
    let db = memory().await;
    scope(acme(), async {
        let one = "select id from orders where tenant_id = $tenant and id = ?";
        let count = |refused| match refused {
            Refused::Values { placeholders, values } => (placeholders, values),
            other => panic!("{other:?}"),
        };
        assert_eq!(count(refused(SHOP.query(one).fetch_all(&db).await)), (1, 0));
        let bound = SHOP.query(one).bind("bolt").bind(1_i64);
        assert_eq!(count(refused(bound.fetch_all(&db).await)), (1, 2));
        assert_eq!(
            count(refused(SHOP.query(ORDERS).bind("bolt").fetch_one(&db).await)),
            (0, 1)
        );
        let hidden = "select id from orders where tenant_id = $tenant and note <> '?' /* ? */ -- ?";
        assert_eq!(
            count(refused(SHOP.query(hidden).bind(1_i64).fetch_all(&db).await)),
            (0, 1)
        );
        assert_eq!(SHOP.query(one).bind(1_i64).fetch_all(&db).await?.len(), 1);
        Ok(())
    })
    .await
}

/// X1, X2: the tenant is the one in whose scope the query was made, or nobody.
#[tokio::test]
async fn a_query_stays_with_its_tenant() -> Outcome {
    let db = memory().await;
    let outside = SHOP.query(ORDERS);
    assert!(matches!(
        scope(acme(), outside.fetch_all(&db)).await,
        Err(Error::Context(TenantContextError::NoTenant))
    ));
    let built_for_acme = scope(acme(), async { SHOP.query(ORDERS) }).await;
    assert!(matches!(
        scope(bolt(), built_for_acme.fetch_all(&db)).await,
        Err(Error::Context(TenantContextError::Mismatch { .. }))
    ));
    let for_acme = scope(acme(), async { SHOP.query(ORDERS) }).await;
    let running = for_acme.fetch_all(&db);
    assert!(matches!(
        scope(bolt(), running).await,
        Err(Error::Context(TenantContextError::Mismatch { .. }))
    ));
    let in_central = central("report", async { SHOP.query(ORDERS).fetch_all(&db).await }).await;
    assert!(matches!(
        in_central,
        Err(Error::Context(TenantContextError::Central { .. }))
    ));

    let mut tx = scope(acme(), db.begin()).await?;
    let on_anothers = scope(bolt(), async { SHOP.query(ORDERS).fetch_all(&mut tx).await }).await;
    assert!(matches!(
        on_anothers,
        Err(Error::Context(TenantContextError::WrongTransaction { .. }))
    ));
    let rows = scope(acme(), async {
        SHOP.query_as::<Order>(ORDERS).fetch_all(&mut tx).await
    })
    .await?;
    assert_eq!(rows.len(), 2);
    scope(acme(), tx.rollback()).await?;
    Ok(())
}

/// S14: a verdict is worth nothing to another prover.
#[test]
fn verdicts_belong_to_their_prover() {
    let plans = "select name from plans";
    for _ in 0..2 {
        assert!(SHOP.check(plans).is_ok());
        assert!(OTHER.check(plans).is_err());
    }
}

/// What the program embeds must be what the compiler read.
#[tokio::test]
async fn another_project_than_the_compilers_proves_nothing() {
    static CHANGED: Prover<Sqlite> = tenancy::__private::sqlite::prover(&Embedded {
        settings: include_str!("../dynamic/sqlite/tenancy.toml"),
        sources: &[("../migrations/0001_shop.sql", "create table plans (id int)")],
        digest: 1,
    });
    static BROKEN: Prover<Sqlite> = tenancy::__private::sqlite::prover(&Embedded {
        settings: "dialect = 7",
        sources: &[],
        digest: 1,
    });
    let db = memory().await;
    for prover in [&CHANGED, &BROKEN] {
        assert!(matches!(prover.load(), Err(Refused::Project(_))));
        let outcome = scope(acme(), async { prover.query("select 1").fetch_all(&db).await }).await;
        assert!(matches!(refused(outcome), Refused::Project(_)));
        assert_eq!(prover.stats().statements, 0);
    }
    assert_eq!(SHOP.load(), Ok(()));
}

/// Texts that never come back leave nothing behind.
#[test]
fn a_flood_of_texts_is_bounded() {
    static FLOODED: Prover<Sqlite> = tenancy::embed_project!("dynamic/sqlite")
        .with_cache(64, 1 << 20)
        .with_longest(10_000);
    for number in 0..600 {
        let text = format!("select note from orders where tenant_id = $tenant and id = {number}");
        assert!(FLOODED.check(&text).is_ok());
        let leak = format!("select note from orders where id = {number}");
        assert!(FLOODED.check(&leak).is_err());
    }
    let stats = FLOODED.stats();
    assert_eq!((stats.hits, stats.misses), (0, 1_200));
    assert!(stats.statements <= 64 && stats.bytes <= 1 << 20, "{stats:?}");
    let long = format!("select '{}'", "x".repeat(10_000));
    let refused = FLOODED.check(&long).unwrap_err();
    assert!(matches!(refused, Refused::TooLong { most: 10_000, .. }));
    assert!(!refused.to_string().contains("xxx"));
    let again = "select note from orders where tenant_id = $tenant and id = 599";
    assert!(FLOODED.check(again).is_ok());
    assert_eq!(FLOODED.stats().hits, 1);
}

/// N8: many threads, the same texts and different ones.
#[test]
fn many_threads() {
    static SHARED: Prover<Sqlite> = tenancy::embed_project!("dynamic/sqlite").with_cache(32, 1 << 20);
    let texts: Arc<Vec<String>> = Arc::new(
        (0..40)
            .map(|number| match number % 2 {
                0 => format!("select {number} from orders where tenant_id = $tenant"),
                _ => format!("select {number} from orders"),
            })
            .collect(),
    );
    let threads: Vec<_> = (0..48)
        .map(|start| {
            let texts = Arc::clone(&texts);
            std::thread::spawn(move || {
                for turn in 0..80 {
                    let number = (start * 7 + turn) % texts.len();
                    let proved = SHARED.check(&texts[number]).is_ok();
                    assert_eq!(proved, number.is_multiple_of(2), "{}", texts[number]);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("every answer is right");
    }
    let stats = SHARED.stats();
    assert_eq!(stats.hits + stats.misses, 48 * 80);
    assert!(stats.statements <= 32, "{stats:?}");
}

/// A statement as deep as the prover takes, on a thread with little stack, as a runtime's workers are.
#[test]
fn deep_statements_do_not_need_the_callers_stack() {
    let small = std::thread::Builder::new().stack_size(512 << 10).spawn(|| {
        let chain = format!(
            "select 1{} from orders where tenant_id = $tenant",
            " + 1".repeat(990)
        );
        assert_eq!(SHOP.check(&chain), Ok(()));
        let chain = format!(
            "select 1{} from orders where tenant_id = $tenant",
            " + 1".repeat(9_000)
        );
        assert!(SHOP.check(&chain).is_err());
        let nested = format!("select {}1{}", "(".repeat(40_000), ")".repeat(40_000));
        assert!(SHOP.check(&nested).is_err());
    });
    small.expect("a thread").join().expect("no overflow");
}

/// N1: a query that is dropped half way leaves a connection on which the next tenant sees its own rows.
#[tokio::test]
async fn a_cancelled_query_leaves_nothing_behind() -> Outcome {
    let db = memory().await;
    for turn in 0..50_u64 {
        let query = scope(acme(), async { SHOP.query(ORDERS).fetch_all(&db).await });
        let _ = tokio::time::timeout(std::time::Duration::from_micros(turn * 7), query).await;
        let rows = scope(bolt(), async {
            SHOP.query_as::<Order>(ORDERS).fetch_all(&db).await
        })
        .await?;
        assert!(rows.iter().all(|row| row.note.starts_with("bolt")) && rows.len() == 2);
    }
    Ok(())
}
