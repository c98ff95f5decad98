//! Budgets by a clock that the test moves.

use super::*;
use bytes::Bytes;
use netgain_manifest::{Limit, ResetUnit};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn answer(header: Option<&str>) -> Response {
    let headers = header.map(|value| ("x-usage".to_owned(), value.to_owned()));
    Response { status: 200, headers: headers.into_iter().collect(), body: Bytes::new() }
}

/// A clock that goes on when somebody sleeps.
struct Sleeper(Mutex<Timestamp>);

#[async_trait::async_trait]
impl Clock for Sleeper {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        let then = self.now() + time;
        let mut now = self.0.lock().unwrap();
        *now = then.max(*now);
    }
}

fn budget_of(limits: &[Limit]) -> Budget {
    Budget::of(limits.iter().map(|limit| Kept::new(limit, None)).collect())
}

const EVER: Duration = Duration::MAX;

/// Takes a part at a second, and how long that lasted.
async fn take(budget: &Budget, call: &str, second: i64) -> (Taken, u64) {
    let clock = Sleeper(Mutex::new(at(second)));
    let taken = budget.take(call, Priority::Increment, &clock, EVER, &mut |_| {}).await.unwrap();
    (taken, clock.now().duration_since(at(second)).as_secs().unsigned_abs())
}

async fn wait(budget: &Budget, call: &str, second: i64) -> u64 {
    take(budget, call, second).await.1
}

#[tokio::test]
async fn a_window_lets_so_many_calls_go_in_so_many_seconds() {
    let budget = budget_of(&[Limit::Window { requests: 2, per_s: 10, scope: Scope::Endpoint }]);
    assert_eq!((wait(&budget, "a", 0).await, wait(&budget, "a", 3).await), (0, 0));
    // the third waits for the first to leave the window, the fourth for the second
    assert_eq!((wait(&budget, "a", 4).await, wait(&budget, "a", 10).await), (6, 3));
    assert_eq!(wait(&budget, "b", 4).await, 0, "another endpoint");
    assert_eq!(wait(&budget, "a", 40).await, 0);
}

#[tokio::test]
async fn a_bucket_refills() {
    let budget = budget_of(&[Limit::Bucket { capacity: 2, refill: 1, per_s: 1, scope: Scope::Connection }]);
    assert_eq!((wait(&budget, "a", 0).await, wait(&budget, "b", 0).await), (0, 0));
    assert_eq!((wait(&budget, "a", 0).await, wait(&budget, "a", 1).await), (1, 1));
    assert_eq!(wait(&budget, "a", 10).await, 0);
}

