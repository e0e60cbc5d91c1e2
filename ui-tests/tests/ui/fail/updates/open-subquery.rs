//! The new value counts everybody's users.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "update orders set total_cents = (select count(*)::int from users)
          where tenant_id = $tenant"
    );
}
