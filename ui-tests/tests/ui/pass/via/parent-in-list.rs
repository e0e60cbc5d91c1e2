//! The parent is found in a list.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select t.title from project_tasks t
          where t.project_id in (select id from projects where tenant_id = $tenant)"
    );
}
