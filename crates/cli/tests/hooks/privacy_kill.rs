//! An erasure that is killed, at each of its steps and at instants that nobody chose, and run again: it ends as one that
//! nobody disturbed. The steps are told apart from outside, by what they leave on the disk.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::privacy::{copied, figures, filled, persons, phone_of, traces};
use crate::program::{Home, Killed, assert_same};

/// What tells whether a file was written or replaced.
type Print = (u64, i64, i64, u64);

/// The files of an installation by their paths in it, but for logs of the engines, which come and go.
fn files(home: &Home) -> BTreeMap<PathBuf, Print> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![home.path().to_owned()]);
    while let Some(folder) = folders.pop() {
        // what is there now may be gone at the next look
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else { continue };
            let path = entry.path();
            if about.is_dir() {
                folders.push(path);
            } else {
                let print = (about.ino(), about.mtime(), about.mtime_nsec(), about.len());
                found.insert(path.strip_prefix(home.path()).unwrap().to_owned(), print);
            }
        }
    }
    found
}

fn ends(path: &Path, ending: &str) -> bool {
    path.to_string_lossy().ends_with(ending)
}

/// What is looked at: the files before, those of now, and those of an erasure that came to its end.
struct Look<'a> {
    before: &'a BTreeMap<PathBuf, Print>,
    now: BTreeMap<PathBuf, Print>,
    whole: &'a BTreeMap<PathBuf, Print>,
}

impl Look<'_> {
    fn count(&self, ending: &str) -> usize {
        self.now.keys().filter(|path| ends(path, ending)).count()
    }

    fn changed(&self, ending: &str) -> usize {
        let of_these = self.now.iter().filter(|(path, _)| ends(path, ending));
        of_these.filter(|(path, print)| self.before.get(*path).is_some_and(|old| old != *print)).count()
    }

    fn erased_in_all(&self) -> usize {
        self.whole.keys().filter(|path| ends(path, ".erased")).count()
    }

    /// Whether the file of facts is another one.
    fn replaced(&self) -> bool {
        self.now.iter().any(|(path, print)| {
            ends(path, ".duckdb") && self.before.get(path).is_some_and(|old| old.0 != print.0)
        })
    }
}

/// A step: it is under way or done as soon as this holds.
type Step = (&'static str, fn(&Look<'_>) -> bool);

const STEPS: [Step; 8] = [
    ("it is noted", |look| look.changed("control.sqlite-wal") > 0 || look.changed("control.sqlite") > 0),
    ("a segment is announced", |look| look.count(".erased") > 0),
    ("a segment is rewritten", |look| look.changed(".jsonl.zst") > 0),
    ("half of the segments are", |look| look.changed(".jsonl.zst") * 2 >= look.erased_in_all()),
    ("the archive is done", |look| look.changed(".jsonl.zst") >= look.erased_in_all()),
    ("the facts are done", |look| look.count(".rewrite") > 0),
    ("the facts are copied", |look| look.count(".fresh") > 0),
    ("the copy is in place", |look| look.replaced()),
];

fn copy(home: &Home, name: &str) -> Home {
    let path = home.path().with_extension(name);
    copied(home.path(), &path);
    Home::at(path).hurried(20_000)
}

fn gone(home: Home) {
    std::fs::remove_dir_all(home.path()).unwrap();
}

/// How an erasure ends that nobody disturbs.
struct End {
    figures: (Value, Value),
    words: Vec<String>,
    tombstones: String,
    whole: Home,
}

impl End {
    fn assert_same(&self, home: &Home, when: &str) {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        assert_eq!(traces(home, &words), [], "{when}");
        assert_eq!(figures(home), self.figures, "{when}");
        assert_same(&home.digest(), &self.whole.digest());
        assert_eq!(home.stdout(&["privacy", "tombstones", "--workspace", "w"]), self.tombstones, "{when}");
        let left = home.json(&["privacy", "requests", "--workspace", "w", "--json"]);
        let open = left["requests"].as_array().unwrap().iter().filter(|one| one["state"] != "done").count();
        assert_eq!(open, 0, "{when}: {left}");
    }
}

#[test]
fn killed_at_any_step_and_run_again() {
    let (sandbox, home) = filled();
    drop(sandbox);
    let person = persons(&home).remove(0);
    let phone = phone_of(&home, &person.email);
    let words = vec![person.email.clone(), person.name.clone(), phone.trim_start_matches('+').to_owned()];
    let erase = ["privacy", "erase", "--workspace", "w", "--email", person.email.as_str(), "--json"];
    let figures = figures(&home);
    let whole = copy(&home, "whole");
    let began = Instant::now();
    whole.stdout(&erase);
    let takes = began.elapsed();
    let after = files(&whole);
    let tombstones = whole.stdout(&["privacy", "tombstones", "--workspace", "w"]);
    let end = End { figures, words, tombstones, whole };
    end.assert_same(&end.whole, "undisturbed");

    let mut cut = Vec::new();
    for (name, holds) in STEPS {
        let killed = copy(&home, "killed");
        let before = files(&killed);
        let mut child =
            Killed(killed.command(&erase).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        while child.0.try_wait().unwrap().is_none() {
            let look = Look { before: &before, now: files(&killed), whole: &after };
            if holds(&look) {
                child.0.kill().unwrap();
                cut.push(name);
                break;
            }
        }
        let ended = child.0.wait().unwrap();
        println!("{name}: {ended}");
        killed.stdout(&erase);
        end.assert_same(&killed, name);
        gone(killed);
    }
    assert!(cut.len() >= STEPS.len() - 2, "only at {cut:?} it was killed");

    // at instants that nobody chose, one after the other on the same data
    let mut seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    println!("seed {seed}, an erasure takes {takes:?}");
    let killed = copy(&home, "random");
    for _ in 0..10 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let instant = Duration::from_micros(seed % (takes.as_micros() as u64).max(1));
        let mut child =
            Killed(killed.command(&erase).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        std::thread::sleep(instant);
        child.kill();
    }
    killed.stdout(&erase);
    end.assert_same(&killed, "at random instants");
    gone(killed);
    gone(end.whole);
}
