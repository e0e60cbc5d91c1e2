//! Queries and transactions on SQLite.

mod shop;

use futures_util::TryStreamExt;
use shop::sqlite::{all_orders, delete, insert, orders};
use shop::{Outcome, TENANTS, acme, bolt, file, memory, tenant};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Executor, FromRow, Row};
use tenancy::__private::sqlite as made;
use tenancy::{DbSettings, Error, TenantContextError, TenantDb, central, scope};

#[derive(Debug, PartialEq, FromRow)]
struct Order {
    id: i64,
    note: String,
}

/// Every verb, as two tenants with the same ids.
#[tokio::test]
async fn the_verbs() -> Outcome {
    let db = memory().await;
    for name in TENANTS {
        scope(tenant(name), async {
            let first = Order {
                id: 1,
                note: format!("{name} 1"),
            };
            let second = Order {
                id: 2,
                note: format!("{name} 2"),
            };
            assert_eq!(orders().fetch_all(&db).await?.len(), 2);
            assert_eq!(orders().fetch_one(&db).await?.try_get::<i64, _>("id")?, 1);
            assert_eq!(orders().typed::<Order>().fetch_all(&db).await?, [first, second]);
            assert_eq!(
                orders().typed::<Order>().fetch_one(&db).await?.note,
                format!("{name} 1")
            );
            assert_eq!(orders().scalar::<i64>().fetch_all(&db).await?, [1, 2]);
            assert_eq!(orders().scalar().fetch_optional(&db).await?, Some(1_i64));
            assert_eq!(
                orders()
                    .scalar::<i64>()
                    .fetch(&db)
                    .try_collect::<Vec<_>>()
                    .await?,
                [1, 2]
            );

            assert_eq!(insert(3, "new").execute(&db).await?.rows_affected(), 1);
            assert_eq!(orders().fetch_all(&db).await?.len(), 3);
            assert_eq!(delete(1).execute(&db).await?.rows_affected(), 1);
            assert_eq!(delete(1).execute(&db).await?.rows_affected(), 0);
            delete(2).execute(&db).await?;
            delete(3).execute(&db).await?;
            assert_eq!(orders().typed::<Order>().fetch_optional(&db).await?, None);
            let none = orders().fetch_one(&db).await;
            assert!(matches!(none, Err(Error::Database(sqlx::Error::RowNotFound))));
            insert(1, &format!("{name} 1")).execute(&db).await?;
            insert(2, &format!("{name} 2")).execute(&db).await?;
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

/// A row that cannot be read is an error of the database's side, and the connection goes on.
#[tokio::test]
async fn decoding_and_encoding_errors() -> Outcome {
    let db = memory().await;
    scope(acme(), async {
        let unreadable = orders().typed::<(String, i64)>().fetch_all(&db).await;
        assert!(matches!(
            unreadable,
            Err(Error::Database(sqlx::Error::ColumnDecode { .. }))
        ));

        struct Unfit;
        impl sqlx::Type<sqlx::Sqlite> for Unfit {
            fn type_info() -> sqlx::sqlite::SqliteTypeInfo {
                <i64 as sqlx::Type<sqlx::Sqlite>>::type_info()
            }
        }
        impl sqlx::Encode<'_, sqlx::Sqlite> for Unfit {
            fn encode_by_ref(
                &self,
                _: &mut sqlx::sqlite::SqliteArgumentsBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                Err("does not fit".into())
            }
        }
        let mut query = made::rows_read("select ?1, ?2");
        query.bind_tenant_text();
        query.bind(&Unfit);
        let error = query.fetch_all(&db).await.expect_err("not encodable");
        assert!(matches!(error, Error::Database(sqlx::Error::Encode(_))));
        assert!(error.to_string().contains("argument 2"), "{error}");

        assert_eq!(orders().fetch_all(&db).await?.len(), 2);
        Ok(())
    })
    .await
}

/// The tenant is bound in the type of its column, or not at all.
#[tokio::test]
async fn the_type_of_the_tenant_column() -> Outcome {
    let db = memory().await;
    let kind = |sql| made::rows_read(sql);
    scope(tenant("42"), async {
        let mut query = kind("select typeof(?1) || ?1");
        query.bind_tenant_int8();
        assert_eq!(query.scalar::<String>().fetch_one(&db).await?, "integer42");
        let mut query = kind("select typeof(?1) || ?1");
        query.bind_tenant_text();
        assert_eq!(query.scalar::<String>().fetch_one(&db).await?, "text42");
        Ok::<_, Error>(())
    })
    .await?;
    for (id, fits) in [
        ("32767", true),
        ("32768", false),
        ("acme", false),
        ("99999999999999999999", false),
    ] {
        let outcome = scope(tenant(id), async {
            let mut query = kind("select ?1");
            query.bind_tenant_int2();
            query.scalar::<i64>().fetch_one(&db).await
        })
        .await;
        match outcome {
            Ok(number) => assert!(fits && number.to_string() == id),
            Err(Error::Context(TenantContextError::UnfitId {
                column_type: "int2", ..
            })) => assert!(!fits),
            Err(other) => panic!("{other}"),
        }
    }
    Ok(())
}

/// `types = "sqlx"`: sqlx's own query, kept to its scope.
#[tokio::test]
async fn sqlx_queries_are_kept_to_their_scope() -> Outcome {
    let db = memory().await;
    let build = || {
        let captured = made::capture_rows_read();
        let sql = "select note from orders where tenant_id = ?1 order by id";
        captured.wrap(
            sqlx::query(sql)
                .bind(captured.text().to_owned())
                .try_map(|row: sqlx::sqlite::SqliteRow| row.try_get::<String, _>(0)),
        )
    };
    scope(acme(), async {
        assert_eq!(build().fetch_all(&db).await?, ["acme 1", "acme 2"]);
        assert_eq!(build().fetch_one(&db).await?, "acme 1");
        assert_eq!(build().fetch_optional(&db).await?.as_deref(), Some("acme 1"));
        assert_eq!(build().fetch(&db).try_collect::<Vec<_>>().await?.len(), 2);
        let mut tx = db.begin().await?;
        assert_eq!(build().fetch_all(&mut tx).await?.len(), 2);
        let captured = made::capture_rows_write();
        let change = sqlx::query::<sqlx::Sqlite>("update orders set note = 'x' where tenant_id = ?1")
            .bind(captured.text().to_owned());
        assert_eq!(captured.wrap(change).execute(&mut tx).await?.rows_affected(), 2);
        tx.rollback().await?;
        // What `sqlx::query_scalar!` makes.
        let captured = made::capture_rows_read();
        let count =
            sqlx::query_scalar::<sqlx::Sqlite, i64>("select count(*) from orders where tenant_id = ?1")
                .bind(captured.text().to_owned());
        assert_eq!(captured.wrap(count).fetch_one(&db).await?, 2);
        Ok::<_, Error>(())
    })
    .await?;

    let outside = build();
    assert!(matches!(
        scope(acme(), outside.fetch_all(&db)).await,
        Err(Error::Context(TenantContextError::NoTenant))
    ));
    let built_for_acme = scope(acme(), async { build() }).await;
    assert!(matches!(
        scope(bolt(), built_for_acme.fetch_all(&db)).await,
        Err(Error::Context(TenantContextError::Mismatch { .. }))
    ));
    // An id that does not fit gives a stand-in, and the query is refused before it is sent.
    let unfit = scope(acme(), async {
        let captured = made::capture_rows_read();
        let number = captured.int8();
        captured
            .wrap(sqlx::query::<sqlx::Sqlite>("this is no sql").bind(number))
            .execute(&db)
            .await
    })
    .await;
    assert!(matches!(
        unfit,
        Err(Error::Context(TenantContextError::UnfitId { .. }))
    ));
    Ok(())
}

#[tokio::test]
async fn transactions() -> Outcome {
    let db = memory().await;
    scope(acme(), async {
        let mut tx = db.begin().await?;
        insert(3, "kept").execute(&mut tx).await?;
        assert_eq!(orders().typed::<Order>().fetch_all(&mut tx).await?.len(), 3);
        assert_eq!(orders().fetch(&mut tx).try_collect::<Vec<_>>().await?.len(), 3);
        tx.commit().await?;
        assert_eq!(orders().fetch_all(&db).await?.len(), 3);

        let mut tx = db.begin().await?;
        insert(4, "undone").execute(&mut tx).await?;
        tx.rollback().await?;
        assert_eq!(orders().fetch_all(&db).await?.len(), 3);

        let mut tx = db.begin().await?;
        insert(4, "dropped").execute(&mut tx).await?;
        drop(tx);
        assert_eq!(orders().fetch_all(&db).await?.len(), 3);

        // On SQLite a failed statement is undone alone.
        let mut tx = db.begin().await?;
        insert(4, "kept").execute(&mut tx).await?;
        assert!(insert(4, "twice").execute(&mut tx).await.is_err());
        tx.commit().await?;
        assert_eq!(orders().fetch_all(&db).await?.len(), 4);
        Ok(())
    })
    .await
}

/// X8: a commit that fails is an error, and nothing of it stays or is seen by the next user of the connection.
#[tokio::test]
async fn a_failing_commit() -> Outcome {
    let shop = file(DbSettings::new().max_connections(1)).await;
    let db = &shop.db;
    db.unscoped_pool("schema")
        .execute(
            "create table parts (tenant_id text, tenant text references tenants (id) deferrable initially deferred)",
        )
        .await?;
    scope(acme(), async {
        for _ in 0..5 {
            let mut tx = db.begin().await?;
            let mut query = made::rows_write("insert into parts values (?1, 'nobody')");
            query.bind_tenant_text();
            query.execute(&mut tx).await?;
            insert(9, "with it").execute(&mut tx).await?;
            assert!(matches!(tx.commit().await, Err(Error::Database(_))));
            assert_eq!(orders().fetch_all(db).await?.len(), 2);
        }
        insert(9, "alone").execute(db).await?;
        assert_eq!(orders().fetch_all(db).await?.len(), 3);
        Ok(())
    })
    .await
}

/// Foreign keys are enforced on every connection, whatever the options say.
#[tokio::test]
async fn foreign_keys_are_on() -> Outcome {
    let shop = file(DbSettings::new()).await;
    let careless = shop.options.clone().foreign_keys(false);
    let db = TenantDb::connect_with(careless, DbSettings::new().max_connections(3)).await?;
    scope(acme(), async {
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut tx = db.begin().await?;
            let query = made::rows_read("pragma foreign_keys");
            assert_eq!(query.scalar::<i64>().fetch_one(&mut tx).await?, 1);
            open.push(tx);
        }
        Ok::<_, Error>(())
    })
    .await?;
    let orphan = scope(tenant("nobody"), async { insert(1, "x").execute(&db).await }).await;
    assert!(orphan.is_err());
    Ok(())
}

/// N1, N3: what raw and central work leaves on its session meets neither a tenant nor the next such work.
#[tokio::test]
async fn raw_work_has_connections_of_its_own() -> Outcome {
    let shop = file(DbSettings::new().max_connections(1).unscoped_connections(1)).await;
    let db = &shop.db;
    for _ in 0..3 {
        let raw = db.unscoped_pool("a careless tool");
        let mut connection = raw.acquire().await?;
        connection
            .execute("create temp table orders as select 'acme' as tenant_id, 1 as id, 'shadow' as note")
            .await?;
        connection.execute("pragma foreign_keys = off").await?;
        connection.execute("begin immediate").await?;
        connection
            .execute("insert into main.orders values ('acme', 99, 'left open')")
            .await?;
        drop(connection);
        scope(acme(), async {
            let notes = orders().typed::<Order>().fetch_all(db).await?;
            assert!(notes.len() == 2 && notes.iter().all(|order| order.note != "shadow"));
            let on = made::rows_read("pragma foreign_keys")
                .scalar::<i64>()
                .fetch_one(db)
                .await?;
            assert_eq!(on, 1);
            // Nobody holds the lock.
            insert(3, "writes").execute(db).await?;
            delete(3).execute(db).await
        })
        .await?;
        central("check", async {
            let on = made::central_query("pragma foreign_keys")
                .scalar::<i64>()
                .fetch_one(db)
                .await?;
            assert_eq!(on, 1);
            let count = all_orders().scalar::<i64>().fetch_one(db).await?;
            assert_eq!(count, 6);
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(())
}

/// A database in memory outlives its idle connections.
#[tokio::test]
async fn memory_stays() -> Outcome {
    let options: SqliteConnectOptions = "sqlite::memory:".parse()?;
    let settings = DbSettings::new().max_lifetime(std::time::Duration::ZERO);
    let db = TenantDb::connect_with(options, settings).await?;
    db.unscoped_pool("schema")
        .execute("create table t (x); insert into t values (1)")
        .await?;
    for _ in 0..5 {
        let count = scope(acme(), async {
            made::rows_read("select count(*) from t")
                .scalar::<i64>()
                .fetch_one(&db)
                .await
        });
        assert_eq!(count.await?, 1);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    Ok(())
}
