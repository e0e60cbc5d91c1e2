//! Diagnostics as text: the message, a snippet of the SQL with a caret, and what to write instead.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::Diagnostic;
use crate::Span;

/// How diagnostics are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Lines of the snippet are cut to this width around the caret, so that long one-line statements stay readable.
    pub width: usize,
    /// With the escape sequences of a terminal.
    pub colour: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 110,
            colour: false,
        }
    }
}

/// Where a statement is written: what the snippet shows, under the line numbers and columns of an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    path: String,
    text: String,
    first_line: usize,
    positions: Positions,
}

/// How a byte of the SQL is found in the shown text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Positions {
    /// The shown text is the SQL.
    Identity,
    /// For each byte of the SQL, the bytes of the shown text that spell its character.
    Table(Vec<Range<usize>>),
    /// Not known; only the whole can be shown.
    Unknown,
}

impl Source {
    /// A file that holds the statement and nothing else, or text from no file (then `path` is a name like `<sql>`).
    pub fn file(path: impl Into<String>, sql: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: sql.into(),
            first_line: 1,
            positions: Positions::Identity,
        }
    }

    /// A statement inside another language's text, such as a string literal.
    ///
    /// `shown` begins in the first column of `first_line` (pad what stands before the literal with spaces);
    /// `positions` says for each byte of the SQL which bytes of `shown` spell its character.
    pub fn literal(
        path: impl Into<String>,
        shown: impl Into<String>,
        first_line: usize,
        positions: Vec<Range<usize>>,
    ) -> Self {
        Self {
            path: path.into(),
            text: shown.into(),
            first_line,
            positions: Positions::Table(positions),
        }
    }

    /// A statement whose text cannot be shown: diagnostics are rendered without a snippet.
    pub fn unknown() -> Self {
        Self {
            path: String::new(),
            text: String::new(),
            first_line: 1,
            positions: Positions::Unknown,
        }
    }

    /// The bytes of the shown text for `span`; `None` where nothing useful can be pointed at.
    fn locate(&self, span: Span) -> Option<Range<usize>> {
        if span == Span::default() {
            return None;
        }
        let range = span.range();
        let found = match &self.positions {
            Positions::Identity => range,
            Positions::Table(table) => locate_in(table, range)?,
            Positions::Unknown => return None,
        };
        let ordered = found.start <= found.end && found.end <= self.text.len();
        let on_characters = self.text.is_char_boundary(found.start) && self.text.is_char_boundary(found.end);
        (ordered && on_characters).then_some(found)
    }
}

/// A range past the last byte points just behind the last character.
fn locate_in(table: &[Range<usize>], range: Range<usize>) -> Option<Range<usize>> {
    let Some(first) = table.get(range.start) else {
        let end = table.last()?.end;
        return Some(end..end);
    };
    let last = if range.end > range.start {
        table.get(range.end - 1).or(table.last())?
    } else {
        first
    };
    let end = if range.end > range.start {
        last.end
    } else {
        first.start
    };
    Some(first.start..end.max(first.start))
}

/// Every diagnostic as a terminal shows it, `error[code]: ...` first, with an empty line between them.
pub fn render(diagnostics: &[Diagnostic], source: &Source) -> String {
    render_as(diagnostics, source, Look::default())
}

/// [`render`] for a terminal of some width, with or without colour.
pub fn render_as(diagnostics: &[Diagnostic], source: &Source, look: Look) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let title = Level::ERROR
            .primary_title(diagnostic.message.as_str())
            .id(diagnostic.code.name());
        let _ = writeln!(
            out,
            "{}\n",
            draw(diagnostic, Group::with_title(title), source, look)
        );
    }
    out.truncate(out.trim_end().len());
    out
}

/// One diagnostic as the text of a compiler error: the compiler itself writes `error: ` before it.
pub fn message(diagnostic: &Diagnostic, source: &Source) -> String {
    let text = format!("{} [{}]", diagnostic.message, diagnostic.code);
    let title = Level::ERROR.no_name().primary_title(text);
    draw(diagnostic, Group::with_title(title), source, Look::default())
}

fn draw<'a>(diagnostic: &'a Diagnostic, mut group: Group<'a>, source: &'a Source, look: Look) -> String {
    if let Some(range) = source.locate(diagnostic.span) {
        let mut caret = AnnotationKind::Primary.span(range);
        if !diagnostic.label.is_empty() {
            caret = caret.label(diagnostic.label.as_str());
        }
        group = group.element(
            Snippet::source(source.text.as_str())
                .path(source.path.as_str())
                .line_start(source.first_line)
                .annotation(caret),
        );
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if look.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.term_width(look.width).render(&[group])
}

#[cfg(test)]
mod tests {
    use super::{Look, Source, message, render, render_as};
    use crate::{Code, Diagnostic, Span};

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
            colour: false,
        };
        let found = [unscoped(Span::new(start, start + 11))];
        let expected = "\
error[unscoped-table]: `customers c` is not confined to the current tenant
 --> <sql>:1:73
  |
1 | ...s o join customers c on c.id = o.customer_id where...
  |             ^^^^^^^^^^^ rows of every tenant
  |
  = note: `customers` is tenant-owned: migrations/0001_shop.sql:12
  = help: add `c.tenant_id = o.tenant_id` to the join's `on`";
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
}
