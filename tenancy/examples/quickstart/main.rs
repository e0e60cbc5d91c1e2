//! Two tenants in the same tables, with the same ids. Run it: `cargo run --example quickstart`.
//!
//! Nothing else is needed: the database is an SQLite in memory. The schema is in `migrations/`, and the project file
//! that tells the macros about it is `tenancy.toml`, beside this crate's `Cargo.toml`.

#![expect(clippy::print_stdout, reason = "the output is the point")]

use sqlx::{FromRow, Sqlite};
use tenancy::{InTenant, MemoryStore, Tenancy, Tenant, TenantDb, TenantId, TenantStatus};
use tenancy::{central, central_query, tenant_query, tenant_query_as, tenant_scoped};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// An order that waits, and who waits for it.
#[derive(FromRow)]
struct Order {
    id: i64,
    item: String,
    customer: String,
}

/// The business, written once. Whose business it is comes from the scope it is called in.
#[derive(Clone)]
struct Orders {
    db: TenantDb<Sqlite>,
}

#[tenant_scoped]
impl Orders {
    async fn waiting(&self) -> tenancy::Result<Vec<Order>> {
        tenant_query_as!(
            Order,
            "select o.id, o.item, c.name as customer
               from orders o
               join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id
              where o.tenant_id = $tenant and o.shipped = 0
              order by o.id"
        )
        .fetch_all(&self.db)
        .await
    }

    async fn ship(&self, id: i64) -> tenancy::Result<u64> {
        let result = tenant_query!(
            "update orders set shipped = 1 where tenant_id = $tenant and id = ?",
            id
        )
        .execute(&self.db)
        .await?;
        Ok(result.rows_affected())
    }

    /// One customer with two orders, all or nothing.
    async fn open_shop(&self, customer: &str, items: [&str; 2]) -> tenancy::Result<()> {
        let mut tx = self.db.begin().await?;
        tenant_query!(
            "insert into customers (tenant_id, id, name) values ($tenant, 1, ?)",
            customer
        )
        .execute(&mut tx)
        .await?;
        for (id, item) in (1_i64..).zip(items) {
            tenant_query!(
                "insert into orders (tenant_id, id, customer_id, item) values ($tenant, ?, 1, ?)",
                id,
                item
            )
            .execute(&mut tx)
            .await?;
        }
        tx.commit().await
    }
}

#[tokio::main]
async fn main() -> Outcome {
    let db = TenantDb::<Sqlite>::connect("sqlite::memory:").await?;
    sqlx::migrate!("examples/quickstart/migrations")
        .run(db.unscoped_pool("run the migrations"))
        .await?;
    let (acme, bolt) = onboard(&db).await?;
    let orders = Orders { db };

    orders
        .open_shop("Wile E.", ["anvil", "rocket"])
        .in_tenant(acme.clone())
        .await?;
    orders
        .open_shop("Ada", ["bicycle", "helmet"])
        .in_tenant(bolt.clone())
        .await?;

    say("Two tenants share the tables. Their orders have the same ids.");
    show(&orders, [&acme, &bolt]).await?;

    say("acme ships its order 1. The order 1 of bolt is another row.");
    orders.ship(1).in_tenant(acme.clone()).await?;
    show(&orders, [&acme, &bolt]).await?;

    say("Outside of a tenant's scope nothing is sent to the database.");
    if let Err(error) = orders.waiting().await {
        refusal("orders.waiting().await", &error);
    }

    say("A plain task leaves the scope, so it is refused; `tenancy::spawn` takes the tenant along.");
    async {
        let (plain, scoped) = (orders.clone(), orders.clone());
        if let Err(error) = tokio::spawn(async move { plain.waiting().await }).await? {
            refusal("tokio::spawn(async { orders.waiting().await })", &error);
        }
        let waiting = tenancy::spawn(async move { scoped.waiting().await }).await??;
        println!(
            "    tenancy::spawn(async {{ orders.waiting().await }})\n      {} order of acme waits",
            waiting.len()
        );
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    }
    .in_tenant(acme)
    .await?;

    say("A query that forgets the tenant does not get that far: it does not compile.");
    for line in include_str!("forgotten.stderr").lines() {
        println!("    {line}");
    }
    println!();
    Ok(())
}

/// Adds the tenants. No tenant can do that, so it is declared as work across tenants, with a reason.
async fn onboard(db: &TenantDb<Sqlite>) -> Outcome<(Tenant, Tenant)> {
    let store = MemoryStore::new();
    let (acme, bolt) = (TenantId::parse("acme")?, TenantId::parse("bolt")?);
    for id in [&acme, &bolt] {
        store.put(id.clone(), TenantStatus::Active);
        central("onboarding", async {
            central_query!("insert into tenants (id) values (?)", id.as_str())
                .execute(db)
                .await
        })
        .await?;
    }
    let tenancy = Tenancy::new(store);
    Ok((tenancy.resolve(&acme).await?, tenancy.resolve(&bolt).await?))
}

fn say(text: &str) {
    println!("\n{text}\n");
}

async fn show(orders: &Orders, tenants: [&Tenant; 2]) -> Outcome {
    for tenant in tenants {
        for order in orders.waiting().in_tenant(tenant.clone()).await? {
            println!(
                "    {}  order {}  {:<8} for {}",
                tenant.id(),
                order.id,
                order.item,
                order.customer
            );
        }
    }
    Ok(())
}

fn refusal(call: &str, error: &tenancy::Error) {
    println!("    {call}");
    for line in wrapped(&format!("refused: {error}"), 84) {
        println!("      {line}");
    }
}

/// The words of `text` in lines of at most `width` characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if let Some(line) = lines.last_mut()
            && line.len() + word.len() < width
        {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
