//! For tests: what a refusal offers is read back from what people see, and tried.
//!
//! A change that is drawn is taken from the drawing, applied, and must be proved. Help in words names no SQL.

use tenancy_prover::diagnose::render::{Look, Source, render_as};
use tenancy_prover::{Diagnostic, Project, Suggestion, Verdict};

/// Begins a change, drawn or in words.
const TITLE: &str = "with this change the statement is proved";

/// What a change is called where the first error has it.
const ELSEWHERE: &str = "the change suggested for the first error mends this one too";

/// Tries all that the refusal of `sql` offers; says whether it was a change.
///
/// # Errors
/// What does not keep its word.
pub(crate) fn try_all(project: &Project, sql: &str, found: &[Diagnostic]) -> Result<bool, String> {
    let suggestions: Vec<_> = found.iter().map(|one| one.suggestion.as_deref()).collect();
    if suggestions.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err("the suggestions differ".to_owned());
    }
    let Some(Some(suggestion)) = suggestions.first() else {
        return without_change(found).map(|()| false);
    };
    let drawn = drawn(sql, found)?;
    if !matches!(tenancy_prover::prove(project, &drawn), Verdict::Proved(_)) {
        return Err(format!("what is drawn is not proved:\n{drawn}"));
    }
    // Ends of lines that are none of the system's are drawn as a sign.
    let suggested = suggestion.text.replace("\r\n", "\n");
    let sign = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    let suggested = suggested.replace(sign, "\u{fffd}");
    if drawn.split_whitespace().ne(suggested.split_whitespace()) {
        return Err(format!(
            "drawn is\n{drawn}\nbut suggested is\n{}",
            suggestion.text
        ));
    }
    for width in [40, 60, 80] {
        narrow(sql, found, suggestion, width)?;
    }
    for (at, one) in found.iter().enumerate() {
        let [help] = one.help.as_slice() else {
            return Err(format!("besides the change it says {:?}", one.help));
        };
        if at > 0 && help != ELSEWHERE {
            return Err(format!("besides the change it says {help}"));
        }
        if at == 0 && in_words(sql, help).as_deref() != Some(&suggestion.text) {
            return Err(format!("in words it is something else: {help}"));
        }
    }
    Ok(true)
}

/// A line of a drawn change: its number, its text, and the marks below.
struct Row {
    number: Option<usize>,
    text: String,
    marks: String,
}

/// The rows of the changes that are drawn.
fn rows(rendered: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut lines = rendered.lines().skip_while(|line| !line.ends_with(TITLE)).skip(1);
    lines.next();
    while let Some((number, text)) = lines.next().and_then(|line| line.split_once(" |")) {
        let text = text.strip_prefix(' ').unwrap_or(text);
        // A margin without text stands between lines.
        if text.is_empty() {
            continue;
        }
        let marks = lines.next().and_then(|line| line.split_once(" |"));
        rows.push(Row {
            number: number.trim().parse().ok(),
            text: text.to_owned(),
            marks: marks
                .map_or("", |(_, marks)| marks.strip_prefix(' ').unwrap_or(marks))
                .to_owned(),
        });
    }
    rows
}

/// The statement with the drawn lines in the place of its own.
fn drawn(sql: &str, found: &[Diagnostic]) -> Result<String, String> {
    let look = Look {
        width: sql.len() + 2000,
        ..Look::default()
    };
    let rendered = render_as(found, &Source::file("<sql>", sql), look);
    if rendered.matches(&format!("help: {TITLE}\n")).count() != 1 {
        return Err(format!("not drawn once:\n{rendered}"));
    }
    let mut lines: Vec<String> = sql.split('\n').map(str::to_owned).collect();
    for row in rows(&rendered) {
        let number = row.number.ok_or("a line without its number")?;
        *lines.get_mut(number - 1).ok_or("no such line")? = row.text;
    }
    Ok(lines.join("\n"))
}

