//! `codes.md` keeps its word: what it shows as refused is refused with just that code and that message, what it shows as
//! proved is proved. `TENANCY_BLESS=1` rewrites the messages.

use std::fs;
use std::path::{Path, PathBuf};

use tenancy_prover::config::Config;
use tenancy_prover::diagnose::guide::PAGE;
use tenancy_prover::diagnose::render::{Source, render};
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

fn project(blocks: &[Block<'_>], migration: &str, tables: &str) -> Project {
    let of = |info: &str| {
        blocks
            .iter()
            .find(|block| block.section == "The schema of the examples" && block.info == info)
            .map_or("", |block| block.text)
    };
    // Another isolation takes the place of the page's; tables come behind its own.
    let toml = if tables.starts_with("isolation") {
        of("toml").replace("isolation  = \"rows\"\n", tables)
    } else {
        format!("{}{tables}", of("toml"))
    };
    let config = Config::parse(&toml, Path::new("tenancy.toml")).expect("the page's tenancy.toml");
    let sources = [
        (
            PathBuf::from("migrations/0001_shop.sql"),
            of("sql schema").to_owned(),
        ),
        (PathBuf::from("migrations/0002_more.sql"), migration.to_owned()),
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
        let before = || {
            blocks[..index]
                .iter()
                .rev()
                .take_while(|one| one.section == block.section)
        };
        let of = |info: &str| before().find(|one| one.info == info).map_or("", |one| one.text);
        match block.info {
            "sql refused" => {
                let Verdict::Refused(found) = tenancy_prover::prove(
                    &project(&blocks, of("sql schema"), of("toml")),
                    block.text.trim_end(),
                ) else {
                    failures.push(format!("{}: proved:\n{}", block.section, block.text));
                    continue;
                };
                if found.is_empty() || found.iter().any(|one| one.code.name() != block.section) {
                    failures.push(format!("{}: {found:#?}", block.section));
                }
                let message = format!(
                    "{}\n",
                    render(&found, &Source::file("<sql>", block.text.trim_end()))
                );
                let shown = &blocks[index + 1];
                assert_eq!(shown.info, "text", "{}: the message follows", block.section);
                if shown.text != message {
                    failures.push(format!("{}: the message is\n{message}", block.section));
                }
                blessed.replace_range(shown.start..shown.start + shown.text.len(), &message);
            }
            "sql proved" => {
                let project = project(&blocks, of("sql schema"), of("toml"));
                if let Verdict::Refused(found) = tenancy_prover::prove(&project, block.text.trim_end()) {
                    let source = Source::file("<sql>", block.text);
                    failures.push(format!("{}: {}", block.section, render(&found, &source)));
                }
            }
            "text" | "toml" | "sql schema" => {}
            other => failures.push(format!("{}: a block of `{other}`", block.section)),
        }
    }
    if std::env::var_os("TENANCY_BLESS").is_some() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("codes.md");
        fs::write(page, blessed).expect("the page can be written");
    }
    failures.reverse();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
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
