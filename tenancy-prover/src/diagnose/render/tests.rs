//! Diagnostics as they are drawn.

use super::{Look, Source, messages, render, render_as};
use crate::{Code, Diagnostic, Edit, Span, Suggestion};

const SQL: &str = "select o.id, c.name\n  from orders o\n  join customers c on c.id = o.customer_id\n where o.tenant_id = $tenant";

fn unscoped(span: Span) -> Diagnostic {
    Diagnostic {
        code: Code::UnscopedTable,
        message: "`customers c` is not confined to the current tenant".to_owned(),
        span,
        label: "rows of every tenant".to_owned(),
        help: vec!["add `c.tenant_id = o.tenant_id` to the join's `on`".to_owned()],
        notes: vec!["`customers` is tenant-owned: migrations/0001_shop.sql:12".to_owned()],
        suggestion: None,
    }
}

/// The same, where a change is known to mend it.
fn mended(span: Span, edits: &[(&str, usize, &str)]) -> Diagnostic {
    let edits = edits.iter().map(|&(behind, taken, text)| {
        let start = SQL.find(behind).unwrap() + behind.len();
        let at = |at: usize| u32::try_from(at).unwrap();
        Edit {
            span: Span::new(at(start), at(start + taken)),
            text: text.to_owned(),
        }
    });
    Diagnostic {
        help: vec!["in words".to_owned()],
        suggestion: Some(Box::new(Suggestion {
            edits: edits.collect(),
            text: String::new(),
        })),
        ..unscoped(span)
    }
}

fn message(diagnostic: &Diagnostic, source: &Source) -> String {
    messages(std::slice::from_ref(diagnostic), source).remove(0)
}

fn customers() -> Span {
    let start = u32::try_from(SQL.find("customers c").unwrap()).unwrap();
    Span::new(start, start + 11)
}

#[test]
fn a_file_shows_the_line_and_the_caret() {
    let text = render(&[unscoped(customers())], &Source::file("queries/late.sql", SQL));
    let expected = "\
error[unscoped-table]: `customers c` is not confined to the current tenant
 --> queries/late.sql:3:8
  |
3 |   join customers c on c.id = o.customer_id
  |        ^^^^^^^^^^^ rows of every tenant
  |
  = note: `customers` is tenant-owned: migrations/0001_shop.sql:12
  = help: add `c.tenant_id = o.tenant_id` to the join's `on`";
    assert_eq!(text, expected);
}

#[test]
fn an_unknown_place_shows_the_message_and_the_help_alone() {
    let text = message(&unscoped(Span::default()), &Source::file("x.sql", SQL));
    assert!(!text.contains("-->"), "{text}");
    assert!(text.starts_with("`customers c` is not confined to the current tenant [unscoped-table]"));
    assert!(text.contains("help: add"), "{text}");
    assert_eq!(text, message(&unscoped(customers()), &Source::unknown()));
}

#[test]
fn spans_that_fit_no_text_do_not_panic() {
    for (start, end) in [(0, 1), (5, 2), (900, 901), (u32::MAX - 1, u32::MAX), (3, 900)] {
        for source in [
            Source::file("x.sql", SQL),
            Source::file("x.sql", "ä"),
            Source::file("x.sql", ""),
            Source::literal("x.rs", "", 1, Vec::new()),
            Source::literal("x.rs", "   \"ä\"", 1, vec![4..6, 4..6]),
        ] {
            assert!(!message(&unscoped(Span::new(start, end)), &source).is_empty());
        }
    }
}

#[test]
fn long_lines_are_cut_around_the_caret() {
    let sql = format!("select {} from orders o where true", "o.id, ".repeat(100));
    let start = u32::try_from(sql.find("orders o").unwrap()).unwrap();
    let text = message(
        &unscoped(Span::new(start, start + 8)),
        &Source::file("long.sql", sql),
    );
    let caret = text.lines().find(|line| line.contains("^^^")).unwrap();
    assert!(caret.chars().count() <= 120, "{text}");
    assert!(text.contains("from orders o"), "{text}");
}

#[test]
fn narrow_terminals_see_the_caret_and_its_label() {
    let sql = "select o.id, o.total, o.customer_id, c.name, c.email from orders o join customers c on c.id = o.customer_id where o.tenant_id = $tenant and o.total > 100";
    let start = u32::try_from(sql.find("customers c").unwrap()).unwrap();
    let look = Look {
        width: 60,
        ..Look::default()
    };
    let found = [unscoped(Span::new(start, start + 11))];
    let expected = "\
error[unscoped-table]: `customers c` is not confined to the
                       current tenant
 --> <sql>:1:73
  |
1 | ...s o join customers c on c.id = o.customer_id where...
  |             ^^^^^^^^^^^ rows of every tenant
  |
  = note: `customers` is tenant-owned:
          migrations/0001_shop.sql:12
  = help: add `c.tenant_id = o.tenant_id` to the join's
          `on`";
    let source = Source::file("<sql>", sql);
    assert_eq!(render_as(&found, &source, look), expected);
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let source = Source::file("<sql>", SQL);
    let look = Look {
        colour: true,
        ..Look::default()
    };
    let found = [unscoped(customers())];
    let coloured = render_as(&found, &source, look);
    assert!(coloured.contains('\u{1b}'));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&plain), trimmed(&render(&found, &source)));
}

