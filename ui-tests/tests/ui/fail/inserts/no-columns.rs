//! Without column names the order decides.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("insert into settings values ('theme', 'dark', $tenant)");
}
