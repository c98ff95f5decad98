//! What this process uses of the machine, as Linux tells it; elsewhere nothing is told.
//! <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>

use std::time::Duration;

use netgain_observe::Process;

/// What is used now; none where it cannot be known.
pub fn look() -> Option<Process> {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{name}")).ok();
    let mut process = parse(
        &read("self/stat")?,
        rustix::param::clock_ticks_per_second(),
        u64::try_from(rustix::param::page_size()).ok()?,
        &read("stat")?,
    )?;
    process.fds = u64::try_from(std::fs::read_dir("/proc/self/fd").ok()?.count()).ok()?;
    process.max_fds = read("self/limits").as_deref().and_then(max_open_files);
    Some(process)
}

/// Reads `/proc/self/stat` and, for the instant at which the machine began, `/proc/stat`.
fn parse(stat: &str, ticks: u64, page: u64, machine: &str) -> Option<Process> {
    // the second field is the program's name in brackets, which may hold anything, brackets too
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // the manual counts from 1, and two fields are cut off
    let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<u64>().ok();
    let booted = machine.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse::<u64>().ok()?;
    let ticks = ticks.max(1);
    Some(Process {
        memory_bytes: field(24)?.checked_mul(page)?,
        cpu: Duration::from_millis((field(14)? + field(15)?).checked_mul(1_000)? / ticks),
        fds: 0,
        max_fds: None,
        threads: field(20)?,
        started_at: booted + field(22)? / ticks,
    })
}

fn max_open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_the_manual_are_read() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 7 0 1200 99999 300 \
                    18446744073709551615 1 1";
        let process = parse(stat, 100, 4096, "cpu 1 2\nbtime 1000\n").expect("it is read");
        assert_eq!(process.memory_bytes, 300 * 4096);
        assert_eq!(process.cpu, Duration::from_secs(2));
        assert_eq!((process.threads, process.started_at), (7, 1012));
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024     4096     files\n";
        assert_eq!(max_open_files(limits), Some(1024));
        assert_eq!(parse("42 (cut", 100, 4096, "btime 1"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_seen() {
        let process = look().expect("a process");
        assert!(process.memory_bytes > 0 && process.fds > 2 && process.threads > 0);
    }
}
