//! The server: a temporary folder, a free port, two accounts, one database.

use std::fs;
use std::io::Write;
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::programs::Programs;
use crate::error::{Attempt, Error};
use crate::private;
use crate::process;

const ADMIN: &str = "tenancy_admin";
const APPLICATION: &str = "tenancy_app";
const DATABASE: &str = "tenancy_test";

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the server until the standard input ends, which it does when the process that holds the other end is gone, for
/// whatever reason; then stops it and removes the folder. Arguments: the folder, then the words that run the server.
const WATCHDOG: &str = r#"
folder=$1; shift
"$@" >"$folder.log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -KILL "$server"
wait "$server"
rm -rf -- "$folder" "$folder.log"
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
        let version = process::output(private::command(&programs.server()).arg("--version"))?;
        eprintln!("==> starting a private {}", version.trim());
        let folder = std::env::temp_dir().join(format!("tenancy-mariadb-{}", private::random_word()?));
        private::create(&folder, programs.user())?;
        let mut install = programs.installer();
        install.arg("--no-defaults").args([
            &format!("--datadir={}", folder.join("data").display()),
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        ]);
        if let Err(error) = process::output(&mut install) {
            let _ = fs::remove_dir_all(&folder);
            return Err(error);
        }
        let password = private::random_word()?;
        let first = folder.join("first.sql");
        fs::write(&first, accounts(&password)).attempting("cannot write the first statements")?;
        private::give(&first, programs.user())?;
        let port = private::free_port()?;
        let server = Self {
            watchdog: watch(&programs, &folder, port)?,
            programs,
            folder,
            port,
            password,
        };
        server.wait()?;
        eprintln!(
            "    ready on port {} after {:.1} s",
            server.port,
            began.elapsed().as_secs_f64()
        );
        Ok(server)
    }

    /// For the application account, which can use its own database and nothing else.
    pub(crate) fn url(&self) -> String {
        self.url_of(APPLICATION)
    }

    /// For the administrator.
    pub(crate) fn admin_url(&self) -> String {
        self.url_of(ADMIN)
    }

    /// Runs a script as the administrator and returns what it prints.
    pub(crate) fn script(&self, text: &str) -> Result<String, Error> {
        let mut client = self.programs.client();
        client.args([
            "--no-defaults",
            "--host=127.0.0.1",
            &format!("--port={}", self.port),
            "--user",
            ADMIN,
            "--batch",
            "--skip-column-names",
            "--raw",
            "--default-character-set=utf8mb4",
        ]);
        client.env("MYSQL_PWD", &self.password);
        client
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = client.spawn().attempting("cannot run mariadb")?;
        if let Some(mut input) = child.stdin.take() {
            // The client may have ended already: it says why.
            let _ = input.write_all(text.as_bytes());
        }
        let output = child.wait_with_output().attempting("cannot talk to mariadb")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
            return Err(Error::Failed(format!(
                "mariadb failed ({}): {said}",
                output.status
            )));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn url_of(&self, account: &str) -> String {
        format!(
            "mysql://{account}:{}@{}:{}/{DATABASE}",
            self.password,
            Ipv4Addr::LOCALHOST,
            self.port
        )
    }

    /// Waits until the server answers.
    fn wait(&self) -> Result<(), Error> {
        let began = Instant::now();
        loop {
            let error = match self.script("select 1;") {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let log = fs::read_to_string(self.folder.with_extension("log")).unwrap_or_default();
            // Nobody answers until it listens, and there are no accounts until it has run the first statements.
            let early = ["ERROR 2002", "ERROR 2003", "ERROR 1045", "ERROR 1130"]
                .map(|code| error.to_string().contains(code));
            let starting = early.contains(&true) && !log.contains("Aborting");
            if !starting || began.elapsed() > PATIENCE {
                return Err(Error::Failed(format!("{error}\n{}", log.trim_end())));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What the server runs first; the administrator comes last. Beside the two accounts there is root, who has no password
/// and gets in through the socket, which is in a folder that only the server's user can open.
fn accounts(password: &str) -> String {
    format!(
        "delete from mysql.global_priv where user not in ('root', 'mariadb.sys') or host <> 'localhost';\n\
         flush privileges;\n\
         create database {DATABASE} character set utf8mb4;\n\
         create user {APPLICATION}@'127.0.0.1' identified by '{password}';\n\
         grant all on {DATABASE}.* to {APPLICATION}@'127.0.0.1';\n\
         create user {ADMIN}@'127.0.0.1' identified by '{password}';\n\
         grant all on *.* to {ADMIN}@'127.0.0.1' with grant option;\n"
    )
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
fn watch(programs: &Programs, folder: &std::path::Path, port: u16) -> Result<Child, Error> {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut watchdog = Command::new("sh");
    watchdog.args(["-c", WATCHDOG, "watchdog"]).arg(folder);
    watchdog.args(programs.server()).args([
        "--no-defaults".to_owned(),
        format!("--datadir={}", path("data")),
        format!("--socket={}", path("socket")),
        format!("--pid-file={}", path("pid")),
        format!("--init-file={}", path("first.sql")),
        // Statements that read or write files can do so here only.
        format!("--secure-file-priv={}", folder.display()),
        format!("--bind-address={}", Ipv4Addr::LOCALHOST),
        format!("--port={port}"),
        "--skip-name-resolve".to_owned(),
        "--character-set-server=utf8mb4".to_owned(),
        "--max-connections=200".to_owned(),
        "--innodb-flush-log-at-trx-commit=0".to_owned(),
        "--innodb-doublewrite=0".to_owned(),
        "--innodb-buffer-pool-size=64M".to_owned(),
        "--innodb-log-file-size=16M".to_owned(),
        "--innodb-stats-persistent=0".to_owned(),
    ]);
    watchdog.current_dir("/").process_group(0);
    watchdog
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    watchdog
        .spawn()
        .attempting("cannot start the watchdog of the server")
}
