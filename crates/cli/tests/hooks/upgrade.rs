//! After an update of the program, results that an earlier version computed are computed anew while it serves.

use netgain_profit::{CostBook, RULES_VERSION, Settings, compute_order};
use netgain_sandbox::{Brand, Options};
use netgain_warehouse::OrderKey;
use serde_json::{Value, json};

use crate::program::{Home, Sandbox, http};
use crate::serve::{Server, wait_for};

#[test]
fn results_of_earlier_rules_are_computed_anew_while_serving() {
    let sandbox = Sandbox::start(Options { brand: Brand::Golden, unlimited: true, ..Options::default() });
    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    home.stdout(&["sync", "--workspace", "w"]);
    let sum = "SELECT CAST(sum(net_profit) AS VARCHAR), count(DISTINCT settings_key) FROM order_profit";
    let right = home.query(sum);
    let orders = home.query("SELECT connection_id, order_id FROM order_profit");

    // what an earlier version left: the same settings under the key of its rules, and other amounts
    let world = &sandbox.ready().world;
    let same = json!({ "currency": world.currency, "time_zone": world.time_zone });
    let same = Settings::from_json(&same.to_string()).unwrap();
    let keys = "SELECT DISTINCT settings_key FROM order_profit";
    let earlier = same.key_by(RULES_VERSION - 1).unwrap();
    assert_eq!(
        home.query(keys),
        json!([[same.key_by(RULES_VERSION).unwrap()]]),
        "not the key of these settings"
    );
    {
        let other = Settings::from_json(
            &json!({ "currency": world.currency, "time_zone": world.time_zone,
                "cost": { "missing_policy": "equal_to_net_sales" } })
            .to_string(),
        );
        let (warehouse, other) = (home.warehouse(), other.unwrap());
        let book = CostBook::new(warehouse.load_unit_costs().unwrap());
        let mut left = Vec::new();
        for order in orders.as_array().unwrap() {
            let [connection_id, order_id] = [0, 1].map(|at| order[at].as_str().unwrap().to_owned());
            let key = OrderKey { connection_id, order_id };
            let facts = warehouse.load_order_facts(&[key]).unwrap();
            left.push(compute_order(&facts[0], &book, &other).unwrap());
        }
        warehouse.write_profit(&left, &earlier).unwrap();
        warehouse.rebuild_daily(netgain_warehouse::Rebuild::All, same.currency).unwrap();
    }
    assert_eq!(home.query(keys), json!([[earlier]]));
    assert_ne!(home.query(sum)[0][0], right[0][0], "the earlier rules come to the same");

    let server = Server::start(&home, "0");
    wait_for("the computation", || (server.rows(sum) == right).then_some(()));
    // nothing is said to be out of date any more
    let codes = |answer: &Value| -> Vec<String> {
        let notices = answer["notices"].as_array().unwrap().iter();
        notices.map(|notice| notice["code"].as_str().unwrap().to_owned()).collect()
    };
    let path = "/api/v1/workspaces/w/profit/statement";
    wait_for("the sums of days", || {
        let answer = http("GET", &server.address, path, None);
        (!codes(&answer).contains(&"lines_outdated".to_owned())).then_some(())
    });
    // days are summed behind their orders
    let days = "SELECT CAST(sum(net_profit) AS VARCHAR) FROM daily_pnl";
    wait_for("the sums of days", || (server.rows(days)[0][0] == right[0][0]).then_some(()));
}
