"""Runs the official Selling Partner client against the sandbox and checks what the platform's documents promise.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE
"""

import gzip
import json
import logging
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from spapi import SPAPIClient, SPAPIConfig
from spapi.api.finances_v2024_06_19.finances_v2024_api import FinancesV2024Api
from spapi.api.orders_v2026_01_01.get_order_api import GetOrderApi
from spapi.api.orders_v2026_01_01.search_orders_api import SearchOrdersApi
from spapi.api.reports_v2021_06_30.reports_api import ReportsApi
from spapi.api.sellers_v1.sellers_api import SellersApi
from spapi.auth.lwa_exception import LwaException
from spapi.models.reports_v2021_06_30.create_report_specification import CreateReportSpecification
from spapi.rest import ApiException

from checking import check, control, run

logging.disable(logging.CRITICAL)
# The client adds a log handler with every object it reads, which makes large answers take minutes.
logging.Logger.addHandler = lambda self, handler: None
DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
TODAY = datetime.fromisoformat(DEMO["world"]["to"]).replace(tzinfo=timezone.utc)
EVERYTHING = ["PROCEEDS", "FULFILLMENT", "BUYER", "PACKAGES", "CANCELLATION", "PROMOTION"]
MARKETPLACE = "A1F83G8C2ARO7P"
CLIENTS = {}


def connect(ready, **other):
    """Points the official client at a sandbox; only the hosts are replaced."""
    platform = ready["platforms"]["amazon_sp"]
    key = (platform["base_url"], tuple(other.items()))
    if key not in CLIENTS:
        names = {
            "client_id": platform["oauth"]["client_id"],
            "client_secret": platform["oauth"]["client_secret"],
            "refresh_token": platform["secrets"]["refresh_token"],
        }
        client = SPAPIClient(
            SPAPIConfig(**{**names, **other}),
            oauth_endpoint=platform["base_url"] + "/auth/o2/token",
            endpoint=platform["base_url"],
        )
        client.access_token_cache.max_retries = 0
        CLIENTS[key] = client
    return CLIENTS[key].api_client


def refused(call):
    """Status and first error of a call that must be refused."""
    try:
        call()
    except ApiException as error:
        return error.status, json.loads(error.body)["errors"][0]
    raise AssertionError("the call was not refused")


def day(ago):
    """A day so many days before the sandbox's last, as the client wants it."""
    return (TODAY - timedelta(days=ago)).strftime("%Y-%m-%dT00:00:00Z")


def orders(**query):
    """All orders of a search."""
    api, found, token = SearchOrdersApi(connect(DEMO)), [], None
    while True:
        more = {"pagination_token": token} if token else {}
        page = api.search_orders(included_data=EVERYTHING, **query, **more)
        found.extend(page.orders)
        token = page.pagination.next_token if page.pagination else None
        if not token:
            return found


def transactions(**query):
    """All transactions of a listing, and how many pages were empty."""
    api, found, empty, token = FinancesV2024Api(connect(DEMO)), [], 0, None
    while True:
        more = {"next_token": token} if token else {}
        payload = api.list_transactions(**query, **more).payload
        found.extend(payload.transactions)
        empty += not payload.transactions
        token = payload.next_token
        if not token:
            return found, empty


def report(kind, start, end):
    """Makes a report and waits for its end."""
    api = ReportsApi(connect(DEMO))
    body = CreateReportSpecification(
        report_type=kind, marketplace_ids=[MARKETPLACE], data_start_time=start, data_end_time=end
    )
    made = api.create_report(body)
    for _ in range(100):
        found = api.get_report(made.report_id)
        if found.processing_status not in ("IN_QUEUE", "IN_PROGRESS"):
            return found
        time.sleep(0.6)
    raise AssertionError(f"still {found.processing_status}")


@check
def marketplaces():
    """the seller takes part in one marketplace, with its currency and country"""
    found = SellersApi(connect(DEMO)).get_marketplace_participations().payload
    assert [one.marketplace.id for one in found] == [MARKETPLACE]
    assert (found[0].marketplace.default_currency_code, found[0].marketplace.country_code) == ("GBP", "GB")
    assert found[0].participation.is_participating


@check
def paging():
    """orders come once each, whatever the page size, oldest first"""
    span = {"created_after": day(20), "created_before": day(2)}
    small = [order.order_id for order in orders(**span, max_results_per_page=60)]
    large = [order.order_id for order in orders(**span)]
    assert small == large and len(set(large)) == len(large) > 60, (len(small), len(large))


