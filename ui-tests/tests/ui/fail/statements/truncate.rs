//! Empties the table for everybody.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "
        -- the caret finds the first word
        truncate orders"
    );
}
