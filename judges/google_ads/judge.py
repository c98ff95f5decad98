"""Runs Google's official REST client against the sandbox's Google Ads face, with the platform's own discovery
document, and reads every answer strictly by the platform's own message descriptors of v26.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE

The official Google Ads client speaks gRPC only, so the general official client stands in for it. Both descriptions
are expected in specs/google-ads below NETGAIN_SHARED, or below ../shared beside the repository; without them the
judge says so and is skipped.
"""

import json
import os
import pathlib
import sys
import urllib.parse
import urllib.request

import httplib2
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from checking import check, control, run
from google_grant import credentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPECS = pathlib.Path(os.environ.get("NETGAIN_SHARED", ROOT.parent / "shared")) / "specs/google-ads"
DISCOVERY = SPECS / "googleads.v25.discovery.json"
DESCRIPTORS = SPECS / "googleads.v26.descriptor_set.binpb"
PACKAGE = "google.ads.googleads.v26"
DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
RANGE = "segments.date BETWEEN '2026-09-20' AND '2026-11-20'"


def messages():
    """The message classes of the platform's descriptors."""
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    for file in files.file:
        pool.Add(file)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))


def connect(ready, login=True, granted=None):
    """Points the official client at a sandbox; only the host is replaced, and the path says v26."""
    platform = ready["platforms"]["google_ads"]
    document = DISCOVERY.read_text(encoding="utf-8").replace('"v25/', '"v26/')

    def build_request(_http, *args, **kwargs):
        if login:
            kwargs.setdefault("headers", {})["login-customer-id"] = platform["fields"]["login_customer_id"]
        return HttpRequest(AuthorizedHttp(granted, http=httplib2.Http()), *args, **kwargs)

    granted = granted or credentials(ready, "google_ads")
    http = AuthorizedHttp(granted, http=httplib2.Http())
    options = {"api_endpoint": platform["base_url"] + "/"}
    return build_from_document(document, http=http, client_options=options, requestBuilder=build_request)


def field(ready, name):
    """A connection field."""
    return ready["platforms"]["google_ads"]["fields"][name]


def stream(ready, query, customer=None, client=None):
    """All rows of a stream, each chunk read strictly by its message."""
    call = (client or connect(ready)).customers().googleAds()
    chunks = call.searchStream(customerId=customer or field(ready, "customer_id"), body={"query": query}).execute()
    read = MESSAGES("services.SearchGoogleAdsStreamResponse")
    parsed = [json_format.ParseDict(chunk, read()) for chunk in chunks]
    assert parsed and all(chunk.request_id for chunk in parsed)
    return [row for chunk in parsed for row in chunk.results]


def refused(call):
    """Status, code of the first failure and the failure, read strictly, of a call that must be refused."""
    try:
        call()
    except HttpError as error:
        body = json.loads(error.content)
        body = body[0] if isinstance(body, list) else body
        detail = dict(body["error"]["details"][0])
        kind = detail.pop("@type")
        assert kind == f"type.googleapis.com/{PACKAGE}.errors.GoogleAdsFailure", kind
        failure = json_format.ParseDict(detail, MESSAGES("errors.GoogleAdsFailure")())
        code = failure.errors[0].error_code
        name = code.WhichOneof("error_code")
        enum = code.DESCRIPTOR.fields_by_name[name].enum_type
        return error.status_code, enum.values_by_number[getattr(code, name)].name, failure
    raise AssertionError("the call was not refused")


@check
def accounts():
    """accounts are listed, and the manager's clients with currency and time zone"""
    found = connect(DEMO).customers().listAccessibleCustomers().execute()
    read = json_format.ParseDict(found, MESSAGES("services.ListAccessibleCustomersResponse")())
    manager = field(DEMO, "login_customer_id")
    assert list(read.resource_names) == [f"customers/{manager}"], found
    query = "SELECT customer_client.id, customer_client.manager, customer_client.currency_code, \
        customer_client.time_zone, customer_client.level FROM customer_client WHERE customer_client.level <= 1"
    rows = [row.customer_client for row in stream(DEMO, query, customer=manager)]
    clients = {str(row.id): row for row in rows if not row.manager}
    assert len(rows) == 3 and len(clients) == 2, rows
    brand = clients[field(DEMO, "customer_id")]
    assert (brand.currency_code, brand.time_zone) == (DEMO["world"]["currency"], DEMO["world"]["time_zone"])


