"""Runs the official Klaviyo client against the sandbox and checks what the platform's documents promise.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE
"""

import json
import sys
import urllib.request
from decimal import Decimal
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlparse
from urllib.request import Request

from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from checking import check, control, run

DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])


def connect(ready, key=None, retries=3):
    """Points the official client at a sandbox; only the host is replaced."""
    platform = ready["platforms"]["klaviyo"]
    return KlaviyoAPI(
        key or platform["secrets"]["api_key"], max_delay=60, max_retries=retries, test_host=platform["base_url"]
    )


def refused(call):
    """The error that a call must end with, and the first entry of its body."""
    try:
        call()
    except ApiException as error:
        return error, json.loads(error.body)["errors"][0]
    raise AssertionError("the call was not refused")


def every(call, **query):
    """All resources of a listing, following the cursor of `links.next`, and the number of pages."""
    found, pages, cursor = [], 0, None
    while True:
        page = call(page_cursor=cursor, **query) if cursor else call(**query)
        found.extend(page.data)
        pages += 1
        if not page.links.next:
            return found, pages
        cursor = parse_qs(urlparse(page.links.next).query)["page[cursor]"][0]


def metric(client, name):
    """The id of a metric."""
    return next(one.id for one in client.Metrics.get_metrics().data if one.attributes.name == name)


def report(kind, conversion, **more):
    """The body of a report's request."""
    attributes = {"statistics": ["recipients", "delivered", "conversions", "conversion_value", "open_rate"],
                  "timeframe": {"start": "2026-10-01T00:00:00+01:00", "end": "2026-11-15T00:00:00+00:00"},
                  "conversion_metric_id": conversion, **more}
    return {"data": {"type": kind, "attributes": attributes}}


@check
def account():
    """the account is read with its currency and time zone"""
    found = connect(DEMO).Accounts.get_accounts().data
    assert len(found) == 1 and found[0].attributes.preferred_currency == DEMO["world"]["currency"]
    assert found[0].attributes.timezone == DEMO["world"]["time_zone"]


