//! What private servers have in common: a folder that is nobody else's, a free port, and a user that is not root.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::Path;
use std::process::Command;

use crate::error::{Attempt, Error};
use crate::process;

/// The user and group that a server runs as.
#[derive(Debug)]
pub(crate) struct SystemUser {
    /// User id.
    pub(crate) user: u32,
    /// Group id.
    pub(crate) group: u32,
}

/// True if this process is root's.
pub(crate) fn is_root() -> Result<bool, Error> {
    Ok(process::output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// The server's own user, or nobody.
pub(crate) fn system_user(server: &str, own: &str) -> Result<SystemUser, Error> {
    if process::in_path("setpriv").is_none() {
        return Err(Error::Missing(format!(
            "{server} does not run as root, and `setpriv` (util-linux) is not there to run it as another user; run \
             this as an ordinary user"
        )));
    }
    for name in [own, "nobody"] {
        let id = |kind: &str| {
            let printed = process::output(Command::new("id").args([kind, name])).ok()?;
            printed.trim().parse::<u32>().ok()
        };
        if let (Some(user), Some(group)) = (id("-u"), id("-g")) {
            return Ok(SystemUser { user, group });
        }
    }
    Err(Error::Missing(format!(
        "{server} does not run as root, and there is no user `{own}` or `nobody`"
    )))
}

/// A program, run as another user if need be, as words: they are given to `Command` or to a shell.
pub(crate) fn words(user: Option<&SystemUser>, program: &Path) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(SystemUser { user, group }) = user {
        words.extend([
            "setpriv".to_owned(),
            format!("--reuid={user}"),
            format!("--regid={group}"),
        ]);
        words.extend(["--clear-groups".to_owned(), "--".to_owned()]);
    }
    words.push(program.display().to_string());
    words
}

/// Words, ready to run.
pub(crate) fn command(words: &[String]) -> Command {
    let (first, rest) = words
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut command = Command::new(first);
    // The working directory of root is closed to the other user.
    command.args(rest).current_dir("/");
    command
}

/// Installs a Debian package where that is ours to do; false where it is not.
pub(crate) fn install(root: bool, server: &str, package: &str) -> Result<bool, Error> {
    if !root || !Path::new("/etc/debian_version").exists() {
        return Ok(false);
    }
    eprintln!("{server} is not installed: installing it with apt-get");
    let mut update = Command::new("apt-get");
    update.args(["update", "-qq"]);
    process::output(&mut update)?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends", package]);
    process::output(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    Ok(true)
}

/// Creates a folder that only the server's user can open.
pub(crate) fn create(folder: &Path, user: Option<&SystemUser>) -> Result<(), Error> {
    let created = fs::DirBuilder::new().mode(0o700).create(folder);
    created.attempting(format!("cannot create {}", folder.display()))?;
    give(folder, user)
}

/// Gives a file or folder to the server's user.
pub(crate) fn give(path: &Path, user: Option<&SystemUser>) -> Result<(), Error> {
    match user {
        Some(to) => chown(path, Some(to.user), Some(to.group))
            .attempting(format!("cannot give {} to the server's user", path.display())),
        None => Ok(()),
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).attempting("cannot find a free port")?;
    let address = listener.local_addr().attempting("cannot find a free port")?;
    Ok(address.port())
}

/// 16 hexadecimal digits that nobody can guess.
pub(crate) fn random_word() -> Result<String, Error> {
    let mut bytes = [0_u8; 8];
    let mut source = fs::File::open("/dev/urandom").attempting("cannot open /dev/urandom")?;
    source
        .read_exact(&mut bytes)
        .attempting("cannot read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
