//! What the run-time benchmarks of all databases share: the command line, the data, and what is asked of it.
//!
//! A benchmark runs one query so many times. `cargo xtask bench-run` counts the instructions of two such runs; their
//! difference is free of everything that happens once.

use std::fmt;

use tenancy::{MemoryStore, Tenancy, Tenant, TenantId, TenantStatus};

/// The schema, readable by every database.
pub const SCHEMA: &str = include_str!("../schema/0001_shop.sql");

/// Whose queries are run.
pub const TENANT: &str = "acme";

/// Rows of each tenant and table.
const ROWS: usize = 200;

/// Who runs the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// sqlx with a pool as it comes.
    Sqlx,
    /// sqlx with a pool that does not ping a connection before it hands it out, as ours does not.
    SqlxLean,
    /// This project.
    Tenancy,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One row by its key: the overhead of a call weighs most here.
    Point,
    /// Fifty rows of three tables.
    Join,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Who.
    pub who: Who,
    /// What.
    pub shape: Shape,
    /// How often.
    pub count: usize,
}

/// The command line makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage;

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("arguments: sqlx|sqlx-lean|tenancy point|join COUNT")
    }
}

impl std::error::Error for Usage {}

impl Plan {
    /// Reads the command line.
    ///
    /// # Errors
    ///
    /// [`Usage`] if a word is missing or not known.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Usage> {
        let who = match words.next().as_deref() {
            Some("sqlx") => Who::Sqlx,
            Some("sqlx-lean") => Who::SqlxLean,
            Some("tenancy") => Who::Tenancy,
            Some(_) | None => return Err(Usage),
        };
        let shape = match words.next().as_deref() {
            Some("point") => Shape::Point,
            Some("join") => Shape::Join,
            Some(_) | None => return Err(Usage),
        };
        let count = words.next().and_then(|word| word.parse().ok()).ok_or(Usage)?;
        Ok(Self { who, shape, count })
    }
}

/// A customer's address.
#[derive(Debug, sqlx::FromRow)]
pub struct Address {
    /// Name.
    pub name: String,
    /// Where to write to.
    pub email: String,
}

/// A line of a list of sales.
#[derive(Debug, sqlx::FromRow)]
pub struct Sale {
    /// Number of the order.
    pub id: i64,
    /// Who bought.
    pub customer: String,
    /// What.
    pub product: String,
    /// For how much.
    pub amount: i64,
}

/// The statements that fill the tables with the same rows for two tenants.
pub fn seed() -> Vec<String> {
    let mut statements = Vec::new();
    for tenant in [TENANT, "other"] {
        statements.push(format!(
            "insert into tenants (id, name) values ('{tenant}', 'Tenant {tenant}')"
        ));
        let mut fill = |table: &str, row: &dyn Fn(usize) -> String| {
            let rows: Vec<String> = (1..=ROWS)
                .map(|id| format!("('{tenant}', {id}, {})", row(id)))
                .collect();
            statements.push(format!("insert into {table} values {}", rows.join(", ")));
        };
        fill("customers", &|id| {
            format!("'Customer {id}', 'City {}', 'customer{id}@example.com'", id % 7)
        });
        fill("products", &|id| {
            format!("'Product {id}', 'sku-{id}', {}", id * 100)
        });
        fill("orders", &|id| {
            format!("{id}, {}, {}, {}", ROWS + 1 - id, id * 10, id % 5)
        });
    }
    statements
}

/// The tenant whose queries are run, from a store in memory.
///
/// # Errors
///
/// None in practice: the id is sound and the store has it.
pub async fn tenant() -> Result<Tenant, Box<dyn std::error::Error>> {
    let id = TenantId::parse(TENANT)?;
    let store = MemoryStore::new();
    store.put(id.clone(), TenantStatus::Active);
    Ok(Tenancy::new(store).resolve(&id).await?)
}

#[cfg(test)]
mod tests {
    use super::{Plan, Shape, Usage, Who};

    #[test]
    fn a_plan_is_three_words() {
        let parse = |line: &str| Plan::parse(line.split_whitespace().map(str::to_owned));
        assert_eq!(
            parse("tenancy join 7"),
            Ok(Plan {
                who: Who::Tenancy,
                shape: Shape::Join,
                count: 7
            })
        );
        assert_eq!(parse("tenancy join"), Err(Usage));
        assert_eq!(parse("mongo join 7"), Err(Usage));
        assert_eq!(parse("sqlx both 7"), Err(Usage));
    }
}
