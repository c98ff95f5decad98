//! PostgreSQL behind the calls. Each runs in a transaction that says for whom it is made; the tables' policies go by that.

use netgain_postgres::{Address, Client, Pool, State, Value, role};

use super::dialect::{placeholders, tables};
use super::error::Result;
use super::{Answer, Scope, TransactionBehavior};
use crate::error::{Context, Error};

/// The store's own clock.
pub(super) const CLOCK: &str = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";
/// Where the tables are.
const SCHEMA: &str = "netgain_control";
/// Connections of one program to its control store.
const CONNECTIONS: usize = 8;
/// How often a statement that stood in another's way is tried.
const TRIES: u32 = 5;

/// The settings that policies go by; they end with the transaction.
fn opening(scope: &Scope) -> String {
    match scope {
        // the alphabet of ids has no quote; a doubled one would be harmless
        Scope::Workspace(id) => {
            format!("SET LOCAL netgain.workspace = '{}'", id.as_str().replace('\'', "''"))
        }
        Scope::All => "SET LOCAL netgain.scope = 'system'".to_owned(),
    }
}

/// One statement in a transaction of its own; tried again when it stood in another's way.
pub(super) fn alone(pool: &Pool, scope: &Scope, sql: &str, values: Vec<Value>) -> Result<Answer> {
    let sql = placeholders(sql);
    let opening = opening(scope);
    let mut client = pool.take()?;
    let mut tries = 1;
    let answer = loop {
        match client.alone(&opening, &sql, values.clone()) {
            Err(error) if error.state() == State::Conflict && tries < TRIES => tries += 1,
            answer => break answer,
        }
    };
    pool.put(Some(client));
    let (rows, count) = answer?;
    Ok((rows, usize::try_from(count).unwrap_or(usize::MAX)))
}

/// Begins a transaction on a connection of its own.
pub(super) fn begin(pool: &Pool, scope: &Scope, behavior: TransactionBehavior) -> Result<Client> {
    let mut client = pool.take()?;
    let mut sql = format!("BEGIN; {}", opening(scope));
    if behavior == TransactionBehavior::Immediate {
        let of = match scope {
            Scope::Workspace(id) => id.as_str(),
            Scope::All => "*",
        };
        sql.push_str(&format!(
            "; SELECT pg_advisory_xact_lock(hashtextextended('netgain control {}', 0))",
            of.replace('\'', "''")
        ));
    }
    match client.batch(&sql) {
        Ok(()) => Ok(client),
        Err(error) => {
            pool.put(None);
            Err(error.into())
        }
    }
}

pub(super) fn run(client: &mut Client, sql: &str, values: Vec<Value>) -> Result<Answer> {
    let (rows, count) = client.run(&placeholders(sql), values)?;
    Ok((rows, usize::try_from(count).unwrap_or(usize::MAX)))
}

/// Ends a transaction and gives its connection back.
pub(super) fn end(pool: &Pool, mut client: Client, how: &str) -> Result<()> {
    // a commit after a refusal is answered by a rollback, which the server calls a success
    let ended = client.end(how);
    pool.put(ended.is_ok().then_some(client));
    Ok(ended?)
}

/// Connects as the application's role, whose rights are checked, and brings the tables up to date as their owner.
/// `guards` are statements that follow, with `{user}` for the application's role. `owner` is the application's own address where no other is given.
pub(crate) fn prepare_postgres(
    app: &str,
    owner: Option<&str>,
    steps: &[&str],
    guards: &str,
) -> crate::error::Result<Pool> {
    const DOING: &str = "open";
    let pool = Pool::new(Address::parse(app).doing(DOING)?.in_schema(SCHEMA), CONNECTIONS);
    let mut client = pool.get().doing(DOING)?;
    let seen = role(&mut client).doing(DOING)?;
    if seen.sees_everything {
        return Err(Error::RoleSeesEverything(seen.name));
    }
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let found = version(&mut client).doing(DOING)?;
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    if found < known {
        let address = Address::parse(owner.unwrap_or(app)).doing(DOING)?.in_schema(SCHEMA);
        let mut owner = Client::connect(&address).doing(DOING)?;
        let user = pool.address().user();
        let found = update(&mut owner, steps, guards, user).doing("bring its tables up to date")?;
        if found > known {
            return Err(Error::NewerSchema { found, known });
        }
    }
    drop(client);
    Ok(pool)
}

/// The version of the tables; 0 where there are none, or none that this role may see.
fn version(client: &mut Client) -> Result<i64> {
    let there = format!("SELECT to_regclass('{SCHEMA}.schema_version') IS NOT NULL");
    let there = client.query(&there, Vec::new())?;
    if there != [[Value::Int(1)]] {
        return Ok(0);
    }
    let rows = client.query("SELECT version FROM schema_version", Vec::new())?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(version)) => *version,
        _ => 0,
    })
}

/// Runs the steps that are missing, all or none, one program after the other. Gives the version that was found.
fn update(client: &mut Client, steps: &[&str], guards: &str, user: &str) -> Result<i64> {
    client.batch("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('netgain control tables', 0))")?;
    let done = (|| {
        client.batch(&format!(
            "CREATE SCHEMA IF NOT EXISTS {SCHEMA}; \
             CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"
        ))?;
        let found = version(client)?;
        let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
        if found >= known {
            return Ok(found);
        }
        for sql in steps.iter().skip(usize::try_from(found).unwrap_or(0)) {
            client.batch(&tables(sql))?;
        }
        client.batch(POLICIES)?;
        client.batch(&format!(
            "DELETE FROM schema_version; INSERT INTO schema_version VALUES ({known}); {}",
            grants(&quoted(user))
        ))?;
        client.batch(&guards.replace("{user}", &quoted(user)))?;
        Ok(found)
    })();
    client.end(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Rights of the application's role: rows and the counters of their ids, not tables.
fn grants(user: &str) -> String {
    format!(
        "GRANT USAGE ON SCHEMA {SCHEMA} TO {user}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {user}; \
         GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {user}; \
         REVOKE INSERT, UPDATE, DELETE ON schema_version FROM {user}"
    )
}

/// Row-level security on every table that has a workspace, forced on its owner too. `workspaces` has it as its id. Rows
/// without a workspace belong to the installation.
const POLICIES: &str = "
DO $$
DECLARE
    of RECORD;
    seen TEXT;
BEGIN
    FOR of IN
        SELECT c.oid, c.relname, a.attname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        WHERE c.relnamespace = 'netgain_control'::regnamespace AND c.relkind IN ('r', 'p')
        AND (a.attname = 'workspace_id' OR (c.relname = 'workspaces' AND a.attname = 'id'))
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', of.relname);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', of.relname);
        IF NOT EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = of.oid) THEN
            seen := format('%I = current_setting(''netgain.workspace'', true) '
                'OR current_setting(''netgain.scope'', true) = ''system''', of.attname);
            EXECUTE format('CREATE POLICY workspace ON %I USING (%s) WITH CHECK (%s)', of.relname, seen, seen);
        END IF;
    END LOOP;
END $$;
";
