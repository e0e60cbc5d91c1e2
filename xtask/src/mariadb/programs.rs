//! Finds MariaDB's programs, and the user that may run them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::private::{self, SystemUser};
use crate::process;

/// Where the server is, if not in `PATH`: root's is shorter for others.
const FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/libexec", "/usr/local/sbin"];

/// MariaDB's programs. Run as root, they run as another user, for the server refuses root.
#[derive(Debug)]
pub(super) struct Programs {
    server: PathBuf,
    installer: PathBuf,
    client: PathBuf,
    user: Option<SystemUser>,
}

impl Programs {
    /// Finds the programs, or installs them where that is ours to do.
    pub(super) fn find() -> Result<Self, Error> {
        let root = private::is_root()?;
        let found = match find() {
            Some(found) => found,
            None if private::install(root, "MariaDB", "mariadb-server")? => find().ok_or_else(missing)?,
            None => return Err(missing()),
        };
        let user = if root {
            Some(private::system_user("MariaDB", "mysql")?)
        } else {
            None
        };
        let [server, installer, client] = found;
        Ok(Self {
            server,
            installer,
            client,
            user,
        })
    }

    /// The user that the server runs as, where it is not ours.
    pub(super) fn user(&self) -> Option<&SystemUser> {
        self.user.as_ref()
    }

    /// The server, as words to run.
    pub(super) fn server(&self) -> Vec<String> {
        private::words(self.user.as_ref(), &self.server)
    }

    /// The program that makes an empty data folder.
    pub(super) fn installer(&self) -> Command {
        private::command(&private::words(self.user.as_ref(), &self.installer))
    }

    /// The client that runs scripts.
    pub(super) fn client(&self) -> Command {
        private::command(&private::words(self.user.as_ref(), &self.client))
    }
}

fn find() -> Option<[PathBuf; 3]> {
    let program = |name: &str| {
        let elsewhere = || {
            let folders = FOLDERS.iter().map(|folder| Path::new(folder).join(name));
            folders.into_iter().find(|file| file.is_file())
        };
        process::in_path(name).or_else(elsewhere)
    };
    Some([
        program("mariadbd")?,
        program("mariadb-install-db")?,
        program("mariadb")?,
    ])
}

fn missing() -> Error {
    Error::Missing(
        "MariaDB's programs (mariadbd, mariadb-install-db, mariadb) are not in PATH; install MariaDB 10.11 or later, on \
         Debian with `apt-get install mariadb-server`"
            .to_owned(),
    )
}
