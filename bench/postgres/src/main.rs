//! Runs one query on PostgreSQL, so many times: `sqlx|sqlx-lean|tenancy point|join COUNT`. The database is
//! `TENANCY_TEST_POSTGRES_URL`, which `setup` fills once.

use std::error::Error;

use sqlx::postgres::PgPoolOptions;
use sqlx::{Executor, PgPool, Postgres};
use tenancy::{DbSettings, TenantDb};
use tenancy_bench::{Address, Plan, SCHEMA, Sale, Shape, TENANT, Who, seed, tenant};

const URL: &str = "TENANCY_TEST_POSTGRES_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var(URL).map_err(|_| format!("{URL} is not set: use `cargo xtask bench-run`"))?;
    if std::env::args().nth(1).as_deref() == Some("setup") {
        return Ok(fill(&PgPool::connect(&url).await?).await?);
    }
    let Plan { who, shape, count } = Plan::parse(std::env::args().skip(1))?;
    match who {
        Who::Sqlx | Who::SqlxLean => {
            let options = PgPoolOptions::new().max_connections(1);
            let pool = options
                .test_before_acquire(who == Who::Sqlx)
                .connect(&url)
                .await?;
            for turn in 0..count {
                match shape {
                    Shape::Point => plain::point(&pool, TENANT, key(turn)).await?,
                    Shape::Join => plain::join(&pool, TENANT, key(turn)).await?,
                }
            }
        }
        Who::Tenancy => {
            let db = TenantDb::connect_with(url.parse()?, DbSettings::new().max_connections(1)).await?;
            let tenant = tenant().await?;
            for turn in 0..count {
                // A scope for each query, as a request would have.
                match shape {
                    Shape::Point => tenancy::scope(tenant.clone(), ours::point(&db, key(turn))).await?,
                    Shape::Join => tenancy::scope(tenant.clone(), ours::join(&db, key(turn))).await?,
                }
            }
        }
    }
    Ok(())
}

fn key(turn: usize) -> i64 {
    i64::try_from(turn % 100).unwrap_or_default() + 1
}

async fn fill(pool: &PgPool) -> sqlx::Result<()> {
    pool.execute(SCHEMA).await?;
    for statement in seed() {
        pool.execute(sqlx::AssertSqlSafe(statement)).await?;
    }
    Ok(())
}

mod plain {
    use super::{Address, PgPool, Sale};

    pub(super) async fn point(db: &PgPool, tenant: &str, id: i64) -> sqlx::Result<()> {
        sqlx::query_as::<_, Address>("select name, email from customers where tenant_id = $1 and id = $2")
            .bind(tenant)
            .bind(id)
            .fetch_one(db)
            .await
            .map(drop)
    }

    pub(super) async fn join(db: &PgPool, tenant: &str, least: i64) -> sqlx::Result<()> {
        sqlx::query_as::<_, Sale>(
            "select o.id, c.name as customer, p.title as product, o.total as amount
               from orders o
               join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id
               join products p on p.tenant_id = o.tenant_id and p.id = o.product_id
              where o.tenant_id = $1 and o.id > $2
              order by o.id limit 50",
        )
        .bind(tenant)
        .bind(least)
        .fetch_all(db)
        .await
        .map(drop)
    }
}

mod ours {
    use super::{Address, Postgres, Sale, TenantDb};

    pub(super) async fn point(db: &TenantDb<Postgres>, id: i64) -> tenancy::Result<()> {
        tenancy::tenant_query_as!(
            Address,
            "select name, email from customers where tenant_id = $tenant and id = $1",
            id
        )
        .fetch_one(db)
        .await
        .map(drop)
    }

    pub(super) async fn join(db: &TenantDb<Postgres>, least: i64) -> tenancy::Result<()> {
        tenancy::tenant_query_as!(
            Sale,
            "select o.id, c.name as customer, p.title as product, o.total as amount
               from orders o
               join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id
               join products p on p.tenant_id = o.tenant_id and p.id = o.product_id
              where o.tenant_id = $tenant and o.id > $1
              order by o.id limit 50",
            least
        )
        .fetch_all(db)
        .await
        .map(drop)
    }
}
