//! What bodies become.

use super::*;

fn stream(more: &str) -> Stream {
    let text = format!(
        r#"{{"name": "things", "entity": "customers", "request": {{"path": "/x"}}, "fetch": {{"kind": "pages"}},
        "pagination": {{"kind": "none"}}, "cursor": {{"kind": "full"}}, "key": ["id"], "map": {{"fields": {{}}}}, {more}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn read(more: &str, body: &str) -> Result<String, String> {
    let decoder = Decoder::of(&stream(more)).map_err(|error| error.to_string())?;
    let value = netgain_mapping::parse(body).unwrap();
    let decoded = decoder.records(&value, b"", None).map_err(|error| error.to_string())?;
    Ok(sonic_rs::to_string(&decoded.records).unwrap())
}

fn read_bytes(more: &str, bytes: &[u8], content_type: Option<&str>) -> Result<String, String> {
    let decoder = Decoder::of(&stream(more)).map_err(|error| error.to_string())?;
    assert!(decoder.wants_bytes());
    let decoded =
        decoder.records(&Value::new_null(), bytes, content_type).map_err(|error| error.to_string())?;
    Ok(sonic_rs::to_string(&decoded.records).unwrap())
}

const JSON: &str = r#""decode": {"kind": "json"}"#;

#[test]
fn lists_of_all_chunks_are_one_list() {
    let chunked = format!(r#"{JSON}, "records": "[].results""#);
    let body = r#"[{"results": [{"id": 1}, {"id": 2}]}, {"requestId": "x"}, {"results": [{"id": 3.0}]}]"#;
    assert_eq!(read(&chunked, body).unwrap(), r#"[{"id":1},{"id":2},{"id":3.0}]"#);
    assert_eq!(read(&chunked, "[]").unwrap(), "[]");
    let plain = format!(r#"{JSON}, "records": "data""#);
    assert!(read(&plain, r#"{"rows": []}"#).unwrap_err().contains("no `data`"));
    assert_eq!(read(&format!(r#"{plain}, "records_optional": true"#), r#"{"rows": []}"#).unwrap(), "[]");
    assert_eq!(read(&plain, r#"{"data": {"id": 7}}"#).unwrap(), r#"[{"id":7}]"#);
}

#[test]
fn records_that_do_not_count_are_still_the_last_of_their_page() {
    let stream = stream(&format!(
        r#"{JSON}, "records": "data", "where": {{"a.b": ["1"]}}, "lift": {{"_currency": "meta.currency", "_none": "meta.x"}}"#
    ));
    let body = r#"{"meta": {"currency": "EUR"}, "data": [{"id": 1, "a": {"b": 1}}, {"id": 2}]}"#;
    let decoded =
        Decoder::of(&stream).unwrap().records(&netgain_mapping::parse(body).unwrap(), b"", None).unwrap();
    let kept = r#"[{"_currency":"EUR","a":{"b":1},"id":1}]"#;
    assert_eq!((sonic_rs::to_string(&decoded.records).unwrap().as_str(), decoded.listed), (kept, 2));
    assert_eq!(decoded.last.unwrap().get("id").and_then(word_of).as_deref(), Some("2"));
}

#[test]
fn included_objects_are_put_where_they_are_named() {
    let body = r#"{"data": [
        {"id": "e1", "relationships": {"metric": {"data": {"type": "metric", "id": "m"}},
            "tags": {"data": [{"type": "tag", "id": "t"}, {"type": "tag", "id": "gone"}]}, "none": {"data": null}}}],
        "included": [{"type": "metric", "id": "m", "attributes": {"name": "Placed Order"}}, {"type": "tag", "id": "t", "n": 1}]}"#;
    let read =
        read(&format!(r#"{JSON}, "records": "data", "join": {{"included": "included"}}"#), body).unwrap();
    assert!(
        read.contains(r#""data":{"attributes":{"name":"Placed Order"},"id":"m","type":"metric"}"#),
        "{read}"
    );
    assert!(read.contains(r#"[{"id":"t","n":1,"type":"tag"},{"id":"gone","type":"tag"}]"#), "{read}");
}

#[test]
fn elements_take_along_what_stands_around_them() {
    let more = format!(
        r#"{JSON}, "records": "results[].stages", "lift": {{"pipeline": "^.id", "all": "total", "none": "^.x"}}"#
    );
    let body = r#"{"total": 2, "results": [
        {"id": "p1", "stages": [{"id": "a"}, {"id": "b"}]}, {"id": "p2", "stages": [{"id": "c"}]}]}"#;
    assert_eq!(
        read(&more, body).unwrap(),
        r#"[{"all":2,"id":"a","pipeline":"p1"},{"all":2,"id":"b","pipeline":"p1"},{"all":2,"id":"c","pipeline":"p2"}]"#
    );
}

const POSITIONS: &str = r#""decode": {"kind": "columns", "headers": ["d[].name", "m[].name"], "rows": "rows",
    "values": ["dv[].value", "mv[].value"]}"#;
const SHEET: &str = r#""decode": {"kind": "columns", "rows": "values"}"#;

#[test]
fn positions_become_names() {
    let body = r#"{"d": [{"name": "date"}], "m": [{"name": "sessions"}, {"name": "revenue"}], "rows": [
        {"dv": [{"value": "20260301"}], "mv": [{"value": "7"}, {"value": "1.50"}]}]}"#;
    assert_eq!(read(POSITIONS, body).unwrap(), r#"[{"date":"20260301","revenue":"1.50","sessions":"7"}]"#);
    assert_eq!(read(POSITIONS, r#"{"d": [{"name": "date"}], "m": []}"#).unwrap(), "[]");
    let sheet = r#"{"values": [["day", "cost"], [46082, 10.50], [46083], ["", ""], []]}"#;
    assert_eq!(read(SHEET, sheet).unwrap(), r#"[{"cost":10.50,"day":46082},{"day":46083}]"#);
    assert_eq!(read(SHEET, r#"{"range": "A1:B2"}"#).unwrap(), "[]");
    // lines count as people count them, blank ones too
    let numbered = r#""decode": {"kind": "columns", "rows": "values", "number": "line"}"#;
    let sheet = r#"{"values": [["day"], [1], [""], [], [2]]}"#;
    assert_eq!(read(numbered, sheet).unwrap(), r#"[{"day":1,"line":2},{"day":2,"line":5}]"#);
    for (body, told) in [
        (r#"{"values": [["day", "day"], [1, 2]]}"#, "twice"),
        (r#"{"values": [["day", ""], [1, 2]]}"#, "header 2"),
        (r#"{"values": [["day"], [1, 2]]}"#, "2 values for 1 headers"),
    ] {
        assert!(read(SHEET, body).unwrap_err().contains(told), "{body}");
    }
}

#[test]
fn separated_values_are_read_in_their_charset() {
    let tabs = r#""decode": {"kind": "csv", "delimiter": "\t", "quote": null}"#;
    assert_eq!(
        read_bytes(tabs, b"id\tname\n1\ta \"b\n2\n", None).unwrap(),
        r#"[{"id":"1","name":"a \"b"},{"id":"2"}]"#
    );
    let plain = r#""decode": {"kind": "csv"}"#;
    let western = b"id,name\n1,\"Caf\xe9, x\"\n";
    assert!(read_bytes(plain, western, None).unwrap_err().contains("charset"));
    let told = Some("text/csv; charset=windows-1252");
    assert_eq!(read_bytes(plain, western, told).unwrap(), "[{\"id\":\"1\",\"name\":\"Café, x\"}]");
    let fixed = r#""decode": {"kind": "csv", "charset": "windows-1252"}"#;
    assert!(read_bytes(fixed, western, None).is_ok());
    assert!(read_bytes(r#""decode": {"kind": "csv", "charset": "klingon"}"#, b"", None).is_err());
    assert!(read_bytes(plain, b"a,a\n1,2\n", None).unwrap_err().contains("twice"));

    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"id\n1\n").unwrap();
    let packed = packer.finish().unwrap();
    let gzip = r#""decode": {"kind": "csv", "compression": "gzip"}"#;
    assert_eq!(read_bytes(gzip, &packed, None).unwrap(), r#"[{"id":"1"}]"#);
    assert!(read_bytes(gzip, b"id\n1\n", None).unwrap_err().contains("gzip"));
    assert!(unpack(&packed, 3).unwrap_err().contains("more than 3"));
}

#[test]
fn documents_stand_one_a_line() {
    let lines = r#""decode": {"kind": "json_lines"}"#;
    assert_eq!(read_bytes(lines, b"{\"id\": 1.0}\n\n{\"id\":2}", None).unwrap(), r#"[{"id":1.0},{"id":2}]"#);
    assert!(read_bytes(lines, b"{\"id\": 1}\n{", None).unwrap_err().contains("line 2"));
}
