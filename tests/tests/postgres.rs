//! Queries and transactions on PostgreSQL.

mod shop;

use std::time::Duration;

use futures_util::TryStreamExt;
use shop::postgres::{all_orders, delete, insert, orders};
use shop::{Outcome, TENANTS, acme, bolt, postgres, tenant};
use sqlx::{Executor, FromRow};
use tenancy::__private::postgres as made;
use tenancy::{DbSettings, Error, TenantContextError, TenantDb, central, scope};

#[derive(Debug, PartialEq, FromRow)]
struct Order {
    id: i64,
    note: String,
}

type Db = TenantDb<sqlx::Postgres>;

async fn shop() -> Db {
    postgres(DbSettings::new().max_connections(2)).await
}

/// Every verb, as three tenants with the same ids.
#[tokio::test]
async fn the_verbs() -> Outcome {
    let db = shop().await;
    for name in TENANTS {
        scope(tenant(name), async {
            let expected = [1, 2].map(|id| Order {
                id,
                note: format!("{name} {id}"),
            });
            assert_eq!(orders().fetch_all(&db).await?.len(), 2);
            assert_eq!(orders().typed::<Order>().fetch_all(&db).await?, expected);
            assert_eq!(
                orders()
                    .typed::<Order>()
                    .fetch(&db)
                    .try_collect::<Vec<_>>()
                    .await?,
                expected
            );
            assert_eq!(orders().typed::<Order>().fetch_one(&db).await?, expected[0]);
            assert_eq!(orders().scalar::<i64>().fetch_all(&db).await?, [1, 2]);
            assert_eq!(orders().scalar().fetch_optional(&db).await?, Some(1_i64));
            assert_eq!(insert(3, "new").execute(&db).await?.rows_affected(), 1);
            assert_eq!(delete(3).execute(&db).await?.rows_affected(), 1);
            assert_eq!(delete(3).execute(&db).await?.rows_affected(), 0);
            Ok::<_, Error>(())
        })
        .await?;
    }
    assert_eq!(
        central("count", async {
            all_orders().scalar::<i64>().fetch_one(&db).await
        })
        .await?,
        6
    );
    Ok(())
}

