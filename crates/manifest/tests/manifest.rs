//! The vocabulary is closed, and each rule of the lint refuses what it is for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use netgain_manifest::{Fetch, Manifest, ManifestError, lint};

const SHOP: &str = include_str!("data/shop.yaml");

fn faults(text: &str) -> Vec<ManifestError> {
    let samples = BTreeSet::from(["customers".to_owned(), "spend".to_owned()]);
    lint(&Manifest::from_yaml(text).unwrap(), &samples)
}

/// The only fault after `old` became `new`.
fn fault(old: &str, new: &str) -> ManifestError {
    assert!(SHOP.contains(old), "{old}");
    let faults = faults(&SHOP.replacen(old, new, 1));
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.into_iter().next().unwrap()
}

fn line(needle: &str) -> usize {
    SHOP.lines().position(|line| line.contains(needle)).unwrap() + 1
}

#[test]
fn a_sound_manifest_is_read_and_has_no_faults() {
    assert_eq!(faults(SHOP), []);
    let manifest = Manifest::from_yaml(SHOP).unwrap();
    let Fetch::AsyncJob { poll, .. } = &manifest.stream("spend").unwrap().fetch else { panic!("not a job") };
    assert_eq!((poll.every_s, poll.resubmit), (5, 3));
}

#[test]
fn unknown_keys_and_words_are_refused_with_their_line() {
    let error = Manifest::from_yaml(&SHOP.replace("category: commerce", "category: commerce\ncolour: red"));
    let error = error.unwrap_err().in_file("shop.yaml");
    assert!(error.to_string().starts_with("shop.yaml:5: ") && error.message.contains("colour"), "{error}");

    let error =
        Manifest::from_yaml(&SHOP.replace("fetch: {kind: pages}", "fetch: {kind: guess}")).unwrap_err();
    assert!(error.message.contains("guess") && error.line > 0, "{error}");

    let error = Manifest::from_yaml(&SHOP.replace("fetch: {kind: pages}", "fetch: {kind: pages, x: 1}"));
    assert!(error.unwrap_err().message.contains('x'));

    let error = Manifest::from_yaml(&SHOP.replace("class: auth_revoked", "class: shrug")).unwrap_err();
    assert!(error.message.contains("shrug"), "{error}");

    let error = Manifest::from_yaml(&SHOP.replace("manifest: 1", "manifest: 2")).unwrap_err();
    assert_eq!((error.line, error.cure.as_str()), (1, "write `manifest: 1`"));
}

#[test]
fn error_rules_for_401_and_429_must_be_there() {
    let missing = fault("status: [429]", "status: [430]");
    assert_eq!(missing.line, line("errors:"));
    assert!(missing.message.contains("429"), "{missing}");
    assert!(fault("status: [401]", "status: [403]").message.contains("401"));
}

#[test]
fn the_base_url_stays_on_allowed_hosts() {
    let missing = fault("\"*.example.com\"", "\"*.example.org\"");
    assert_eq!(missing.line, line("base_url:"));
    assert!(fault("shop}.example.com", "shop}.badexample.com").message.contains("badexample.com"));
    assert!(fault("base_url: https:", "base_url: http:").message.contains("https"));
}

#[test]
fn tables_and_columns_are_canonical_and_complete() {
    assert!(fault("entity: customers", "entity: clients").message.contains("clients"));
    let unknown = fault("name: {from: name}", "nick: {from: name}");
    assert!(unknown.message.contains("customers` has no column `nick`"), "{unknown}");
    assert_eq!(unknown.line, line("name: {from: name}"));
    let missing = fault("        spend: {from: spend, as: money}\n", "");
    assert!(missing.message.contains("`ad_days.spend` is not mapped"), "{missing}");
    assert!(fault("from: spend, as: money", "from: spend, as: text").message.contains("Decimal"));
    assert!(fault("{const: ad}", "{const: ad, from: level}").message.contains("2 sources"));
    assert!(fault("{const: ad}", "{}").message.contains("0 sources"));
    assert!(fault("key: [date, id]", "key: []").message.contains("empty key"));
}

#[test]
fn rows_belong_to_their_owner_s_stream() {
    let stray = "        name: {from: name}\n      rows:\n        - into: order_lines\n          from: lines[]\n          key: [id]\n          fields: {}\n";
    let stray = fault("        name: {from: name}\n", stray);
    assert!(stray.message.contains("belongs to `orders`"), "{stray}");
}

#[test]
fn streams_have_unique_names_and_samples() {
    let manifest = Manifest::from_yaml(&SHOP.replace("name: spend", "name: customers")).unwrap();
    let faults = lint(&manifest, &BTreeSet::from(["customers".to_owned()]));
    assert!(faults.iter().any(|fault| fault.message.contains("described twice")), "{faults:?}");
    let faults = lint(&Manifest::from_yaml(SHOP).unwrap(), &BTreeSet::from(["customers".to_owned()]));
    assert_eq!(faults.len(), 1);
    assert!(faults[0].cure.contains("samples/spend.json"), "{faults:?}");
}

const ACCOUNTS: &str = "accounts:
  request: {path: /me}
  pagination: {kind: none}
  records: shop
  key: [id]
  map:
    fields: {kind: {const: shop}, currency: {from: currency}, time_zone: {from: zone}}
