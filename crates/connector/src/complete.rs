//! Lists inside a record of which a page holds only the first part: the rest is fetched and put in its place, so that
//! nothing is cut without a word.

use netgain_manifest::{Complete, Stream};
use netgain_mapping::{Path, word_of};
use sonic_rs::{JsonContainerTrait, JsonValueMutTrait, JsonValueTrait, Value};

use crate::caller::Caller;
use crate::decode::in_order;
use crate::look::{Look, Place};
use crate::template::Vars;
use crate::{Error, Sink};

/// Completes the records of one stream.
pub(crate) struct Completer<'a> {
    caller: &'a Caller,
    stream: &'a str,
    parts: Vec<Part<'a>>,
}

struct Part<'a> {
    spec: &'a Complete,
    /// What its calls are called.
    name: String,
    list: Look,
    found: Path,
}

/// A list that is not whole.
struct Cut {
    way: Vec<Place>,
    owner: String,
    /// Where its first part ends.
    end: Option<String>,
}

impl<'a> Completer<'a> {
    pub fn new(caller: &'a Caller, stream: &'a Stream) -> Result<Self, Error> {
        let part = |spec: &'a Complete| {
            let found = Path::compile(&spec.found).map_err(|error| Error::Setup(error.to_string()))?;
            Ok(Part {
                spec,
                name: format!("{}.{}", stream.name, spec.list),
                list: Look::at(&spec.list),
                found,
            })
        };
        let parts = stream.complete.iter().map(part).collect::<Result<_, Error>>()?;
        Ok(Self { caller, stream: &stream.name, parts })
    }

    /// Makes a record whole. `vars` are the slice's.
    ///
    /// # Errors
    /// When a call fails for good or its answer lacks the list.
    pub async fn complete(&self, record: &mut Value, vars: &Vars, sink: &dyn Sink) -> Result<(), Error> {
        let mut changed = None;
        for part in &self.parts {
            for cut in self.cuts(part, record)? {
                changed = Some(part);
                let mut vars = vars.clone();
                vars.insert("owner.id".to_owned(), cut.owner);
                let (nodes, kept) = match &part.spec.inner {
                    Some(inner) => (self.anew(part, inner, vars, sink).await?, false),
                    None => (self.rest(part, cut.end, vars, sink).await?, true),
                };
                let list = cut.way.iter().try_fold(&mut *record, |value, place| match place {
                    Place::Key(key) => value.get_mut(key.as_str()),
                    Place::At(at) => value.get_mut(*at),
                });
                let list = list.ok_or_else(|| self.wrong(part, "cannot be found again"))?;
                splice(list, nodes, kept).ok_or_else(|| self.wrong(part, "has no `nodes`"))?;
            }
        }
        if let Some(part) = changed {
            *record = in_order(record).map_err(|problem| self.wrong(part, &problem))?;
        }
        Ok(())
    }

    fn cuts(&self, part: &Part<'_>, record: &Value) -> Result<Vec<Cut>, Error> {
        let mut cuts = Vec::new();
        let mut nobody = false;
        part.list.visit(record, &mut |way, list, holder| {
            let inside =
                |inner: &String| nodes(list).any(|node| node.get(inner.as_str()).is_some_and(is_cut));
            if !is_cut(list) && !part.spec.inner.as_ref().is_some_and(inside) {
                return;
            }
            // an object without an id is reached through the record
            match holder.get("id").or_else(|| record.get("id")).and_then(word_of) {
                Some(owner) => {
                    cuts.push(Cut { way: way.to_vec(), owner: owner.into_owned(), end: end_of(list) });
                }
                None => nobody = true,
            }
        });
        if nobody { Err(self.wrong(part, "is cut, and what holds it has no `id`")) } else { Ok(cuts) }
    }

    /// What follows `end`.
    async fn rest(
        &self,
        part: &Part<'_>,
        end: Option<String>,
        mut vars: Vars,
        sink: &dyn Sink,
    ) -> Result<Vec<Value>, Error> {
        let mut rest = Vec::new();
        let mut after = end.ok_or_else(|| self.wrong(part, "is cut, but has no `endCursor`"))?;
        loop {
            vars.insert("page.after".to_owned(), after.clone());
            let list = self.list(part, &vars, sink).await?;
            rest.extend(nodes(&list).cloned());
            match self.following(part, &list, Some(&after))? {
                Some(following) => after = following,
                None => return Ok(rest),
            }
        }
    }

    /// The whole list, one element a call, each with its whole inner list.
    async fn anew(
        &self,
        part: &Part<'_>,
        inner: &str,
        mut vars: Vars,
        sink: &dyn Sink,
    ) -> Result<Vec<Value>, Error> {
        let mut whole = Vec::new();
        let mut outer: Option<String> = None;
        loop {
            vars.remove("page.after");
            let list = self.list(part, &vars, sink).await?;
            let Some(mut node) = nodes(&list).next().cloned() else { return Ok(whole) };
            if nodes(&list).nth(1).is_some() {
                return Err(self.wrong(part, "is to be read one element a call: ask for `first: 1`"));
            }
            let mut more = Vec::new();
            let mut after =
                node.get(inner).map(|list| self.following(part, list, None)).transpose()?.flatten();
            while let Some(position) = after {
                vars.insert("page.after".to_owned(), position.clone());
                let again = self.list(part, &vars, sink).await?;
                let same = nodes(&again).next().filter(|same| same.get("id") == node.get("id"));
                let same = same.ok_or_else(|| self.wrong(part, "changed while it was read"))?;
                let list = same.get(inner).ok_or_else(|| self.wrong(part, "lost its inner list"))?;
                more.extend(nodes(list).cloned());
                after = self.following(part, list, Some(&position))?;
            }
            if let Some(list) = node.get_mut(inner) {
                splice(list, more, true).ok_or_else(|| self.wrong(part, "has no inner `nodes`"))?;
            }
            whole.push(node);
            outer = match self.following(part, &list, outer.as_deref())? {
                Some(following) => Some(following),
                None => return Ok(whole),
            };
            vars.extend(outer.clone().map(|outer| ("page.outer".to_owned(), outer)));
        }
    }

    async fn list(&self, part: &Part<'_>, vars: &Vars, sink: &dyn Sink) -> Result<Value, Error> {
        let answer = self.caller.call(&part.name, &part.spec.request, vars, sink).await?;
        let list = part.found.first(&[&answer.body]).cloned();
        list.ok_or_else(|| self.wrong(part, &format!("is missing from the answer, at `{}`", part.spec.found)))
    }

    /// Where the list goes on; none at its end.
    fn following(
        &self,
        part: &Part<'_>,
        list: &Value,
        before: Option<&str>,
    ) -> Result<Option<String>, Error> {
        if !is_cut(list) {
            return Ok(None);
        }
        let end = end_of(list).filter(|end| Some(end.as_str()) != before);
        end.map(Some).ok_or_else(|| self.wrong(part, "says that there is more, but not where"))
    }

    fn wrong(&self, part: &Part<'_>, problem: &str) -> Error {
        let problem = format!("the list `{}` {problem}", part.spec.list);
        Error::Answer { stream: self.stream.to_owned(), problem }
    }
}

fn is_cut(list: &Value) -> bool {
    let more = list.get("pageInfo").and_then(|info| info.get("hasNextPage"));
    more.and_then(|more| more.as_bool()) == Some(true)
}

fn end_of(list: &Value) -> Option<String> {
    let end = list.get("pageInfo").and_then(|info| info.get("endCursor"));
    end.and_then(word_of).map(std::borrow::Cow::into_owned)
}

fn nodes(list: &Value) -> impl Iterator<Item = &Value> {
    list.get("nodes").and_then(|nodes| nodes.as_array()).into_iter().flat_map(|nodes| nodes.iter())
}

/// Puts nodes into a list, behind those that are there or (`kept` false) in their place, and calls it whole.
fn splice(list: &mut Value, more: Vec<Value>, kept: bool) -> Option<()> {
    let nodes = list.get_mut("nodes")?.as_array_mut()?;
    if !kept {
        nodes.clear();
    }
    for node in more {
        nodes.push(node);
    }
    if let Some(more) = list.get_mut("pageInfo").and_then(|info| info.get_mut("hasNextPage")) {
        *more = Value::new_bool(false);
    }
    Some(())
}
