//! The `fields` parameter: an answer cut down to what was asked for.
use super::Refusal;
use serde_json::{Map, Value};

/// A tree of asked-for names; a leaf means everything below.
#[derive(Debug, Default, PartialEq)]
struct Node {
    children: Vec<(String, Node)>,
}

impl Node {
    fn child(&mut self, name: &str) -> &mut Node {
        let index = match self.children.iter().position(|(known, _)| known == name) {
            Some(index) => index,
            None => {
                self.children.push((name.to_owned(), Node::default()));
                self.children.len() - 1
            }
        };
        &mut self.children[index].1
    }
}

/// Cuts `value` down to `mask`, for example `properties(title,timeZone),sheets.properties`.
pub fn cut(value: Value, mask: Option<&str>) -> Result<Value, Refusal> {
    let Some(mask) = mask.filter(|mask| !mask.is_empty() && *mask != "*") else { return Ok(value) };
    let mut root = Node::default();
    let mut rest = mask;
    parse(&mut root, &mut rest, 0).filter(|()| rest.is_empty()).ok_or_else(|| {
        Refusal::invalid(format!("Request contains an invalid argument: invalid field mask {mask:?}"))
    })?;
    Ok(pick(value, &root))
}

/// Reads `name[.name…][(list)]` separated by commas, up to the end or a closing bracket.
fn parse(node: &mut Node, rest: &mut &str, depth: usize) -> Option<()> {
    if depth > 16 {
        return None;
    }
    loop {
        let mut at = &mut *node;
        loop {
            let end =
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() {
                return None;
            }
            *rest = after;
            if name != "*" {
                at = at.child(name);
            }
            match rest.strip_prefix(['.', '/']) {
                Some(after) => *rest = after,
                None => break,
            }
        }
        if let Some(after) = rest.strip_prefix('(') {
            *rest = after;
            parse(at, rest, depth + 1)?;
            *rest = rest.strip_prefix(')')?;
        }
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return Some(()),
        }
    }
}

fn pick(value: Value, node: &Node) -> Value {
    if node.children.is_empty() {
        return value;
    }
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(|item| pick(item, node)).collect()),
        Value::Object(mut map) => {
            let mut picked = Map::new();
            for (name, child) in &node.children {
                if let Some(found) = map.remove(name) {
                    picked.insert(name.clone(), pick(found, child));
                }
            }
            Value::Object(picked)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_are_cut_to_the_mask() {
        let whole = json!({"a": 1, "p": {"t": "x", "z": "y"}, "s": [{"p": {"id": 1}, "d": 2}, {"d": 3}]});
        let cut_to = |mask| cut(whole.clone(), Some(mask)).unwrap();
        assert_eq!(cut_to("p(t),s.p"), json!({"p": {"t": "x"}, "s": [{"p": {"id": 1}}, {}]}));
        assert_eq!(cut_to("s/p/id,a"), json!({"s": [{"p": {"id": 1}}, {}], "a": 1}));
        assert_eq!(cut_to("*"), whole);
        assert!(cut(whole.clone(), Some("p(t")).is_err());
        assert!(cut(whole, Some(",")).is_err());
    }
}
