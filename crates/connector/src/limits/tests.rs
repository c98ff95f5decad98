//! Budgets by a clock that the test moves.

use super::*;
use bytes::Bytes;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn answer(header: Option<&str>) -> Response {
    let headers = header.map(|value| ("x-usage".to_owned(), value.to_owned()));
    Response { status: 200, headers: headers.into_iter().collect(), body: Bytes::new() }
}

async fn wait(budget: &Budget, call: &str, second: i64) -> u64 {
    budget.take(call, at(second)).await.wait.as_secs()
}

#[tokio::test]
async fn a_window_lets_so_many_calls_go_in_so_many_seconds() {
    let budget = Budget::new(&[Limit::Window { requests: 2, per_s: 10, scope: Scope::Endpoint }]);
    assert_eq!((wait(&budget, "a", 0).await, wait(&budget, "a", 3).await), (0, 0));
    // the third waits for the first to leave the window, the fourth for the second
    assert_eq!((wait(&budget, "a", 4).await, wait(&budget, "a", 4).await), (6, 9));
    assert_eq!(wait(&budget, "b", 4).await, 0, "another endpoint");
    assert_eq!(wait(&budget, "a", 40).await, 0);
}

#[tokio::test]
async fn a_bucket_refills() {
    let budget = Budget::new(&[Limit::Bucket { capacity: 2, refill: 1, per_s: 1, scope: Scope::Connection }]);
    assert_eq!((wait(&budget, "a", 0).await, wait(&budget, "b", 0).await), (0, 0));
    assert_eq!((wait(&budget, "a", 0).await, wait(&budget, "a", 0).await), (1, 2));
    assert_eq!(wait(&budget, "a", 10).await, 0);
}

#[tokio::test]
async fn points_are_waited_for_and_the_real_cost_is_learnt() {
    let budget = Budget::new(&[Limit::Cost {
        charge: 800,
        available_path: "left".into(),
        restore_path: "rate".into(),
        requested_path: Some("cost".into()),
        maximum_path: Some("most".into()),
        scope: Scope::Connection,
    }]);
    let first = budget.take("orders", at(0)).await;
    assert_eq!(first.wait, Duration::ZERO, "nothing is known yet");
    let body = netgain_mapping::parse(r#"{"left": 100, "rate": 50.0, "cost": 300, "most": 1000}"#).unwrap();
    budget.settle("orders", &first, Some((&answer(None), Some(&body))), at(0));
    // 300 are needed, 100 are there, 50 come back each second
    let second = budget.take("orders", at(0)).await;
    assert_eq!(second.wait, Duration::from_secs(4));
    // what was promised is waited for as well; a call of unknown cost counts as the charge
    assert_eq!(wait(&budget, "customers", 0).await, 20);
    budget.settle("orders", &second, None, at(4));
    assert_eq!(wait(&budget, "orders", 1_000).await, 0, "the bucket is full again");
}

#[tokio::test]
async fn usage_slows_down_and_then_waits_as_long_as_it_is_told() {
    let limit = Limit::Usage {
        header: "X-Usage".into(),
        json_paths: vec!["*[].calls".into(), "*[].time".into()],
        soft: 75,
        hard: 95,
        wait_path: Some("*[].regain".into()),
        wait_unit_s: 60,
        scope: Scope::Account,
    };
    let budget = Budget::new(&[limit]);
    let hear = async |said: &str| {
        let taken = budget.take("a", at(0)).await;
        budget.settle("a", &taken, Some((&answer(Some(said)), None)), at(0));
        budget.take("a", at(0)).await.wait.as_secs()
    };
    assert_eq!(hear(r#"{"9": [{"calls": 10, "time": 75, "regain": 0}]}"#).await, 0);
    assert_eq!(hear(r#"{"9": [{"calls": 85, "time": 1}], "8": []}"#).await, 15);
    assert_eq!(hear(r#"{"9": [{"calls": 100, "regain": 7}]}"#).await, 7 * 60);
    assert_eq!(hear(r#"{"9": [{"calls": 100, "regain": 0}]}"#).await, 120, "the second in a row");
    assert_eq!(hear(r#"{"9": [{"calls": 3}]}"#).await, 0);
    assert_eq!(hear("nonsense").await, 0);
}

#[tokio::test]
async fn no_more_calls_at_a_time_than_allowed() {
    let budget = Arc::new(Budget::new(&[Limit::Concurrent { max: 1, scope: Scope::App }]));
    let held = budget.take("a", at(0)).await;
    let waiting = tokio::spawn({
        let budget = Arc::clone(&budget);
        async move { budget.take("a", at(0)).await.wait }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(held);
    assert_eq!(waiting.await.unwrap(), Duration::ZERO);
}
