//! Paths into a record: `a.b`, `a[].b`, `a[0].b`, `a[?k=v].b`, `a[?k!=v].b`, `^.a`, `$.a`, `@name`.

use sonic_rs::{JsonContainerTrait, JsonValueTrait, Value};

use crate::convert::word_of;
use crate::error::{CompileError, Failed};
use crate::heads::{Heads, Scopes};

/// What the engine knows about a slice beside the record, such as `account.currency`.
pub type Context = std::collections::BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq)]
enum Start {
    /// The element so many levels above the current one; 0 is the current.
    Up(usize),
    /// The record.
    Root,
    /// An entry of the [`Context`].
    Context(String),
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    Each,
    /// The element of that number, from 0.
    At(usize),
    /// Each element whose key, or the one at the end of several with dots, has this word.
    Only(String, String),
    /// Each element whose key has another word, or none.
    Other(String, String),
}

/// A compiled path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    start: Start,
    steps: Vec<Step>,
    /// Where the member that it begins with is found among the [`Heads`] of its table.
    head: Option<usize>,
    /// As written in the manifest.
    pub text: String,
}

impl Path {
    /// Compiles a path.
    ///
    /// # Errors
    /// [`CompileError::Path`] when the text is not in the path language.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        let refuse = |problem| CompileError::Path { path: text.to_owned(), problem };
        if let Some(name) = text.strip_prefix('@') {
            let start = Start::Context(name.to_owned());
            return Ok(Self { start, steps: Vec::new(), head: None, text: text.to_owned() });
        }
        let mut rest = text;
        let mut start = Start::Up(0);
        if rest == "$" || rest.starts_with("$.") {
            start = Start::Root;
            rest = rest.trim_start_matches('$').trim_start_matches('.');
        }
        let mut ups = 0;
        while rest == "^" || rest.starts_with("^.") {
            ups += 1;
            rest = rest.get(2..).unwrap_or_default();
        }
        if ups > 0 {
            start = Start::Up(ups);
        }
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            if !key.is_empty() {
                steps.push(Step::Key(key.to_owned()));
            } else if !after.starts_with('[') {
                return Err(refuse("has an empty name"));
            }
            rest = after;
            if let Some(inside) = rest.strip_prefix('[') {
                let (inside, after) = inside.split_once(']').ok_or_else(|| refuse("has no closing `]`"))?;
                steps.push(match inside.strip_prefix('?').map(|test| test.split_once('=')) {
                    None if inside.is_empty() => Step::Each,
                    None if inside.bytes().all(|byte| byte.is_ascii_digit()) => {
                        Step::At(inside.parse().map_err(|_| refuse("has too large a number"))?)
                    }
                    Some(Some((key, word))) => match key.strip_suffix('!') {
                        Some(key) => Step::Other(key.to_owned(), word.to_owned()),
                        None => Step::Only(key.to_owned(), word.to_owned()),
                    },
                    _ => return Err(refuse("has an unknown `[…]`")),
                });
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some("") => return Err(refuse("ends with a dot")),
                Some(after) => rest = after,
                None if rest.is_empty() || rest.starts_with('[') => {}
                None => return Err(refuse("needs a dot after `]`")),
            }
        }
        Ok(Self { start, steps, head: None, text: text.to_owned() })
    }

    /// How many elements [`Path::walk`] adds to the enclosing ones.
    pub(crate) fn depth(&self) -> usize {
        let lists = self.steps.iter().filter(|step| !matches!(step, Step::Key(_))).count();
        lists + usize::from(matches!(self.steps.last(), Some(Step::Key(_))))
    }

    /// How many levels above the current element it begins.
    pub fn ups(&self) -> usize {
        if let Start::Up(ups) = self.start { ups } else { 0 }
    }

    /// The entry of the context that it reads, if it is of that kind.
    pub(crate) fn context<'c>(&self, context: &'c Context) -> Option<&'c str> {
        let Start::Context(name) = &self.start else { return None };
        context.get(name).map(String::as_str)
    }

    fn begin<'v>(&self, scopes: &[&'v Value]) -> Option<&'v Value> {
        match self.start {
            Start::Up(ups) => scopes.len().checked_sub(ups + 1).and_then(|at| scopes.get(at)).copied(),
            Start::Root => scopes.first().copied(),
            Start::Context(_) => None,
        }
    }

    /// The first value that is said (not null); the last of `scopes` is where the path begins, the first is the
    /// record for `$`.
    pub fn first<'v>(&self, scopes: &[&'v Value]) -> Option<&'v Value> {
        find(self.begin(scopes)?, &self.steps)
    }

    /// Every value that is said (not null), from the body of an answer on.
    pub fn all<'v>(&self, body: &'v Value) -> Vec<&'v Value> {
        let mut found = Vec::new();
        // the closure never fails
        let _ = self.walk(&[body], &mut |scopes| {
            found.extend(scopes.last().copied());
            Ok(())
        });
        found
    }

    /// Like [`Path::all`], every value with the elements around it: the body first, the value itself last.
    pub fn all_within<'v>(&self, body: &'v Value) -> Vec<Vec<&'v Value>> {
        let mut found = Vec::new();
        // the closure never fails
        let _ = self.walk(&[body], &mut |scopes| {
            found.push(scopes.to_vec());
            Ok(())
        });
        found
    }

    /// Whether it leads through lists, so that it may find several values or none.
    pub fn is_through_lists(&self) -> bool {
        self.steps.iter().any(|step| !matches!(step, Step::Key(_) | Step::At(_)))
    }

    /// Has the member that it begins with looked for together with those of the table's other fields.
    pub(crate) fn share(mut self, heads: &mut Heads) -> Self {
        if let (Start::Up(0), Some(Step::Key(key))) = (&self.start, self.steps.first()) {
            self.head = heads.place(key);
        }
        self
    }

    /// [`Path::first`], by the members that were found already.
    pub(crate) fn first_in<'v>(&self, scopes: Scopes<'_, 'v>) -> Option<&'v Value> {
        match (self.head, self.steps.split_first()) {
            (Some(head), Some((_, rest))) => find((*scopes.seats.get(head)?)?, rest),
            _ => self.first(scopes.all),
        }
    }

    /// Calls `each` with the enclosing elements of every value that is said, the value itself last.
    pub(crate) fn walk<'v>(
        &self,
        scopes: &[&'v Value],
        each: &mut dyn FnMut(&[&'v Value]) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        fn go<'v>(
            value: &'v Value,
            steps: &[Step],
            scopes: &mut Vec<&'v Value>,
            each: &mut dyn FnMut(&[&'v Value]) -> Result<(), Failed>,
        ) -> Result<(), Failed> {
            match steps.split_first() {
                None if value.is_null() => Ok(()),
                None => {
                    // after a list the element is on the stack already
                    let pushed = !scopes.last().is_some_and(|last| std::ptr::eq(*last, value));
                    if pushed {
                        scopes.push(value);
                    }
                    let done = each(scopes);
                    if pushed {
                        scopes.pop();
                    }
                    done
                }
                Some((Step::Key(key), rest)) => match value.get(key.as_str()) {
                    Some(value) => go(value, rest, scopes, each),
                    None => Ok(()),
                },
                Some((list, rest)) => {
                    for element in elements(value, list) {
                        scopes.push(element);
                        let done = go(element, rest, scopes, each);
                        scopes.pop();
                        done?;
                    }
                    Ok(())
                }
            }
        }
        match self.begin(scopes) {
            Some(value) => go(value, &self.steps, &mut scopes.to_vec(), each),
            None => Ok(()),
        }
    }
}

fn find<'v>(value: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(value).filter(|value| !value.is_null());
    };
    match step {
        Step::Key(key) => find(value.get(key.as_str())?, rest),
        list => elements(value, list).find_map(|element| find(element, rest)),
    }
}

fn elements<'v>(value: &'v Value, list: &Step) -> impl Iterator<Item = &'v Value> {
    let says = |element: &Value, key: &str, word: &str| {
        let found = key.split('.').try_fold(element, |value, key| value.get(key));
        found.and_then(word_of).is_some_and(|said| said.as_ref() == word)
    };
    let fits = move |element: &&Value| match list {
        Step::Only(key, word) => says(element, key, word),
        Step::Other(key, word) => !says(element, key, word),
        _ => true,
    };
    let all = value.as_array().map(|array| array.as_slice()).unwrap_or_default();
    let chosen = match list {
        Step::At(at) => all.get(*at).map(std::slice::from_ref).unwrap_or_default(),
        _ => all,
    };
    chosen.iter().filter(fits)
}