/// On a narrow terminal nothing is too wide but what has no space, and all that is new is seen.
fn narrow(sql: &str, found: &[Diagnostic], suggestion: &Suggestion, width: usize) -> Result<(), String> {
    let look = Look {
        width,
        ..Look::default()
    };
    let rendered = render_as(found, &Source::file("<sql>", sql), look);
    let mut seen = String::new();
    for row in rows(&rendered) {
        if row.text.chars().count() > width {
            return Err(format!("wider than {width}: {}", row.text));
        }
        let marks = row.marks.chars().chain(std::iter::repeat(' '));
        seen.extend(
            row.text
                .chars()
                .zip(marks)
                .filter(|(_, mark)| *mark != ' ')
                .map(|(letter, _)| letter),
        );
    }
    let new: String = suggestion.edits.iter().map(|edit| edit.text.as_str()).collect();
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    if letters(&seen) == letters(&new) {
        Ok(())
    } else {
        Err(format!("of `{new}` a width of {width} shows `{seen}`"))
    }
}

/// The statement after a change in words, read as a person would.
fn in_words(sql: &str, help: &str) -> Option<String> {
    let mut changed = String::new();
    let mut done = 0;
    let mut rest = help.strip_prefix(TITLE)?.strip_prefix(": at ")?;
    loop {
        let (line, after) = rest.split_once(':')?;
        let (column, after) = after.split_once(' ')?;
        let start = sql
            .split('\n')
            .take(line.parse::<usize>().ok()? - 1)
            .map(|line| line.len() + 1)
            .sum::<usize>();
        let column = column.parse::<usize>().ok()? - 1;
        let at = start
            + sql
                .get(start..)?
                .chars()
                .take(column)
                .map(char::len_utf8)
                .sum::<usize>();
        let (change, next) = match after.split_once("`, at ") {
            Some((change, next)) => (change, Some(next)),
            None => (after.strip_suffix('`')?, None),
        };
        changed.push_str(sql.get(done..at)?);
        done = at;
        if let Some(text) = change.strip_prefix("add `") {
            changed.push_str(text);
        } else {
            let (text, old) = change.strip_prefix("write `")?.split_once("` instead of `")?;
            changed.push_str(text);
            done += old.len();
        }
        match next {
            Some(next) => rest = next,
            None => break,
        }
    }
    changed.push_str(sql.get(done..)?);
    Some(changed)
}

/// Help in words quotes names, keywords and lines of `tenancy.toml`, and no SQL that nobody has tried.
fn without_change(found: &[Diagnostic]) -> Result<(), String> {
    for help in found.iter().flat_map(|one| &one.help) {
        if help.contains(TITLE) || help.contains(ELSEWHERE) {
            return Err(format!("there is no change: {help}"));
        }
        if let Some(quoted) = help.split('`').skip(1).step_by(2).find(|quoted| is_sql(quoted)) {
            return Err(format!(
                "`{quoted}` is SQL, and nobody has proved what comes of it: {help}"
            ));
        }
    }
    Ok(())
}

/// Whether what is quoted could be copied into a statement, and is more than a name, a keyword or an operator.
fn is_sql(quoted: &str) -> bool {
    let settings = ["[", "{", "schema = "]
        .iter()
        .any(|begin| quoted.starts_with(begin))
        || quoted.contains("= {")
        || quoted.ends_with("= \"shared\"");
    if settings {
        return false;
    }
    let words: Vec<&str> = quoted.split_whitespace().collect();
    let several = words.len() > 1;
    let compares = several && words.iter().any(|word| ["=", "in", "and", "or"].contains(word));
    let clause = several
        && words.iter().any(|word| {
            [
                "select", "from", "where", "join", "values", "insert", "update", "delete",
            ]
            .contains(word)
        });
    let call = quoted
        .split_once('(')
        .is_some_and(|(name, rest)| name != "operator" && !rest.trim_end_matches(')').is_empty());
    compares || clause || call
}
