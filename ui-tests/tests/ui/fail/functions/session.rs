//! A setting is not the tenant.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where tenant_id = current_setting('app.tenant_id')");
}