@check
def entities():
    """campaigns, budgets, ad groups and ads are known messages with known enum values, removed ones too"""
    campaigns = stream(DEMO, "SELECT campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type, \
        campaign.bidding_strategy_type, campaign.serving_status, campaign.start_date_time, campaign.end_date_time, \
        campaign_budget.id, campaign_budget.amount_micros, campaign_budget.period FROM campaign")
    groups = stream(DEMO, "SELECT ad_group.id, ad_group.name, ad_group.status, ad_group.type, campaign.id FROM ad_group")
    ads = stream(DEMO, "SELECT ad_group_ad.ad.id, ad_group_ad.ad.type, ad_group_ad.status, ad_group.id FROM ad_group_ad")
    assert (len(campaigns), len(groups), len(ads)) == (6, 10, 30)
    assert len({row.campaign.id for row in campaigns}) == 6 and len({row.ad_group_ad.ad.id for row in ads}) == 30
    known = {row.campaign.id for row in campaigns}
    assert all(row.campaign.id in known for row in groups)
    assert {row.ad_group_ad.status for row in ads} == {2, 3, 4}, "enabled, paused and removed"
    assert all(row.campaign_budget.amount_micros > 0 for row in campaigns)


@check
def levels():
    """metrics of customer, campaign, ad group and ad add up, but for campaigns without ads"""
    sums = {}
    for level in ("customer", "campaign", "ad_group", "ad_group_ad"):
        rows = stream(DEMO, f"SELECT segments.date, metrics.cost_micros FROM {level} WHERE {RANGE}")
        sums[level] = sum(row.metrics.cost_micros for row in rows)
    rows = stream(DEMO, f"SELECT metrics.cost_micros FROM campaign WHERE {RANGE} AND \
        campaign.advertising_channel_type = PERFORMANCE_MAX")
    without = sum(row.metrics.cost_micros for row in rows)
    assert sums["customer"] == sums["campaign"] and sums["ad_group"] == sums["ad_group_ad"], sums
    assert without > 0 and sums["ad_group_ad"] + without == sums["campaign"], (sums, without)


@check
def pages():
    """a long listing comes in pages of 10,000 by the official paging, with the same rows as the stream"""
    query = "SELECT ad_group_ad.ad.id, segments.date, metrics.clicks FROM ad_group_ad WHERE \
        segments.date BETWEEN '2024-11-21' AND '2026-11-21'"
    call = connect(DEMO).customers().googleAds()
    body = {"query": query, "searchSettings": {"returnTotalResultsCount": True}}
    rows, sizes = [], []
    while True:
        page = call.search(customerId=field(DEMO, "customer_id"), body=body).execute()
        read = json_format.ParseDict(page, MESSAGES("services.SearchGoogleAdsResponse")())
        rows.extend(read.results)
        sizes.append(len(read.results))
        if not read.next_page_token:
            break
        body["pageToken"] = read.next_page_token
    keys = {(row.ad_group_ad.ad.id, row.segments.date) for row in rows}
    assert sizes[0] == 10000 and len(sizes) == 2 and len(keys) == len(rows) == read.total_results_count, sizes
    assert rows == stream(DEMO, query)


@check
def ordering():
    """conditions, order and limit hold"""
    rows = stream(DEMO, f"SELECT campaign.name, metrics.cost_micros FROM campaign WHERE {RANGE} AND \
        campaign.status IN ('ENABLED', 'PAUSED') AND campaign.name LIKE '%Search%' ORDER BY metrics.cost_micros DESC")
    costs = [row.metrics.cost_micros for row in rows]
    assert len(rows) == 2 and costs == sorted(costs, reverse=True) and costs[0] > costs[1] > 0, costs
    top = stream(DEMO, "SELECT campaign.id FROM campaign ORDER BY campaign.id LIMIT 2")
    assert len(top) == 2 and top[0].campaign.id < top[1].campaign.id


