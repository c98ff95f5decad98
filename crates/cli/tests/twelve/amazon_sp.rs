//! The Selling Partner API from end to end: a second channel's orders and what they came to, visits by report.

use netgain_sandbox::amazon_sp::{empty_seller_refresh_token, narrow_refresh_token};

use crate::common::{all, connected_with, sandbox, sync, sync_refused};

#[test]
#[ignore = "the documented limit lets one search through in three minutes, so this takes hours; the connector's tests read it all by a clock of their own"]
fn an_empty_seller_is_fine_and_a_missing_role_is_told() {
    let sandbox = sandbox();
    let secrets = &sandbox.state().secrets;
    let home = connected_with(&sandbox, "amazon_sp", "refresh_token", &empty_seller_refresh_token(secrets));
    let nothing = sync(&home);
    assert_eq!((all(&nothing, "rows"), all(&nothing, "quarantined")), (0, 0), "{nothing:?}");
    let home = connected_with(&sandbox, "amazon_sp", "refresh_token", &narrow_refresh_token(secrets));
    let told = sync_refused(&home);
    assert!(told.contains("Finance and Accounting"), "{told}");
}
