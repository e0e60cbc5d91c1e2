//! Finds PostgreSQL's programs, and the user that may run them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::private::{self, SystemUser};
use crate::process;

/// Where Debian keeps one folder for each major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// PostgreSQL's programs. Run as root, they run as another user, for PostgreSQL refuses root.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    user: Option<SystemUser>,
}

impl Programs {
    /// Finds the programs, or installs them where that is ours to do.
    pub(super) fn find() -> Result<Self, Error> {
        let root = private::is_root()?;
        let folder = match find_folder() {
            Some(folder) => folder,
            None => {
                install(root)?;
                find_folder().ok_or_else(missing)?
            }
        };
        let user = if root {
            Some(private::system_user("PostgreSQL", "postgres")?)
        } else {
            None
        };
        Ok(Self { folder, user })
    }

    /// The user that the server runs as, where it is not ours.
    pub(super) fn user(&self) -> Option<&SystemUser> {
        self.user.as_ref()
    }

    /// One of the programs, as words to run: it is given to `Command` or to a shell.
    pub(super) fn words(&self, program: &str) -> Vec<String> {
        private::words(self.user.as_ref(), &self.folder.join(program))
    }

    /// One of the programs, ready to run.
    pub(super) fn command(&self, program: &str) -> Command {
        private::command(&self.words(program))
    }
}

fn find_folder() -> Option<PathBuf> {
    let in_path = process::in_path("initdb").and_then(|file| file.parent().map(Path::to_owned));
    in_path
        .filter(|folder| complete(folder))
        .or_else(|| newest(Path::new(DEBIAN)))
}

/// The folder of the highest version.
fn newest(root: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(root).ok()?.flatten();
    versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, folder)| complete(folder))
        .max()
        .map(|(_, folder)| folder)
}

fn complete(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres", "psql"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

fn install(root: bool) -> Result<(), Error> {
    if private::install(root, "PostgreSQL", "postgresql")? {
        Ok(())
    } else {
        Err(missing())
    }
}

fn missing() -> Error {
    Error::Missing(format!(
        "PostgreSQL's server programs (initdb, pg_ctl, postgres, psql) are neither in PATH nor in {DEBIAN}/*/bin; \
         install PostgreSQL 15 or later, on Debian with `apt-get install postgresql`"
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::newest;

    #[test]
    fn the_highest_complete_version_wins() {
        let root = std::env::temp_dir().join(format!("tenancy-xtask-{}", std::process::id()));
        for version in ["9", "15", "17", "junk"] {
            let folder = root.join(version).join("bin");
            fs::create_dir_all(&folder).unwrap();
            for program in ["initdb", "pg_ctl", "postgres", "psql"] {
                fs::write(folder.join(program), "").unwrap();
            }
        }
        fs::remove_file(root.join("17/bin/psql")).unwrap();
        let found = newest(&root);
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, Some(root.join("15/bin")));
        assert_eq!(newest(Path::new("/nowhere")), None);
    }
}
