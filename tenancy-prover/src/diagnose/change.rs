//! A suggested change as people read it: the changed lines with marks under what is new, as the compiler draws its own.
//!
//! ```text
//! help: with this change the statement is proved
//!   |
//! 4 |  where o.tenant_id = $tenant and c.tenant_id = $tenant
//!   |                             ++++++++++++++++++++++++++
//! ```
//!
//! `+` marks what is added, `~` what takes the place of something. A line that is too wide is cut around its marks, and
//! what is marked is never cut: it goes on in the next line.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::{DEFAULT_ADDITION_STYLE, DEFAULT_HELP_STYLE, DEFAULT_LINE_NUM_STYLE};

use super::render::Look;
use super::source::Source;
use super::{Edit, Suggestion};

/// The line above the change.
const TITLE: &str = "with this change the statement is proved";

/// So much is seen of what stands around a change in a line that is too wide, in parts of the width.
const AROUND: usize = 5;

/// Stands for what is cut away.
const CUT: &str = "...";

/// The changed lines of a suggestion.
#[derive(Debug)]
pub(super) struct Changed {
    lines: Vec<Line>,
}

/// One changed line.
#[derive(Debug)]
struct Line {
    path: String,
    number: usize,
    letters: Vec<(char, Mark)>,
}

/// What becomes of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It stands there already.
    Kept,
    /// It is added.
    Added,
    /// It takes the place of something.
    Instead,
}

impl Mark {
    const fn sign(self) -> char {
        match self {
            Self::Kept => ' ',
            Self::Added => '+',
            Self::Instead => '~',
        }
    }
}

impl Changed {
    /// The lines as they are written in `source`. `None` where the change cannot be written there.
    pub(super) fn new(suggestion: &Suggestion, source: &Source) -> Option<Self> {
        lines(&suggestion.edits, source).map(|lines| Self { lines })
    }

    /// The greatest number of a line.
    pub(super) fn last_line(&self) -> usize {
        self.lines.iter().map(|line| line.number).max().unwrap_or(0)
    }

    /// The change in lines, behind a margin for line numbers of so many digits; `path` is that of a snippet
    /// above it, which a line of its margin `ends` already or not.
    pub(super) fn draw(&self, digits: usize, path: Option<&str>, ends: bool, look: Look) -> String {
        let paint = Paint(look.colour);
        let mut path = path.unwrap_or("");
        let bar = |number: &str| paint.style(DEFAULT_LINE_NUM_STYLE, &format!("{number:>digits$} |"));
        let mut out = if ends {
            String::new()
        } else {
            format!("{}\n", bar(""))
        };
        let _ = write!(out, "{}: {TITLE}", paint.style(DEFAULT_HELP_STYLE, "help"));
        let width = look.width.saturating_sub(digits + 3).max(20);
        for line in &self.lines {
            if line.path != path {
                let arrow = paint.style(DEFAULT_LINE_NUM_STYLE, &format!("{:digits$}-->", ""));
                let _ = write!(out, "\n{arrow} {}:{}", line.path, line.number);
                path = &line.path;
            }
            let _ = write!(out, "\n{}", bar(""));
            for window in line.windows(width) {
                let mut number = line.number.to_string();
                for row in rows(&window, width) {
                    let text = paint.row(row, |letter, _| letter);
                    let signs = paint.row(row, |_, mark| mark.sign());
                    let (text, signs) = (text.trim_end(), signs.trim_end());
                    let _ = write!(out, "\n{} {text}\n{} {signs}", bar(&number), bar(""));
                    number.clear();
                }
            }
        }
        out
    }
}

/// The edits on the lines of the source. `None` if one of them has no place there.
fn lines(edits: &[Edit], source: &Source) -> Option<Vec<Line>> {
    let mut lines: Vec<Line> = Vec::new();
    // The piece, and the end of the line up to which its text is done with.
    let mut done: Option<(usize, usize)> = None;
    let placed: Vec<_> = edits
        .iter()
        .map(|edit| source.change(edit))
        .collect::<Option<_>>()?;
    for (at, (piece, range, text)) in placed.iter().enumerate() {
        let shown = source.piece(*piece)?;
        let from = match done {
            Some((known, to)) if known == *piece && range.start <= to => None,
            Some(_) | None => {
                lines.push(Line {
                    path: shown.path.clone(),
                    number: shown.line(range.start),
                    letters: Vec::new(),
                });
                let before = shown.text.get(..range.start)?;
                Some(before.rfind('\n').map_or(0, |at| at + 1))
            }
        };
        let line = lines.last_mut()?;
        if let Some(from) = from {
            line.push(shown.text.get(from..range.start)?, Mark::Kept);
        }
        let mark = if range.is_empty() {
            Mark::Added
        } else {
            Mark::Instead
        };
        line.push(text, mark);
        let rest = shown.text.get(range.end..)?;
        let end = range.end + rest.find('\n').unwrap_or(rest.len());
        let next = placed
            .get(at + 1)
            .filter(|(next, range, _)| next == piece && range.start <= end)
            .map_or(end, |(_, range, _)| range.start);
        line.push(
            shown.text.get(range.end..next)?.trim_end_matches('\r'),
            Mark::Kept,
        );
        done = Some((*piece, end));
    }
    Some(lines)
}

