//! PostgreSQL's reserved words.

/// The words of `pg_get_keywords()` (version 15) that can be no column without quotes, but for `default`, which stands
/// in the place of an expression in `values` and `set`.
const RESERVED: &str = "
    all analyse analyze and any array as asc asymmetric both case cast check collate column
    constraint create current_catalog current_date current_role current_time current_timestamp
    current_user deferrable desc distinct do else end except false fetch for foreign from grant
    group having in initially intersect into lateral leading limit localtime localtimestamp not null
    offset on only or order placing primary references returning select session_user some symmetric
    table then to trailing true union unique user using variadic when where window with
";

/// Whether `word` is one of them, in any case.
pub(in crate::parse) fn is_reserved(word: &str) -> bool {
    RESERVED
        .split_ascii_whitespace()
        .any(|reserved| reserved.eq_ignore_ascii_case(word))
}
