//! A project: its `tenancy.toml`, its schema files, and the catalog read from them.

#[cfg(test)]
mod tests;

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher as _;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::Dialect;
use crate::catalog::{self, Catalog, Function, Origin, QName, Reader, Relation};
use crate::config::{Config, ConfigError, Isolation, SchemaSource};
use crate::lower::Known;

/// The configuration file in a project's directory.
const CONFIG: &str = "tenancy.toml";

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
    /// What a verdict rests on besides the statement, as two hashes: the prover's own sources and every byte that was
    /// read. The same number means the same verdicts.
    pub digest: u128,
    /// What every statement asks of the catalog as a whole.
    pub(crate) known: Known,
}

/// Why a project could not be loaded. The message names the file, the line where there is one, and the way out.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// `tenancy.toml` is malformed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no `tenancy.toml`.
    #[error("{}: there is no such file; `tenancy.toml` belongs beside Cargo.toml", .0.display())]
    NoConfig(PathBuf),
    /// The folder of migrations does not exist.
    #[error("{}: there is no such folder; `migrations` in tenancy.toml names it, relative to that file", .0.display())]
    NoMigrations(PathBuf),
    /// The folder of shared migrations does not exist.
    #[error("{}: there is no such folder; `shared_migrations` in tenancy.toml names it, relative to that file", .0.display())]
    NoSharedMigrations(PathBuf),
    /// A migration that runs for each tenant makes something outside of the tenant's schema.
    #[error(
        "{}:{line}: `{name}` is made in a schema of its own name, but this migration runs for each tenant, in the tenant's schema: \
         leave the schema out, or put the statement into `shared_migrations`",
        .path.display()
    )]
    ForeignSchema {
        /// The migration.
        path: PathBuf,
        /// The line of the statement.
        line: u32,
        /// What it makes.
        name: String,
    },
    /// The folder holds no migration.
    #[error("{}: no migration in it; they are called `<VERSION>_<DESCRIPTION>.sql` (or `.up.sql`)", .0.display())]
    EmptyMigrations(PathBuf),
    /// Two migrations have the same version.
    #[error("{} and {}: both have version {version}", .first.display(), .second.display())]
    DuplicateVersion {
        /// The version.
        version: i64,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The dump does not exist.
    #[error("{}: there is no such file; `schema` in tenancy.toml names the dump, relative to that file", .0.display())]
    NoDump(PathBuf),
    /// A file or folder could not be read.
    #[error("{}: cannot be read: {error}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        error: Arc<io::Error>,
    },
    /// A file is not UTF-8.
    #[error("{}:{line}: not UTF-8", .path.display())]
    NotUtf8 {
        /// Which.
        path: PathBuf,
        /// The line of the first byte that is not.
        line: usize,
    },
    /// A declaration in `tenancy.toml` does not fit the schema.
    #[error("{}{error}", place(.path, *.line))]
    Declaration {
        /// The configuration file.
        path: PathBuf,
        /// The declaration's line; 0 if the configuration was not read from a file.
        line: u32,
        /// What is wrong.
        error: catalog::OwnershipError,
    },
}

/// `path:line: `, as far as the line is known.
fn place(path: &Path, line: u32) -> String {
    if line == 0 {
        format!("{}: ", path.display())
    } else {
        format!("{}:{line}: ", path.display())
    }
}

/// Two hashes of all that a verdict rests on.
fn digest(config: &str, sources: &[(PathBuf, String)]) -> u128 {
    let hash = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(seed);
        let paths = sources
            .iter()
            .map(|(path, _)| path.as_os_str().as_encoded_bytes());
        let texts = sources.iter().map(|(_, text)| text.as_bytes());
        let parts = [crate::SOURCES.as_bytes(), config.as_bytes()];
        for part in parts.into_iter().chain(paths).chain(texts) {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        u128::from(hasher.finish())
    };
    (hash(1) << 64) | hash(2)
}

