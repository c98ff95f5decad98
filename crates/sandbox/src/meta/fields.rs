//! The `fields` parameter: names, with nested names in braces.
use super::error::GraphError;
use serde_json::{Map, Value};

/// One asked-for field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Fields of the object it holds.
    pub nested: Vec<Field>,
}

/// Parses `id,name,campaign{id,name}` or a JSON array of such.
pub fn parse(text: &str) -> Result<Vec<Field>, GraphError> {
    let text = text.trim();
    if text.starts_with('[') {
        let words: Vec<String> = serde_json::from_str(text)
            .or_else(|_| serde_json::from_str(&text.replace('\'', "\"")))
            .map_err(|_| GraphError::parameter("Param fields must be an array"))?;
        return parse(&words.join(","));
    }
    let (fields, rest) = list(text);
    match rest {
        "" => Ok(fields),
        rest => Err(GraphError::syntax(rest)),
    }
}

fn list(mut text: &str) -> (Vec<Field>, &str) {
    let mut fields = Vec::new();
    loop {
        text = text.trim_start();
        let end = text.find([',', '{', '}']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let name = name.trim().to_owned();
        text = rest;
        let mut nested = Vec::new();
        if let Some(inner) = text.strip_prefix('{') {
            let (found, rest) = list(inner);
            let Some(rest) = rest.strip_prefix('}') else { return (fields, inner) };
            (nested, text) = (found, rest.trim_start());
        }
        if !name.is_empty() {
            fields.push(Field { name, nested });
        }
        match text.strip_prefix(',') {
            Some(rest) => text = rest,
            None => return (fields, text),
        }
    }
}

/// Keeps the asked-for fields of a node; `id` is always there.
pub fn project(node: &Map<String, Value>, fields: &[Field]) -> Value {
    let mut out = Map::new();
    for field in fields {
        if let Some(value) = node.get(&field.name) {
            let value = match value {
                Value::Object(inner) if !field.nested.is_empty() => project(inner, &field.nested),
                // A linked object shows its id only, unless its fields are asked for.
                Value::Object(inner) if inner.contains_key("id") => {
                    Value::Object(inner.iter().filter(|(name, _)| *name == "id").map(own).collect())
                }
                other => other.clone(),
            };
            out.insert(field.name.clone(), value);
        }
    }
    if let Some(id) = node.get("id") {
        out.insert("id".to_owned(), id.clone());
    }
    Value::Object(out)
}

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_names_choose_what_is_shown() {
        let fields = parse("name, campaign{name,id} ,creative").unwrap();
        assert_eq!(fields.len(), 3);
        assert_eq!(fields[1].nested.len(), 2);
        let node = json!({"id": "1", "name": "n", "status": "s", "campaign": {"id": "2", "name": "c", "x": 1},
            "creative": {"id": "3", "body": "b"}});
        assert_eq!(
            project(node.as_object().unwrap(), &fields),
            json!({"name": "n", "campaign": {"name": "c", "id": "2"}, "creative": {"id": "3"}, "id": "1"})
        );
    }

    #[test]
    fn arrays_are_taken_and_open_braces_refused() {
        assert_eq!(parse(r#"["id","name"]"#).unwrap().len(), 2);
        assert_eq!(parse("campaign{id").unwrap_err().code, 2500);
        assert_eq!(parse("id}").unwrap_err().code, 2500);
    }
}
