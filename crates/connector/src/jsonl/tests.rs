//! Lines of small files, as records.

use super::*;

fn shape() -> Shape {
    let child = |has: &str, into: &str| netgain_manifest::Child { has: has.into(), into: into.into() };
    Shape::compile(&Decode::JsonLines {
        parent_key: Some("__parentId".into()),
        id_key: Some("id".into()),
        children: vec![
            child("sku", "lines.nodes"),
            child("at", "events.nodes"),
            child("kind", "sales.nodes"),
            child("restocked", "refund.lines.nodes"),
        ],
    })
    .unwrap()
}

fn read(file: &str) -> Result<Vec<String>, String> {
    let mut records = Records::new(file.as_bytes(), shape());
    let mut all = Vec::new();
    let mut out = BytesMut::new();
    while records.next(&mut out).map_err(|error| error.to_string())? {
        all.push(String::from_utf8(out.split().to_vec()).unwrap());
    }
    assert!(!records.next(&mut out).unwrap() && out.is_empty());
    Ok(all)
}

#[test]
fn children_go_into_their_parents_in_their_order() {
    let read = read(concat!(
        "{\"id\":\"o/1\",\"total\":12345678901234567.89}\n",
        "{\"id\":\"l/1\",\"sku\":\"a\",\"__parentId\":\"o/1\"}\n",
        "{\"id\":\"e/1\",\"at\":1,\"__parentId\":\"o/1\"}\n",
        "{\"id\":\"s/1\",\"kind\":\"x\",\"__parentId\":\"e/1\"}\n",
        "{\"id\":\"e/2\",\"at\":2,\"refund\":{\"id\":\"r/1\"},\"__parentId\":\"o/1\"}\n",
        "{\"id\":\"s/2\",\"kind\":\"y\",\"__parentId\":\"e/2\"}\n",
        "{\"id\":null,\"restocked\":true,\"__parentId\":\"e/2\"}\n",
        // an object inside a line may be the parent too
        "{\"restocked\":false,\"__parentId\":\"r/1\"}\n",
        "{\"id\":\"l/2\",\"sku\":\"b\",\"__parentId\":\"o/1\"}\n",
        "\n",
        "{\"id\":\"o/2\"}\n",
        "{\"id\":\"o/3\"}",
    ));
    let first = concat!(
        r#"{"id":"o/1","total":12345678901234567.89,"#,
        r#""lines":{"nodes":[{"id":"l/1","sku":"a"},{"id":"l/2","sku":"b"}]},"#,
        r#""events":{"nodes":[{"id":"e/1","at":1,"sales":{"nodes":[{"id":"s/1","kind":"x"}]}},"#,
        r#"{"id":"e/2","at":2,"refund":{"id":"r/1","lines":{"nodes":[{"id":null,"restocked":true},{"restocked":false}]}},"#,
        r#""sales":{"nodes":[{"id":"s/2","kind":"y"}]}}]}}"#,
    );
    assert_eq!(read.unwrap(), [first, r#"{"id":"o/2"}"#, r#"{"id":"o/3"}"#]);
}

#[test]
fn spaces_and_lists_that_are_there_already_do_no_harm() {
    let read = read(concat!(
        "  \r\n{ \"lines\" : { \"nodes\" : [ ] , \"n\": 1 }, \"id\" : \"o/1\" }\r\n",
        "{ \"__parentId\" : \"o/1\", \"sku\" : \"}{\" }\n",
        "{\"__parentId\":\"o/1\",\"sku\":\"b\"}\n",
    ));
    let record = read.unwrap().remove(0);
    let value = netgain_mapping::parse(&record).unwrap();
    let sku = netgain_mapping::Path::compile("lines.nodes[?sku=b].sku").unwrap();
    assert!(sku.first(&[&value]).is_some(), "{record}");
    assert!(record.contains("[ { \"__parentId\" : \"o/1\", \"sku\" : \"}{\" },{\"sku\":\"b\"}]"), "{record}");
}

#[test]
fn what_fits_nowhere_is_told_with_its_line() {
    let parent = "{\"id\":\"o/1\",\"lines\":null}\n";
    for (file, told) in [
        (
            "{\"id\":\"l/1\",\"sku\":\"a\",\"__parentId\":\"o/1\"}\n".to_owned(),
            "line 1 is a child but does not",
        ),
        (format!("{parent}{{\"sku\":\"a\",\"__parentId\":\"o/9\"}}\n"), "line 2 is a child but does not"),
        (format!("{parent}{{\"x\":\"a\",\"__parentId\":\"o/1\"}}\n"), "line 2 is a child of no kind"),
        (format!("{parent}{{\"sku\":\"a\",\"__parentId\":\"o/1\"}}\n"), "something else in its place"),
        (format!("{parent}{{\"id\":\"o/2\""), "line 2 is not"),
        (format!("{parent}{{\"id\":\"o/2\"}} 7"), "line 2 is not one"),
        (format!("{parent}<html>"), "line 2 is not a JSON object"),
        (format!("{parent}[]"), "line 2 is not a JSON object"),
    ] {
        let error = read(&file).unwrap_err();
        assert!(error.contains(told), "{file}: {error}");
    }
}

#[test]
fn two_lists_under_one_new_name_are_refused() {
    let child = |has: &str, into: &str| netgain_manifest::Child { has: has.into(), into: into.into() };
    let children = vec![child("a", "x.as"), child("b", "x.bs"), child("c", "x.as")];
    let (parent_key, id_key) = (Some("p".to_owned()), Some("id".to_owned()));
    let shape = Shape::compile(&Decode::JsonLines { parent_key, id_key, children }).unwrap();
    let read = |file: &str| {
        let mut out = BytesMut::new();
        Records::new(file.as_bytes(), shape.clone()).next(&mut out).map(|_| out)
    };
    let both = "{\"id\":\"1\"}\n{\"a\":1,\"p\":\"1\"}\n{\"b\":1,\"p\":\"1\"}\n";
    assert!(read(both).unwrap_err().to_string().contains("two lists"));
    let same = "{\"id\":\"1\"}\n{\"a\":1,\"p\":\"1\"}\n{\"c\":1,\"p\":\"1\"}\n";
    assert_eq!(read(same).unwrap(), r#"{"id":"1","x":{"as":[{"a":1},{"c":1}]}}"#.as_bytes());
}

#[test]
fn a_child_list_needs_plain_names() {
    let children = vec![netgain_manifest::Child { has: "a".into(), into: "x..y".into() }];
    let decode = Decode::JsonLines { parent_key: None, id_key: None, children };
    assert!(Shape::compile(&decode).unwrap_err().contains("x..y"));
    let decode = Decode::JsonLines { parent_key: Some("p".into()), id_key: None, children: Vec::new() };
    assert!(Shape::compile(&decode).unwrap_err().contains("id_key"));
    assert!(Shape::compile(&Decode::Json {}).is_err());
}