@check
def money():
    """an order's breakdowns add up to its total and to its articles; what is pending has no amounts"""
    seen = set()
    for order in orders(created_after=day(6)):
        status = order.fulfillment.fulfillment_status
        seen.add(status)
        if status == "PENDING":
            assert order.proceeds is None
            continue
        total = Decimal(order.proceeds.grand_total.amount)
        assert sum(Decimal(part.subtotal.amount) for part in order.proceeds.breakdowns) == total
        assert sum(Decimal(item.proceeds.proceeds_total.amount) for item in order.order_items) == total
    assert {"SHIPPED", "PENDING"} <= seen, seen


@check
def one_order():
    """one order by id is what the search showed, and only with the data asked for"""
    listed = orders(created_after=day(4), created_before=day(3))[0]
    found = GetOrderApi(connect(DEMO)).get_order(listed.order_id).order
    assert found.order_id == listed.order_id and found.proceeds is None and found.buyer is None
    full = GetOrderApi(connect(DEMO)).get_order(listed.order_id, included_data=["PROCEEDS"]).order
    assert full.proceeds.grand_total.amount == listed.proceeds.grand_total.amount


@check
def bounds():
    """a search needs exactly one lower bound, and an upper one two minutes old"""
    api = SearchOrdersApi(connect(DEMO))
    status, error = refused(lambda: api.search_orders())
    assert (status, error["code"]) == (400, "InvalidInput"), error
    status, error = refused(lambda: api.search_orders(created_after=day(3), created_before=day(-2)))
    assert status == 400 and "two minutes" in error["message"], error


@check
def finances():
    """transactions add up from their breakdowns, and each comes once though pages may be empty"""
    found, empty = transactions(posted_after=day(48))
    assert len({one.transaction_id for one in found}) == len(found) > 500, len(found)
    assert empty > 0
    for one in found:
        parts = sum(Decimal(str(part.breakdown_amount.currency_amount)) for part in one.breakdowns)
        assert parts == Decimal(str(one.total_amount.currency_amount)), one.transaction_id
    assert {"Shipment", "Refund", "ServiceFee", "Transfer"} == {one.transaction_type for one in found}


@check
def too_long():
    """a span of more than 180 days is answered with nothing"""
    found, _ = transactions(posted_after=day(400))
    assert not found


@check
def documents():
    """a report ends in a gzip document behind an address that needs no token, in Windows-1252"""
    done = report("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", day(20), day(2))
    assert done.processing_status == "DONE", done.processing_status
    document = ReportsApi(connect(DEMO)).get_report_document(done.report_document_id)
    assert document.compression_algorithm == "GZIP"
    with urllib.request.urlopen(document.url) as answer:
        charset = answer.headers.get_content_charset()
        text = gzip.decompress(answer.read()).decode(charset)
    lines = [line.split("\t") for line in text.rstrip("\r\n").split("\r\n")]
    ids = {line[0] for line in lines[1:]}
    assert charset == "cp1252" and len(ids) > 60 and "–" in text, (charset, len(ids))
    assert all(len(line) == len(lines[0]) for line in lines)
    try:
        urllib.request.urlopen(document.url.replace("Signature=", "Signature=0"))
    except urllib.error.HTTPError as error:
        assert error.code == 403
    else:
        raise AssertionError("a wrong signature opens the document")


@check
def empty_report():
    """a report without data is cancelled"""
    assert report("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", day(2000), day(1990)).processing_status \
        == "CANCELLED"


@check
def revoked():
    """a grant that was withdrawn cannot be refreshed, a wrong token is refused"""
    try:
        SellersApi(connect(DEMO, refresh_token="Atzr|wrong")).get_marketplace_participations()
    except LwaException as error:
        assert "400" in str(error) or "Token request failed" in str(error), error
    else:
        raise AssertionError("a wrong grant was accepted")
    control(GOLDEN, "/control/faults", {"point": "amazon_sp.orders", "times": 1, "fault": {"kind": "expired_token"}})
    status, error = refused(lambda: SearchOrdersApi(connect(GOLDEN)).search_orders(created_after=day(3)))
    control(GOLDEN, "/control/faults", method="DELETE")
    assert (status, error["code"]) == (403, "Unauthorized") and "expired" in error["details"], error


@check
def quota():
    """when the burst is used up calls are refused as QuotaExceeded, and the header tells the rate"""
    api = SellersApi(connect(GOLDEN))
    _, status, headers = api.get_marketplace_participations_with_http_info()
    assert status == 200 and headers["x-amzn-RateLimit-Limit"] == "0.016", dict(headers)
    for _ in range(14):
        api.get_marketplace_participations()
    status, error = refused(api.get_marketplace_participations)
    assert (status, error["code"]) == (429, "QuotaExceeded"), error


@check
def nothing_sold():
    """a seller without sales has empty lists"""
    page = SearchOrdersApi(connect(GOLDEN)).search_orders(created_after="2026-01-01T00:00:00Z")
    assert page.orders == [] and page.pagination is None and page.created_before


if __name__ == "__main__":
    run()
