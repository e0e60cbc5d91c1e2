//! What must compile on SQLite, and run: each case is a program, here compiled into one.

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
    "ui/pass/deletes/plain.rs" as deletes_plain;
    "ui/pass/joins/tenant-columns.rs" as joins_tenant_columns;
    "ui/pass/placeholders/bare.rs" as placeholders_bare;
    "ui/pass/placeholders/numbered.rs" as placeholders_numbered;
    "ui/pass/predicates/simple.rs" as predicates_simple;
    "ui/pass/upserts/replace.rs" as upserts_replace;
    "ui/pass/upserts/tenant-key.rs" as upserts_tenant_key;
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
