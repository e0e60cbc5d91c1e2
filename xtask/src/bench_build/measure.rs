//! Edits, and how long `cargo check` takes after each.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::crates::{Generated, Kind, base};
use crate::error::{Attempt, Error};
use crate::process;

/// Tells sqlx to use the prepared data.
pub(super) const OFFLINE: &str = "SQLX_OFFLINE";

/// Runs a command and prints, as its last line, the processor time of user and system that it took.
const WITH_TIMES: &str = r#""$@" || exit; times"#;

/// What is done to a crate before it is checked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    /// The file is written again as it was.
    Touch,
    /// A line is inserted at the top.
    Shift,
}

impl Edit {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Touch, Self::Shift];

    /// Its name in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Touch => "touched",
            Self::Shift => "shifted",
        }
    }

    /// Does it. Touching leaves the lines where the last round's shift put them.
    pub(super) fn apply(self, generated: &Generated, round: usize) -> Result<(), Error> {
        let lines = match self {
            Self::Touch => round - 1,
            Self::Shift => round,
        };
        generated.put_source(&"// One more line.\n".repeat(lines))
    }
}

/// What one check took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Took {
    /// By the clock.
    pub(super) wall: Duration,
    /// By the processor, in all threads: steadier on a busy machine.
    pub(super) processor: Duration,
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Of which crate.
    pub(super) kind: Kind,
    /// After which edit.
    pub(super) edit: Edit,
    /// The result.
    pub(super) took: Took,
}

/// Checks a crate and says how long that took.
pub(super) fn check(generated: &Generated) -> Result<Took, Error> {
    let cargo = cargo_in(generated);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", WITH_TIMES, "times"])
        .arg(cargo.get_program())
        .args(["check", "--quiet"]);
    shell.current_dir(generated.folder());
    for (name, value) in cargo.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let began = Instant::now();
    let output = shell
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .attempting("cannot run cargo check")?;
    let wall = began.elapsed();
    if !output.status.success() {
        return Err(Error::Failed(format!(
            "`{}` does not compile",
            generated.kind().name()
        )));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let processor = children(&printed)
        .ok_or_else(|| Error::Failed(format!("the shell printed no times: {}", printed.trim_end())))?;
    Ok(Took { wall, processor })
}

/// Cargo, run in the crate as its user would run it; all of them share one target folder.
pub(super) fn cargo_in(generated: &Generated) -> Command {
    let mut cargo = process::cargo();
    cargo.current_dir(generated.folder());
    cargo
        .env("CARGO_TARGET_DIR", base().join("target"))
        .env(OFFLINE, "true");
    cargo
        .env("CARGO_INCREMENTAL", "1")
        .env_remove("DATABASE_URL")
        .env_remove("RUSTFLAGS");
    // Cargo sets these for the task itself; they would only confuse the crate's own build.
    cargo
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_PKG_NAME");
    cargo
}

/// The second line that `times` prints: the processor time of a shell's children.
fn children(printed: &str) -> Option<Duration> {
    let line = printed.lines().last()?;
    let seconds = |word: &str| {
        let (minutes, rest) = word.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + rest.strip_suffix('s')?.parse::<f64>().ok()?)
    };
    let mut words = line.split_whitespace();
    let total = seconds(words.next()?)? + seconds(words.next()?)?;
    Duration::try_from_secs_f64(total).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::children;

    #[test]
    fn the_childrens_times_are_added() {
        assert_eq!(
            children("0m0.01s 0m0.02s\n1m2.25s 0m0.50s\n"),
            Some(Duration::from_millis(62_750))
        );
        assert_eq!(children("nothing"), None);
    }
}