impl Project {
    /// Reads `tenancy.toml` in `directory` and the schema that it names.
    ///
    /// # Errors
    /// A missing or malformed file, an unknown key, a declaration of a table that does not exist.
    pub fn load(directory: &Path) -> Result<Self, ProjectError> {
        let directory = std::path::absolute(directory).map_err(|error| unreadable(directory, error))?;
        let path = directory.join(CONFIG);
        if !path.is_file() {
            return Err(ProjectError::NoConfig(path));
        }
        let text = read(&path)?;
        let config = Config::parse(&text, &path)?;
        let mut files = vec![path];
        let mut sources: Vec<(PathBuf, String)> = match &config.source {
            SchemaSource::Dump(dump) => {
                let path = directory.join(dump);
                if !path.is_file() {
                    return Err(ProjectError::NoDump(path));
                }
                vec![(named(&path, &directory), read(&path)?)]
            }
            SchemaSource::Migrations(folder) => migrations(&directory.join(folder))?
                .into_iter()
                .map(|path| Ok((named(&path, &directory), read(&path)?)))
                .collect::<Result<_, ProjectError>>()?,
        };
        if let Some(folder) = &config.shared_migrations {
            let folder = directory.join(folder);
            if !folder.is_dir() {
                return Err(ProjectError::NoSharedMigrations(folder));
            }
            for path in migrations(&folder)? {
                sources.push((named(&path, &directory), read(&path)?));
            }
        }
        files.extend(sources.iter().map(|(path, _)| directory.join(path)));
        let catalog = build(&config, &directory, &sources)?;
        let digest = digest(&text, &sources);
        Ok(Self {
            known: Known::of(&catalog, &config),
            directory,
            config,
            catalog,
            files,
            digest,
        })
    }

    /// The project that [`Project::load`] read, from the texts of its files: `config` is `tenancy.toml`, `sources` are
    /// the schema files by [`Project::names`]. Its digest is the same if the texts are.
    ///
    /// # Errors
    /// As [`Project::load`], but for what only files can do wrong.
    pub fn embedded(config: &str, sources: &[(&str, &str)]) -> Result<Self, ProjectError> {
        let parsed = Config::parse(config, Path::new(CONFIG))?;
        let sources: Vec<(PathBuf, String)> = sources
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect();
        let catalog = build(&parsed, Path::new(""), &sources)?;
        Ok(Self {
            known: Known::of(&catalog, &parsed),
            directory: PathBuf::new(),
            config: parsed,
            catalog,
            files: Vec::new(),
            digest: digest(config, &sources),
        })
    }

    /// The files by the names that messages and the digest use: relative to the project's folder.
    pub fn names(&self) -> impl Iterator<Item = PathBuf> {
        self.files.iter().map(|file| named(file, &self.directory))
    }

    /// A project from texts: `sources` are the schema files in the order in which they run.
    ///
    /// # Errors
    /// A declaration of a table that does not exist, and the like.
    pub fn from_parts(config: Config, sources: &[(PathBuf, String)]) -> Result<Self, ProjectError> {
        let catalog = build(&config, Path::new(""), sources)?;
        let digest = digest(&format!("{config:?}"), sources);
        Ok(Self {
            known: Known::of(&catalog, &config),
            directory: PathBuf::new(),
            config,
            catalog,
            files: Vec::new(),
            digest,
        })
    }
}

/// A file as messages and the digest name it, so that a checkout elsewhere gives the same.
fn named(path: &Path, directory: &Path) -> PathBuf {
    path.strip_prefix(directory).unwrap_or(path).to_owned()
}

/// A folder as the names of the files in it begin.
fn plain(folder: &str) -> PathBuf {
    Path::new(folder)
        .components()
        .filter(|part| !matches!(part, Component::CurDir))
        .collect()
}

fn build(config: &Config, directory: &Path, sources: &[(PathBuf, String)]) -> Result<Catalog, ProjectError> {
    let mut reader = Reader::new(config.dialect);
    let is_shared = |path: &Path| {
        config
            .shared_migrations
            .as_ref()
            .is_some_and(|folder| path.parent().is_some_and(|parent| parent == plain(folder)))
    };
    let (shared, own): (Vec<_>, Vec<_>) = sources.iter().partition(|(path, _)| is_shared(path));
    for (path, source) in shared {
        reader.read(path, source);
    }
    if config.isolation == Isolation::Schema {
        reader.begin_tenant();
    }
    for (path, source) in own {
        reader.read(path, source);
    }
    let mut catalog = reader.finish();
    if config.isolation == Isolation::Schema {
        stays_at_home(&catalog, directory, &is_shared)?;
    }
    declare_pure(&mut catalog, config);
    catalog::assign(&mut catalog, config).map_err(|error| ProjectError::Declaration {
        path: directory.join(CONFIG),
        line: config.line_of(error.table.as_deref()),
        error,
    })?;
    Ok(catalog)
}

