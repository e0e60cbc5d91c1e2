//! Statements built at run time, and the query builder, on MariaDB.

mod shop;

use shop::{Outcome, TENANTS, acme, mysql, tenant};
use sqlx::{FromRow, MySql};
use tenancy::dynamic::{Direction, Prover, QueryBuilder, Refused};
use tenancy::{DbSettings, Error, scope};

static SHOP: Prover<MySql> = tenancy::embed_project!("dynamic/mysql");

const ORDERS: &str = "select id, note from orders where tenant_id = $tenant order by id";
const SORTS: &[(&str, &str)] = &[("number", "o.id"), ("note", "o.note")];

#[derive(Debug, PartialEq, FromRow)]
struct Order {
    id: i64,
    note: String,
}

#[tokio::test]
async fn verbs_and_tenants() -> Outcome {
    let db = mysql(DbSettings::new().max_connections(2)).await;
    for name in TENANTS {
        scope(tenant(name), async {
            let rows = SHOP.query_as::<Order>(ORDERS).fetch_all(&db).await?;
            assert!(rows.len() == 2 && rows.iter().all(|row| row.note.starts_with(name)));
            // The tenant stands between two values, and twice.
            let between = "select o.id from orders o where o.id > ? and o.tenant_id = $tenant and o.note <> ? \
                           and exists (select 1 from orders p where p.tenant_id = $tenant and p.id = ?)";
            let ids = SHOP.query_scalar::<i64>(between).bind(1_i64).bind("x").bind(1_i64);
            assert_eq!(ids.fetch_all(&db).await?, [2]);
            let mut tx = db.begin().await?;
            let insert = "insert into orders (tenant_id, id, note) values ($tenant, ?, ?)";
            SHOP.query(insert).bind(7_i64).bind("x").execute(&mut tx).await?;
            assert_eq!(SHOP.query(ORDERS).fetch_all(&mut tx).await?.len(), 3);
            tx.rollback().await?;
            let refused = SHOP.query("select note from orders").fetch_all(&db).await;
            assert!(matches!(refused, Err(Error::Refused(Refused::Unproved(_)))));
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_builder() -> Outcome {
    let db = mysql(DbSettings::new().max_connections(2)).await;
    scope(acme(), async {
        for ids in [vec![], vec![2_i64], vec![1, 5, 2]] {
            let mut query = SHOP.builder("select o.id from orders o where o.tenant_id = $tenant");
            query.filter_in(Some(ids.clone()), "o.id");
            query
                .order_by(SORTS, "number", Direction::Ascending)
                .expect("on the list");
            let found = query.build_query_scalar::<i64>().fetch_all(&db).await?;
            let wanted: Vec<i64> = [1, 2].into_iter().filter(|id| ids.contains(id)).collect();
            assert_eq!(found, wanted);
        }
        let mut insert = QueryBuilder::new(&SHOP, "insert into orders (tenant_id, id, note) ");
        insert.push_values(
            (100..600_i64).map(|id| (id, format!("'); -- {id}"))),
            |row, (id, note)| {
                row.push("$tenant").push_bind(id).push_bind(note);
            },
        );
        assert_eq!(insert.build().execute(&db).await?.rows_affected(), 500);
        let mut open = SHOP.builder("select id from orders where tenant_id = $tenant");
        open.push(" or note <> ").push_bind("x");
        assert!(matches!(
            open.build().fetch_all(&db).await,
            Err(Error::Refused(_))
        ));
        let mut marked = SHOP.builder("select id from orders where tenant_id = $tenant and id = ?");
        marked.push(" and note = ").push_bind("x");
        assert!(matches!(
            marked.build().fetch_all(&db).await,
            Err(Error::Refused(Refused::Placeholder { .. }))
        ));
        Ok(())
    })
    .await
}
