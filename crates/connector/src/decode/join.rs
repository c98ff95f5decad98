//! Objects that stand once beside the records and are named in them.

use std::collections::HashMap;

use netgain_manifest::Join;
use netgain_mapping::{Path, word_of};
use sonic_rs::{JsonContainerTrait, JsonValueMutTrait, JsonValueTrait, Value};

use crate::Error;
use crate::look::{Look, Place};

/// Puts objects where they are named.
pub(super) struct Joiner {
    included: Path,
    by: Vec<String>,
    into: Vec<Look>,
}

impl Joiner {
    pub fn new(join: &Join) -> Result<Self, Error> {
        let included = Path::compile(&join.included).map_err(|error| Error::Setup(error.to_string()))?;
        let into = join.into.iter().map(|text| Look::at(text)).collect();
        Ok(Self { included, by: join.by.clone(), into })
    }

    /// Gives what names an object the members of the object that it has not.
    pub fn fill(&self, body: &Value, records: &mut [Value]) {
        let found = self.included.first(&[body]).map_or(&[][..], super::list);
        let objects: HashMap<Vec<String>, &Value> =
            found.iter().filter_map(|object| Some((self.key(object)?, object))).collect();
        if objects.is_empty() {
            return;
        }
        for record in records {
            let mut named: Vec<(Vec<Place>, Vec<String>)> = Vec::new();
            for look in &self.into {
                look.visit(record, &mut |way, name, _| {
                    named.extend(self.key(name).map(|key| (way.to_vec(), key)))
                });
            }
            for (way, key) in named {
                let Some(object) = objects.get(&key).and_then(|object| object.as_object()) else { continue };
                let place = way.iter().try_fold(&mut *record, |value, place| match place {
                    Place::Key(key) => value.get_mut(key.as_str()),
                    Place::At(at) => value.get_mut(*at),
                });
                let Some(place) = place.and_then(|place| place.as_object_mut()) else { continue };
                for (member, value) in object {
                    if !place.contains_key(&member) {
                        place.insert(member, value.clone());
                    }
                }
            }
        }
    }

    fn key(&self, object: &Value) -> Option<Vec<String>> {
        self.by.iter().map(|key| Some(word_of(object.get(key.as_str())?)?.into_owned())).collect()
    }
}