streams:
";

#[test]
fn accounts_are_a_stream_with_a_sample_of_their_own() {
    let text = SHOP.replacen("streams:\n", ACCOUNTS, 1);
    let manifest = Manifest::from_yaml(&text).unwrap();
    let stream = manifest.accounts.as_ref().unwrap().as_stream();
    assert_eq!((stream.name.as_str(), stream.entity.as_str()), ("accounts", "accounts"));
    assert_eq!((stream.records.as_str(), stream.key), ("shop", vec!["id".to_owned()]));
    let with = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(lint(&manifest, &with(&["customers", "spend", "accounts"])), []);
    let faults = lint(&manifest, &with(&["customers", "spend"]));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].cure.contains("samples/accounts.json"), "{faults:?}");
}

#[test]
fn a_listing_that_ends_silently_can_go_on() {
    let capped = "page_size: 50\n    cap: {records: 100}\n    decode: {kind: json}";
    let cut = fault("decode: {kind: json}", capped);
    assert!(cut.message.contains("behind its cap") && cut.cure.contains("cap.beyond"), "{cut}");
    let text = SHOP.replacen("decode: {kind: json}", capped, 1);
    assert_eq!(faults(&text.replacen("overlap_s: 60", "overlap_s: 60, sorted: true", 1)), []);
    assert_eq!(faults(&text.replacen("{records: 100}", "{records: 100, beyond: id}", 1)), []);
    assert!(
        fault("decode: {kind: json}", "page_size: 0\n    decode: {kind: json}")
            .message
            .contains("no records")
    );
}

#[test]
fn a_job_needs_windows_of_days_and_their_restatement() {
    let windowless = fault("      - {kind: window, step_days: 7, zone: account}\n", "");
    assert!(windowless.message.contains("no window"), "{windowless}");
    assert_eq!(windowless.line, line("kind: async_job") - 1);
    let unrestated = fault("cursor: {kind: restate, days: 28}", "cursor: {kind: full}");
    assert!(unrestated.message.contains("`restate`") && unrestated.cure.contains("days:"), "{unrestated}");
}

/// `UPDATE_SCHEMA=1 cargo test -p netgain-manifest` writes it anew.
#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/manifest.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, Manifest::schema()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), Manifest::schema());
}

const SIGN_IN: &str = "auth:
  kind: oauth2_code
  authorize_url: https://login.elsewhere.com/authorize
  token_url: https://{connection.shop}.example.com/token
  scopes: [read]
  names: {client_id: app_id}
  from_response: {region: data.region}
";

#[test]
fn a_sign_in_names_its_addresses_and_fields() {
    let key = "auth: {kind: api_key, field: token, place: header, name: X-Token}\n";
    let with = |text: &str| faults(&SHOP.replacen(key, text, 1));
    assert_eq!(with(SIGN_IN), []);
    let manifest = Manifest::from_yaml(&SHOP.replacen(key, SIGN_IN, 1)).unwrap();
    let grant = manifest.auth.oauth2().unwrap();
    assert_eq!((grant.name.as_str(), grant.prefix.as_str()), ("Authorization", "Bearer "));
    assert_eq!((grant.scope_separator.as_str(), grant.pkce), (" ", false));

    let one = |text: &str| with(text).into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; ");
    let moved = one(&SIGN_IN.replace("https://{connection.shop}.example.com", "https://other.com"));
    assert!(moved.contains("`token_url` leads to other.com"), "{moved}");
    assert!(one(&SIGN_IN.replace("oauth2_code", "oauth2_refresh_token")).contains("nobody signs in"));
    assert!(one(&SIGN_IN.replace("oauth2_code", "oauth2_refresh_token")).contains("reads `refresh_token`"));
    let both = format!("{SIGN_IN}sign_in: {{kind: bearer, field: token}}\n");
    assert!(one(&both).contains("`sign_in` is not oauth2_code"), "{}", one(&both));
    assert!(one(&format!("{key}central: {{identifier: token}}\n")).contains("is a secret"));
    assert_eq!(one(&format!("{key}central: {{identifier: shop}}\n")), "");
    let describes = |name: &str| one(&format!("{key}central: {{identifier: shop, describes: [{name}]}}\n"));
    assert_eq!(describes("shop"), "");
    assert!(describes("token").contains("`central.describes` has `token`"), "{}", describes("token"));
    let proof = |text: &str| one(&format!("{SIGN_IN}  callback_proof: {text}\n"));
    assert_eq!(proof("{hmac: hmac, equals: {shop: \"{connection.shop}.example.com\"}}"), "");
    assert!(proof("{unsigned: [x]}").contains("checks nothing"));
    assert!(proof("{equals: {shop: \"{connection.token}\"}}").contains("reads `token`"));
    assert!(
        one(&format!("{SIGN_IN}  callback_proof: {{hmac: x}}\n")
            .replace("oauth2_code", "oauth2_refresh_token"))
        .contains("nobody comes back")
    );
    assert!(one("auth: {kind: bearer, field: keys}\n").contains("reads `keys`"));
    let unknown = Manifest::from_yaml(&SHOP.replacen(key, &format!("{SIGN_IN}  pkse: true\n"), 1));
    assert!(unknown.unwrap_err().message.contains("pkse"));
}