#[tokio::test]
async fn points_are_waited_for_and_the_real_cost_is_learnt() {
    let budget = budget_of(&[Limit::Cost {
        charge: 800,
        available_path: "left".into(),
        restore_path: "rate".into(),
        requested_path: Some("cost".into()),
        maximum_path: Some("most".into()),
        scope: Scope::Connection,
    }]);
    let (first, waited) = take(&budget, "orders", 0).await;
    assert_eq!(waited, 0, "nothing is known yet");
    let body = netgain_mapping::parse(r#"{"left": 100, "rate": 50.0, "cost": 300, "most": 1000}"#).unwrap();
    budget.settle("orders", first, Some((&answer(None), Some(&body))), at(0));
    // 300 are needed, 100 are there, 50 come back each second
    let (second, waited) = take(&budget, "orders", 0).await;
    assert_eq!(waited, 4);
    // a call of unknown cost counts as the charge
    assert_eq!(wait(&budget, "customers", 4).await, 16);
    budget.settle("orders", second, None, at(20));
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
    let budget = budget_of(&[limit]);
    let mut second = 0;
    for (said, waits) in [
        (r#"{"9": [{"calls": 10, "time": 75, "regain": 0}]}"#, 0),
        (r#"{"9": [{"calls": 85, "time": 1}], "8": []}"#, 3),
        (r#"{"9": [{"calls": 94, "time": 1}], "8": []}"#, 25),
        (r#"{"9": [{"calls": 100, "regain": 7}]}"#, 7 * 60),
        // the second in a row
        (r#"{"9": [{"calls": 100, "regain": 0}]}"#, 120),
        (r#"{"9": [{"calls": 3}]}"#, 0),
        ("nonsense", 0),
    ] {
        second += 10_000;
        let (taken, _) = take(&budget, "a", second).await;
        budget.settle("a", taken, Some((&answer(Some(said)), None)), at(second));
        assert_eq!(wait(&budget, "a", second).await, waits, "{said}");
    }
}

#[tokio::test]
async fn what_is_left_of_a_quota_is_used_up_and_its_end_waited_for() {
    let limit = |reset_header: Option<&str>| Limit::Reported {
        remaining: Some("X-Usage".into()),
        remaining_path: None,
        reset: reset_header.map(Into::into),
        unit: ResetUnit::Seconds,
        per_s: 10,
        charge: 1,
        scope: Scope::Endpoint,
    };
    let budget = budget_of(&[limit(Some("X-Reset"))]);
    let (first, waited) = take(&budget, "a", 0).await;
    assert_eq!(waited, 0, "nothing is known yet");
    let mut said = answer(Some("2, 75;w=1"));
    said.headers.push(("x-reset".to_owned(), "45".to_owned()));
    budget.settle("a", first, Some((&said, None)), at(0));
    let (second, third) = (take(&budget, "a", 5).await, take(&budget, "a", 5).await);
    assert_eq!((second.1, third.1), (0, 0));
    assert_eq!(wait(&budget, "b", 5).await, 0, "another endpoint");
    assert_eq!(wait(&budget, "a", 5).await, 40, "two were left");
    // without a word about the end, the manifest's seconds count
    let budget = budget_of(&[limit(None)]);
    let (first, _) = take(&budget, "a", 0).await;
    budget.settle("a", first, Some((&answer(Some("0")), None)), at(3));
    assert_eq!(wait(&budget, "a", 4).await, 9);
}

#[tokio::test]
async fn a_days_quota_comes_back_at_midnight_of_its_zone() {
    let limit = Limit::Daily { requests: 2, zone: "America/New_York".into(), scope: Scope::Connection };
    let budget = budget_of(&[limit]);
    // 2027-01-15 08:00 UTC is 03:00 there: 21 hours are left of the day
    assert_eq!((wait(&budget, "a", 0).await, wait(&budget, "a", 0).await), (0, 0));
    let clock = Sleeper(Mutex::new(at(0)));
    let longest = Duration::from_secs(3_600);
    let refused = budget.take("a", Priority::Action, &clock, longest, &mut |_| {}).await;
    assert_eq!(refused.err(), Some(Duration::from_secs(21 * 3_600)), "nobody waits that long");
    assert_eq!(wait(&budget, "a", 0).await, 21 * 3_600);
}

#[tokio::test]
async fn limits_of_the_app_are_shared_and_those_of_a_connection_are_not() {
    let window = |scope| Limit::Window { requests: 1, per_s: 10, scope };
    for (scope, waits) in [(Scope::App, 10), (Scope::Connection, 0)] {
        let budget = budget_of(&[window(scope)]);
        let (one, other) = (budget.of_connection("one"), budget.of_connection("other"));
        assert_eq!(wait(&one, "a", 0).await, 0);
        assert_eq!(wait(&other, "a", 0).await, waits);
        assert_eq!(wait(&budget.of_connection("one"), "a", 30).await, 0);
    }
}

#[tokio::test]
async fn no_more_calls_at_a_time_than_allowed() {
    let budget = budget_of(&[Limit::Concurrent { max: 1, scope: Scope::App }]);
    let (held, _) = take(&budget, "a", 0).await;
    let waiting = tokio::spawn({
        let budget = budget.clone();
        async move { wait(&budget, "a", 0).await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(held);
    assert_eq!(waiting.await.unwrap(), 0);
}

#[tokio::test]
async fn the_urgent_go_first_and_one_that_gives_up_holds_nobody() {
    let budget = budget_of(&[Limit::Concurrent { max: 1, scope: Scope::Connection }]);
    let (held, _) = take(&budget, "a", 0).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for priority in
        [Priority::Backfill, Priority::Increment, Priority::Backfill, Priority::Webhook, Priority::Action]
    {
        let (budget, order) = (budget.clone(), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let clock = Sleeper(Mutex::new(at(0)));
            let taken = budget.take("a", priority, &clock, EVER, &mut |_| {}).await.unwrap();
            order.lock().unwrap().push(priority);
            drop(taken);
        }));
        tokio::task::yield_now().await;
    }
    // the one who comes last and is first in the queue gives up
    tasks.pop().unwrap().abort();
    tokio::task::yield_now().await;
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    let expected = [Priority::Webhook, Priority::Increment, Priority::Backfill, Priority::Backfill];
    assert_eq!(*order.lock().unwrap(), expected);
}

#[tokio::test]
async fn somebody_who_waits_for_one_endpoint_does_not_hold_up_another() {
    let limits = [
        Limit::Window { requests: 1, per_s: 60, scope: Scope::Endpoint },
        Limit::Concurrent { max: 5, scope: Scope::Connection },
    ];
    let budget = budget_of(&limits);
    drop(take(&budget, "report", 0).await);
    // a clock that stands still keeps the urgent one waiting
    let urgent = tokio::spawn({
        let budget = budget.clone();
        async move {
            let clock = Still;
            budget.take("report", Priority::Action, &clock, EVER, &mut |_| {}).await.map(drop)
        }
    });
    tokio::task::yield_now().await;
    assert_eq!(wait(&budget, "list", 0).await, 0);
    assert!(!urgent.is_finished());
    urgent.abort();
}

/// A clock on which no time ever passes.
struct Still;

#[async_trait::async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        at(0)
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn a_streams_own_limits_hold_for_its_calls_alone() {
    let window = Limit::Window { requests: 1, per_s: 60, scope: Scope::Connection };
    let budget = Budget::of(vec![Kept::new(&window, Some("report"))]);
    assert_eq!((wait(&budget, "report", 0).await, wait(&budget, "list", 0).await), (0, 0));
    assert_eq!((wait(&budget, "list", 0).await, wait(&budget, "report", 0).await), (0, 60));
}

#[tokio::test]
async fn what_is_used_is_told_to_whom_it_belongs() {
    let limits = [
        Limit::Window { requests: 10, per_s: 60, scope: Scope::App },
        Limit::Bucket { capacity: 5, refill: 1, per_s: 60, scope: Scope::Connection },
        Limit::Concurrent { max: 3, scope: Scope::Endpoint },
    ];
    let app = budget_of(&limits);
    let (one, two) = (app.of_connection("one"), app.of_connection("two"));
    assert_eq!(one.used(at(0)), []);
    wait(&one, "orders", 0).await;
    let (_held, _) = take(&one, "orders", 1).await;
    wait(&two, "orders", 2).await;
    let told = |budget: &Budget, second| {
        let all = budget.used(at(second)).into_iter();
        all.map(|used| (used.scope, used.call, used.used, used.allowed, used.left)).collect::<Vec<_>>()
    };
    // the app's calls are those of both, a bucket is each one's own, and one call is still on its way
    let orders = Some("orders".to_owned());
    assert_eq!(
        told(&one, 3),
        [
            ("app", None, Some(3), Some(10), Some(7)),
            ("connection", None, Some(2), Some(5), Some(3)),
            ("endpoint", orders.clone(), Some(1), Some(3), Some(2)),
        ]
    );
    assert_eq!(
        told(&two, 3)[1..],
        [("connection", None, Some(1), Some(5), Some(4)), ("endpoint", orders, Some(0), Some(3), Some(3)),]
    );
    // a minute later the window is empty and the bucket has got one back
    assert_eq!(
        told(&two, 70)[..2],
        [("app", None, Some(0), Some(10), Some(10)), ("connection", None, Some(0), Some(5), Some(5)),]
    );
}

/// What a process leaves for the next one: quotas stay used, and what only it promised is free.
#[tokio::test]
async fn a_restart_forgets_no_quota() {
    let limits = [
        Limit::Daily { requests: 5, zone: "UTC".to_owned(), scope: Scope::Connection },
        Limit::Window { requests: 3, per_s: 600, scope: Scope::Endpoint },
        Limit::Window { requests: 100, per_s: 1, scope: Scope::App },
        Limit::Concurrent { max: 9, scope: Scope::App },
    ];
    let own = || budget_of(&limits).of_connection("w/shop");
    let first = own();
    assert_eq!(first.remembered(at(0)), None, "nothing is known yet");
    for second in [0, 1, 2] {
        assert_eq!(wait(&first, "orders", second).await, 0);
    }
    // on its way while the process ends
    let _held = take(&first, "customers", 3).await;
    let text = first.remembered(at(4)).unwrap();
    let second = own();
    second.recall(&text);
    let used = |budget: &Budget, now: i64| -> Vec<_> {
        let known = budget.used(at(now)).into_iter();
        known.filter(|one| one.per_s > Some(1)).map(|one| (one.per_s, one.call, one.used, one.left)).collect()
    };
    assert_eq!(used(&second, 4), used(&first, 4));
    assert_eq!(used(&second, 4)[0], (Some(86_400), None, Some(4), Some(1)));
    // calls of one minute are remembered as its last: they free their places never too early
    let (later, sooner) = (wait(&second, "orders", 5).await, wait(&first, "orders", 5).await);
    assert!(sooner == 595 && (595..=655).contains(&later), "{later}");
    assert!(wait(&own(), "orders", 5).await == 0, "who remembers nothing waits for nothing");
    // nothing is taken over for another connection, from another description, or over what is known
    let other = budget_of(&limits).of_connection("w/other");
    other.recall(&text);
    assert_eq!(other.used(at(4)).len(), 3, "as its own, since the text is of one connection");
    let changed =
        budget_of(&[Limit::Daily { requests: 6, zone: "UTC".to_owned(), scope: Scope::Connection }]);
    changed.recall(&text);
    assert_eq!(changed.used(at(4)), []);
    second.recall(&text);
    assert_eq!(used(&second, 6)[0].2, Some(5), "what this process knows is newer");
    changed.recall("no text of ours");
    // on the next day nothing of it matters
    assert_eq!(first.remembered(at(90_000)), None);
}

#[tokio::test]
async fn what_the_platform_told_is_known_after_a_restart() {
    let limit = Limit::Reported {
        remaining: Some("X-Usage".to_owned()),
        remaining_path: None,
        reset: None,
        unit: ResetUnit::Seconds,
        per_s: 3_600,
        charge: 1,
        scope: Scope::Connection,
    };
    let first = budget_of(std::slice::from_ref(&limit));
    let taken = take(&first, "orders", 0).await.0;
    first.settle("orders", taken, Some((&answer(Some("0")), None)), at(1));
    let second = budget_of(&[limit]);
    second.recall(&first.remembered(at(2)).unwrap());
    assert_eq!(second.used(at(2)), first.used(at(2)));
    assert_eq!(second.used(at(2))[0].left, Some(0));
    assert_eq!(wait(&second, "orders", 2).await, wait(&first, "orders", 2).await);
}
