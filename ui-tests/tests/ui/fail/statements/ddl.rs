//! Migrations are no tenant's work.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("drop table orders");
}
