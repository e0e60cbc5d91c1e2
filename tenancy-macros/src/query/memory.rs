//! Proofs of earlier compilations.
//!
//! A compiler process that only touches a crate would prove every statement again. So what was proved is kept beside the
//! crate's other build products, and a statement is taken as proved again only if everything is the same: the prover's
//! own sources, every byte of the project's files, and the statement's text. Refusals are not kept. The folder is the
//! one that rustc writes the crate into (`--out-dir`); without one nothing is kept. Whoever can write there can replace
//! the compiled program itself.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::hash::Hasher;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tenancy_prover::config::Isolation;
use tenancy_prover::{Bind, Edit, Proved, Span, TenantType};

/// More than so many bytes of old proofs are thrown away rather than read.
const LARGEST: u64 = 64 << 20;

static MEMORIES: Mutex<Option<HashMap<PathBuf, Memory>>> = Mutex::new(None);

/// What is known of one crate.
#[derive(Default)]
struct Memory {
    proofs: HashMap<(u128, String), Proved>,
}

/// The proof of `sql` in a project with that digest, if it was proved before.
pub(super) fn recall(digest: u128, sql: &str) -> Option<Proved> {
    with(|memory, _| memory.proofs.get(&(digest, sql.to_owned())).cloned())?
}

/// Keeps a proof. A failure to write is no failure: the statement is proved again next time.
pub(super) fn remember(digest: u128, sql: &str, proved: &Proved) {
    with(|memory, file| {
        let line = line_of(digest, sql, proved);
        memory.proofs.insert((digest, sql.to_owned()), proved.clone());
        if let Ok(mut open) = OpenOptions::new().create(true).append(true).open(file) {
            // One write: lines of two processes do not mix.
            drop(open.write_all(line.as_bytes()));
        }
    });
}

/// Runs `work` on the memory of the crate being compiled; nothing if there is no place for one.
fn with<T>(work: impl FnOnce(&mut Memory, &PathBuf) -> T) -> Option<T> {
    let file = file()?;
    let mut memories = MEMORIES.lock().unwrap_or_else(PoisonError::into_inner);
    let memories = memories.get_or_insert_with(HashMap::new);
    let memory = memories
        .entry(file.clone())
        .or_insert_with(|| Memory::read(&file));
    Some(work(memory, &file))
}

/// The file of the crate being compiled.
fn file() -> Option<PathBuf> {
    let name = env::var("CARGO_CRATE_NAME").ok()?;
    let mut args = env::args_os();
    while let Some(arg) = args.next() {
        let folder = match arg.to_str() {
            Some("--out-dir") => args.next().map(PathBuf::from),
            Some(text) => text.strip_prefix("--out-dir=").map(PathBuf::from),
            None => None,
        };
        if let Some(folder) = folder {
            return Some(folder.join(format!("{name}.tenancy-proofs")));
        }
    }
    None
}

impl Memory {
    fn read(file: &PathBuf) -> Self {
        let mut memory = Self::default();
        if fs::metadata(file).is_ok_and(|found| found.len() > LARGEST) {
            drop(fs::remove_file(file));
        }
        let Ok(text) = fs::read_to_string(file) else {
            return memory;
        };
        for line in text.lines() {
            // A line that is cut or altered is as good as none.
            if let Some((digest, sql, proved)) = parse(line) {
                memory.proofs.insert((digest, sql), proved);
            }
        }
        memory
    }
}

/// `checksum, digest, arguments, binds, what it needs, text that runs, text as written`, separated by tabs; then a field
/// for each repair.
fn line_of(digest: u128, sql: &str, proved: &Proved) -> String {
    let mut binds = String::new();
    for bind in &proved.binds {
        match bind {
            Bind::Argument { index, label } => drop(write!(binds, "{index}:{label} ")),
            Bind::Tenant(tenant) => drop(write!(binds, "{} ", name_of(*tenant))),
        }
    }
    let mut fields = format!(
        "{digest:032x}\t{}\t{}\t{}\t{}\t{}",
        proved.arguments,
        binds.trim_end(),
        needs_of(proved),
        escaped(&proved.sql),
        escaped(sql)
    );
    for Edit { span, text } in &proved.repairs {
        let _ = write!(fields, "\t{}:{}:{}", span.start, span.end, escaped(text));
    }
    format!("{:016x}\t{fields}\n", checksum(&fields))
}

