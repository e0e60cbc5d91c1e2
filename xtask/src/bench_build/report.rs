//! Medians and ratios.

use std::time::Duration;

use super::crates::Kind;
use super::measure::{Edit, Sample, Took};

/// The medians of one crate after one edit.
#[derive(Debug)]
struct Line {
    kind: Kind,
    edit: Edit,
    wall: f64,
    processor: f64,
}

/// What was measured.
#[derive(Debug)]
pub(super) struct Report {
    count: usize,
    runs: usize,
    lines: Vec<Line>,
}

impl Report {
    /// Sums up.
    pub(super) fn new(count: usize, kinds: &[Kind], samples: &[Sample]) -> Self {
        let mut lines = Vec::new();
        let mut runs = 0;
        for edit in Edit::ALL {
            for kind in kinds {
                let own: Vec<Took> = samples
                    .iter()
                    .filter(|sample| sample.kind == *kind && sample.edit == edit)
                    .map(|sample| sample.took)
                    .collect();
                runs = own.len();
                lines.push(Line {
                    kind: *kind,
                    edit,
                    wall: median(own.iter().map(|took| took.wall)),
                    processor: median(own.iter().map(|took| took.processor)),
                });
            }
        }
        Self { count, runs, lines }
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "cargo check of {} queries, medians of {} runs, in seconds\n\n\
             {:<9} {:<26} {:>7} {:>10}   ratio of processor time to\n\
             {:<9} {:<26} {:>7} {:>10}   {:>7} {:>9}\n",
            self.count, self.runs, "", "", "", "", "after", "crate", "clock", "processor", "plain", "checked"
        );
        for line in &self.lines {
            text.push_str(&format!(
                "{:<9} {:<26} {:>7.2} {:>10.2}   {:>7} {:>9}\n",
                line.edit.name(),
                line.kind.describe(),
                line.wall,
                line.processor,
                shown(self.ratio(line, Kind::Plain)),
                shown(self.ratio(line, Kind::Checked)),
            ));
        }
        text
    }

    /// For programs.
    pub(super) fn json(&self) -> String {
        let number = |ratio: Option<f64>| ratio.map_or("null".to_owned(), |ratio| format!("{ratio:.4}"));
        let lines: Vec<String> = self
            .lines
            .iter()
            .map(|line| {
                format!(
                    "{{\"after\":\"{}\",\"crate\":\"{}\",\"clock\":{:.4},\"processor\":{:.4},\
                     \"to_plain\":{},\"to_checked\":{}}}",
                    line.edit.name(),
                    line.kind.name(),
                    line.wall,
                    line.processor,
                    number(self.ratio(line, Kind::Plain)),
                    number(self.ratio(line, Kind::Checked)),
                )
            })
            .collect();
        format!(
            "{{\"queries\":{},\"runs\":{},\"medians\":[{}]}}\n",
            self.count,
            self.runs,
            lines.join(",")
        )
    }

    fn ratio(&self, line: &Line, to: Kind) -> Option<f64> {
        let other = self
            .lines
            .iter()
            .find(|other| other.kind == to && other.edit == line.edit)?;
        Some(line.processor / other.processor)
    }
}

fn shown(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"))
}

fn median(times: impl Iterator<Item = Duration>) -> f64 {
    let mut seconds: Vec<f64> = times.map(|time| time.as_secs_f64()).collect();
    seconds.sort_by(f64::total_cmp);
    let upper = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN);
    let lower = seconds
        .get(seconds.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN);
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Kind, Report, median};
    use crate::bench_build::measure::{Edit, Sample, Took};

    fn sample(kind: Kind, edit: Edit, seconds: u64) -> Sample {
        let time = Duration::from_secs(seconds);
        Sample {
            kind,
            edit,
            took: Took {
                wall: time * 2,
                processor: time,
            },
        }
    }

    #[test]
    fn ratios_compare_the_same_edit() {
        let samples = [
            sample(Kind::Ours, Edit::Touch, 2),
            sample(Kind::Plain, Edit::Touch, 4),
            sample(Kind::Ours, Edit::Shift, 6),
            sample(Kind::Plain, Edit::Shift, 3),
        ];
        let json = Report::new(9, &[Kind::Ours, Kind::Plain], &samples).json();
        assert!(
            json.contains("\"after\":\"touched\",\"crate\":\"ours\",\"clock\":4.0000"),
            "{json}"
        );
        assert!(json.contains("\"to_plain\":0.5000,\"to_checked\":null"), "{json}");
        assert!(json.contains("\"to_plain\":2.0000"), "{json}");
    }

    #[test]
    fn a_median_lies_in_the_middle() {
        assert!((median([1, 9, 2].into_iter().map(Duration::from_secs)) - 2.0).abs() < 1e-9);
        assert!((median([1, 2, 3, 9].into_iter().map(Duration::from_secs)) - 2.5).abs() < 1e-9);
    }
}
