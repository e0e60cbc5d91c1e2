//! Both arms are pinned.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select email from customers where tenant_id = $tenant
         union
         select email from users where tenant_id = $tenant"
    );
}
