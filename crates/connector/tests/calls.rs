//! One call against a scripted platform: what is repeated, how long is waited, what is said in the end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use netgain_connector::{Error, Note, Response, TransportError};
use netgain_domain::ErrorClass;
use netgain_manifest::Manifest;
use support::{
    HEADER, Kept, Platform, Secrets, Sent, TestClock, answer, broken, engine, manifest, with_header,
};

const ERRORS: &str = "  - {when: {path: \"errors[].code\", values: [THROTTLED]}, class: rate_limited}
  - {when: {status: [401]}, class: auth_expired, message: reconnect with a new token}
  - {when: {status: [403]}, class: permission, message: grant read_orders}
  - {when: {status: [429]}, class: rate_limited, wait: {kind: header, name: Retry-After}}";

const STREAM: &str = "    request: {path: /things}
    pagination: {kind: none}
    records: things
    cursor: {kind: full}";

fn check_manifest(more: &str) -> Arc<Manifest> {
    manifest(HEADER, ERRORS, more, STREAM)
}

type Answerer = fn(&Sent, usize) -> Result<Response, TransportError>;

/// What `check` ends with, after how many calls, and the pauses between them.
async fn check(more: &str, answerer: Answerer) -> (Result<(), Error>, usize, Vec<Duration>) {
    let (platform, clock) = (Platform::new(answerer), TestClock::new());
    let result = engine(&check_manifest(more), &platform, &clock).check(&Kept::default()).await;
    let slept = clock.slept.lock().unwrap().clone();
    (result, platform.calls(), slept)
}

fn refusal(result: Result<(), Error>) -> (ErrorClass, u16, String) {
    match result {
        Err(Error::Refused { class, status, message }) => (class, status, message),
        other => panic!("{other:?}"),
    }
}

const GOOD: &str = r#"{"id": 1}"#;

