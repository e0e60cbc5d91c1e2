//! A project: its `tenancy.toml`, its schema files, and the catalog read from them.

use std::path::{Path, PathBuf};

use crate::catalog::Catalog;
use crate::config::Config;

/// A loaded project.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder that holds `tenancy.toml`.
    pub directory: PathBuf,
    /// Its configuration.
    pub config: Config,
    /// The schema.
    pub catalog: Catalog,
    /// Every file that was read, absolute: what a build must watch.
    pub files: Vec<PathBuf>,
}

/// Why a project could not be loaded. The message names the file, the line where there is one, and the way out.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// A placeholder until the loader lands.
    #[error("{0}")]
    Invalid(String),
}

impl Project {
    /// Reads `tenancy.toml` in `directory` and the schema that it names.
    ///
    /// # Errors
    /// A missing or malformed file, an unknown key, a declaration of a table that does not exist.
    pub fn load(directory: &Path) -> Result<Self, ProjectError> {
        Err(ProjectError::Invalid(format!("{}: not loaded", directory.display())))
    }
}
