//! What must not compile with automatic predicates, with the messages that people read.

use std::path::Path;

use tenancy_ui_tests::{is_pinned_compiler, place_fixture};

#[test]
fn messages() {
    if !is_pinned_compiler() {
        return;
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    place_fixture(
        project,
        env!("CARGO_PKG_NAME"),
        Path::new(env!("CARGO_TARGET_TMPDIR")),
    )
    .unwrap();
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*/*.rs");
}
