//! Shared tables behind row-level security, and a schema per tenant, on a real PostgreSQL: what the statements do not say,
//! the transaction's context says.

mod shop;

use futures_util::TryStreamExt;
use shop::{Outcome, acme, bolt, tenant};
use sqlx::{AssertSqlSafe, Executor, Postgres, Row};
use tenancy::__private::postgres as made;
use tenancy::{DbSettings, Error, IsolationLevel, Query, SchemaName, TenantDb, TenantId, TxOptions, scope};

fn notes(rows: &[sqlx::postgres::PgRow]) -> Vec<String> {
    rows.iter().map(|row| row.get("note")).collect()
}

const READ: &str = "select id, note from orders order by id";

/// The same statements in both isolations: they name no tenant.
struct Cell {
    db: TenantDb<Postgres>,
    tenants: [tenancy::Tenant; 2],
    read: fn(&'static str) -> Query<Postgres>,
    write: fn(&'static str) -> Query<Postgres>,
    insert: &'static str,
}

impl Cell {
    async fn both(connections: u32) -> [Self; 2] {
        let settings = DbSettings::new().max_connections(connections);
        let (db, tenants) = shop::schemas(settings.clone()).await;
        [
            Self {
                db: shop::rls(settings).await,
                tenants: [acme(), bolt()],
                read: made::rls_read,
                write: made::rls_write,
                insert: "insert into orders (tenant_id, id, note) values (current_setting('tenancy.tenant'), 3, 'new')",
            },
            Self {
                db,
                tenants,
                read: made::schema_read,
                write: made::schema_write,
                insert: "insert into orders (id, note) values (3, 'new')",
            },
        ]
    }

    fn own(&self, index: usize) -> Vec<String> {
        let id = self.tenants[index].id();
        vec![format!("{id} 1"), format!("{id} 2")]
    }

    async fn seen(&self, index: usize) -> tenancy::Result<Vec<String>> {
        let rows = scope(self.tenants[index].clone(), async {
            (self.read)(READ).fetch_all(&self.db).await
        });
        Ok(notes(&rows.await?))
    }
}

#[tokio::test]
async fn each_tenant_sees_its_own() -> Outcome {
    for cell in Cell::both(1).await {
        for _ in 0..3 {
            for index in [0, 1] {
                assert_eq!(cell.seen(index).await?, cell.own(index));
            }
        }
        let (tenant, db) = (cell.tenants[0].clone(), cell.db.clone());
        scope(tenant, async {
            let streamed: Vec<_> = (cell.read)(READ).fetch(&db).try_collect().await?;
            assert_eq!(notes(&streamed), cell.own(0));
            assert!((cell.read)(READ).fetch_optional(&db).await?.is_some());
            // A stream that is dropped half-way.
            assert!((cell.read)(READ).fetch(&db).try_next().await?.is_some());
            Ok::<_, Error>(())
        })
        .await?;
        assert_eq!(cell.seen(1).await?, cell.own(1));
    }
    Ok(())
}

#[tokio::test]
async fn single_writes_are_kept_and_confined() -> Outcome {
    for cell in Cell::both(1).await {
        scope(cell.tenants[0].clone(), async {
            (cell.write)(cell.insert).execute(&cell.db).await?;
            let changed = (cell.write)("update orders set note = 'mine'")
                .execute(&cell.db)
                .await?;
            assert_eq!(changed.rows_affected(), 3);
            let deleted = (cell.write)("delete from orders").execute(&cell.db).await?;
            assert_eq!(deleted.rows_affected(), 3);
            Ok::<_, Error>(())
        })
        .await?;
        assert_eq!(cell.seen(0).await?, Vec::<String>::new());
        assert_eq!(cell.seen(1).await?, cell.own(1));
    }
    Ok(())
}

/// The policy refuses a row of another tenant's: an error, not a leak.
#[tokio::test]
async fn rows_of_others_are_refused() -> Outcome {
    let db = shop::rls(DbSettings::new().max_connections(1)).await;
    let error = scope(acme(), async {
        made::rls_write("insert into orders values ('bolt', 9, 'planted')")
            .execute(&db)
            .await
    })
    .await
    .expect_err("refused");
    assert!(error.to_string().contains("row-level security"), "{error}");
    let moved = scope(acme(), async {
        made::rls_write("update orders set tenant_id = 'bolt'")
            .execute(&db)
            .await
    });
    assert!(moved.await.is_err());
    Ok(())
}

/// Behind the policy nothing is read without a tenant, neither on a fresh connection nor on one that had one: it raises.
#[tokio::test]
async fn no_tenant_raises() -> Outcome {
    let db = shop::rls(DbSettings::new().max_connections(1)).await;
    let raw = db.unscoped_pool("test");
    for prepare in ["select 1", "begin; set local tenancy.tenant = 'acme'; commit"] {
        let mut connection = raw.acquire().await?;
        connection.execute(prepare).await?;
        let error = connection.fetch_all(READ).await.expect_err("no tenant");
        assert!(error.to_string().contains("no tenant is set"), "{error}");
    }
    Ok(())
}

/// Nothing of a tenant is left on a connection that goes back: no setting, no search path, no role, no transaction.
#[tokio::test]
async fn connections_come_back_clean() -> Outcome {
    for cell in Cell::both(1).await {
        let plant = scope(cell.tenants[0].clone(), async {
            let mut tx = cell.db.begin().await?;
            // What no proved statement can do: settings of the session, which outlive the transaction.
            (cell.write)("set tenancy.tenant = 'bolt'")
                .execute(&mut tx)
                .await?;
            (cell.write)("set search_path = pg_catalog")
                .execute(&mut tx)
                .await?;
            (cell.write)("set statement_timeout = 12345")
                .execute(&mut tx)
                .await?;
            tx.commit().await
        });
        plant.await?;
        scope(cell.tenants[1].clone(), async {
            let row = (cell.read)("select current_setting('statement_timeout') as note")
                .fetch_one(&cell.db)
                .await?;
            assert_ne!(row.get::<String, _>("note"), "12345ms");
            Ok::<_, Error>(())
        })
        .await?;
        assert_eq!(cell.seen(1).await?, cell.own(1));
    }
    Ok(())
}

/// A transaction that was left open behind our back is never handed on.
#[tokio::test]
async fn open_transactions_are_not_handed_on() -> Outcome {
    for cell in Cell::both(1).await {
        scope(cell.tenants[0].clone(), async {
            let mut tx = cell.db.begin().await?;
            (cell.write)("commit").execute(&mut tx).await?;
            (cell.write)("begin").execute(&mut tx).await?;
            tx.commit().await?;
            let mut tx = cell.db.begin().await?;
            (cell.write)("commit").execute(&mut tx).await?;
            tx.commit().await
        })
        .await?;
        let stamps = scope(cell.tenants[1].clone(), async {
            (cell.read)("select (now() = statement_timestamp())::text as note")
                .fetch_all(&cell.db)
                .await
        });
        stamps.await?;
        assert_eq!(cell.seen(1).await?, cell.own(1));
    }
    Ok(())
}

#[tokio::test]
async fn transactions_have_levels_and_may_be_read_only() -> Outcome {
    for cell in Cell::both(2).await {
        scope(cell.tenants[0].clone(), async {
            let options = TxOptions::new()
                .isolation_level(IsolationLevel::Serializable)
                .read_only(true);
            let mut tx = cell.db.begin_with(options).await?;
            let row = (cell.read)("select current_setting('transaction_isolation') as note")
                .fetch_one(&mut tx)
                .await?;
            assert_eq!(row.get::<String, _>("note"), "serializable");
            let refused = (cell.write)(cell.insert).execute(&mut tx).await;
            assert!(refused.is_err_and(|error| error.to_string().contains("read-only")));
            tx.rollback().await
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn savepoints() -> Outcome {
    for cell in Cell::both(1).await {
        scope(cell.tenants[0].clone(), async {
            let count = "select count(*)::text as note from orders";
            let mut tx = cell.db.begin().await?;
            {
                let mut inner = tx.savepoint().await?;
                (cell.write)(cell.insert).execute(&mut inner).await?;
                inner.rollback().await?;
            }
            {
                let mut inner = tx.savepoint().await?;
                (cell.write)(cell.insert).execute(&mut inner).await?;
                // A failed statement is undone with the savepoint; the transaction goes on.
                assert!((cell.write)(cell.insert).execute(&mut inner).await.is_err());
                assert!(matches!(inner.commit().await, Err(Error::TransactionAborted)));
            }
            {
                let mut inner = tx.savepoint().await?;
                (cell.write)(cell.insert).execute(&mut inner).await?;
                let mut innermost = inner.savepoint().await?;
                (cell.write)("delete from orders").execute(&mut innermost).await?;
                drop(innermost);
                inner.commit().await?;
            }
            let row = (cell.read)(count).fetch_one(&mut tx).await?;
            assert_eq!(row.get::<String, _>("note"), "3");
            tx.commit().await
        })
        .await?;
        assert_eq!(cell.seen(0).await?.len(), 3);
        assert_eq!(cell.seen(1).await?, cell.own(1));
    }
    Ok(())
}

/// A savepoint that was leaked leaves the count of open transactions wrong: a commit would release it and no more.
#[tokio::test]
async fn a_leaked_savepoint_puts_the_transaction_in_doubt() -> Outcome {
    for cell in Cell::both(1).await {
        scope(cell.tenants[0].clone(), async {
            let mut tx = cell.db.begin().await?;
            (cell.write)(cell.insert).execute(&mut tx).await?;
            std::mem::forget(tx.savepoint().await?);
            assert!(matches!(
                (cell.read)(READ).fetch_all(&mut tx).await,
                Err(Error::TransactionInDoubt)
            ));
            assert!(matches!(tx.commit().await, Err(Error::TransactionInDoubt)));
            Ok::<_, Error>(())
        })
        .await?;
        assert_eq!(cell.seen(0).await?, cell.own(0));
        assert_eq!(cell.seen(1).await?, cell.own(1));
    }
    Ok(())
}

/// N7: a schema that is not there is an error, whatever `public` holds; and names that differ are schemas that differ.
#[tokio::test]
async fn a_missing_schema_is_an_error() -> Outcome {
    let (db, _) = shop::schemas(DbSettings::new().max_connections(1)).await;
    let name = shop::fresh("fall");
    let setup = format!("create table public.{name} (id int)");
    db.unscoped_pool("schema").execute(AssertSqlSafe(setup)).await?;
    let sql: &'static str = Box::leak(format!("select id from {name}").into_boxed_str());
    let found = scope(tenant(&shop::fresh("nobody")), async {
        made::schema_read(sql).fetch_all(&db).await
    })
    .await;
    assert!(found.is_err_and(|error| error.to_string().contains("does not exist")));
    // In front of a schema nothing is searched, not even temporary tables.
    assert!(SchemaName::of(&TenantId::parse(&"x".repeat(62))?).is_err());
    Ok(())
}

/// N5: a statement that was prepared for one schema reads the other in the other's scope.
#[tokio::test]
async fn prepared_statements_follow_the_schema() -> Outcome {
    let (db, tenants) = shop::schemas(DbSettings::new().max_connections(1)).await;
    for round in 0..20 {
        for tenant in &tenants {
            let rows = scope(tenant.clone(), async {
                made::schema_read(READ).fetch_all(&db).await
            })
            .await?;
            assert_eq!(notes(&rows)[0], format!("{} 1", tenant.id()), "round {round}");
        }
    }
    Ok(())
}
