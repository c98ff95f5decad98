"""Runs the official Stripe client against the sandbox and checks what the platform's documents promise.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE
"""

import json
import sys
from decimal import Decimal

import stripe

from checking import check, control, run

DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])


def connect(ready, key=None, retries=0):
    """Points the official client at a sandbox; only the host is replaced."""
    platform = ready["platforms"]["stripe"]
    return stripe.StripeClient(
        key or platform["secrets"]["api_key"],
        base_addresses={"api": platform["base_url"], "connect": platform["base_url"]},
        max_network_retries=retries,
    ).v1


def refused(kind, call):
    """The error of a kind that a call must end with."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"the call was not refused with {kind.__name__}")


@check
def account():
    """the account is read with its currency and time zone"""
    found = connect(DEMO).accounts.retrieve_current()
    assert found.id.startswith("acct_") and found.charges_enabled, found.id
    assert found.default_currency == DEMO["world"]["currency"].lower()
    assert found.settings.dashboard.timezone == DEMO["world"]["time_zone"]


@check
def paging():
    """automatic paging sees every refund once, whatever the page size"""
    counts = set()
    for limit in (37, 100):
        ids = [refund.id for refund in connect(DEMO, retries=6).refunds.list({"limit": limit}).auto_paging_iter()]
        assert len(ids) == len(set(ids)), f"an object twice at limit {limit}"
        counts.add(len(ids))
    assert len(counts) == 1 and counts.pop() > 500, counts


@check
def backwards():
    """ending_before goes back to the start of the list"""
    client = connect(DEMO, retries=6)
    first = client.payouts.list({"limit": 7})
    older = client.payouts.list({"limit": 7, "starting_after": first.data[-1].id})
    back = client.payouts.list({"limit": 7, "ending_before": older.data[0].id})
    assert [item.id for item in back.data] == [item.id for item in first.data]
    assert not back.has_more and older.has_more


@check
def expanded():
    """a charge's movement and customer come along when asked for"""
    page = connect(DEMO).charges.list({"limit": 50, "expand": ["data.balance_transaction", "data.customer"]})
    settled = [charge for charge in page.data if charge.captured]
    assert settled
    for charge in settled:
        movement = charge.balance_transaction
        assert movement.object == "balance_transaction" and movement.source == charge.id
        assert movement.net == movement.amount - movement.fee
        assert charge.customer is None or charge.customer.object == "customer"


@check
def created_filter():
    """created takes ranges and leaves nothing out inside them"""
    client = connect(DEMO, retries=6)
    newest = client.charges.list({"limit": 100}).data
    low, high = newest[80].created, newest[20].created
    wanted = [charge.id for charge in newest if low <= charge.created < high]
    found = client.charges.list({"limit": 100, "created": {"gte": low, "lt": high}}).data
    assert [charge.id for charge in found] == wanted and len(wanted) >= 59


@check
def payout_parts():
    """the movements of a payout add up to it"""
    client = connect(DEMO, retries=6)
    payout = client.payouts.list({"limit": 5, "status": "paid"}).data[-1]
    parts = list(client.balance_transactions.list({"payout": payout.id, "limit": 100}).auto_paging_iter())
    assert sum(part.net for part in parts if part.type != "payout") == payout.amount, payout.id
    assert [part.amount for part in parts if part.type == "payout"] == [-payout.amount]


@check
def subscriptions():
    """canceled subscriptions are listed only when asked for; periods stand on the items"""
    client = connect(DEMO, retries=6)
    shown = list(client.subscriptions.list({"limit": 100}).auto_paging_iter())
    every = list(client.subscriptions.list({"limit": 100, "status": "all"}).auto_paging_iter())
    assert 0 < len(shown) < len(every) and all(one.status != "canceled" for one in shown)
    for one in shown:
        item = one["items"].data[0]
        assert item.current_period_start < item.current_period_end and item.price.recurring
        assert "current_period_end" not in one