@check
def conversions():
    """conversions are numbers, credited in parts where two clicks share an order"""
    rows = stream(DEMO, f"SELECT segments.date, metrics.conversions, metrics.conversions_value, metrics.clicks \
        FROM campaign WHERE {RANGE}")
    counts = [row.metrics.conversions for row in rows]
    assert sum(counts) > 100 and any(count % 1 == 0.5 for count in counts), sum(counts)
    assert all(row.metrics.clicks >= row.metrics.conversions for row in rows)
    assert all((row.metrics.conversions > 0) == (row.metrics.conversions_value > 0) for row in rows)


@check
def query_errors():
    """queries that cannot be meant are refused with the platform's codes"""
    call = connect(DEMO).customers().googleAds()
    for query, code in (
        ("SELECT campaign.nonsense FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id FROM shop", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT campaign.id", "EXPECTED_FROM"),
        ("SELECT segments.date, metrics.clicks FROM campaign", "EXPECTED_FILTERS_ON_DATE_RANGE"),
        ("SELECT metrics.clicks FROM campaign WHERE segments.date = '2019-01-01'", "INVALID_DATE"),
    ):
        ask = call.search(customerId=field(DEMO, "customer_id"), body={"query": query})
        status, found, failure = refused(ask.execute)
        assert (status, found) == (400, code) and failure.request_id, (query, status, found)
        ask = call.searchStream(customerId=field(DEMO, "customer_id"), body={"query": query})
        assert refused(ask.execute)[:2] == (400, code), "in a stream"
    ask = call.search(customerId=field(DEMO, "customer_id"), body={"query": "SELECT campaign.id FROM campaign", "pageSize": 9})
    assert refused(ask.execute)[:2] == (400, "PAGE_SIZE_NOT_SUPPORTED")


@check
def permissions():
    """a client account needs the manager in login-customer-id, and foreign accounts stay closed"""
    body = {"query": "SELECT customer.id FROM customer"}
    ask = connect(DEMO, login=False).customers().googleAds().search(customerId=field(DEMO, "customer_id"), body=body)
    assert refused(ask.execute)[:2] == (403, "USER_PERMISSION_DENIED")
    ask = connect(DEMO).customers().googleAds().search(customerId="1234567890", body=body)
    assert refused(ask.execute)[:2] == (403, "USER_PERMISSION_DENIED")


@check
def empty_account():
    """an account in which nothing was made answers with chunks without rows"""
    for query in ("SELECT campaign.id FROM campaign", f"SELECT segments.date, metrics.clicks FROM campaign WHERE {RANGE}"):
        assert stream(GOLDEN, query) == []


@check
def throttling():
    """over the limit the failure names the quota and how long to wait"""
    rule = {"point": "google_ads.search", "times": 1, "fault": {"kind": "throttled"}}
    control(GOLDEN, "/control/faults", rule)
    body = {"query": "SELECT customer.id FROM customer"}
    ask = connect(GOLDEN).customers().googleAds().search(customerId=field(GOLDEN, "customer_id"), body=body)
    status, code, failure = refused(ask.execute)
    control(GOLDEN, "/control/faults", method="DELETE")
    details = failure.errors[0].details.quota_error_details
    assert (status, code) == (429, "RESOURCE_TEMPORARILY_EXHAUSTED")
    assert details.retry_delay.seconds >= 1 and details.rate_name, details


@check
def revocation():
    """a revoked grant ends the calls, and the official library's refresh with invalid_grant"""
    granted = credentials(GOLDEN, "google_ads")
    granted.refresh(Request())
    assert not granted.expired and granted.token
    platform = GOLDEN["platforms"]["google_ads"]
    form = urllib.parse.urlencode({"token": granted.refresh_token}).encode()
    with urllib.request.urlopen(platform["base_url"] + "/revoke", form) as answer:
        assert answer.status == 200
    try:
        stream(GOLDEN, "SELECT customer.id FROM customer", client=connect(GOLDEN, granted=granted))
        raise AssertionError("the call was not refused")
    except RefreshError as error:
        assert "invalid_grant" in str(error), error


if __name__ == "__main__":
    if not (DISCOVERY.exists() and DESCRIPTORS.exists()):
        print(f"skipped: no descriptions in {SPECS}; set NETGAIN_SHARED to the folder that holds specs/google-ads")
        sys.exit(0)
    MESSAGES = messages()
    run()