/// A literal that begins in the eighth column of line 9.
fn literal(quote: &str) -> Source {
    let shown = format!("{}{quote}{SQL}\"", " ".repeat(7));
    let before = 7 + quote.len();
    let positions = (0..SQL.len()).map(|at| at + before..at + before + 1).collect();
    Source::literal("src/late.rs", shown, 9, positions)
}

#[test]
fn a_change_is_drawn_on_the_lines_that_it_changes() {
    let edits = [("o.customer_id", 0, " and c.tenant_id = $tenant")];
    let text = message(&mended(customers(), &edits), &literal("\""));
    let expected = "\
`customers c` is not confined to the current tenant [unscoped-table]
  --> src/late.rs:11:8
   |
11 |   join customers c on c.id = o.customer_id
   |        ^^^^^^^^^^^ rows of every tenant
   |
   = note: `customers` is tenant-owned: migrations/0001_shop.sql:12
help: with this change the statement is proved
   |
11 |   join customers c on c.id = o.customer_id and c.tenant_id = $tenant
   |                                           ++++++++++++++++++++++++++";
    assert_eq!(text, expected);
}

#[test]
fn all_changes_and_those_of_a_line_together() {
    let edits = [
        ("select ", 4, "o.total"),
        ("select o.id, c.name", 0, ", 1"),
        (" where o.tenant_id = $tenant", 0, " and true"),
    ];
    let first = Span::new(7, 11);
    let text = render(&[mended(first, &edits)], &literal("\""));
    let expected = "\
error[unscoped-table]: `customers c` is not confined to the current tenant
  --> src/late.rs:9:16
   |
 9 |        \"select o.id, c.name
   |                ^^^^ rows of every tenant
   |
   = note: `customers` is tenant-owned: migrations/0001_shop.sql:12
help: with this change the statement is proved
   |
 9 |        \"select o.total, c.name, 1
   |                ~~~~~~~        +++
   |
12 |  where o.tenant_id = $tenant and true\"
   |                             +++++++++";
    assert_eq!(text, expected);
}

#[test]
fn what_is_added_to_a_literal_is_written_as_in_a_literal() {
    let edits = [("o.customer_id", 0, " and \"c\".tenant_id = $tenant")];
    let found = mended(customers(), &edits);
    let text = message(&found, &literal("\""));
    assert!(text.contains(r#"o.customer_id and \"c\".tenant_id"#), "{text}");
    let text = message(&found, &literal("r#\""));
    assert!(text.contains(r#"o.customer_id and "c".tenant_id"#), "{text}");
    // It would end the literal.
    let text = message(&found, &literal("r\""));
    assert!(text.contains("= help: in words"), "{text}");
}

#[test]
fn a_change_that_mends_several_is_drawn_once() {
    let edits = [("o.customer_id", 0, " and c.tenant_id = $tenant")];
    let found = [
        mended(customers(), &edits),
        Diagnostic {
            help: vec!["the first mends this too".to_owned()],
            ..mended(Span::new(7, 11), &edits)
        },
    ];
    let text = render(&found, &Source::file("<sql>", SQL));
    assert_eq!(text.matches("++++").count(), 6, "{text}");
    assert!(text.contains("= help: the first mends this too"), "{text}");
    assert!(!text.contains("in words"), "{text}");
}

#[test]
fn a_change_without_a_place_is_said_in_words() {
    let edits = [("o.customer_id", 0, " and c.tenant_id = $tenant")];
    let text = message(&mended(customers(), &edits), &Source::unknown());
    assert!(text.ends_with("= help: in words"), "{text}");
}

#[test]
fn pieces_are_shown_where_they_stand() {
    let (first, second) = SQL.split_at(SQL.find("join").unwrap());
    let piece = |text: &str, line| {
        let shown = format!("  \"{text}\"");
        let positions = (0..text.len()).map(|at| at + 3..at + 4).collect();
        Source::literal("src/late.rs", shown, line, positions)
    };
    let source = Source::joined([(0, piece(first, 5)), (first.len(), piece(second, 9))]);
    let edits = [("from orders o", 0, " where true"), ("$tenant", 0, " and true")];
    let text = message(&mended(customers(), &edits), &source);
    for line in [
        " 9 |   \"join customers c",
        " 6 |   from orders o where true",
        "10 |  where o.tenant_id = $tenant and true\"",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn narrow_terminals_see_all_that_is_added() {
    let sql = SQL.replace('\n', " ");
    let added = " and c.tenant_id in (select t.id from tenants t where t.id = $tenant and t.plan = 1)";
    let found = [mended(customers(), &[("o.customer_id", 0, added)])];
    let look = Look {
        width: 40,
        ..Look::default()
    };
    let text = render_as(&found, &Source::file("<sql>", sql), look);
    let expected = "\
help: with this change the statement is proved
  |
1 | ...omer_id and c.tenant_id in
  |           ++++++++++++++++++++
  | (select t.id from tenants t where
  | ++++++++++++++++++++++++++++++++++
  | t.id = $tenant and t.plan = 1)
  | ++++++++++++++++++++++++++++++";
    assert!(text.ends_with(expected), "{text}");
}
