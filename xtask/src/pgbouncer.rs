//! A private PgBouncer in transaction mode, with one connection to the server for all its clients.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Attempt, Error};
use crate::postgres::{self, APPLICATION, DATABASE};
use crate::private;
use crate::process;

/// The application role's URL by way of the pooler.
pub(crate) const URL: &str = "TENANCY_TEST_PGBOUNCER_URL";

/// Debian keeps it where an ordinary user's PATH does not lead.
const DEBIAN: &str = "/usr/sbin/pgbouncer";

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the pooler until the standard input ends, which it does when the process that holds the other end is gone, for
/// whatever reason; then stops it and removes the folder. Arguments: the folder, then the words that run the pooler.
const WATCHDOG: &str = r#"
folder=$1; shift
"$@" </dev/null &
pooler=$!
cat >/dev/null
kill "$pooler"
wait "$pooler"
rm -rf -- "$folder"
"#;

/// A running pooler. It stops, and its folder goes, when this is dropped and also when this process is killed.
#[derive(Debug)]
pub(crate) struct Pooler {
    watchdog: Child,
    port: u16,
    password: String,
}

impl Pooler {
    /// Starts a pooler of its own before `server`.
    pub(crate) fn start(server: &postgres::Server) -> Result<Self, Error> {
        let root = private::is_root()?;
        let program = match find() {
            Some(program) => program,
            None if private::install(root, "PgBouncer", "pgbouncer")? => find().ok_or_else(missing)?,
            None => return Err(missing()),
        };
        let user = root
            .then(|| private::system_user("PgBouncer", "postgres"))
            .transpose()?;
        let mut version = Command::new(&program);
        let version = process::output(version.arg("--version"))?;
        let version = version.lines().next().unwrap_or_default().to_owned();
        eprintln!("==> starting a private {version}");
        let folder = std::env::temp_dir().join(format!("tenancy-pgbouncer-{}", private::random_word()?));
        private::create(&folder, user.as_ref())?;
        let port = private::free_port()?;
        let (users, settings) = (folder.join("users"), folder.join("settings.ini"));
        let password = server.password().to_owned();
        let texts = [
            (&users, format!("\"{APPLICATION}\" \"{password}\"\n")),
            (
                &settings,
                format!(
                    "[databases]\n\
                     {DATABASE} = host={host} port={server} dbname={DATABASE}\n\
                     [pgbouncer]\n\
                     listen_addr = {host}\n\
                     listen_port = {port}\n\
                     auth_type = scram-sha-256\n\
                     auth_file = {users}\n\
                     pool_mode = transaction\n\
                     default_pool_size = 1\n\
                     max_client_conn = 200\n\
                     unix_socket_dir =\n\
                     logfile = {log}\n",
                    host = Ipv4Addr::LOCALHOST,
                    server = server.port(),
                    users = users.display(),
                    log = folder.join("log").display(),
                ),
            ),
        ];
        for (file, text) in texts {
            fs::write(file, text).attempting(format!("cannot write {}", file.display()))?;
            private::give(file, user.as_ref())?;
        }
        let mut watchdog = Command::new("sh");
        watchdog
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(&folder)
            .args(private::words(user.as_ref(), &program))
            .args(["--quiet".as_ref(), settings.as_os_str()]);
        // Its own process group keeps Ctrl-C away from it.
        watchdog.current_dir("/").process_group(0);
        watchdog
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let watchdog = watchdog.spawn().attempting("cannot start PgBouncer")?;
        let pooler = Self {
            watchdog,
            port,
            password,
        };
        pooler.wait(&folder)?;
        Ok(pooler)
    }

    /// For the application role.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://{APPLICATION}:{}@{}:{}/{DATABASE}",
            self.password,
            Ipv4Addr::LOCALHOST,
            self.port
        )
    }

    fn wait(&self, folder: &std::path::Path) -> Result<(), Error> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                eprintln!(
                    "    ready on port {} after {:.1} s",
                    self.port,
                    began.elapsed().as_secs_f64()
                );
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        Err(Error::Failed(format!(
            "PgBouncer did not start\n{}",
            log.trim_end()
        )))
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        if let Err(error) = self.watchdog.wait() {
            eprintln!("cannot wait for PgBouncer to stop: {error}");
        }
    }
}

fn find() -> Option<PathBuf> {
    process::in_path("pgbouncer").or_else(|| Some(PathBuf::from(DEBIAN)).filter(|file| file.is_file()))
}

fn missing() -> Error {
    Error::Missing(format!(
        "PgBouncer is neither in PATH nor {DEBIAN}; install it, on Debian with `apt-get install pgbouncer`"
    ))
}
