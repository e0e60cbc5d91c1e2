//! Queries and transactions on MariaDB.

mod shop;

use std::time::Duration;

use futures_util::TryStreamExt;
use shop::mysql::{all_orders, delete, insert, orders, update};
use shop::{Outcome, TENANTS, acme, bolt, mysql, mysql_database, mysql_options, tenant};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, FromRow, MySqlConnection, Row};
use tenancy::__private::mysql as made;
use tenancy::{
    DatabaseName, DbSettings, Driver, Error, Isolation, IsolationLevel, TenantContextError, TenantDb,
    TxOptions, central, scope,
};

#[derive(Debug, PartialEq, FromRow)]
struct Order {
    id: i64,
    note: String,
}

type Db = TenantDb<sqlx::MySql>;

async fn shop() -> Db {
    mysql(DbSettings::new().max_connections(2)).await
}

/// A connection of the administrator's, who may see and end those of others.
async fn admin() -> MySqlConnection {
    let url = std::env::var("TENANCY_TEST_MYSQL_ADMIN_URL").expect("run `cargo xtask test`");
    let options: sqlx::mysql::MySqlConnectOptions = url.parse().expect("a URL");
    options.connect().await.expect("a MariaDB server")
}

fn connection_id() -> tenancy::QueryScalar<sqlx::MySql, i64> {
    made::rows_read("select cast(connection_id() as signed)").scalar()
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
            let stream = orders().typed::<Order>().fetch(&db);
            assert_eq!(stream.try_collect::<Vec<_>>().await?, expected);
            assert_eq!(orders().typed::<Order>().fetch_one(&db).await?, expected[0]);
            assert_eq!(orders().scalar::<i64>().fetch_all(&db).await?, [1, 2]);
            assert_eq!(orders().scalar().fetch_optional(&db).await?, Some(1_i64));
            assert_eq!(insert(3, "new").execute(&db).await?.rows_affected(), 1);
            assert_eq!(update(3, "newer").execute(&db).await?.rows_affected(), 1);
            assert_eq!(delete(3).execute(&db).await?.rows_affected(), 1);
            assert_eq!(delete(3).execute(&db).await?.rows_affected(), 0);
            assert_eq!(delete(3).typed::<Order>().fetch_optional(&db).await?, None);
            let unreadable = orders().typed::<(String, i64)>().fetch_all(&db).await;
            assert!(matches!(
                unreadable,
                Err(Error::Database(sqlx::Error::ColumnDecode { .. }))
            ));
            Ok::<_, Error>(())
        })
        .await?;
    }
    let count = central("count", async {
        all_orders().scalar::<i64>().fetch_one(&db).await
    });
    assert_eq!(count.await?, 6);
    Ok(())
}

/// The tenant is bound in the type of its column, or not at all.
#[tokio::test]
async fn the_type_of_the_tenant_column() -> Outcome {
    let db = shop().await;
    db.unscoped_pool("schema")
        .execute("create table numbered (a smallint, b int, c bigint, d varchar(63))")
        .await?;
    scope(tenant("32767"), async {
        let mut query = made::rows_write("insert into numbered values (?, ?, ?, ?)");
        query.bind_tenant_int2();
        query.bind_tenant_int4();
        query.bind_tenant_int8();
        query.bind_tenant_text();
        query.execute(&db).await?;
        let row = made::rows_read("select a, b, c, d from numbered")
            .typed::<(i16, i32, i64, String)>()
            .fetch_one(&db)
            .await?;
        assert_eq!(row, (32767, 32767, 32767, "32767".to_owned()));
        Ok::<_, Error>(())
    })
    .await?;
    for id in ["32768", "acme"] {
        let unfit = scope(tenant(id), async {
            let mut query = made::rows_read("this is no sql");
            query.bind_tenant_int2();
            query.fetch_all(&db).await
        });
        assert!(matches!(
            unfit.await,
            Err(Error::Context(TenantContextError::UnfitId {
                column_type: "int2",
                ..
            }))
        ));
    }
    let uuid = scope(tenant("6f9619ff-8b86-d011-b42d-00c04fc964ff"), async {
        let mut query = made::rows_read("this is no sql");
        query.bind_tenant_uuid();
        query.fetch_all(&db).await
    });
    assert!(matches!(uuid.await, Err(Error::Database(sqlx::Error::Encode(_)))));
    Ok(())
}

