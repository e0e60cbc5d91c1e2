//! The second row is somebody else's.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into settings (tenant_id, key, value)
         values ($tenant, 'theme', 'dark'),
                ('globex', 'theme', 'light')"
    );
}
