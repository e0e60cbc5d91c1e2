//! Finds PostgreSQL's programs, and the user that may run them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::process;

/// Where Debian keeps one folder for each major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// PostgreSQL's programs. Run as root, they run as another user, for PostgreSQL refuses root.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    user: Option<SystemUser>,
}

/// The user and group that the server runs as.
#[derive(Debug)]
pub(super) struct SystemUser {
    /// User id.
    pub(super) user: u32,
    /// Group id.
    pub(super) group: u32,
}

impl Programs {
    /// Finds the programs, or installs them where that is ours to do.
    pub(super) fn find() -> Result<Self, Error> {
        let root = process::output(Command::new("id").arg("-u"))?.trim() == "0";
        let folder = match find_folder() {
            Some(folder) => folder,
            None => {
                install(root)?;
                find_folder().ok_or_else(missing)?
            }
        };
        let user = if root { Some(system_user()?) } else { None };
        Ok(Self { folder, user })
    }

    /// The user that the server runs as, where it is not ours.
    pub(super) fn user(&self) -> Option<&SystemUser> {
        self.user.as_ref()
    }

    /// One of the programs, as words to run: it is given to `Command` or to a shell.
    pub(super) fn words(&self, program: &str) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(SystemUser { user, group }) = &self.user {
            words.extend([
                "setpriv".to_owned(),
                format!("--reuid={user}"),
                format!("--regid={group}"),
            ]);
            words.extend(["--clear-groups".to_owned(), "--".to_owned()]);
        }
        words.push(self.folder.join(program).display().to_string());
        words
    }

    /// One of the programs, ready to run.
    pub(super) fn command(&self, program: &str) -> Command {
        let words = self.words(program);
        let (first, rest) = words
            .split_first()
            .map_or((program, &[][..]), |(first, rest)| (first.as_str(), rest));
        let mut command = Command::new(first);
        // The working directory of root is closed to the other user.
        command.args(rest).current_dir("/");
        command
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
    if !root || !Path::new("/etc/debian_version").exists() {
        return Err(missing());
    }
    eprintln!("PostgreSQL is not installed: installing it with apt-get");
    let mut update = Command::new("apt-get");
    update.args(["update", "-qq"]);
    process::output(&mut update)?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends", "postgresql"]);
    process::output(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    Ok(())
}

fn missing() -> Error {
    Error::Missing(format!(
        "PostgreSQL's server programs (initdb, pg_ctl, postgres, psql) are neither in PATH nor in {DEBIAN}/*/bin; \
         install PostgreSQL 15 or later, on Debian with `apt-get install postgresql`"
    ))
}

/// PostgreSQL's own user, or nobody.
fn system_user() -> Result<SystemUser, Error> {
    if process::in_path("setpriv").is_none() {
        return Err(Error::Missing(
            "PostgreSQL does not run as root, and `setpriv` (util-linux) is not there to run it as another user; \
             run this as an ordinary user"
                .to_owned(),
        ));
    }
    for name in ["postgres", "nobody"] {
        let id = |kind: &str| {
            let printed = process::output(Command::new("id").args([kind, name])).ok()?;
            printed.trim().parse::<u32>().ok()
        };
        if let (Some(user), Some(group)) = (id("-u"), id("-g")) {
            return Ok(SystemUser { user, group });
        }
    }
    Err(Error::Missing(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`".to_owned(),
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
