//! The caller may name another tenant's project.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "insert into project_tasks (id, project_id, title) values ($1, $2, 'x')",
        1_i64,
        2_i64
    );
}
