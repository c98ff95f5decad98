//! Looking into answers: paths with every match, `*` for any key, for error rules and limits.

use netgain_mapping::word_of;
use sonic_rs::{JsonContainerTrait, JsonValueTrait, Value};

/// A path `a.b`, `a[].b`, `*[].b` of which every match counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look(Vec<Step>);

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    /// The value of every key.
    Any,
    /// Every element.
    Each,
}

/// Where a value lies, step by step from the record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    Key(String),
    At(usize),
}

impl Look {
    /// Compiles a path; every text is one.
    pub fn at(path: &str) -> Self {
        let mut steps = Vec::new();
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let name = part.trim_end_matches("[]");
            match name {
                "" => {}
                "*" => steps.push(Step::Any),
                name => steps.push(Step::Key(name.to_owned())),
            }
            let lists = (part.len() - name.len()) / 2;
            steps.extend(std::iter::repeat_n(Step::Each, lists));
        }
        Self(steps)
    }

    /// Every value at the path that is said (not null).
    pub fn all<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        fn go<'v>(value: &'v Value, steps: &[Step], found: &mut Vec<&'v Value>) {
            match steps.split_first() {
                None if value.is_null() => {}
                None => found.push(value),
                Some((Step::Key(key), rest)) => {
                    if let Some(value) = value.get(key.as_str()) {
                        go(value, rest, found);
                    }
                }
                Some((Step::Any, rest)) => {
                    for (_, value) in value.as_object().into_iter().flat_map(|object| object.iter()) {
                        go(value, rest, found);
                    }
                }
                Some((Step::Each, rest)) => {
                    for value in value.as_array().into_iter().flat_map(|array| array.iter()) {
                        go(value, rest, found);
                    }
                }
            }
        }
        let mut found = Vec::new();
        go(value, &self.0, &mut found);
        found
    }

    /// The first number, also one that is written as a text.
    pub fn number(&self, value: &Value) -> Option<f64> {
        self.all(value).into_iter().find_map(number)
    }

    /// The highest number.
    pub fn highest(&self, value: &Value) -> Option<f64> {
        self.all(value).into_iter().filter_map(number).max_by(f64::total_cmp)
    }

    /// Calls `each` with every value at the path, where it lies, and the object that holds it.
    pub fn visit<'v>(&self, value: &'v Value, each: &mut dyn FnMut(&[Place], &'v Value, &'v Value)) {
        fn go<'v>(
            value: &'v Value,
            holder: &'v Value,
            steps: &[Step],
            way: &mut Vec<Place>,
            each: &mut dyn FnMut(&[Place], &'v Value, &'v Value),
        ) {
            match steps.split_first() {
                None if value.is_null() => {}
                None => each(way, value, holder),
                Some((Step::Key(key), rest)) => {
                    if let Some(inner) = value.get(key.as_str()) {
                        way.push(Place::Key(key.clone()));
                        go(inner, value, rest, way, each);
                        way.pop();
                    }
                }
                Some((Step::Any, rest)) => {
                    for (key, inner) in value.as_object().into_iter().flat_map(|object| object.iter()) {
                        way.push(Place::Key(key.to_owned()));
                        go(inner, value, rest, way, each);
                        way.pop();
                    }
                }
                Some((Step::Each, rest)) => {
                    let elements = value.as_array().into_iter().flat_map(|array| array.iter());
                    for (at, inner) in elements.enumerate() {
                        way.push(Place::At(at));
                        go(inner, value, rest, way, each);
                        way.pop();
                    }
                }
            }
        }
        go(value, value, &self.0, &mut Vec::new(), each);
    }
}

fn number(value: &Value) -> Option<f64> {
    word_of(value).and_then(|word| word.parse().ok()).filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value() -> Value {
        netgain_mapping::parse(
            r#"{"1": [{"pct": 10, "wait": "0"}, {"pct": 95.5, "wait": "3"}], "errors": [{"code": null}, {"code": "B"}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn every_match_counts() {
        let value = value();
        assert_eq!(Look::at("*[].pct").highest(&value), Some(95.5));
        assert_eq!(Look::at("*[].wait").highest(&value), Some(3.0));
        let words: Vec<_> = Look::at("errors[].code").all(&value);
        assert_eq!(words.len(), 1, "null says nothing");
        assert_eq!(Look::at("errors.code").all(&value), Vec::<&Value>::new());
        assert_eq!(Look::at("").all(&value), [&value]);
    }

    #[test]
    fn a_visit_tells_where_it_is() {
        let mut seen = Vec::new();
        let value = value();
        Look::at("errors[].code").visit(&value, &mut |way, _, holder| {
            seen.push((way.to_vec(), holder.get("code").is_some()));
        });
        let way = vec![Place::Key("errors".into()), Place::At(1), Place::Key("code".into())];
        assert_eq!(seen, [(way, true)]);
    }
}
