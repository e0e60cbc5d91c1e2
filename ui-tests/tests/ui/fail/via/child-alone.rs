//! Tasks belong to whom their project belongs to.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select id, title from project_tasks where done");
}
