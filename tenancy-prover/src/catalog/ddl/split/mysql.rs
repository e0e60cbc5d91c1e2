//! Where MySQL's statements end: at semicolons, but not at those of a trigger's or routine's body; or, as its client
//! reads a file, at what `delimiter` names.

use super::super::scan::{Kind, Scanner, Token};
use super::Current;

/// Splits what the scanner has before it.
pub(super) fn split(mut scanner: Scanner<'_>, mut current: Current<'_>) -> Vec<Vec<Token>> {
    let mut statements = Vec::new();
    let mut delimiter = ";".to_owned();
    loop {
        if current.tokens.is_empty() {
            current.body = 0;
        }
        let plain = delimiter == ";";
        let inside = plain && (current.body > 0 || current.parentheses > 0);
        if !inside && scanner.eat_text(&delimiter) {
            let tokens = current.finish();
            if !tokens.is_empty() {
                statements.push(tokens);
            }
            continue;
        }
        let Some(token) = scanner.next_token() else { break };
        let text = current.source.get(token.start..token.end).unwrap_or("");
        if current.tokens.is_empty() && token.kind == Kind::Word && text.eq_ignore_ascii_case("delimiter") {
            let line = scanner.skip_line();
            if let Some(word) = line.split_whitespace().next() {
                word.clone_into(&mut delimiter);
            }
            continue;
        }
        if plain {
            nest(&mut current, token, text);
        }
        match text {
            "(" => current.parentheses += 1,
            ")" => current.parentheses = current.parentheses.saturating_sub(1),
            _ => {}
        }
        current.tokens.push(token);
    }
    let last = current.finish();
    if !last.is_empty() {
        statements.push(last);
    }
    statements
}

/// Follows the blocks of a body.
fn nest(current: &mut Current<'_>, token: Token, text: &str) {
    if token.kind != Kind::Word || !has_body(current) {
        return;
    }
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let before = current.tokens.len().checked_sub(1);
    let previous = before.map(|at| current.tokens.get(at).map(|token| token.kind) == Some(Kind::Word));
    let last = match (before, previous) {
        (Some(at), Some(true)) => current.word(at),
        (Some(at), _) => current
            .tokens
            .get(at)
            .and_then(|token| current.source.get(token.start..token.end))
            .unwrap_or("")
            .to_owned(),
        (None, _) => String::new(),
    };
    if last == "end" {
        // `end if`, `end case`: they close what they name.
        return;
    }
    let begins = matches!(
        last.as_str(),
        ";" | "then" | "else" | "begin" | "do" | "loop" | "repeat" | ":"
    );
    if current.body > 0 {
        if is(&["end"]) {
            current.body -= 1;
        } else if is(&["begin", "case"]) || (begins && is(&["if", "loop", "while", "repeat", "for"])) {
            current.body += 1;
        }
    } else {
        let first = matches!(
            last.as_str(),
            "row" | ")" | "do" | "deterministic" | "sql" | "data" | "definer" | "invoker" | ":"
        ) || before
            .is_some_and(|at| at >= 2 && ["follows", "precedes"].contains(&current.word(at - 1).as_str()));
        if is(&["begin"]) || (first && is(&["if", "case", "loop", "while", "repeat", "for"])) {
            // `for each row` is what the words before a body end in, not a loop.
            current.body = usize::from(!is(&["for"]));
        }
    }
}

/// True in `create .. trigger`, `procedure`, `function`, `event`: one of these words stands before the first parenthesis.
fn has_body(current: &Current<'_>) -> bool {
    if !matches!(current.word(0).as_str(), "create" | "alter") {
        return false;
    }
    let opens = |token: &Token| current.source.get(token.start..token.end) == Some("(");
    let head = current
        .tokens
        .iter()
        .position(opens)
        .unwrap_or(current.tokens.len());
    (1..head.min(16)).any(|at| {
        matches!(
            current.word(at).as_str(),
            "trigger" | "procedure" | "function" | "event"
        )
    })
}