impl Line {
    fn push(&mut self, text: &str, mark: Mark) {
        for letter in text.chars() {
            match letter {
                '\t' => self.letters.extend([(' ', mark); 4]),
                '\n' => self.letters.push((' ', mark)),
                letter if letter.is_control() => self.letters.push(('\u{fffd}', mark)),
                letter => self.letters.push((letter, mark)),
            }
        }
    }

    /// The line, or what can be seen of it around its marks.
    fn windows(&self, width: usize) -> Vec<Vec<(char, Mark)>> {
        let length = self.letters.len();
        if length <= width {
            return vec![self.letters.clone()];
        }
        let around = width / AROUND;
        let mut seen: Vec<Range<usize>> = Vec::new();
        for (at, _) in self
            .letters
            .iter()
            .enumerate()
            .filter(|(_, (_, mark))| *mark != Mark::Kept)
        {
            let window = at.saturating_sub(around)..(at + around + 1).min(length);
            match seen.last_mut() {
                Some(last) if window.start <= last.end + CUT.len() => last.end = window.end,
                Some(_) | None => seen.push(window),
            }
        }
        if let [window] = seen.as_mut_slice() {
            // Where there is room, more is seen of the line.
            let room = width.saturating_sub(window.len() + 2 * CUT.len());
            let before = (room / 2).min(window.start);
            window.start -= before;
            window.end = (window.end + room - before).min(length);
        }
        seen.into_iter()
            .map(|window| {
                let cut = |there: bool| CUT.chars().filter(move |_| there).map(|dot| (dot, Mark::Kept));
                let letters = self.letters.get(window.clone()).unwrap_or(&[]);
                cut(window.start > 0)
                    .chain(letters.iter().copied())
                    .chain(cut(window.end < length))
                    .collect()
            })
            .collect()
    }
}

/// Cuts at spaces into rows of the width, and stops behind the last change.
fn rows(letters: &[(char, Mark)], width: usize) -> Vec<&[(char, Mark)]> {
    let mut rows = Vec::new();
    let mut rest = letters;
    while rest.len() > width {
        let (head, _) = rest.split_at(width);
        let end = head
            .iter()
            .rposition(|(letter, _)| *letter == ' ')
            .map_or(width, |at| at + 1);
        let (row, more) = rest.split_at(end);
        rows.push(row);
        rest = more;
    }
    rows.push(rest);
    let changed = rows
        .iter()
        .rposition(|row| row.iter().any(|(_, mark)| *mark != Mark::Kept));
    rows.truncate(changed.map_or(rows.len(), |last| last + 1));
    rows
}

/// Colours, or none.
struct Paint(bool);

impl Paint {
    fn style(&self, style: annotate_snippets::renderer::Style, text: &str) -> String {
        if self.0 {
            format!("{}{text}{}", style.render(), style.render_reset())
        } else {
            text.to_owned()
        }
    }

    fn row(&self, row: &[(char, Mark)], shown: impl Fn(char, Mark) -> char) -> String {
        row.chunk_by(|(_, mark), (_, next)| mark == next)
            .map(|run| {
                let text: String = run.iter().map(|&(letter, mark)| shown(letter, mark)).collect();
                match run.first() {
                    Some((_, Mark::Added | Mark::Instead)) => self.style(DEFAULT_ADDITION_STYLE, &text),
                    Some((_, Mark::Kept)) | None => text,
                }
            })
            .collect()
    }
}

/// The change in words, for those who do not draw it: `at 4:30 add ..`, by line and column of the statement.
pub(crate) fn in_words(edits: &[Edit], sql: &str) -> String {
    let edits: Vec<String> = edits
        .iter()
        .map(|Edit { span, text }| {
            let range = span.range();
            let before = sql.get(..range.start).unwrap_or(sql);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            match sql.get(range) {
                Some(old) if !old.is_empty() => {
                    format!("at {line}:{column} write `{text}` instead of `{old}`")
                }
                Some(_) | None => format!("at {line}:{column} add `{text}`"),
            }
        })
        .collect();
    format!("{TITLE}: {}", edits.join(", "))
}
