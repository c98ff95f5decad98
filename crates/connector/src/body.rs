//! The body of a call, made of its template.

use std::collections::BTreeMap;

use bytes::Bytes;
use netgain_manifest::{Body, Texts, Variable};

use crate::Error;
use crate::template::{Vars, fill, fill_json};

/// Placeholders that are numbers; a variable that is one of them alone is sent as a number.
const NUMBERS: [&str; 1] = ["{page.size}"];

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The filled body and its content type; none for no body.
///
/// # Errors
/// [`Error::Setup`] names a placeholder without a value.
pub(crate) fn body(body: &Body, vars: &Vars) -> Result<(Bytes, Option<&'static str>), Error> {
    match body {
        Body::None => Ok((Bytes::new(), None)),
        Body::Form { fields } => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (key, value) in pairs(fields, vars)? {
                form.append_pair(&key, &value);
            }
            Ok((form.finish().into(), Some(FORM)))
        }
        Body::Json { body } => {
            let filled = fill_json(body, vars)?.unwrap_or_else(|| serde_json::json!({}));
            Ok((filled.to_string().into(), Some(JSON)))
        }
        Body::Graphql { document, variables } => Ok((graphql(document, variables, vars)?, Some(JSON))),
    }
}

/// Parameters with their values; one that has several stands several times, one that has none is left out.
pub(crate) fn pairs(
    parameters: &BTreeMap<String, Texts>,
    vars: &Vars,
) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    for (key, values) in parameters {
        for value in values.all() {
            pairs.extend(fill(value, vars)?.map(|value| (key.clone(), value)));
        }
    }
    Ok(pairs)
}

/// A GraphQL body. A variable whose placeholder has no value yet is left out.
fn graphql(document: &str, variables: &BTreeMap<String, Variable>, vars: &Vars) -> Result<Bytes, Error> {
    let mut given = serde_json::Map::new();
    for (name, variable) in variables {
        let value = match variable {
            Variable::Int(number) => Some((*number).into()),
            Variable::Bool(truth) => Some((*truth).into()),
            Variable::Text(text) => fill(text, vars)?.map(|filled| {
                let number = filled.parse::<u64>().ok().filter(|_| NUMBERS.contains(&text.as_str()));
                number.map_or_else(|| filled.into(), Into::into)
            }),
        };
        if let Some(value) = value {
            given.insert(name.clone(), value);
        }
    }
    Ok(serde_json::json!({"query": document, "variables": given}).to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_take_the_type_of_their_placeholder() {
        let text = |text: &str| Variable::Text(text.to_owned());
        let variables = [("size", text("{page.size}")), ("after", text("{page.after}")), ("word", text("7"))];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let vars = Vars::from([("page.size".to_owned(), "25".to_owned())]);
        let body = graphql("q", &variables, &vars).unwrap();
        assert_eq!(body, r#"{"query":"q","variables":{"size":25,"word":"7"}}"#);
    }

    #[test]
    fn forms_and_documents_are_filled() {
        let vars = Vars::from([("page.size".to_owned(), "25".to_owned())]);
        let read = |text: &str| body(&serde_json::from_str(text).unwrap(), &vars).unwrap();
        let form =
            r#"{"kind": "form", "fields": {"a[]": ["x y", 2], "n": "{page.size}", "gone": "{page.after}"}}"#;
        assert_eq!(read(form), ("a%5B%5D=x+y&a%5B%5D=2&n=25".into(), Some(FORM)));
        let json = r#"{"kind": "json", "body": {"n": "{page.size|int}", "after": "{page.after}"}}"#;
        assert_eq!(read(json), (r#"{"n":25}"#.into(), Some(JSON)));
    }
}
