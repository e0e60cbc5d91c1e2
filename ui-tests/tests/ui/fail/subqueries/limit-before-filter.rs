//! The first ten of all tenants, then ours among them.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select o.id
           from (select tenant_id, id from orders order by id limit 10) o
          where o.tenant_id = $tenant"
    );
}