fn parse(line: &str) -> Option<(u128, String, Proved)> {
    let (sum, fields) = line.split_once('\t')?;
    if sum.len() != 16 || u64::from_str_radix(sum, 16).ok()? != checksum(fields) {
        return None;
    }
    let mut fields = fields.split('\t');
    let digest = u128::from_str_radix(fields.next()?, 16).ok()?;
    let arguments = fields.next()?.parse().ok()?;
    let binds = fields
        .next()?
        .split(' ')
        .filter(|bind| !bind.is_empty())
        .map(|bind| match bind.split_once(':') {
            Some((index, label)) => Some(Bind::Argument {
                index: index.parse().ok()?,
                label: label.to_owned(),
            }),
            None => type_of(bind).map(Bind::Tenant),
        })
        .collect::<Option<_>>()?;
    let (isolation, reads) = needed(fields.next()?)?;
    let sql = unescaped(fields.next()?)?;
    let written = unescaped(fields.next()?)?;
    let repairs = fields.map(edit_of).collect::<Option<_>>()?;
    Some((
        digest,
        written,
        Proved {
            sql,
            binds,
            arguments,
            repairs,
            isolation,
            reads,
        },
    ))
}

fn edit_of(field: &str) -> Option<Edit> {
    let (start, rest) = field.split_once(':')?;
    let (end, text) = rest.split_once(':')?;
    Some(Edit {
        span: Span::new(start.parse().ok()?, end.parse().ok()?),
        text: unescaped(text)?,
    })
}

fn checksum(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

const TYPES: [(&str, TenantType); 5] = [
    ("text", TenantType::Text),
    ("uuid", TenantType::Uuid),
    ("int2", TenantType::Int2),
    ("int4", TenantType::Int4),
    ("int8", TenantType::Int8),
];

fn name_of(tenant: TenantType) -> &'static str {
    TYPES
        .iter()
        .find(|(_, known)| *known == tenant)
        .map_or("", |(name, _)| name)
}

fn type_of(name: &str) -> Option<TenantType> {
    TYPES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, tenant)| *tenant)
}

const ISOLATIONS: [(&str, Isolation); 4] = [
    ("rows", Isolation::Rows),
    ("rls", Isolation::Rls),
    ("schema", Isolation::Schema),
    ("database", Isolation::Database),
];

/// `rows`, `rows read`: where the verdict holds, and whether the statement only reads.
fn needs_of(proved: &Proved) -> String {
    let name = ISOLATIONS
        .iter()
        .find(|(_, known)| *known == proved.isolation)
        .map_or("", |(name, _)| name);
    let reads = if proved.reads { " read" } else { "" };
    format!("{name}{reads}")
}

fn needed(field: &str) -> Option<(Isolation, bool)> {
    let (name, reads) = match field.strip_suffix(" read") {
        Some(name) => (name, true),
        None => (field, false),
    };
    let known = ISOLATIONS.iter().find(|(known, _)| *known == name)?;
    Some((known.1, reads))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out
}

fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        out.push(match letters.next()? {
            '\\' => '\\',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            _ => return None,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{Bind, Edit, ISOLATIONS, Isolation, Proved, Span, TenantType, line_of, parse};

    fn proved() -> Proved {
        Proved {
            sql: "select '\t\\n'\n from t\r where a = $1 and t = $2".to_owned(),
            binds: vec![
                Bind::Argument {
                    index: 0,
                    label: "$1".to_owned(),
                },
                Bind::Tenant(TenantType::Uuid),
            ],
            arguments: 1,
            repairs: vec![Edit {
                span: Span::new(17, 17),
                text: " and\tt:t = $tenant".to_owned(),
            }],
            isolation: Isolation::Rows,
            reads: false,
        }
    }

    #[test]
    fn a_line_reads_back_as_what_was_written() {
        let written = "select '\t\\n'\n from t\r where a = $1 and t = $tenant";
        let line = line_of(7, written, &proved());
        assert_eq!(
            parse(line.trim_end_matches('\n')),
            Some((7, written.to_owned(), proved()))
        );
    }

    #[test]
    fn a_line_without_binds_reads_back() {
        let plain = Proved {
            sql: "select 1".to_owned(),
            binds: Vec::new(),
            arguments: 0,
            repairs: Vec::new(),
            isolation: Isolation::Database,
            reads: true,
        };
        let line = line_of(u128::MAX, "select 1", &plain);
        assert_eq!(
            parse(line.trim_end()),
            Some((u128::MAX, "select 1".to_owned(), plain))
        );
    }

    #[test]
    fn what_a_statement_needs_reads_back() {
        for (_, isolation) in ISOLATIONS {
            for reads in [false, true] {
                let proved = Proved {
                    isolation,
                    reads,
                    ..proved()
                };
                let line = line_of(7, "select 1", &proved);
                assert_eq!(
                    parse(line.trim_end_matches('\n')),
                    Some((7, "select 1".to_owned(), proved))
                );
            }
        }
    }

    #[test]
    fn a_line_that_was_cut_or_altered_is_no_proof() {
        let line = line_of(7, "select a from t where t = $tenant", &proved());
        let line = line.trim_end_matches('\n');
        for end in 0..line.len() {
            assert_eq!(line.get(..end).and_then(parse), None, "cut at {end}");
        }
        let altered = line.replace("a from t", "b from t");
        assert_eq!(parse(&altered), None);
    }
}
