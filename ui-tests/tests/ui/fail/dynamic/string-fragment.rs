//! Text that was put together at run time is no fragment.

use tenancy::dynamic::Prover;

static SHOP: Prover<sqlx::Postgres> = tenancy::embed_project!();

fn main() {
    let column = std::env::args().next().unwrap_or_default();
    let mut query = SHOP.builder("select id from orders where tenant_id = $tenant order by ");
    query.push(column);
}
