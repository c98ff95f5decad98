//! After an update of the program, results that an earlier version computed are computed anew while it serves.

use netgain_profit::Settings;
use netgain_sandbox::{Brand, Options};
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

    // other rules have another key, as those of an earlier version have
    let world = &sandbox.ready().world;
    let earlier = json!({ "currency": world.currency, "time_zone": world.time_zone,
        "revenue": { "tax_mode": "gross_with_tax_line" }, "cost": { "missing_policy": "equal_to_net_sales" } });
    let earlier = Settings::from_json(&earlier.to_string()).unwrap();
    {
        let warehouse = home.warehouse();
        netgain_results::update_profit(&warehouse, &earlier, &mut |_| {}).unwrap();
    }
    assert_ne!(home.query(sum), right, "the earlier rules come to the same");

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
