//! Statements without their tenant predicates: what people would write if predicates were automatic.

/// The statement with one predicate taken away, for each that can be taken, and the one with none left.
pub(crate) fn stripped(sql: &str) -> Vec<String> {
    let mut found: Vec<String> = (0..)
        .map_while(|number| nth(sql, number))
        .filter_map(|at| without(sql, at))
        .collect();
    let mut bare = sql.to_owned();
    let mut number = 0;
    while let Some(at) = nth(&bare, number) {
        match without(&bare, at) {
            Some(less) => bare = less,
            None => number += 1,
        }
    }
    let bare = without_column(&bare).unwrap_or(bare);
    if bare != sql && !found.contains(&bare) {
        found.push(bare);
    }
    found
}

/// The place of the `number`th `$tenant`.
fn nth(sql: &str, number: usize) -> Option<usize> {
    sql.match_indices("$tenant").nth(number).map(|(at, _)| at)
}

/// Takes away the `column = $tenant` whose `$tenant` stands at `at`, with the word that joins it to the rest.
fn without(sql: &str, at: usize) -> Option<String> {
    let column = sql[..at].trim_end().strip_suffix('=')?.trim_end();
    if column.ends_with("$tenant") {
        return None;
    }
    let before = column.trim_end_matches(|letter: char| letter.is_alphanumeric() || "_.\"".contains(letter));
    let after = &sql[at + "$tenant".len()..];
    if before.len() == column.len()
        || after.starts_with(|letter: char| letter.is_alphanumeric() || ":|'".contains(letter))
    {
        return None;
    }
    let next = after.trim_start().get(.."collate".len());
    if next.is_some_and(|next| next.eq_ignore_ascii_case("collate")) {
        return None;
    }
    let ends = |word: &str| {
        let text = before.trim_end();
        let start = text.len().checked_sub(word.len())?;
        let (rest, last) = (text.get(..start)?, text.get(start..)?);
        (last.eq_ignore_ascii_case(word) && rest.ends_with(char::is_whitespace)).then_some(rest)
    };
    let begins = |word: &str| {
        let text = after.trim_start();
        let (first, rest) = (text.get(..word.len())?, text.get(word.len()..)?);
        (first.eq_ignore_ascii_case(word) && rest.starts_with(char::is_whitespace)).then_some(rest)
    };
    if let Some(rest) = ends("and").or_else(|| ends("&&")) {
        Some(format!("{}{after}", rest.trim_end()))
    } else if let Some(rest) = begins("and").or_else(|| begins("&&")) {
        Some(format!("{before}{}", rest.trim_start()))
    } else if begins("or").is_some() {
        None
    } else if let Some(rest) = ends("where") {
        Some(format!("{}{after}", rest.trim_end()))
    } else if ends("on").is_some() {
        Some(format!("{before}1 = 1{after}"))
    } else {
        None
    }
}

/// An insert without the tenant column, where that comes first everywhere.
fn without_column(sql: &str) -> Option<String> {
    let (head, tail) = sql.split_once("(tenant_id, ")?;
    if !head.to_ascii_lowercase().trim_end().starts_with("insert into") {
        return None;
    }
    let rows = if tail.contains("($tenant, ") {
        "($tenant, "
    } else {
        "SELECT $tenant, "
    };
    let less = tail.replace(rows, rows.trim_end_matches("$tenant, "));
    (less != tail).then(|| format!("{head}({less}"))
}

#[test]
fn predicates_are_taken_away() {
    assert_eq!(
        stripped("select 1 from a where a.t = $tenant and b = 1"),
        ["select 1 from a where b = 1"]
    );
    assert_eq!(
        stripped("select 1 from a join c on c.t = $tenant where a.t = $tenant order by 1"),
        [
            "select 1 from a join c on 1 = 1 where a.t = $tenant order by 1",
            "select 1 from a join c on c.t = $tenant order by 1",
            "select 1 from a join c on 1 = 1 order by 1"
        ]
    );
    assert_eq!(
        stripped("insert into a (tenant_id, b) values ($tenant, 1), ($tenant, 2)"),
        ["insert into a (b) values (1), (2)"]
    );
    assert!(stripped("select 1 from a where a.t = $tenant or b = 1").is_empty());
}