/// `types = "sqlx"`: sqlx's own query, kept to its scope.
#[tokio::test]
async fn sqlx_queries_are_kept_to_their_scope() -> Outcome {
    let db = shop().await;
    let build = || {
        let captured = made::capture_rows_read();
        captured.wrap(
            sqlx::query("select note from orders where tenant_id = ? order by id")
                .bind(captured.text().to_owned())
                .try_map(|row: sqlx::mysql::MySqlRow| row.try_get::<String, _>(0)),
        )
    };
    scope(acme(), async {
        assert_eq!(build().fetch_all(&db).await?, ["acme 1", "acme 2"]);
        assert_eq!(build().fetch(&db).try_collect::<Vec<_>>().await?.len(), 2);
        let mut tx = db.begin().await?;
        assert_eq!(build().fetch_one(&mut tx).await?, "acme 1");
        assert_eq!(build().fetch(&mut tx).try_collect::<Vec<_>>().await?.len(), 2);
        tx.commit().await
    })
    .await?;
    let built_for_acme = scope(acme(), async { build() }).await;
    assert!(matches!(
        scope(bolt(), built_for_acme.fetch_all(&db)).await,
        Err(Error::Context(TenantContextError::Mismatch { .. }))
    ));
    Ok(())
}

#[tokio::test]
async fn transactions() -> Outcome {
    let db = shop().await;
    scope(acme(), async {
        let mut tx = db.begin().await?;
        insert(3, "kept").execute(&mut tx).await?;
        assert_eq!(orders().fetch(&mut tx).try_collect::<Vec<_>>().await?.len(), 3);
        // A statement that fails for its own values is undone alone.
        assert!(insert(3, "twice").execute(&mut tx).await.is_err());
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

#[tokio::test]
async fn savepoints() -> Outcome {
    let db = mysql(DbSettings::new().max_connections(1)).await;
    scope(acme(), async {
        let mut tx = db.begin().await?;
        insert(3, "outer").execute(&mut tx).await?;
        let mut kept = tx.savepoint().await?;
        insert(4, "kept").execute(&mut kept).await?;
        kept.commit().await?;
        let mut undone = tx.savepoint().await?;
        insert(5, "undone").execute(&mut undone).await?;
        undone.rollback().await?;
        let mut dropped = tx.savepoint().await?;
        insert(6, "dropped").execute(&mut dropped).await?;
        let mut deep = dropped.savepoint().await?;
        insert(7, "deeper").execute(&mut deep).await?;
        drop(deep);
        drop(dropped);
        tx.commit().await?;
        assert_eq!(orders().scalar::<i64>().fetch_all(&db).await?, [1, 2, 3, 4]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn options_of_a_transaction() -> Outcome {
    let db = shop().await;
    let mut admin = admin().await;
    for (level, name) in [
        (IsolationLevel::ReadCommitted, "READ COMMITTED"),
        (IsolationLevel::RepeatableRead, "REPEATABLE READ"),
        (IsolationLevel::Serializable, "SERIALIZABLE"),
    ] {
        let mut tx = scope(acme(), db.begin_with(TxOptions::new().isolation_level(level))).await?;
        let id = scope(acme(), async {
            insert(3, "x").execute(&mut tx).await?;
            connection_id().fetch_one(&mut tx).await
        })
        .await?;
        // The server looks anew at its list of transactions ten times a second.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let seen: String = sqlx::query_scalar(
            "select trx_isolation_level from information_schema.innodb_trx where trx_mysql_thread_id = ?",
        )
        .bind(id)
        .fetch_one(&mut admin)
        .await?;
        assert_eq!(seen, name);
        tx.rollback().await?;
    }
    scope(acme(), async {
        let read_only = TxOptions::new()
            .read_only(true)
            .isolation_level(IsolationLevel::Serializable);
        let mut tx = db.begin_with(read_only).await?;
        assert_eq!(orders().fetch_all(&mut tx).await?.len(), 2);
        assert!(insert(3, "x").execute(&mut tx).await.is_err());
        assert_eq!(orders().fetch_all(&mut tx).await?.len(), 2);
        tx.commit().await?;
        // The next one is as usual.
        let mut tx = db.begin().await?;
        insert(3, "x").execute(&mut tx).await?;
        tx.commit().await?;
        let immediate = db.begin_with(TxOptions::new().immediate(true)).await;
        assert!(matches!(immediate, Err(Error::Unsupported { .. })));
        Ok(())
    })
    .await
}

/// X8: a deadlock ends the whole transaction. What comes behind would be committed on the spot.
#[tokio::test]
async fn a_deadlock() -> Outcome {
    for in_savepoint in [false, true] {
        let db = shop().await;
        scope(acme(), async {
            let mut one = db.begin().await?;
            let mut other = db.begin().await?;
            // The one with fewer changes is the victim.
            for id in 11..15 {
                insert(id, "of the other").execute(&mut other).await?;
            }
            insert(3, "lost").execute(&mut one).await?;
            update(1, "one").execute(&mut one).await?;
            update(2, "other").execute(&mut other).await?;
            if in_savepoint {
                let mut inner = one.savepoint().await?;
                let (victim, survivor) = tokio::join!(
                    update(2, "one").execute(&mut inner),
                    update(1, "other").execute(&mut other)
                );
                assert!(matches!(victim, Err(Error::Database(_))));
                survivor?;
                let behind = insert(4, "behind").execute(&mut inner).await;
                assert!(matches!(behind, Err(Error::TransactionAborted)));
                drop(inner);
            } else {
                let (victim, survivor) = tokio::join!(
                    update(2, "one").execute(&mut one),
                    update(1, "other").execute(&mut other)
                );
                assert!(matches!(victim, Err(Error::Database(_))));
                survivor?;
            }
            let behind = insert(4, "behind").execute(&mut one).await;
            assert!(matches!(behind, Err(Error::TransactionAborted)));
            assert!(matches!(one.savepoint().await, Err(Error::TransactionAborted)));
            assert!(matches!(one.commit().await, Err(Error::TransactionAborted)));
            other.commit().await?;
            assert_eq!(
                orders().scalar::<i64>().fetch_all(&db).await?,
                [1, 2, 11, 12, 13, 14]
            );
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(())
}

/// X8: a lock that was not given ends the transaction on some servers and on others not, so it counts as ended.
#[tokio::test]
async fn a_lock_that_is_not_given() -> Outcome {
    let db = shop().await;
    scope(acme(), async {
        let mut holder = db.begin().await?;
        update(1, "held").execute(&mut holder).await?;
        let mut tx = db.begin().await?;
        insert(3, "lost").execute(&mut tx).await?;
        let mut query = made::rows_write("select id from orders where tenant_id = ? for update nowait");
        query.bind_tenant_text();
        assert!(matches!(query.fetch_all(&mut tx).await, Err(Error::Database(_))));
        assert!(matches!(tx.commit().await, Err(Error::TransactionAborted)));
        holder.commit().await?;
        assert_eq!(orders().fetch_all(&db).await?.len(), 2);
        Ok(())
    })
    .await
}

/// X8: a commit that fails is an error, nothing of it stays, and the pool goes on.
#[tokio::test]
async fn a_failing_commit() -> Outcome {
    let db = mysql(DbSettings::new().max_connections(1)).await;
    let mut admin = admin().await;
    for _ in 0..3 {
        let mut tx = scope(acme(), db.begin()).await?;
        let id = scope(acme(), async {
            insert(9, "with it").execute(&mut tx).await?;
            connection_id().fetch_one(&mut tx).await
        })
        .await?;
        admin.execute(AssertSqlSafe(format!("kill {id}"))).await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(matches!(
            scope(acme(), tx.commit()).await,
            Err(Error::Database(_))
        ));
        let left = scope(acme(), async { orders().fetch_all(&db).await }).await?;
        assert_eq!(left.len(), 2);
    }
    Ok(())
}

/// A server that closed the connections is noticed before they are used.
#[tokio::test]
async fn stale_connections_are_replaced() -> Outcome {
    let db = mysql(DbSettings::new().max_connections(1).ping_after(Duration::ZERO)).await;
    let id = scope(acme(), async { connection_id().fetch_one(&db).await }).await?;
    admin().await.execute(AssertSqlSafe(format!("kill {id}"))).await?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let rows = scope(acme(), async { orders().fetch_all(&db).await }).await?;
    assert_eq!(rows.len(), 2);
    Ok(())
}

/// N2: a session is what the proofs rest on, whatever the server's defaults are; here they come with sqlx's first
/// statement, in the place of a time zone.
#[tokio::test]
async fn sessions_are_what_the_proofs_rest_on() -> Outcome {
    let hostile = "+00:00', session foreign_key_checks = 0, session unique_checks = 0, session max_sort_length = 64, \
                   session sql_auto_is_null = 1, session completion_type = 1, session autocommit = 0, session sql_mode = \
                   'ANSI_QUOTES,EMPTY_STRING_IS_NULL,PAD_CHAR_TO_FULL_LENGTH,HIGH_NOT_PRECEDENCE,ORACLE', \
                   lc_time_names = 'en_US";
    let options = mysql_options().await.timezone(hostile.to_owned());
    let db = TenantDb::connect_with(options, DbSettings::new().max_connections(3)).await?;
    let look = "select cast(@@foreign_key_checks + @@unique_checks + @@autocommit as signed), \
                cast(@@sql_auto_is_null as signed), cast(@@max_sort_length as signed), @@sql_mode, @@completion_type";
    scope(acme(), async {
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut tx = db.begin().await?;
            let (on, off, sort_length, mode, completion) = made::rows_read(look)
                .typed::<(i64, i64, i64, String, String)>()
                .fetch_one(&mut tx)
                .await?;
            assert_eq!(
                (on, off, sort_length, completion.as_str()),
                (3, 0, 1024, "NO_CHAIN")
            );
            let mut modes: Vec<&str> = mode.split(',').collect();
            modes.sort_unstable();
            assert!(
                modes.contains(&"ANSI_QUOTES") && modes.contains(&"STRICT_ALL_TABLES"),
                "{mode}"
            );
            for gone in [
                "EMPTY_STRING_IS_NULL",
                "PAD_CHAR_TO_FULL_LENGTH",
                "HIGH_NOT_PRECEDENCE",
                "ORACLE",
            ] {
                assert!(!modes.contains(&gone), "{mode}");
            }
            open.push(tx);
        }
        Ok::<_, Error>(())
    })
    .await?;
    let orphan = scope(tenant("nobody"), async { insert(1, "x").execute(&db).await }).await;
    assert!(orphan.is_err());
    let cut = scope(acme(), async { insert(7, &"x".repeat(101)).execute(&db).await }).await;
    assert!(cut.is_err());
    Ok(())
}

/// N1, N3: what raw and central work leaves on its session meets neither a tenant nor the next such work.
#[tokio::test]
async fn raw_work_has_connections_of_its_own() -> Outcome {
    let db = mysql(DbSettings::new().max_connections(1).unscoped_connections(1)).await;
    let leftovers = [
        "create temporary table orders (tenant_id varchar(63), id bigint, note varchar(100)) \
         as select 'acme' as tenant_id, 1 as id, 'shadow' as note",
        "set session foreign_key_checks = 0, session sql_mode = ''",
        "set session sql_mode = 'ORACLE'",
        "start transaction; update orders set note = 'left open'",
        "set autocommit = 0; update orders set note = 'left open'",
        "use information_schema",
        "select get_lock('tenancy', 0)",
        "set @a = 1",
    ];
    for leftover in leftovers {
        let mut connection = db.unscoped_pool("a careless tool").acquire().await?;
        connection.execute(leftover).await?;
        drop(connection);
        let notes = scope(acme(), async { orders().typed::<Order>().fetch_all(&db).await }).await?;
        assert!(
            notes.len() == 2 && notes.iter().all(|order| order.note.starts_with("acme")),
            "{leftover}"
        );
        // Nobody holds a lock.
        scope(acme(), async { update(1, "acme 1").execute(&db).await }).await?;
        central("check", async {
            let clean = made::central_query(
                "select cast(@@foreign_key_checks = 1 and @@autocommit = 1 and @a is null \
                     and @@sql_mode like '%STRICT_ALL%' and is_free_lock('tenancy') as signed)",
            );
            assert_eq!(clean.scalar::<i64>().fetch_one(&db).await?, 1, "{leftover}");
            assert_eq!(
                all_orders().scalar::<i64>().fetch_one(&db).await?,
                6,
                "{leftover}"
            );
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(())
}

/// N1: a statement whose answer nobody waited for. sqlx has read the head of a row and not the rest, so what comes next
/// on that connection would be taken for something else.
#[tokio::test]
async fn a_statement_that_is_cut_off() -> Outcome {
    let db = mysql(DbSettings::new().max_connections(1)).await;
    let wide = || made::rows_read("select repeat('x', 6000000) as wide").scalar::<String>();
    let mut cut_off = 0;
    for round in 0..60_u64 {
        let limit = Duration::from_micros(200 * round);
        // Alone.
        let alone = scope(acme(), async {
            tokio::time::timeout(limit, wide().fetch_one(&db)).await
        });
        cut_off += u32::from(alone.await.is_err());
        let id = scope(bolt(), async { orders().typed::<Order>().fetch_all(&db).await }).await?;
        assert!(id.len() == 2 && id.iter().all(|order| order.note.starts_with("bolt")));
        // In a transaction, which then cannot go on.
        scope(acme(), async {
            let mut tx = db.begin().await?;
            insert(3, "lost").execute(&mut tx).await?;
            if tokio::time::timeout(limit, wide().fetch_one(&mut tx))
                .await
                .is_err()
            {
                let behind = orders().fetch_all(&mut tx).await;
                // Dropped before it was polled, it was never sent.
                if behind.is_err() {
                    assert!(matches!(behind, Err(Error::TransactionInDoubt)), "{behind:?}");
                    assert!(matches!(tx.commit().await, Err(Error::TransactionInDoubt)));
                    return Ok(());
                }
            }
            tx.rollback().await
        })
        .await?;
        assert_eq!(
            scope(acme(), async { orders().fetch_all(&db).await })
                .await?
                .len(),
            2
        );
    }
    assert!(cut_off > 5, "{cut_off} of 60 were cut off");
    Ok(())
}

/// A database for each tenant, with the same ids in each.
#[tokio::test]
async fn a_database_for_each_tenant() -> Outcome {
    let names = ["a", "b"].map(|name| tenant(&format!("db-{}-{name}", std::process::id())));
    let mut server = None;
    for tenant in &names {
        let name = DatabaseName::of("main", tenant.id())?;
        let options = mysql_database(name.name()).await;
        let mut connection = options.connect().await?;
        assert!(sqlx::MySql::read_owners(&mut connection).await?.is_empty());
        sqlx::MySql::write_owner(&mut connection, tenant.id()).await?;
        sqlx::MySql::write_owner(&mut connection, acme().id()).await?;
        assert_eq!(
            sqlx::MySql::read_owners(&mut connection).await?,
            [tenant.id().to_string()]
        );
        let setup = format!(
            "create table notes (id bigint primary key, note varchar(100)); insert into notes values (1, '{id}')",
            id = tenant.id()
        );
        connection.execute(AssertSqlSafe(setup)).await?;
        server = Some(options);
    }
    let db: Db = TenantDb::builder(Isolation::Database)
        .server("main", server.ok_or("a server")?)
        .connect()
        .await?;
    for tenant in names {
        let id = tenant.id().to_string();
        let notes = scope(tenant, async {
            let mut tx = db.begin().await?;
            made::database_write("insert into notes values (2, 'more')")
                .execute(&mut tx)
                .await?;
            tx.commit().await?;
            made::database_read("select note from notes order by id")
                .scalar::<String>()
                .fetch_all(&db)
                .await
        });
        assert_eq!(notes.await?, [id, "more".to_owned()]);
    }
    let rows = scope(acme(), async { orders().fetch_all(&db).await }).await;
    assert!(matches!(
        rows,
        Err(Error::Context(TenantContextError::WrongIsolation { .. }))
    ));
    for isolation in [Isolation::Rls, Isolation::Schema] {
        let handle = TenantDb::<sqlx::MySql>::builder(isolation)
            .shared(mysql_options().await)
            .connect()
            .await;
        assert!(matches!(handle, Err(Error::Unsupported { .. })));
    }
    Ok(())
}