@check
def yen():
    """yen have no minor unit: unit_amount is whole yen and the movement is in the home currency"""
    client = connect(DEMO, retries=6)
    price = next(price for price in client.prices.list({"limit": 100}).data if price.currency == "jpy")
    assert Decimal(price.unit_amount) == Decimal(str(price.unit_amount_decimal))
    subscription = client.subscriptions.list({"price": price.id, "status": "all", "limit": 1}).data[0]
    invoice = client.invoices.list({"subscription": subscription.id, "status": "paid", "limit": 1}).data[0]
    assert invoice.currency == "jpy" and invoice.total % price.unit_amount == 0
    payment = client.invoice_payments.list({"invoice": invoice.id}).data[0]
    charge = client.charges.retrieve(payment.payment.charge, {"expand": ["balance_transaction"]})
    assert charge.amount == invoice.total
    assert charge.balance_transaction.currency == "gbp" and charge.balance_transaction.exchange_rate


@check
def events():
    """events of 30 days carry their object as it was, filtered by up to twenty types"""
    client = connect(DEMO, retries=6)
    types = ["invoice.paid", "customer.subscription.updated", "charge.refunded"]
    found = list(client.events.list({"types": types, "limit": 100}).auto_paging_iter())
    assert {event.type for event in found} == set(types)
    assert all(event.data.object.status == "paid" for event in found if event.type == "invoice.paid")
    assert max(event.created for event in found) - min(event.created for event in found) <= 30 * 86400
    error = refused(stripe.InvalidRequestError, lambda: client.events.list({"types": types * 7}))
    assert error.param == "types", error


@check
def invalid():
    """wrong calls are refused with status, code and parameter"""
    client = connect(DEMO, retries=6)
    error = refused(stripe.InvalidRequestError, lambda: client.charges.retrieve("ch_none"))
    assert (error.http_status, error.code) == (404, "resource_missing"), error
    error = refused(stripe.InvalidRequestError, lambda: client.charges.list({"limit": 101}))
    assert (error.http_status, error.param) == (400, "limit"), error
    error = refused(stripe.InvalidRequestError, lambda: client.charges.list({"updated": {"gte": 1}}))
    assert error.code == "parameter_unknown", error
    assert error.request_id.startswith("req_")


@check
def keys():
    """an unknown key is refused as authentication, an expired one by its code"""
    error = refused(stripe.AuthenticationError, lambda: connect(DEMO, key="sk_live_wrong").charges.list())
    assert error.http_status == 401 and "Invalid API Key" in error.user_message
    control(GOLDEN, "/control/faults", {"point": "stripe.charges", "times": 1, "fault": {"kind": "expired_token"}})
    error = refused(stripe.AuthenticationError, lambda: connect(GOLDEN).charges.list())
    control(GOLDEN, "/control/faults", method="DELETE")
    assert error.error.code == "api_key_expired", error


@check
def throttled():
    """over the limit the client sees a rate limit error, and gets through when it may try again"""
    control(GOLDEN, "/control/faults", {"point": "stripe.refunds", "first": 2, "fault": {"kind": "throttled"}})
    error = refused(stripe.RateLimitError, lambda: connect(GOLDEN).refunds.list())
    assert (error.http_status, error.error.code) == (429, "rate_limit"), error
    assert connect(GOLDEN, retries=2).refunds.list().object == "list"
    control(GOLDEN, "/control/faults", method="DELETE")


@check
def golden():
    """the golden brand's card payments are 126.00 each with a fee of 3.95"""
    found = connect(GOLDEN).balance_transactions.list({"type": "charge"}).data
    assert found and {(one.amount, one.fee) for one in found} == {(12600, 395)}, found


@check
def endpoints():
    """a webhook endpoint's secret verifies what is signed with it, and is shown once"""
    client = connect(GOLDEN)
    params = {"url": "https://shop.example/hook", "enabled_events": ["charge.refunded"]}
    made = client.webhook_endpoints.create(params, {"idempotency_key": "judge"})
    again = client.webhook_endpoints.create(params, {"idempotency_key": "judge"})
    assert made.id == again.id and made.secret.startswith("whsec_")
    assert "secret" not in client.webhook_endpoints.retrieve(made.id)
    changed = client.webhook_endpoints.update(made.id, {"disabled": True})
    assert changed.status == "disabled"
    assert client.webhook_endpoints.delete(made.id).deleted
    refused(stripe.InvalidRequestError, lambda: client.webhook_endpoints.retrieve(made.id))


if __name__ == "__main__":
    run()
