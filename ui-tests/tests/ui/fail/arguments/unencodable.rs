//! A type that the database does not know.

use tenancy::tenant_query;

struct Status;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and status = $1",
        Status
    );
}