/// Whether migrations that run for each tenant make nothing outside of the tenant's schema.
fn stays_at_home(
    catalog: &Catalog,
    directory: &Path,
    is_shared: &dyn Fn(&Path) -> bool,
) -> Result<(), ProjectError> {
    let relations = catalog.relations.iter().map(|(name, relation)| {
        let origin = match relation {
            Relation::Table(table) => &table.origin,
            Relation::View(view) => &view.origin,
            Relation::Opaque { origin, what: _ } => origin,
        };
        (name, origin)
    });
    let functions = catalog
        .functions
        .values()
        .flatten()
        .map(|function| (&function.name, &function.origin));
    let mut away = relations
        .chain(functions)
        .filter(|(name, origin)| name.schema != catalog.home && !is_shared(&origin.file));
    match away.next() {
        None => Ok(()),
        Some((name, origin)) => Err(ProjectError::ForeignSchema {
            path: directory.join(origin.file.as_path()),
            line: origin.line,
            name: format!("{}.{}", name.schema, name.name),
        }),
    }
}

/// `[functions] pure`: marks what migrations define and registers what an extension brings.
fn declare_pure(catalog: &mut Catalog, config: &Config) {
    for written in &config.pure_functions {
        let written = match config.dialect {
            Dialect::Postgres => written.clone(),
            Dialect::Sqlite | Dialect::Mysql => written.to_ascii_lowercase(),
        };
        let (schema, name) = match written.split_once('.') {
            Some((schema, name)) => (schema.to_owned(), name.to_owned()),
            None => (catalog.home.to_owned(), written),
        };
        let functions = catalog.functions.entry(name.clone()).or_default();
        let mut known = false;
        for function in functions
            .iter_mut()
            .filter(|function| function.name.schema == schema)
        {
            function.pure = true;
            known = true;
        }
        if !known {
            let origin = Origin {
                file: Arc::new(PathBuf::from(CONFIG)),
                line: config.functions_line,
            };
            functions.push(Function {
                name: QName { schema, name },
                pure: true,
                aggregate: false,
                origin,
            });
        }
    }
}

/// The migrations in `folder` as sqlx finds them: `<VERSION>_<DESCRIPTION>.sql`, by version; `.down.sql` left out.
fn migrations(folder: &Path) -> Result<Vec<PathBuf>, ProjectError> {
    if !folder.is_dir() {
        return Err(ProjectError::NoMigrations(folder.to_owned()));
    }
    let mut found: Vec<(i64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        // A link to a file counts, as it does for sqlx.
        if !path.is_file() {
            continue;
        }
        if let Some(version) = path
            .file_name()
            .and_then(|name| version_of(&name.to_string_lossy()))
        {
            found.push((version, path));
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(ProjectError::EmptyMigrations(folder.to_owned()));
    }
    if let Some([first, second]) = found.array_windows().find(|[first, second]| first.0 == second.0) {
        return Err(ProjectError::DuplicateVersion {
            version: first.0,
            first: first.1.clone(),
            second: second.1.clone(),
        });
    }
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn version_of(file: &str) -> Option<i64> {
    let (version, description) = file.split_once('_')?;
    let runs = description.ends_with(".sql") && !description.ends_with(".down.sql");
    version.parse().ok().filter(|_| runs)
}

fn unreadable(path: &Path, error: io::Error) -> ProjectError {
    ProjectError::Unreadable {
        path: path.to_owned(),
        error: Arc::new(error),
    }
}

fn read(path: &Path) -> Result<String, ProjectError> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, error))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error
            .as_bytes()
            .get(..error.utf8_error().valid_up_to())
            .unwrap_or(&[]);
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        ProjectError::NotUtf8 {
            path: path.to_owned(),
            line,
        }
    })
}
