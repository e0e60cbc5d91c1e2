//! The child comes with its parent.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select t.title from project_tasks t
           join projects p on p.id = t.project_id
          where p.tenant_id = $tenant"
    );
}
