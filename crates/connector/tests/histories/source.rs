//! The model of a platform: objects with their revisions, some of which become visible after they are dated.

use std::collections::BTreeMap;

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Op {
    /// So many new objects, all within this second; visible so many seconds later.
    Insert { count: u8, late: u32 },
    /// As many as a history rarely has.
    Many(u32),
    /// An object changes.
    Update { which: u8, late: u32 },
    /// An object is gone.
    Delete { which: u8, late: u32 },
    /// Seconds pass.
    Pass(u32),
}

/// One state of an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rev {
    /// When it was made (seconds since 1970), as the platform dates it.
    pub updated: i64,
    /// From when on anybody sees it.
    pub visible: i64,
    /// Whether the object is gone.
    pub gone: bool,
    /// What it says.
    pub text: u32,
}

/// Everything on the platform.
#[derive(Debug, Default)]
pub struct Source {
    objects: BTreeMap<u32, Vec<Rev>>,
    texts: u32,
    /// How old an object may be to change still, in seconds; none for any.
    changeable: Option<i64>,
}

/// An object as it is seen.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub id: u32,
    /// When the object was made.
    pub created: i64,
    pub rev: Rev,
}

impl Source {
    /// Nothing yet; what comes can change for so many seconds, or always.
    pub fn changeable_for(seconds: Option<i64>) -> Self {
        Self { changeable: seconds, ..Self::default() }
    }

    /// Acts an operation out at a moment; the seconds that pass by it.
    pub fn act(&mut self, op: &Op, now: i64) -> u32 {
        match op {
            Op::Pass(seconds) => return *seconds,
            Op::Insert { count, late } => self.insert(u32::from(*count), *late, now),
            Op::Many(count) => self.insert(*count, 0, now),
            Op::Update { which, late } => self.change(*which, *late, false, now),
            Op::Delete { which, late } => self.change(*which, *late, true, now),
        }
        0
    }

    fn insert(&mut self, count: u32, late: u32, now: i64) {
        for _ in 0..count {
            let id = self.objects.keys().next_back().map_or(1, |last| last + 1);
            self.texts += 1;
            let rev = Rev { updated: now, visible: now + i64::from(late), gone: false, text: self.texts };
            self.objects.insert(id, vec![rev]);
        }
    }

    fn change(&mut self, which: u8, late: u32, gone: bool, now: i64) {
        let live: Vec<u32> = self
            .objects
            .iter()
            .filter(|(_, revs)| revs.last().is_some_and(|rev| !rev.gone))
            .filter(|(_, revs)| self.changeable.is_none_or(|most| now - revs[0].updated <= most))
            .map(|(id, _)| *id)
            .collect();
        let Some(id) = live.get(usize::from(which) % live.len().max(1)) else { return };
        self.texts += 1;
        let text = self.texts;
        let Some(revs) = self.objects.get_mut(id) else { return };
        // revisions of one object are seen in their order
        let visible = revs.last().map_or(now, |rev| rev.visible).max(now + i64::from(late));
        revs.push(Rev { updated: now, visible, gone, text });
    }

    /// Every object as it is seen at a moment, the gone ones among them, by id.
    pub fn seen(&self, now: i64) -> Vec<Seen> {
        let seen = |(id, revs): (&u32, &Vec<Rev>)| {
            let rev = revs.iter().rev().find(|rev| rev.visible <= now)?;
            Some(Seen { id: *id, created: revs[0].updated, rev: *rev })
        };
        self.objects.iter().filter_map(seen).collect()
    }

    /// Every revision that is seen at a moment, in the order in which they became visible.
    pub fn log(&self, now: i64) -> Vec<Seen> {
        let all = self.objects.iter().flat_map(|(id, revs)| {
            revs.iter().map(|rev| Seen { id: *id, created: revs[0].updated, rev: *rev })
        });
        let mut log: Vec<Seen> = all.filter(|seen| seen.rev.visible <= now).collect();
        log.sort_by_key(|seen| (seen.rev.visible, seen.rev.text));
        log
    }

    /// What is there once everything is visible: text by id.
    pub fn truth(&self) -> BTreeMap<u32, u32> {
        let last =
            |(id, revs): (&u32, &Vec<Rev>)| revs.last().filter(|rev| !rev.gone).map(|rev| (*id, rev.text));
        self.objects.iter().filter_map(last).collect()
    }
}
