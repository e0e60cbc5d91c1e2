//! Nothing but a comment.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("-- select 1");
}
