//! A borrowed text lives too short to be part of the program.

use tenancy::dynamic::Prover;

static SHOP: Prover<sqlx::Postgres> = tenancy::embed_project!();

fn sorted(column: &str) {
    let mut query = SHOP.builder("select id from orders where tenant_id = $tenant");
    query.filter_if(Some(1), &format!("{column} = "));
}

fn main() {
    sorted("id");
}
