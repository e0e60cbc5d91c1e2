//! Not the key that owns the task.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select t.title
           from project_tasks t
           join projects p on p.id = t.id
          where p.tenant_id = $tenant"
    );
}
