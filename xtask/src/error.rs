//! What can go wrong in a task.

use std::fmt;
use std::io;

/// Why a task could not be carried out.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// A program could not be started, or a file not be read or written.
    Io(String, io::Error),
    /// A program ended with a failure.
    Failed(String),
    /// Something that the task needs is not there.
    Missing(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => write!(f, "{message}; `cargo xtask help` lists the tasks"),
            Self::Io(what, source) => write!(f, "{what}: {source}"),
            Self::Failed(message) | Self::Missing(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

/// Says what was attempted when an input or output operation fails.
pub(crate) trait Attempt<T> {
    /// Turns the error into one that names `what`.
    fn attempting(self, what: impl fmt::Display) -> Result<T, Error>;
}

impl<T> Attempt<T> for io::Result<T> {
    fn attempting(self, what: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|source| Error::Io(what.to_string(), source))
    }
}
