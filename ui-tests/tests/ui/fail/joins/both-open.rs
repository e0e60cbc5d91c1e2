//! Two tables, two errors.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id, c.name
           from orders o
           join customers c on c.id = o.customer_id"
    );
}
