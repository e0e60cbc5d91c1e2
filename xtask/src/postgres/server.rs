//! The server: a temporary folder, a free port, two roles, one database.

use std::fs;
use std::io::Write;
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::programs::Programs;
use crate::error::{Attempt, Error};
use crate::private;
use crate::process;

const ADMIN: &str = "tenancy_admin";
/// The application's role.
pub(crate) const APPLICATION: &str = "tenancy_app";
/// The database of the tests.
pub(crate) const DATABASE: &str = "tenancy_test";

/// Waits until the standard input ends, which it does when the process that holds the other end is gone, for whatever
/// reason; then stops the server and removes the folder. Arguments: the folder, then the words that run `pg_ctl`.
const WATCHDOG: &str = r#"
folder=$1; shift
cat >/dev/null
"$@" stop --pgdata="$folder/data" --mode=immediate --wait --silent
rm -rf -- "$folder"
"#;

/// A running server. It stops, and its folder goes, when this is dropped and also when this process is killed.
#[derive(Debug)]
pub(crate) struct Server {
    watchdog: Child,
    programs: Programs,
    folder: PathBuf,
    port: u16,
    password: String,
}

impl Server {
    /// Starts a server of its own.
    pub(crate) fn start() -> Result<Self, Error> {
        let began = Instant::now();
        let programs = Programs::find()?;
        let version = process::output(programs.command("postgres").arg("--version"))?;
        eprintln!("==> starting a private {}", version.trim());
        let password = private::random_word()?;
        let folder = std::env::temp_dir().join(format!("tenancy-postgres-{}", private::random_word()?));
        private::create(&folder, programs.user())?;
        let watchdog = watch(&folder, &programs)?;
        let mut server = Self {
            watchdog,
            programs,
            folder,
            port: 0,
            password,
        };
        server.initialise()?;
        server.listen()?;
        server.create_roles()?;
        eprintln!(
            "    ready on port {} after {:.1} s",
            server.port,
            began.elapsed().as_secs_f64()
        );
        Ok(server)
    }

    /// For the application role.
    pub(crate) fn url(&self) -> String {
        self.url_of(APPLICATION)
    }

    /// For the superuser.
    pub(crate) fn admin_url(&self) -> String {
        self.url_of(ADMIN)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The password of its roles.
    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// For the superuser, by the socket in the server's folder.
    pub(crate) fn socket_url(&self) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!(
            "postgres://{ADMIN}:{}@{folder}:{}/{DATABASE}",
            self.password, self.port
        )
    }

    /// Runs a script as the superuser and returns what it prints.
    pub(crate) fn script(&self, file: &Path) -> Result<String, Error> {
        // The script's folder may be closed to the server's user: psql reads it from here.
        let text = fs::read_to_string(file).attempting(format!("cannot read {}", file.display()))?;
        self.psql(DATABASE, &text)
    }

    fn url_of(&self, role: &str) -> String {
        format!(
            "postgres://{role}:{}@{}:{}/{DATABASE}",
            self.password,
            Ipv4Addr::LOCALHOST,
            self.port
        )
    }

    fn initialise(&self) -> Result<(), Error> {
        let password = self.folder.join("password");
        fs::write(&password, &self.password).attempting("cannot write the password file")?;
        private::give(&password, self.programs.user())?;
        let mut initdb = self.programs.command("initdb");
        initdb
            .arg("--pgdata")
            .arg(self.folder.join("data"))
            .arg("--pwfile")
            .arg(&password);
        initdb.args([
            "--username",
            ADMIN,
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
        ]);
        process::output(initdb.arg("--no-sync"))?;
        Ok(())
    }

    /// Another process may take the port between our look and the server's: then once more.
    fn listen(&mut self) -> Result<(), Error> {
        let mut last = Error::Missing("no free port".to_owned());
        for _ in 0..3 {
            self.port = private::free_port()?;
            match self.start_on_port() {
                Ok(()) => return Ok(()),
                Err(error) => last = error,
            }
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(Error::Failed(format!("{last}\n{}", log.trim_end())))
    }

    fn start_on_port(&self) -> Result<(), Error> {
        let settings = [
            format!("listen_addresses={}", Ipv4Addr::LOCALHOST),
            format!("port={}", self.port),
            format!("unix_socket_directories={}", self.folder.display()),
            "max_connections=200".to_owned(),
            "fsync=off".to_owned(),
            "full_page_writes=off".to_owned(),
            "synchronous_commit=off".to_owned(),
        ];
        let options = settings.map(|setting| format!("-c {setting}")).join(" ");
        let mut start = self.programs.command("pg_ctl");
        start.args([
            "start",
            "--wait",
            "--silent",
            "--timeout=60",
            "--options",
            &options,
        ]);
        start
            .arg("--pgdata")
            .arg(self.folder.join("data"))
            .arg("--log")
            .arg(self.folder.join("log"));
        // The server outlives `pg_ctl` and would keep a pipe open.
        let status = start
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match status.attempting("cannot run pg_ctl")? {
            status if status.success() => Ok(()),
            status => Err(Error::Failed(format!("the server did not start ({status})"))),
        }
    }

    fn create_roles(&self) -> Result<(), Error> {
        let roles = format!(
            "create role {APPLICATION} login nosuperuser nobypassrls nocreatedb nocreaterole password '{}';\n\
             create database {DATABASE} owner {APPLICATION};\n",
            self.password
        );
        self.psql("postgres", &roles).map(drop)
    }

    fn psql(&self, database: &str, script: &str) -> Result<String, Error> {
        let mut psql = self.programs.command("psql");
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--file",
            "-",
        ]);
        psql.args([
            "--host",
            "127.0.0.1",
            "--port",
            &self.port.to_string(),
            "--username",
            ADMIN,
            database,
        ]);
        psql.env("PGPASSWORD", &self.password)
            .env("PGCLIENTENCODING", "UTF8");
        psql.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = psql.spawn().attempting("cannot run psql")?;
        if let Some(mut input) = child.stdin.take() {
            input
                .write_all(script.as_bytes())
                .attempting("cannot talk to psql")?;
        }
        let output = child.wait_with_output().attempting("cannot talk to psql")?;
        if !output.status.success() {
            return Err(Error::Failed(format!("psql failed ({})", output.status)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        if let Err(error) = self.watchdog.wait() {
            eprintln!("cannot wait for the server to stop: {error}");
        }
    }
}

/// Its own process group keeps Ctrl-C away from it.
fn watch(folder: &Path, programs: &Programs) -> Result<Child, Error> {
    let mut watchdog = Command::new("sh");
    watchdog
        .args(["-c", WATCHDOG, "watchdog"])
        .arg(folder)
        .args(programs.words("pg_ctl"));
    watchdog.current_dir("/").process_group(0);
    watchdog
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    watchdog
        .spawn()
        .attempting("cannot start the watchdog of the server")
}
