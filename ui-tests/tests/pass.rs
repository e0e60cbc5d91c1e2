//! What must compile on PostgreSQL, and run: each case is a program, here compiled into one.

use std::path::Path;

macro_rules! cases {
    ($($path:literal as $name:ident;)*) => {
        $(
            #[path = $path]
            #[allow(
                dead_code,
                unreachable_pub,
                unfulfilled_lint_expectations,
                clippy::multiple_bound_locations,
                clippy::let_underscore_future,
                clippy::manual_async_fn,
                reason = "each case is a program of its own, and shows what people may write"
            )]
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
    "ui/pass/arguments/concatenated.rs" as arguments_concatenated;
    "ui/pass/arguments/expressions.rs" as arguments_expressions;
    "ui/pass/arguments/in-a-macro.rs" as arguments_in_a_macro;
    "ui/pass/arguments/question-mark.rs" as arguments_question_mark;
    "ui/pass/arguments/shadowed-names.rs" as arguments_shadowed_names;
    "ui/pass/ctes/recursive.rs" as ctes_recursive;
    "ui/pass/ctes/two.rs" as ctes_two;
    "ui/pass/deletes/using.rs" as deletes_using;
    "ui/pass/functions/pure.rs" as functions_pure;
    "ui/pass/grouping/pinned-outside.rs" as grouping_pinned_outside;
    "ui/pass/grouping/totals.rs" as grouping_totals;
    "ui/pass/handles/database-and-transaction.rs" as handles_database_and_transaction;
    "ui/pass/handles/future-is-send.rs" as handles_future_is_send;
    "ui/pass/inserts/from-select.rs" as inserts_from_select;
    "ui/pass/inserts/values.rs" as inserts_values;
    "ui/pass/joins/comma.rs" as joins_comma;
    "ui/pass/joins/composite-key.rs" as joins_composite_key;
    "ui/pass/joins/shared.rs" as joins_shared;
    "ui/pass/joins/tenant-columns.rs" as joins_tenant_columns;
    "ui/pass/joins/using.rs" as joins_using;
    "ui/pass/outer-joins/left.rs" as outer_joins_left;
    "ui/pass/outer-joins/pinned-in-on.rs" as outer_joins_pinned_in_on;
    "ui/pass/placeholders/repeated.rs" as placeholders_repeated;
    "ui/pass/placeholders/reversed.rs" as placeholders_reversed;
    "ui/pass/placeholders/shared-table-only.rs" as placeholders_shared_table_only;
    "ui/pass/predicates/both-arms.rs" as predicates_both_arms;
    "ui/pass/predicates/flipped.rs" as predicates_flipped;
    "ui/pass/predicates/in-list.rs" as predicates_in_list;
    "ui/pass/predicates/or-inside.rs" as predicates_or_inside;
    "ui/pass/predicates/other-name.rs" as predicates_other_name;
    "ui/pass/predicates/row.rs" as predicates_row;
    "ui/pass/predicates/simple.rs" as predicates_simple;
    "ui/pass/predicates/tenant-root.rs" as predicates_tenant_root;
    "ui/pass/scoped-attribute/block.rs" as scoped_attribute_block;
    "ui/pass/scoped-attribute/dynamic.rs" as scoped_attribute_dynamic;
    "ui/pass/scoped-attribute/own-error.rs" as scoped_attribute_own_error;
    "ui/pass/scoped-attribute/returned-future.rs" as scoped_attribute_returned_future;
    "ui/pass/scoped-attribute/scope.rs" as scoped_attribute_scope;
    "ui/pass/scoped-attribute/trait.rs" as scoped_attribute_trait;
    "ui/pass/set-ops/both-arms.rs" as set_ops_both_arms;
    "ui/pass/set-ops/pinned-outside.rs" as set_ops_pinned_outside;
    "ui/pass/statements/central.rs" as statements_central;
    "ui/pass/statements/file.rs" as statements_file;
    "ui/pass/subqueries/correlated.rs" as subqueries_correlated;
    "ui/pass/subqueries/derived-table.rs" as subqueries_derived_table;
    "ui/pass/subqueries/lateral.rs" as subqueries_lateral;
    "ui/pass/subqueries/scalar.rs" as subqueries_scalar;
    "ui/pass/updates/from.rs" as updates_from;
    "ui/pass/upserts/tenant-key.rs" as upserts_tenant_key;
    "ui/pass/via/insert.rs" as via_insert;
    "ui/pass/via/parent.rs" as via_parent;
    "ui/pass/via/parent-in-list.rs" as via_parent_in_list;
    "ui/pass/views/pinned.rs" as views_pinned;
    "ui/pass/windows/partition.rs" as windows_partition;
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