@check
def profiles():
    """cursor paging sees every profile once, whatever the order"""
    client = connect(DEMO)
    counts = set()
    for sort in ("id", "-updated"):
        found, pages = every(client.Profiles.get_profiles, page_size=100, sort=sort)
        assert len({one.id for one in found}) == len(found) > 10_000
        assert pages == -(-len(found) // 100)
        counts.add(len(found))
    assert len(counts) == 1


@check
def changed_profiles():
    """profiles are filtered by the moment of their last change, without the moment itself"""
    client = connect(DEMO)
    newest = client.Profiles.get_profiles(sort="-updated", page_size=50).data
    moment = newest[40].attributes.updated
    found, _ = every(client.Profiles.get_profiles, filter=f"greater-than(updated,{moment.isoformat()})", page_size=100)
    expected = {one.id for one in newest if one.attributes.updated > moment}
    assert {one.id for one in found} == expected, (len(found), len(expected))


@check
def consents():
    """consents come only when they are asked for"""
    client = connect(DEMO)
    plain = client.Profiles.get_profiles(page_size=20).data
    asked = client.Profiles.get_profiles(page_size=20, additional_fields_profile=["subscriptions"]).data
    assert all(getattr(one.attributes, "subscriptions", None) is None for one in plain)
    words = {one.attributes.subscriptions.email.marketing.consent for one in asked}
    assert words & {"SUBSCRIBED", "NEVER_SUBSCRIBED"}, words


@check
def lists():
    """lists and segments come ten to a page at most"""
    client = connect(DEMO)
    for call in (client.Lists.get_lists, client.Segments.get_segments):
        found, pages = every(call)
        assert len(found) == 12 and pages == 2, (len(found), pages)
    _, first = refused(lambda: connect(DEMO, retries=0).Lists.get_lists(page_cursor="x"))
    assert first["source"]["parameter"] == "page[cursor]", first


@check
def members():
    """the newsletter's members are those who agreed to get letters"""
    client = connect(GOLDEN)
    groups, _ = every(client.Lists.get_lists)
    newsletter = next(one for one in groups if one.attributes.name == "Newsletter")
    found, _ = every(lambda **query: client.Lists.get_profiles_for_list(newsletter.id, **query), page_size=100)
    people = client.Profiles.get_profiles(additional_fields_profile=["subscriptions"]).data
    agreed = {one.id for one in people if one.attributes.subscriptions.email.marketing.consent == "SUBSCRIBED"}
    assert {one.id for one in found} == agreed


@check
def campaigns():
    """campaigns are listed by channel, with their messages, and put-away ones apart"""
    client = connect(DEMO)
    page = client.Campaigns.get_campaigns("equals(messages.channel,'email')", include=["campaign-messages"])
    assert page.data and not any(one.attributes.archived for one in page.data)
    assert len(page.included) == len(page.data)
    away = client.Campaigns.get_campaigns("and(equals(messages.channel,'email'),equals(archived,true))").data
    assert away and not {one.id for one in away} & {one.id for one in page.data}
    texts = client.Campaigns.get_campaigns("equals(messages.channel,'sms')").data
    assert texts and {one.attributes.status for one in texts} >= {"Sent", "Cancelled"}
    message = client.Campaigns.get_messages_for_campaign(texts[0].id).data[0]
    assert message.attributes.definition is not None


@check
def channel_required():
    """campaigns without a channel are refused, naming the parameter"""
    error, first = refused(lambda: connect(DEMO, retries=0).Campaigns.get_campaigns("equals(archived,false)"))
    assert (error.status, first["code"], first["source"]["parameter"]) == (400, "invalid", "filter"), first


@check
def events():
    """the golden brand's five orders are five events with their values, profile and metric included"""
    client = connect(GOLDEN)
    placed = metric(client, "Placed Order")
    page = client.Events.get_events(filter=f"equals(metric_id,'{placed}')", include=["metric", "profile"], sort="datetime")
    values = [Decimal(str(one.attributes.event_properties["$value"])) for one in page.data]
    assert sum(values) == Decimal("478.00") and len(values) == 5, values
    included = {json.loads(one.to_json())["type"] if hasattr(one, "to_json") else one["type"] for one in page.included}
    assert included == {"metric", "profile"}, included


@check
def event_order():
    """events are sorted by their moment both ways and filtered by it"""
    client = connect(DEMO)
    found, _ = every(client.Events.get_events, filter="greater-or-equal(datetime,2026-11-18T00:00:00Z)", sort="datetime",
                     page_size=50)
    moments = [one.attributes.timestamp for one in found]
    assert moments == sorted(moments) and len(moments) > 100
    newest = client.Events.get_events(sort="-datetime", page_size=1).data[0]
    assert newest.id == found[-1].id


@check
def flows():
    """flows are listed with their state"""
    found = connect(DEMO).Flows.get_flows().data
    assert {one.attributes.status for one in found} == {"live", "manual", "draft"}
    assert len(found) == 6 and not any(one.attributes.archived for one in found)


@check
def campaign_report():
    """a campaign report has a row for each campaign that was sent in the time frame"""
    client = connect(DEMO)
    body = report("campaign-values-report", metric(client, "Placed Order"))
    rows = client.Reporting.query_campaign_values(body).data.attributes.results
    sent = [one for one in client.Campaigns.get_campaigns("equals(messages.channel,'email')").data
            if one.attributes.status == "Sent" and "2026-10-01" <= one.attributes.send_time.isoformat() < "2026-11-15"]
    by_mail = [row for row in rows if row.groupings["send_channel"] == "email"]
    assert {row.groupings["campaign_id"] for row in by_mail} == {one.id for one in sent}
    assert all(0 <= row.statistics["open_rate"] <= 1 for row in rows)
    assert sum(row.statistics["conversions"] for row in rows) > 0


@check
def flow_reports():
    """a flow's series adds up to its values"""
    client = connect(DEMO)
    conversion = metric(client, "Placed Order")
    values = client.Reporting.query_flow_values(report("flow-values-report", conversion)).data.attributes.results
    body = report("flow-series-report", conversion, interval="daily")
    series = client.Reporting.query_flow_series(body).data.attributes
    assert len(series.date_times) == 45, len(series.date_times)
    for name in ("recipients", "conversions", "conversion_value"):
        one = {row.groupings["flow_id"]: Decimal(str(row.statistics[name])) for row in values}
        other = {row.groupings["flow_id"]: sum(Decimal(str(each)) for each in row.statistics[name])
                 for row in series.results}
        assert one == other, name


@check
def errors():
    """errors are JSON:API with a code and a source"""
    client = connect(DEMO, retries=0)
    error, first = refused(lambda: client.Profiles.get_profile("01NOBODY"))
    assert (error.status, first["code"]) == (404, "not_found")
    error, first = refused(lambda: connect(DEMO, key="pk_wrong", retries=0).Metrics.get_metrics())
    assert (error.status, first["code"]) == (401, "authentication_failed")
    error, first = refused(lambda: client.Profiles.get_profiles(filter="equals(size,'x')"))
    assert (error.status, first["source"]["parameter"]) == (400, "filter")


@check
def throttling():
    """over the limit a call is refused with the seconds to wait, which the client obeys"""
    client = connect(GOLDEN)
    control(GOLDEN, "/control/calls", method="DELETE")
    for _ in range(3):
        assert client.Accounts.get_accounts().data
    calls = json.loads(control(GOLDEN, "/control/calls", method="GET"))["calls"]
    counts = {call["status"]: call["count"] for call in calls if call["point"] == "klaviyo.accounts"}
    assert counts[200] == 3 and counts[429] >= 2, counts
    refusal = Request(GOLDEN["platforms"]["klaviyo"]["base_url"] + "/api/accounts", headers={
        "authorization": "Klaviyo-API-Key " + GOLDEN["platforms"]["klaviyo"]["secrets"]["api_key"],
        "revision": "2026-07-15"})
    try:
        urllib.request.urlopen(refusal)
        raise AssertionError("the call was not refused")
    except HTTPError as error:
        assert (error.code, error.headers["Retry-After"]) == (429, "1"), error.headers
        assert error.headers["RateLimit-Limit"] is None
        assert json.loads(error.read())["errors"][0]["code"] == "throttled"


@check
def faults():
    """an expired token and a burst of errors come as the platform's own, and the client's retry outlasts them"""
    control(GOLDEN, "/control/faults", [
        {"point": "klaviyo.flows", "times": 1, "fault": {"kind": "expired_token"}},
        {"point": "klaviyo.metrics", "times": 1, "fault": {"kind": "status", "status": 503, "body": {"errors": []}}},
    ])
    try:
        error, first = refused(lambda: connect(GOLDEN, retries=0).Flows.get_flows())
        assert (error.status, first["code"]) == (401, "authentication_failed"), first
        assert connect(GOLDEN).Metrics.get_metrics().data
    finally:
        control(GOLDEN, "/control/faults", method="DELETE")


if __name__ == "__main__":
    run()
