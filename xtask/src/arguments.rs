//! The command line.

use std::collections::VecDeque;
use std::str::FromStr;

use crate::error::Error;

/// What is left of the command line.
#[derive(Debug)]
pub(crate) struct Arguments(VecDeque<String>);

impl Arguments {
    /// The command line of this process.
    pub(crate) fn from_environment() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// Takes the first word.
    pub(crate) fn command(&mut self) -> Option<String> {
        self.0.pop_front()
    }

    /// Takes a flag, if it is there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let at = self.0.iter().position(|word| word == name);
        at.is_some_and(|at| self.0.remove(at).is_some())
    }

    /// Takes `--name value` or `--name=value`, if it is there.
    pub(crate) fn option(&mut self, name: &str) -> Result<Option<String>, Error> {
        if let Some(at) = self.0.iter().position(|word| word == name) {
            let _ = self.0.remove(at);
            return match self.0.remove(at) {
                Some(value) => Ok(Some(value)),
                None => Err(Error::Usage(format!("`{name}` needs a value"))),
            };
        }
        let prefix = format!("{name}=");
        let at = self.0.iter().position(|word| word.starts_with(&prefix));
        Ok(at
            .and_then(|at| self.0.remove(at))
            .and_then(|word| word.strip_prefix(&prefix).map(str::to_owned)))
    }

    /// Takes a number, or `otherwise`.
    pub(crate) fn number<T: FromStr>(&mut self, name: &str, otherwise: T) -> Result<T, Error> {
        match self.option(name)? {
            Some(value) => value
                .parse()
                .map_err(|_| Error::Usage(format!("`{name}` needs a number, not `{value}`"))),
            None => Ok(otherwise),
        }
    }

    /// The words that are left, for another program.
    pub(crate) fn rest(self) -> impl Iterator<Item = String> {
        self.0.into_iter()
    }

    /// Nothing may be left over.
    pub(crate) fn finish(self) -> Result<(), Error> {
        match self.0.front() {
            Some(word) => Err(Error::Usage(format!("`{word}` is not understood"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn options_are_taken_in_both_spellings() {
        let mut left = arguments(&["--filter", "one", "--json", "--runs=3"]);
        assert_eq!(left.option("--filter").unwrap().as_deref(), Some("one"));
        assert_eq!(left.number("--runs", 5).unwrap(), 3);
        assert_eq!(left.number("--queries", 5).unwrap(), 5);
        assert!(left.flag("--json"));
        assert!(!left.flag("--json"));
        left.finish().unwrap();
    }

    #[test]
    fn what_is_left_over_or_incomplete_is_an_error() {
        assert!(arguments(&["--bogus"]).finish().is_err());
        assert!(arguments(&["--filter"]).option("--filter").is_err());
        assert!(arguments(&["--runs", "many"]).number("--runs", 1).is_err());
    }
}
