//! Steps, one after the other, with a summary at the end.

use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Attempt, Error};

/// One program to run.
#[derive(Debug)]
pub(crate) struct Step {
    /// What it does, in a few words.
    pub(crate) name: &'static str,
    /// How.
    pub(crate) command: Command,
}

/// Runs every step, also after a failed one, and sums up.
pub(crate) fn run(steps: Vec<Step>) -> Result<ExitCode, Error> {
    let count = steps.len();
    let mut done = Vec::new();
    for (at, Step { name, mut command }) in steps.into_iter().enumerate() {
        println!("\n==> [{}/{count}] {name}", at + 1);
        println!("    {}", shown(&command));
        let began = Instant::now();
        let status = command
            .stdin(Stdio::null())
            .status()
            .attempting(format!("cannot start: {name}"))?;
        done.push((name, status, began.elapsed()));
    }
    print!("\n{}", summary(&done));
    let passed = done.iter().all(|(_, status, _)| status.success());
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn shown(command: &Command) -> String {
    let mut words = vec!["cargo".to_owned()];
    words.extend(command.get_args().map(|word| word.display().to_string()));
    words.join(" ")
}

fn summary(done: &[(&str, ExitStatus, Duration)]) -> String {
    let mut text = String::new();
    for (name, status, took) in done {
        let result = if status.success() { "passed" } else { "FAILED" };
        text.push_str(&format!("{result}  {:>7.1} s  {name}\n", took.as_secs_f64()));
    }
    let failed = done.iter().filter(|(_, status, _)| !status.success()).count();
    let total: Duration = done.iter().map(|(_, _, took)| *took).sum();
    text.push_str(&format!(
        "{} steps, {failed} failed, {:.1} s\n",
        done.len(),
        total.as_secs_f64()
    ));
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;
    use std::time::Duration;

    use super::summary;

    #[test]
    fn the_summary_counts_failures() {
        let second = Duration::from_secs(1);
        let done = [
            ("tests", ExitStatus::from_raw(0), second),
            ("example", ExitStatus::from_raw(256), second),
        ];
        let text = summary(&done);
        assert!(text.contains("FAILED      1.0 s  example"), "{text}");
        assert!(text.ends_with("2 steps, 1 failed, 2.0 s\n"), "{text}");
    }
}
