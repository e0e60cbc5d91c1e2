//! What must compile on MySQL, and run: each case is a program, here compiled into one.

use std::path::Path;

macro_rules! cases {
    ($($path:literal as $name:ident;)*) => {
        $(
            #[path = $path]
            #[allow(dead_code, unreachable_pub, reason = "each case is a program of its own")]
            mod $name;
        )*

        /// The files of all cases.
        const CASES: &[&str] = &[$($path),*];

        #[test]
        fn programs_run() {
            $($name::main();)*
        }
    };
}

cases! {
    "ui/pass/inserts/tenant-key.rs" as inserts_tenant_key;
    "ui/pass/joins/composite.rs" as joins_composite;
    "ui/pass/placeholders/repeated.rs" as placeholders_repeated;
    "ui/pass/via/parent.rs" as via_parent;
}

#[test]
fn no_case_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/pass");
    let found: Vec<String> = tenancy_ui_tests::cases(&folder)
        .unwrap()
        .iter()
        .map(|case| format!("ui/pass/{case}.rs"))
        .collect();
    assert_eq!(found, CASES);
}
