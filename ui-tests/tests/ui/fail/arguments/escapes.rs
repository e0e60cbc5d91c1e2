//! The caret is right behind escapes and other scripts.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select 'gr\u{f6}\u{df}e ü\t\"x\"' as size, id from orders");
}
