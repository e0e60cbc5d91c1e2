use super::*;
use crate::Dialect;
use crate::parse::parse_statement;

/// Parses and drops on a thread as small as that of a test, and clones on a large stack.
fn survives(sql: String) {
    let work = move || {
        let parsed = parse_statement(&sql, Dialect::Postgres).map_err(|refused| refused[0].clone());
        drop(with_large_stack(|| parsed.clone()));
        parsed.map(drop)
    };
    let small = thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(work)
        .expect("a thread");
    small.join().expect("no overflow").expect("accepted");
}

fn refused(sql: &str) {
    let refused = parse_statement(sql, Dialect::Postgres).expect_err("refused");
    assert_eq!(refused[0].code, Code::TooComplex, "{}", refused[0].message);
}

#[test]
fn the_deepest_accepted_chain_fits_a_small_stack() {
    survives(format!("select 1{}", " + 1".repeat(DEEPEST)));
    survives(format!("select a{}", "::int".repeat(DEEPEST)));
    survives(format!("select 1{}", " union all select 1".repeat(DEEPEST)));
    let deep = 45;
    survives(format!(
        "{}select 1{}",
        "select * from (".repeat(deep),
        ") x".repeat(deep)
    ));
    survives(format!(
        "select 1 from {}a{}",
        "(b join ".repeat(deep),
        " on true)".repeat(deep)
    ));
}

#[test]
fn deeper_chains_are_refused_before_there_is_a_tree() {
    for more in [DEEPEST + 1, 20_000] {
        refused(&format!("select 1{}", " + 1".repeat(more)));
        refused(&format!("select a{}", "::int".repeat(more)));
        refused(&format!("select 1 {}", "union select 1 ".repeat(more)));
    }
    refused(&format!(
        "select 1, 2 {}",
        "union select 1, 2 ".repeat(DEEPEST + 1)
    ));
    refused(&format!("select a::int{}", "[]".repeat(DEEPEST + 1)));
    refused(&format!("select 1{}", " is null".repeat(DEEPEST + 1)));
    refused(&format!("select ({}1{})", "(".repeat(300), ")".repeat(300)));
}

#[test]
fn depth_adds_up_through_parentheses_but_not_across_commas() {
    let half = " + 1".repeat(DEEPEST / 2);
    survives(format!("select 1{half}, 1{half}, 1{half}"));
    refused(&format!("select (1{half}){half} + 1"));
    let values = ", ($1 + 1, 'x')".repeat(5_000);
    survives(format!("insert into t values (1, 'x'){values}"));
}

#[test]
fn length_and_token_limits() {
    refused(&format!("select '{}'", "x".repeat(LONGEST_TEXT)));
    refused(&format!("select 1{}", ", 1".repeat(MOST_TOKENS)));
    survives(format!("select 1{}", ", 1".repeat(MOST_TOKENS / 2 - 1)));
}

#[test]
fn nesting_ends_in_a_clear_error() {
    for sql in [
        format!("select {}1{}", "(".repeat(200), ")".repeat(200)),
        format!("select {}1", "- ".repeat(200)),
        format!("{}select 1{}", "select * from (".repeat(100), ") x".repeat(100)),
    ] {
        let refused = parse_statement(&sql, Dialect::Sqlite).expect_err("refused");
        assert_eq!(refused[0].code, Code::TooComplex, "{sql}: {}", refused[0].message);
    }
}

#[test]
fn a_large_stack_holds_recursion_that_a_small_one_does_not() {
    fn deep(levels: usize) -> usize {
        let frame = std::hint::black_box([0_u8; 16 << 10]);
        if levels == 0 {
            usize::from(frame[0])
        } else {
            1 + deep(levels - 1)
        }
    }
    assert_eq!(with_large_stack(|| deep(DEEPEST * 2)), DEEPEST * 2);
}

#[test]
#[should_panic(expected = "goes on")]
fn a_panic_goes_on_in_the_caller() {
    with_large_stack(|| panic!("goes on"));
}
