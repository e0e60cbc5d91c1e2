//! Statements built at run time, and the query builder, on PostgreSQL.

mod shop;

use shop::{Outcome, TENANTS, acme, bolt, postgres, tenant};
use sqlx::{FromRow, Postgres};
use tenancy::dynamic::{Direction, Prover, QueryBuilder, Refused};
use tenancy::{DbSettings, Error, TenantContextError, TenantDb, scope};

static SHOP: Prover<Postgres> = tenancy::embed_project!("dynamic/postgres");

const ORDERS: &str = "select id, note from orders where tenant_id = $tenant order by id";
const SORTS: &[(&str, &str)] = &[("number", "o.id"), ("note", "o.note")];

#[derive(Debug, PartialEq, FromRow)]
struct Order {
    id: i64,
    note: String,
}

async fn shop() -> TenantDb<Postgres> {
    postgres(DbSettings::new().max_connections(2)).await
}

/// How many statements the connection at hand keeps prepared.
async fn prepared(db: &TenantDb<Postgres>) -> i64 {
    let mut tx = scope(acme(), db.begin()).await.expect("a transaction");
    let texts = scope(acme(), async {
        tenancy::__private::postgres::rows_write(
            "select count(*) from pg_prepared_statements where statement like 'select id from orders%'",
        )
        .scalar::<i64>()
        .fetch_one(&mut tx)
        .await
    })
    .await
    .expect("a count");
    scope(acme(), tx.rollback()).await.expect("a rollback");
    texts
}

#[tokio::test]
async fn verbs_and_tenants() -> Outcome {
    let db = shop().await;
    for name in TENANTS {
        scope(tenant(name), async {
            let rows = SHOP.query_as::<Order>(ORDERS).fetch_all(&db).await?;
            assert!(rows.len() == 2 && rows.iter().all(|row| row.note.starts_with(name)));
            // PostgreSQL's numbers are the caller's, in any order and more than once.
            let twice = "select id from orders where id > $2 and tenant_id = $tenant and id < $1 and note <> $2::text";
            let ids = SHOP.query_scalar::<i64>(twice).bind(9_i64).bind(1_i64);
            assert_eq!(ids.fetch_all(&db).await?, [2]);
            let mut tx = db.begin().await?;
            let insert = "insert into orders (tenant_id, id, note) values ($tenant, $1, $2)";
            SHOP.query(insert).bind(7_i64).bind("x").execute(&mut tx).await?;
            assert_eq!(SHOP.query(ORDERS).fetch_all(&mut tx).await?.len(), 3);
            tx.rollback().await?;
            let refused = SHOP.query("select note from orders").fetch_all(&db).await;
            assert!(matches!(refused, Err(Error::Refused(Refused::Unproved(_)))));
            let hidden = "select id from orders where tenant_id = $tenant and note <> '$1' -- $2";
            let refused = SHOP.query(hidden).bind(1_i64).fetch_all(&db).await;
            assert!(matches!(
                refused,
                Err(Error::Refused(Refused::Values { placeholders: 0, values: 1 }))
            ));
            Ok::<_, Error>(())
        })
        .await?;
    }
    let built_for_acme = scope(acme(), async { SHOP.query(ORDERS) }).await;
    assert!(matches!(
        scope(bolt(), built_for_acme.fetch_all(&db)).await,
        Err(Error::Context(TenantContextError::Mismatch { .. }))
    ));
    Ok(())
}

