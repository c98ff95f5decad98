//! One PostgreSQL server for each test process.
//!
//! A shell watches over it and reads a pipe that only the test process holds open: however that process ends, also by a
//! panic or a kill, the pipe closes, the shell stops the server and removes its folder.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Where packages put the server's programs, beside the folders in `PATH`.
const FOLDERS: [&str; 4] =
    ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt/postgresql@17", "/usr/local/opt/postgresql@17"];

/// Makes a cluster, serves it on a socket in its own folder, says so, and waits for the pipe to close.
const WATCH: &str = r#"
set -u
bin=$1
port=${2-}
trap '' INT TERM HUP
folder=$(mktemp -d /tmp/netgain-pg-XXXXXX) || exit 1
end() { echo "failed $1"; tail -n 5 "$folder/log" 2>/dev/null; rm -rf "$folder"; exit 1; }
"$bin/initdb" -D "$folder/data" -U tester -A trust -E UTF8 --locale=C --no-sync --wal-segsize=1 \
    >"$folder/log" 2>&1 </dev/null || end initdb
cat >"$folder/data/pg_hba.conf" <<HBA
local all tester trust
local all all scram-sha-256
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl all all ::1/128 scram-sha-256
HBA
if [ -n "$port" ]; then
    cd "$folder" || exit 1
    for name in ca other; do
        printf '[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=netgain tests %s\n[ext]\n%s\n%s\n' \
            "$name" basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign >"$name.cnf"
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -config "$name.cnf" -keyout "$name.key" -out "$name.pem" \
            >>"$folder/log" 2>&1 || end certificates
    done
    printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' >server.ext
    { openssl req -newkey rsa:2048 -nodes -config ca.cnf -keyout server.key -out server.csr &&
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext \
            -out server.pem && chmod 600 server.key; } >>"$folder/log" 2>&1 || end certificates
    set -- -c listen_addresses=localhost -c ssl=on -c "ssl_cert_file=$folder/server.pem" \
        -c "ssl_key_file=$folder/server.key" -p "$port"
else
    set -- -c listen_addresses=
fi
"$bin/postgres" -D "$folder/data" -k "$folder" "$@" -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c shared_buffers=32MB -c max_connections=200 -c autovacuum=off -c jit=off \
    -c max_wal_size=64MB -c min_wal_size=8MB -c wal_level=minimal -c max_wal_senders=0 \
    -c max_locks_per_transaction=256 >>"$folder/log" 2>&1 </dev/null &
server=$!
tries=0
until "$bin/pg_isready" -q -h "$folder" -p "${port:-5432}" -U tester; do
    kill -0 "$server" 2>/dev/null || end start
    tries=$((tries + 1)); [ "$tries" -lt 1200 ] || { kill -KILL "$server"; end "start in time"; }
    sleep 0.1
done
echo "ready $folder"
cat >/dev/null
# immediate: nothing in it is of any worth
kill -QUIT "$server"; wait "$server"
rm -rf "$folder"
"#;

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    /// The folder of its socket.
    pub(crate) folder: PathBuf,
    /// Where it listens on this machine's network for TLS, if it does.
    pub(crate) port: Option<u16>,
    bin: PathBuf,
    /// Open as long as the process lives; never written to.
    _lifeline: Mutex<ChildStdin>,
}

impl Server {
    /// Runs statements as the one who may do everything.
    pub(crate) fn run(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "tester", "-d", database])
            .args(["-c", sql])
            .arg("-h")
            .arg(&self.folder)
            .args(["-p", &self.port.unwrap_or(5432).to_string()])
            .stdin(Stdio::null());
        let out = psql.output().map_err(|error| format!("psql does not start: {error}"))?;
        if out.status.success() {
            return Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned());
        }
        Err(String::from_utf8_lossy(&out.stderr).into_owned())
    }
}

/// The server of this process, started by the first who asks.
pub(crate) fn server() -> &'static Result<Server, String> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    SERVER.get_or_init(|| start(None))
}

/// Starts a server; with a port also for TLS on this machine's network, with a certificate for `localhost` by an authority
/// of its own (`ca.pem` in its folder, beside the `other.pem` of one that it does not know).
pub(crate) fn start(port: Option<u16>) -> Result<Server, String> {
    let bin = programs().ok_or(
        "PostgreSQL's programs are not installed: run scripts/setup.sh as root, or install the package `postgresql`",
    )?;
    let mut shell = as_somebody_else();
    shell.args(["-c", WATCH, "netgain-test-postgres"]).arg(&bin);
    shell.args(port.map(|port| port.to_string()));
    // its own group: a key press that ends the tests must not end the watcher before it has cleaned up
    shell
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .current_dir("/");
    let mut child = shell.spawn().map_err(|error| format!("the server's shell does not start: {error}"))?;
    let (Some(lifeline), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the server's shell has no pipes".to_owned());
    };
    let mut out = BufReader::new(out);
    let mut line = String::new();
    out.read_line(&mut line).map_err(|error| format!("the server's shell is silent: {error}"))?;
    let Some(folder) = line.trim().strip_prefix("ready ") else {
        let mut rest = String::new();
        let _ = out.read_to_string(&mut rest);
        return Err(format!("PostgreSQL does not start: {line}{rest}"));
    };
    let server = Server { folder: PathBuf::from(folder), port, bin, _lifeline: Mutex::new(lifeline) };
    server.run(
        "postgres",
        "CREATE ROLE netgain_owner LOGIN PASSWORD 'owner-s3cret'; CREATE ROLE netgain_app LOGIN PASSWORD 'app-s3cret'",
    )?;
    Ok(server)
}

/// A shell as another user when we are root, whom the server refuses.
fn as_somebody_else() -> Command {
    if !am_root() {
        return Command::new("sh");
    }
    let user = if has_user("postgres") { "postgres" } else { "nobody" };
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}")).arg(format!("--regid={}", group_of(user)));
    command.args(["--clear-groups", "sh"]);
    command
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let out = Command::new(program).args(arguments).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

fn am_root() -> bool {
    output("id", &["-u"]).as_deref() == Some("0")
}

fn has_user(name: &str) -> bool {
    output("id", &["-u", name]).is_some()
}

fn group_of(user: &str) -> String {
    output("id", &["-g", user]).unwrap_or_else(|| "65534".to_owned())
}

/// The folder of the newest server's programs.
fn programs() -> Option<PathBuf> {
    let whole = |folder: &Path| {
        ["initdb", "postgres", "pg_isready", "psql"].iter().all(|name| folder.join(name).exists())
    };
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for folder in FOLDERS.map(PathBuf::from) {
        if whole(&folder.join("bin")) {
            found.push((17, folder.join("bin")));
        }
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let version = entry.file_name().to_string_lossy().parse().unwrap_or(0);
            let bin = entry.path().join("bin");
            if whole(&bin) {
                found.push((version, bin));
            }
        }
    }
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.pop().map(|(_, bin)| bin).or_else(|| std::env::split_paths(&path).find(|folder| whole(folder)))
}

/// Takes a lock whose holder may have failed its test.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
