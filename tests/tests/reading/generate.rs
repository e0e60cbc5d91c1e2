//! Random expressions without parentheses, in which every operator meets every other.

use super::random::Random;

/// What a dialect's expressions are made of. In the templates `{e}` is an expression, `{o}` an operand and `{a}` a name or
/// literal.
pub(crate) struct Vocabulary {
    pub(crate) names: &'static [&'static str],
    pub(crate) literals: &'static [&'static str],
    pub(crate) prefixes: &'static [&'static str],
    pub(crate) infixes: &'static [&'static str],
    pub(crate) postfixes: &'static [&'static str],
    pub(crate) closed: &'static [&'static str],
    pub(crate) spaces: &'static [&'static str],
}

pub(crate) const MYSQL: Vocabulary = Vocabulary {
    names: &["a", "b", "c", "t.a", "`b`", "s", "d"],
    literals: &[
        "1",
        "0",
        "2.5",
        ".5",
        "1e3",
        "null",
        "true",
        "'x'",
        r"'a\\'",
        "'it''s'",
        r"'\%'",
        "N'n'",
        "_utf8mb4'u'",
        "x'41'",
        "'a' 'b'",
        "'-- '",
        "'/*'",
        "b'01'",
    ],
    prefixes: &["not ", "- ", "-", "!", "~", "+", "binary "],
    infixes: &[
        "or",
        "and",
        "xor",
        "&&",
        "=",
        "<=>",
        "<>",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "like",
        "not like",
        "regexp",
        "rlike",
        "not regexp",
        "|",
        "&",
        "<<",
        ">>",
        "+",
        "-",
        "*",
        "/",
        "div",
        "mod",
        "%",
        "^",
    ],
    postfixes: &[
        " is null",
        " is not null",
        " is true",
        " is not false",
        " is unknown",
        " collate utf8mb4_bin",
        " in ({e}, {a})",
        " not in ({e})",
        " between {o} and {o}",
        " not between {o} and {o}",
        " like {o} escape {a}",
        " + interval {e} day",
        " - interval {a} hour",
        " = any (select b from t)",
    ],
    closed: &[
        "({e})",
        "concat({e}, {e})",
        "if({e}, {a}, {e})",
        "case when {e} then {e} else {e} end",
        "case {e} when {e} then {a} end",
        "cast({e} as signed)",
        "convert({e} using utf8mb4)",
        "exists (select 1 from t)",
        "date_add({e}, interval {e} day)",
        "mod({e}, {e})",
        "coalesce({e}, {a})",
    ],
    spaces: &[" ", " ", " ", "/**/", "\n", " # it's\n", " -- \"`\n"],
};

pub(crate) const SQLITE: Vocabulary = Vocabulary {
    names: &["a", "b", "c", "t.a", "\"b\"", "[c]", "`s`"],
    literals: &[
        "1", "0", "2.5", ".5", "1e3", "0x1F", "null", "true", "'x'", r"'\'", "'it''s'", "x'41'", "'-- '",
        "'/*'",
    ],
    prefixes: &["not ", "- ", "-", "~", "+"],
    infixes: &[
        "or", "and", "=", "==", "<>", "!=", "<", "<=", ">", ">=", "is", "is not", "like", "not like", "glob",
        "|", "&", "<<", ">>", "+", "-", "*", "/", "%", "||", "->", "->>",
    ],
    postfixes: &[
        " is null",
        " is not null",
        " isnull",
        " notnull",
        " is true",
        " is not false",
        " collate nocase",
        " in ({e}, {a})",
        " not in ({e})",
        " between {o} and {o}",
        " not between {o} and {o}",
        " like {o} escape {a}",
    ],
    closed: &[
        "({e})",
        "coalesce({e}, {e})",
        "case when {e} then {e} else {e} end",
        "case {e} when {e} then {a} end",
        "cast({e} as text)",
        "exists (select 1 from t)",
        "iif({e}, {e}, {a})",
    ],
    spaces: &[" ", " ", " ", "/**/", "\n", " -- it's\n"],
};

pub(crate) const POSTGRES: Vocabulary = Vocabulary {
    names: &["a", "b", "c", "t.a", "\"b\"", "s", "T.C"],
    literals: &["1", "0", "null", "true", "7"],
    prefixes: &["not ", "- ", "- ", "~ ", "+ ", "@ "],
    infixes: &[
        "or",
        "and",
        "=",
        "<>",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "is distinct from",
        "is not distinct from",
        "like",
        "not like",
        "ilike",
        "|",
        "&",
        "#",
        "<<",
        ">>",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "||",
        "->",
        "~",
        "!~",
        "@>",
        "&&",
    ],
    postfixes: &[
        " is null",
        " is not null",
        " isnull",
        " notnull",
        " is true",
        " is not false",
        " is unknown",
        "::int",
        " in ({e}, {a})",
        " not in ({e})",
        " between {o} and {o}",
        " not between {o} and {o}",
        " = any (select b from t)",
    ],
    closed: &[
        "({e})",
        "coalesce({e}, {e})",
        "case when {e} then {e} else {e} end",
        "case {e} when {e} then {a} end",
        "cast({e} as int)",
        "exists (select 1 from t)",
        "nullif({e}, {a})",
    ],
    spaces: &[" ", " ", " ", "/*/**/*/", "\n", " -- it's\n"],
};

impl Vocabulary {
    /// An expression of up to four operands, whose parts nest `depth` times.
    pub(crate) fn expression(&self, random: &mut Random, depth: usize) -> String {
        let mut out = self.operand(random, depth);
        for _ in 0..random.below(4) {
            out.push_str(random.pick(self.spaces));
            out.push_str(random.pick(self.infixes));
            out.push(' ');
            out.push_str(&self.operand(random, depth));
        }
        out
    }

    fn operand(&self, random: &mut Random, depth: usize) -> String {
        let mut out = String::new();
        while random.below(4) == 0 {
            out.push_str(random.pick(self.prefixes));
        }
        if depth > 0 && random.below(3) == 0 {
            out.push_str(&self.filled(random.pick(self.closed), random, depth - 1));
        } else {
            out.push_str(self.atom(random));
        }
        while random.below(5) == 0 {
            out.push_str(&self.filled(random.pick(self.postfixes), random, depth.saturating_sub(1)));
        }
        out
    }

    fn atom(&self, random: &mut Random) -> &'static str {
        let atoms = if random.below(2) == 0 {
            self.literals
        } else {
            self.names
        };
        random.pick(atoms)
    }

    fn filled(&self, template: &str, random: &mut Random, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            out.push_str(before);
            let (hole, behind) = behind.split_once('}').expect("templates close their holes");
            match hole {
                "e" if depth > 0 => out.push_str(&self.expression(random, depth - 1)),
                "o" => out.push_str(&self.operand(random, 0)),
                _ => out.push_str(self.atom(random)),
            }
            rest = behind;
        }
        out + rest
    }
}
