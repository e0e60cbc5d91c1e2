//! Even a limit can count foreign rows.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant
          limit (select count(*) from users)"
    );
}
