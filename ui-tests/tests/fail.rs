//! What must not compile on PostgreSQL, with the messages that people read.

use std::path::Path;

use tenancy_ui_tests::{is_pinned_compiler, place_fixture, write_monsters};

#[test]
fn messages() {
    if !is_pinned_compiler() {
        return;
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = place_fixture(
        project,
        env!("CARGO_PKG_NAME"),
        Path::new(env!("CARGO_TARGET_TMPDIR")),
    )
    .unwrap();
    write_monsters(&place).unwrap();
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*/*.rs");
}
