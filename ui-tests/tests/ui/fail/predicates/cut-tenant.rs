//! A cast that cuts the tenant names another one.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id from orders where tenant_id = $tenant::varchar(3)");
}