#[tokio::test]
async fn troubles_that_pass_are_waited_out() {
    let (result, calls, slept) = check("", |_, number| {
        Ok(match number {
            0 => answer(500, "<html>oops</html>"),
            1 => return Err(broken()),
            2 => answer(200, r#"{"id": "#),
            3 => answer(200, ""),
            4 => answer(200, r#"{"errors": [{"code": "THROTTLED"}]}"#),
            _ => answer(200, GOOD),
        })
    })
    .await;
    result.unwrap();
    assert_eq!((calls, slept.len()), (6, 5));
    assert!(slept.iter().all(|pause| *pause >= Duration::from_millis(250)), "{slept:?}");
    assert!(slept[3] > slept[0], "pauses grow: {slept:?}");
}

#[tokio::test]
async fn a_named_time_is_waited_for_and_told() {
    let platform = Platform::new(|_, number| {
        let limited = with_header(answer(429, ""), "retry-after", "Tue, 31 Mar 2026 09:01:00 GMT");
        // the platform's clock is three hours behind ours
        let limited = with_header(limited, "date", "Tue, 31 Mar 2026 09:00:00 GMT");
        Ok(if number == 0 { limited } else { answer(200, GOOD) })
    });
    let (clock, sink) = (TestClock::new(), Kept::default());
    engine(&check_manifest(""), &platform, &clock).check(&sink).await.unwrap();
    let slept = clock.total();
    assert!(slept >= Duration::from_secs(60) && slept <= Duration::from_secs(61), "{slept:?}");
    let notes = sink.notes.lock().unwrap();
    assert!(matches!(notes[..], [Note::Waiting { why: "rate_limited", .. }]), "{notes:?}");
}

#[tokio::test]
async fn patience_ends() {
    let (result, calls, _) =
        check("", |_, _| Ok(answer(503, r#"{"message": "Down for maintenance."}"#))).await;
    let (class, status, message) = refusal(result);
    assert_eq!((class, status, calls), (ErrorClass::Transient, 503, 8));
    assert_eq!(message, "Test refused `check`: status 503, Down for maintenance");

    let (result, calls, _) = check("", |_, _| Err(broken())).await;
    assert!(matches!(result, Err(Error::Transport(TransportError::Broken { .. }))));
    assert_eq!(calls, 8);

    let (result, calls, _) = check("", |_, _| Ok(answer(200, "<html>sign in</html>"))).await;
    let (class, status, message) = refusal(result);
    assert_eq!((class, status, calls), (ErrorClass::Transient, 200, 8));
    assert!(message.contains("cannot be read"), "{message}");

    let day = |_: &Sent, _| Ok(with_header(answer(429, "{}"), "retry-after", "86400"));
    let (result, calls, slept) = check("", day).await;
    assert_eq!(
        (refusal(result).0, calls, slept.len()),
        (ErrorClass::RateLimited, 1, 0),
        "nobody waits a day"
    );
}

#[tokio::test]
async fn what_cannot_help_is_not_repeated() {
    let (result, calls, slept) =
        check("", |_, _| Ok(answer(403, r#"{"error": {"message": "No scope."}}"#))).await;
    let (class, _, message) = refusal(result);
    assert_eq!((class, calls, slept.len()), (ErrorClass::Permission, 1, 0));
    assert_eq!(message, "Test refused `check`: status 403, No scope: grant read_orders");

    let refuse = |_: &Sent, _| Err(TransportError::Refused { host: "shop.example.com".into() });
    assert_eq!(check("", refuse).await.1, 1);
    let (result, calls, _) = check("", |_, _| Ok(answer(418, "{}"))).await;
    assert_eq!((refusal(result).0, calls), (ErrorClass::Invalid, 1));
}

#[tokio::test]
async fn an_expired_token_is_read_again() {
    let platform = Platform::new(|sent, _| {
        let right = sent.headers.get("X-Token").is_some_and(|token| token == "new");
        Ok(if right { answer(200, GOOD) } else { answer(401, "{}") })
    });
    let secrets = Secrets::new(&[("token", &["old", "old", "new"])]);
    let clock = TestClock::new();
    support::with_secrets(&check_manifest(""), &platform, &clock, secrets)
        .check(&Kept::default())
        .await
        .unwrap();
    assert_eq!(platform.calls(), 3);

    let (result, calls, _) = check("", |_, _| Ok(answer(401, "{}"))).await;
    let (class, status, message) = refusal(result);
    assert_eq!((class, status, calls), (ErrorClass::AuthRevoked, 401, 4));
    assert!(message.ends_with("reconnect with a new token"), "{message}");
}

#[tokio::test]
async fn no_secret_is_in_an_error() {
    let (result, ..) = check("", |sent, _| {
        let token = sent.headers.get("X-Token").unwrap();
        Ok(answer(400, &format!("{{\"message\": \"token {token} or s3cret%2Bkey is bad\"}}")))
    })
    .await;
    let (_, _, message) = refusal(result);
    assert_eq!(message, "Test refused `check`: status 400, token [secret] or [secret] is bad");
}

#[tokio::test]
async fn the_budget_is_kept_before_the_platform_refuses() {
    let limits = "limits:
  - {kind: cost, charge: 10, available_path: cost.left, restore_path: cost.rate, requested_path: cost.asked}
  - {kind: window, requests: 2, per_s: 30}";
    let platform =
        Platform::new(|_, _| Ok(answer(200, r#"{"id": 1, "cost": {"left": 20, "rate": 10, "asked": 120}}"#)));
    let clock = TestClock::new();
    let (engine, sink) = (engine(&check_manifest(limits), &platform, &clock), Kept::default());
    for _ in 0..3 {
        engine.check(&sink).await.unwrap();
    }
    // 120 points less the 20 that are there at 10 a second; then the window, for which 20 s are left
    let slept = clock.slept.lock().unwrap().clone();
    assert_eq!(slept, [Duration::from_secs(10), Duration::from_secs(20)]);
}

#[tokio::test]
async fn a_signature_goes_with_the_token() {
    let auth = "{kind: api_key, field: token, place: query, name: access_token, sign: appsecret_proof}";
    let platform = Platform::new(|_, _| Ok(answer(200, GOOD)));
    // RFC 4231, test case 2
    let secrets = Secrets::new(&[("token", &["what do ya want for nothing?"]), ("app_secret", &["Jefe"])]);
    let clock = TestClock::new();
    let manifest = manifest(auth, ERRORS, "", STREAM);
    support::with_secrets(&manifest, &platform, &clock, secrets).check(&Kept::default()).await.unwrap();
    let sent = platform.sent.lock().unwrap()[0].clone();
    assert_eq!(sent.query("access_token").as_deref(), Some("what do ya want for nothing?"));
    let proof = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(sent.query("appsecret_proof").as_deref(), Some(proof));

    let auth = "{kind: basic, user: shop, password: token}";
    let manifest = support::manifest(auth, ERRORS, "", STREAM);
    engine(&manifest, &platform, &clock).check(&Kept::default()).await.unwrap();
    let sent = platform.sent.lock().unwrap()[1].clone();
    assert_eq!(sent.headers["authorization"], "Basic c2hvcDpzM2NyZXQra2V5");
}