#[tokio::test]
async fn the_builder() -> Outcome {
    let db = shop().await;
    scope(acme(), async {
        for chosen in 0..64_u32 {
            let wanted = |bit: u32| chosen & (1 << bit) != 0;
            let mut query = SHOP.builder("select o.id from orders o where o.tenant_id = $tenant");
            query
                .filter_if(wanted(0).then_some(1_i64), "o.id = ")
                .filter_if(wanted(1).then_some("acme 1"), "o.note = ")
                .filter_when(wanted(2), "o.id = 1 or o.id = 2")
                .filter_in(wanted(3).then_some(vec![1_i64, 5, 7]), "o.id")
                .filter_after(
                    wanted(4).then_some((0_i64, "a")),
                    &["o.id", "o.note"],
                    Direction::Ascending,
                    |keys, (id, note)| {
                        keys.push_bind(id).push_bind(note);
                    },
                );
            if wanted(5) {
                query
                    .order_by(SORTS, "note", Direction::Descending)
                    .expect("on the list");
            }
            query.page(10, 0);
            let text = query.sql().to_owned();
            let found = query.build_query_scalar::<i64>().fetch_all(&db).await;
            let mut found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
            let one = wanted(0) || wanted(1) || wanted(3);
            if !wanted(5) {
                found.sort_unstable();
            } else if !one {
                found.reverse();
            }
            assert_eq!(found, if one { vec![1] } else { vec![1, 2] }, "{text}");
        }
        let mut empty = SHOP.builder("select o.id from orders o where o.tenant_id = $tenant");
        empty.filter_in(Some(Vec::<i64>::new()), "o.id");
        assert_eq!(
            empty.build_query_scalar::<i64>().fetch_all(&db).await?,
            [0_i64; 0]
        );

        let mut insert = QueryBuilder::new(&SHOP, "insert into orders (tenant_id, id, note) ");
        insert.push_values(
            (100..2_100_i64).map(|id| (id, format!("'); -- {id}"))),
            |row, (id, note)| {
                row.push("$tenant").push_bind(id).push_bind(note);
            },
        );
        assert_eq!(insert.build().execute(&db).await?.rows_affected(), 2_000);

        // `x$1` is a name and `$1` before a `0` is `$10`: they are kept apart.
        let mut words = SHOP
            .builder("select id from orders where tenant_id = $tenant and id in (1, 2) order by id limit");
        words.push_bind(1_i64).push("offset").push_bind(1_i64);
        assert_eq!(words.build_query_scalar::<i64>().fetch_all(&db).await?, [2]);
        for (before, after) in [
            (" and note = '", "'"),
            (" and note = $x$", "$x$"),
            (" and note = e'\\'", "'"),
            (" /* /* */ ", " */"),
            (" -- ", "\n"),
            (" and note <> \"", "\""),
            (" or note <> ", ""),
        ] {
            let mut query = SHOP.builder("select id from orders where tenant_id = $tenant");
            query.push(before).push_bind("x").push(after);
            let outcome = query.build().fetch_all(&db).await;
            assert!(matches!(outcome, Err(Error::Refused(_))), "{before}: {outcome:?}");
        }
        let mut numbered = SHOP.builder("select id from orders where tenant_id = $tenant and id = $1");
        numbered.push(" and note = ").push_bind("x");
        let outcome = numbered.build().fetch_all(&db).await;
        assert!(matches!(
            outcome,
            Err(Error::Refused(Refused::Placeholder { .. }))
        ));
        Ok(())
    })
    .await
}

/// A text that comes once is not kept prepared, and a flood of them does not push out what others prepared.
#[tokio::test]
async fn texts_that_come_once_are_not_kept_prepared() -> Outcome {
    static FRESH: Prover<Postgres> = tenancy::embed_project!("dynamic/postgres");
    let db = postgres(DbSettings::new().max_connections(1)).await;
    let text = |number: usize| format!("select id from orders where tenant_id = $tenant and id <> {number}");
    scope(acme(), async {
        for number in 0..20 {
            FRESH.query(&text(number)).fetch_all(&db).await?;
        }
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!(prepared(&db).await, 0);
    scope(acme(), async {
        for _ in 0..3 {
            FRESH.query(&text(0)).fetch_all(&db).await?;
        }
        for _ in 0..3 {
            for number in 0..200 {
                FRESH.query(&text(number)).fetch_all(&db).await?;
            }
        }
        Ok::<_, Error>(())
    })
    .await?;
    let kept = prepared(&db).await;
    assert!((1..=60).contains(&kept), "{kept}");
    Ok(())
}
