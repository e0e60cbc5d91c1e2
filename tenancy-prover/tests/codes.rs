//! `codes.md` keeps its word: what it shows as refused is refused with just that code and that message, what it shows as
//! proved is proved. `TENANCY_BLESS=1` rewrites the messages.

#[path = "codes/offered.rs"]
pub(crate) mod offered;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tenancy_prover::config::Config;
use tenancy_prover::diagnose::guide::PAGE;
use tenancy_prover::diagnose::render::{Look, Source, render, render_as};
use tenancy_prover::{Code, Project, Verdict};

/// A fenced block: its section, its info string, its text, and where the text begins in the page.
struct Block<'a> {
    section: &'a str,
    info: &'a str,
    text: &'a str,
    start: usize,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let (mut section, mut open) = ("", None);
    let mut offset = 0;
    for line in page.split_inclusive('\n') {
        let end = offset + line.len();
        let trimmed = line.trim_end();
        match (open, trimmed.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info, end)),
            (Some((info, start)), Some("")) => {
                blocks.push(Block {
                    section,
                    info,
                    text: &page[start..offset],
                    start,
                });
                open = None;
            }
            (None, None) => section = trimmed.strip_prefix("## ").unwrap_or(section),
            (Some(_), _) => {}
        }
        offset = end;
    }
    blocks
}

/// The dialect of an example: the last word of its info string, or that of most.
fn dialect(block: &Block<'_>) -> &'static str {
    match block.info.rsplit(' ').next() {
        Some("sqlite") => "sqlite",
        Some("mysql") => "mysql",
        Some(_) | None => "postgres",
    }
}

/// The project of an example: the schema at the end of the page in its dialect, and what stands before the example in its
/// section for that dialect.
fn project(blocks: &[Block<'_>], example: usize) -> Project {
    let (before, own) = (&blocks[..example], &blocks[example]);
    let dialect = dialect(own);
    let info = |kind: &str| match dialect {
        "postgres" => kind.to_owned(),
        other => format!("{kind} {other}"),
    };
    let of = |info: &str| {
        let mut shared = blocks.iter();
        shared
            .find(|block| block.section == "The schema of the examples" && block.info == info)
            .map_or("", |block| block.text)
    };
    let nearest = |info: &str| {
        let mut section = before
            .iter()
            .rev()
            .take_while(|block| block.section == own.section);
        section
            .find(|block| block.info == info)
            .map_or("", |block| block.text)
    };
    let settings = of("toml").replace("\"postgres\"", &format!("\"{dialect}\""));
    let tables = nearest(&info("toml"));
    // Another isolation takes the place of the page's; tables come behind its own.
    let toml = if tables.starts_with("isolation") {
        settings.replace("isolation  = \"rows\"\n", tables)
    } else {
        format!("{settings}{tables}")
    };
    let config = Config::parse(&toml, Path::new("tenancy.toml")).expect("the page's tenancy.toml");
    let sources = [
        (
            PathBuf::from("migrations/0001_shop.sql"),
            of(&info("sql schema")).to_owned(),
        ),
        (
            PathBuf::from("migrations/0002_more.sql"),
            nearest(&info("sql schema")).to_owned(),
        ),
    ];
    Project::from_parts(config, &sources).expect("the page's schema")
}

#[test]
fn every_example_has_the_verdict_that_the_page_shows() {
    let blocks = blocks(PAGE);
    let mut blessed = PAGE.to_owned();
    let mut failures = Vec::new();
    // From the last to the first, so that the places of earlier blocks stay.
    for (index, block) in blocks.iter().enumerate().rev() {
        let sql = block.text.trim_end();
        let source = Source::file("<sql>", sql);
        match block.info.split(' ').collect::<Vec<_>>().as_slice() {
            ["sql", "refused", ..] => {
                let project = project(&blocks, index);
                let Verdict::Refused(found) = tenancy_prover::prove(&project, sql) else {
                    failures.push(format!("{}: proved:\n{}", block.section, block.text));
                    continue;
                };
                if let Err(what) = offered::try_all(&project, sql, &found) {
                    failures.push(format!("{}: {what}", block.section));
                }
                if found.is_empty() || found.iter().any(|one| one.code.name() != block.section) {
                    failures.push(format!("{}: {found:#?}", block.section));
                }
                let message = format!("{}\n", render(&found, &source));
                let shown = &blocks[index + 1];
                assert_eq!(shown.info, "text", "{}: the message follows", block.section);
                if shown.text != message {
                    failures.push(format!("{}: the message is\n{message}", block.section));
                }
                blessed.replace_range(shown.start..shown.start + shown.text.len(), &message);
            }
            ["sql", "proved", ..] => {
                if let Verdict::Refused(found) = tenancy_prover::prove(&project(&blocks, index), sql) {
                    failures.push(format!("{}: {}", block.section, render(&found, &source)));
                }
            }
            ["text" | "toml", ..] | ["sql", "schema", ..] => {}
            other => failures.push(format!("{}: a block of `{other:?}`", block.section)),
        }
    }
    if std::env::var_os("TENANCY_BLESS").is_some() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("codes.md");
        fs::write(page, blessed).expect("the page can be written");
    }
    failures.reverse();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Every refusal of the page on narrow and wide terminals, as written and as people write short statements: in one line.
/// `TENANCY_BLESS=1` rewrites the files.
#[test]
fn refusals_are_readable_on_narrow_and_wide_terminals() {
    let blocks = blocks(PAGE);
    for width in [60, 80, 120] {
        let look = Look {
            width,
            ..Look::default()
        };
        let mut shown = String::new();
        for (index, block) in blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| block.info.starts_with("sql refused"))
        {
            let project = project(&blocks, index);
            let one_line = block.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let mut texts = vec![block.text.trim_end()];
            if !block.text.contains("--") && one_line != texts[0] {
                texts.push(&one_line);
            }
            for sql in texts {
                let Verdict::Refused(found) = tenancy_prover::prove(&project, sql) else {
                    panic!("{}: proved", block.section);
                };
                let _ = writeln!(
                    shown,
                    "{}\n",
                    render_as(&found, &Source::file("<sql>", sql), look)
                );
            }
        }
        // What has no space, and the marks under it, cannot be broken.
        let wide = shown.lines().filter(|line| line.chars().count() > width).count();
        assert!(
            wide * 20 < shown.lines().count(),
            "{wide} lines are wider than {width}"
        );
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/widths/{width}.txt"));
        if std::env::var_os("TENANCY_BLESS").is_some() {
            fs::write(&file, &shown).expect("the snapshot can be written");
        }
        assert_eq!(shown, fs::read_to_string(&file).expect("the snapshot"), "{width}");
    }
}

#[test]
fn every_code_has_a_failing_and_a_fixed_example() {
    let blocks = blocks(PAGE);
    for code in Code::all() {
        for info in ["sql refused", "text", "sql proved"] {
            assert!(
                blocks
                    .iter()
                    .any(|block| block.section == code.name() && block.info == info),
                "{code}: no `{info}`"
            );
        }
    }
}