/// The tenant is bound in the type of its column, `uuid` without any feature for it.
#[tokio::test]
async fn the_type_of_the_tenant_column() -> Outcome {
    let db = shop().await;
    let uuid = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    // sqlx keeps prepared statements by their text, so each type needs its own.
    macro_rules! typed {
        ($bind:ident) => {{
            let mut query = made::rows_write(concat!(
                "select pg_typeof($1)::text || ' ' || $1::text as ",
                stringify!($bind)
            ));
            query.$bind();
            query.scalar::<String>()
        }};
    }
    scope(tenant(uuid), async {
        let seen = typed!(bind_tenant_uuid).fetch_one(&db).await?;
        assert_eq!(seen, format!("uuid {uuid}"));
        let seen = typed!(bind_tenant_text).fetch_one(&db).await?;
        assert_eq!(seen, format!("text {uuid}"));
        let unfit = typed!(bind_tenant_int8).fetch_one(&db).await;
        assert!(matches!(
            unfit,
            Err(Error::Context(TenantContextError::UnfitId { .. }))
        ));
        Ok::<_, Error>(())
    })
    .await?;
    scope(tenant("42"), async {
        assert_eq!(typed!(bind_tenant_int2).fetch_one(&db).await?, "smallint 42");
        assert_eq!(typed!(bind_tenant_int4).fetch_one(&db).await?, "integer 42");
        assert_eq!(typed!(bind_tenant_int8).fetch_one(&db).await?, "bigint 42");
        let unfit = typed!(bind_tenant_uuid).fetch_one(&db).await;
        assert!(matches!(
            unfit,
            Err(Error::Context(TenantContextError::UnfitId { .. }))
        ));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn transactions() -> Outcome {
    let db = shop().await;
    scope(acme(), async {
        let mut tx = db.begin().await?;
        insert(3, "kept").execute(&mut tx).await?;
        assert_eq!(orders().fetch(&mut tx).try_collect::<Vec<_>>().await?.len(), 3);
        tx.commit().await?;
        let mut tx = db.begin().await?;
        insert(4, "undone").execute(&mut tx).await?;
        tx.rollback().await?;
        let mut tx = db.begin().await?;
        insert(4, "dropped").execute(&mut tx).await?;
        drop(tx);
        assert_eq!(orders().fetch_all(&db).await?.len(), 3);
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!(
        scope(bolt(), async { orders().fetch_all(&db).await })
            .await?
            .len(),
        2
    );
    Ok(())
}

/// X8: the server answers the commit of a failed transaction with a rollback that looks like success.
#[tokio::test]
async fn a_commit_after_a_failed_statement() -> Outcome {
    let db = shop().await;
    scope(acme(), async {
        for verb in 0..3 {
            let mut tx = db.begin().await?;
            insert(3, "lost").execute(&mut tx).await?;
            match verb {
                0 => assert!(insert(3, "twice").execute(&mut tx).await.is_err()),
                1 => assert!(insert(3, "twice").fetch_optional(&mut tx).await.is_err()),
                _ => assert!(insert(3, "twice").fetch(&mut tx).try_next().await.is_err()),
            }
            assert!(matches!(tx.commit().await, Err(Error::TransactionAborted)));
            assert_eq!(orders().fetch_all(&db).await?.len(), 2);
        }
        Ok(())
    })
    .await
}

/// X8: a commit that the server refuses; the connection is good for the next one.
#[tokio::test]
async fn a_failing_commit() -> Outcome {
    let db = postgres(DbSettings::new().max_connections(1)).await;
    db.unscoped_pool("schema")
        .execute(
            "create table parts (tenant_id text, \
             tenant varchar(63) references tenants (id) deferrable initially deferred)",
        )
        .await?;
    scope(acme(), async {
        let backend = || made::rows_read("select pg_backend_pid()").scalar::<i32>();
        let before = backend().fetch_one(&db).await?;
        let mut tx = db.begin().await?;
        let mut query = made::rows_write("insert into parts values ($1, 'nobody')");
        query.bind_tenant_text();
        query.execute(&mut tx).await?;
        insert(9, "with it").execute(&mut tx).await?;
        assert!(matches!(tx.commit().await, Err(Error::Database(_))));
        assert_eq!(orders().fetch_all(&db).await?.len(), 2);
        assert_eq!(backend().fetch_one(&db).await?, before, "the connection was kept");
        Ok(())
    })
    .await
}

/// N1, N3: what raw and central work leaves on its session meets neither a tenant nor the next such work.
#[tokio::test]
async fn raw_work_has_connections_of_its_own() -> Outcome {
    let db = postgres(DbSettings::new().max_connections(1).unscoped_connections(1)).await;
    let leftovers = [
        "set search_path = nowhere",
        "select set_config('app.tenant', 'bolt', false)",
        "create temp table orders as select 'acme'::varchar as tenant_id, 1::int8 as id, 'shadow'::varchar as note",
        "begin; update orders set note = 'left open'",
        "begin; select 1 / 0",
        "declare c cursor with hold for select 1",
        "select pg_advisory_lock(4711)",
        "listen somebody",
    ];
    for leftover in leftovers {
        let mut connection = db.unscoped_pool("a careless tool").acquire().await?;
        let _ = connection.execute(leftover).await;
        drop(connection);
        let notes = scope(acme(), async { orders().typed::<Order>().fetch_all(&db).await }).await?;
        assert!(
            notes.len() == 2 && notes.iter().all(|order| order.note.starts_with("acme")),
            "{leftover}"
        );
        central("check", async {
            assert_eq!(
                all_orders().scalar::<i64>().fetch_one(&db).await?,
                6,
                "{leftover}"
            );
            let clean = made::central_query(
                "select coalesce(current_setting('app.tenant', true), '') = '' \
                    and not exists (select from pg_cursors where is_holdable) \
                    and not exists (select from pg_listening_channels()) \
                    and not exists (select from pg_locks where locktype = 'advisory' and objid = 4711)",
            );
            assert!(clean.scalar::<bool>().fetch_one(&db).await?, "{leftover}");
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(())
}

/// N3: central work that changes its session changes nobody else's.
#[tokio::test]
async fn central_work_has_connections_of_its_own() -> Outcome {
    let db = postgres(DbSettings::new().max_connections(1).unscoped_connections(1)).await;
    let here = || async {
        made::rows_read("show search_path")
            .scalar::<String>()
            .fetch_one(&db)
            .await
    };
    let before = scope(acme(), here()).await?;
    for change in [
        "set search_path = nowhere",
        "set role none",
        "set timezone = 'Asia/Tokyo'",
    ] {
        central("test", async { made::central_query(change).execute(&db).await }).await?;
        let path = || async {
            made::central_query("show search_path")
                .scalar::<String>()
                .fetch_one(&db)
                .await
        };
        assert_eq!(central("test", path()).await?, before, "{change}");
        assert_eq!(scope(acme(), here()).await?, before, "{change}");
        let mut tx = central("test", db.begin()).await?;
        central("test", async {
            made::central_query(change).execute(&mut tx).await
        })
        .await?;
        central("test", tx.commit()).await?;
        assert_eq!(scope(acme(), here()).await?, before, "{change}");
    }
    let backend = || made::rows_read("select pg_backend_pid()").scalar::<i32>();
    let central_backend = || made::central_query("select pg_backend_pid()").scalar::<i32>();
    let tenants = scope(acme(), async { backend().fetch_one(&db).await }).await?;
    let others = central("test", async { central_backend().fetch_one(&db).await }).await?;
    assert_ne!(tenants, others);
    Ok(())
}

/// A statement is prepared once a connection, as sqlx does, and a query costs no message more than sqlx's own.
#[tokio::test]
async fn statements_stay_prepared() -> Outcome {
    let db = postgres(DbSettings::new().max_connections(1)).await;
    scope(acme(), async {
        for _ in 0..10 {
            orders().fetch_all(&db).await?;
            orders().fetch_optional(&db).await?;
            orders().fetch(&db).try_collect::<Vec<_>>().await?;
        }
        let prepared = made::rows_write(
            "select count(*) from pg_prepared_statements where statement like '%from orders where%' and not statement like '%pg_prepared%'",
        );
        assert_eq!(prepared.scalar::<i64>().fetch_one(&db).await?, 1);
        Ok(())
    })
    .await
}

/// A server that closed the connections is noticed before they are used.
#[tokio::test]
async fn stale_connections_are_replaced() -> Outcome {
    let db = postgres(DbSettings::new().max_connections(1).ping_after(Duration::ZERO)).await;
    let pid = scope(acme(), async {
        made::rows_read("select pg_backend_pid()")
            .scalar::<i32>()
            .fetch_one(&db)
            .await
    })
    .await?;
    sqlx::query("select pg_terminate_backend($1)")
        .bind(pid)
        .execute(db.unscoped_pool("test"))
        .await?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(
        scope(acme(), async { orders().fetch_all(&db).await })
            .await?
            .len(),
        2
    );
    Ok(())
}

/// N13, X8: printing an error does not print the row that the server put into its detail.
#[tokio::test]
async fn printed_errors_contain_no_row() -> Outcome {
    let db = shop().await;
    db.unscoped_pool("schema")
        .execute("create table secrets (tenant_id text, card text unique, checked int check (checked > 0))")
        .await?;
    scope(acme(), async {
        let put = |checked: i32| {
            let mut query = made::rows_write("insert into secrets values ($1, $2, $3)");
            query.bind_tenant_text();
            query.bind(&"4111-1111");
            query.bind(&checked);
            query
        };
        put(1).execute(&db).await?;
        for error in [
            put(1).execute(&db).await.expect_err("unique"),
            put(0).execute(&db).await.expect_err("check"),
        ] {
            let printed = format!("{error} {error:?} {error:#?}");
            assert!(!printed.contains("4111"), "{printed}");
            assert!(printed.contains("secrets"), "{printed}");
            let Error::Database(sqlx::Error::Database(source)) = &error else {
                panic!("{error}")
            };
            let detail = source.downcast_ref::<sqlx::postgres::PgDatabaseError>().detail();
            assert!(
                detail.is_some_and(|detail| detail.contains("4111")),
                "the detail is there for who asks"
            );
        }
        let chain: &dyn std::error::Error = &put(1).execute(&db).await.expect_err("unique");
        assert!(!format!("{:?}", chain.source().map(ToString::to_string)).contains("4111"));
        Ok(())
    })
    .await
}
