"""Runs the official HubSpot clients against the sandbox and checks what the platform's documents promise.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE
"""

import json
import sys
import time
from decimal import Decimal

import hubspot
import hubspot_sdk
from hubspot.oauth.exceptions import ApiException as OAuthException
from hubspot_sdk import HubSpot

from checking import check, control, run

DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
SINCE, UNTIL = "2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z"


def connect(ready, token=None, retries=5):
    """Points the official client at a sandbox; only the host is replaced."""
    platform = ready["platforms"]["hubspot"]
    return HubSpot(
        access_token=token or platform["secrets"]["access_token"], base_url=platform["base_url"], max_retries=retries
    )


def refused(call):
    """The error that a call must end with."""
    try:
        call()
    except hubspot_sdk.APIStatusError as error:
        return error
    raise AssertionError("the call was not refused")


def search(client, kind, filters, sort, after="0", limit=200, properties=()):
    """One page of a search, filters as (property, operator, value)."""
    groups = [{"filters": [{"propertyName": name, "operator": operator, "value": value}
                           for name, operator, value in filters]}] if filters else []
    found = getattr(client.crm.objects, kind).search(
        after=after, filter_groups=groups, limit=limit, properties=list(properties), sorts=[sort])
    time.sleep(0.21)  # five searches a second
    return found


@check
def account():
    """the account is read with its currency and time zone"""
    found = connect(DEMO).account.get()
    assert str(found.portal_id) == DEMO["platforms"]["hubspot"]["fields"]["portal_id"]
    assert (found.company_currency, found.time_zone) == (DEMO["world"]["currency"], DEMO["world"]["time_zone"])


@check
def lists():
    """the client's own paging sees every company and deal once, with the properties asked for"""
    client = connect(DEMO)
    for kind, wanted in (("companies", "domain"), ("deals", "amount")):
        found = list(getattr(client.crm.objects, kind).list(limit=100, properties=[wanted]))
        assert len({one.id for one in found}) == len(found) > 300, (kind, len(found))
        assert all(wanted in one.properties for one in found)


@check
def archived():
    """archived contacts are listed only when asked for"""
    client = connect(DEMO)
    found = list(client.crm.objects.contacts.list(limit=100, archived=True))
    assert found and all(one.archived and one.archived_at for one in found)
    error = refused(lambda: client.crm.objects.contacts.get(found[0].id))
    assert error.status_code == 404 and error.body["category"] == "OBJECT_NOT_FOUND"
    assert client.crm.objects.contacts.get(found[0].id, archived=True).id == found[0].id


@check
def associations():
    """a deal names its contact and company, in the list and in the batch"""
    client = connect(DEMO)
    page = client.crm.objects.deals.list(limit=20, associations=["contacts", "companies"])
    deal = next(one for one in page.results if one.associations)
    company = deal.associations["companies"].results[0]
    assert company.type == "deal_to_company"
    found = client.crm.associations.batch.get(
        from_object_type="deals", to_object_type="companies", inputs=[{"id": deal.id}])
    assert found.results[0].to[0].to_object_id == company.id, found


@check
def totals():
    """a search's total is the number of objects in the list, and won deals are closed"""
    client = connect(DEMO)
    listed = list(client.crm.objects.deals.list(limit=100, properties=["amount", "dealstage"]))
    assert search(client, "deals", [], "hs_object_id").total == len(listed)
    won = search(client, "deals", [("dealstage", "EQ", "closedwon")], "hs_object_id", properties=["hs_is_closed_won"])
    assert won.total == sum(one.properties["dealstage"] == "closedwon" for one in listed)
    assert all(one.properties["hs_is_closed_won"] == "true" for one in won.results)
    assert sum(Decimal(one.properties["amount"]) for one in listed) > 0


@check
def cap():
    """a search can be paged through up to 10,000 results, and goes on behind the last number"""
    client = connect(DEMO)
    last = search(client, "contacts", [], "hs_object_id", after="9800")
    assert len(last.results) == 200 and last.total > 10_000
    error = refused(lambda: search(client, "contacts", [], "hs_object_id", after="10000"))
    assert (error.status_code, error.body["category"]) == (400, "VALIDATION_ERROR"), error.body
    rest = search(client, "contacts", [("hs_object_id", "GT", last.results[-1].id)], "hs_object_id")
    assert rest.total == last.total - 10_000
    assert int(rest.results[0].id) > int(last.results[-1].id)


@check
def modified():
    """contacts are found by lastmodifieddate, other objects by hs_lastmodifieddate"""
    client = connect(DEMO)
    moment = str(1_763_683_200_000)  # 21 November 2025
    for kind, name in (("contacts", "lastmodifieddate"), ("deals", "hs_lastmodifieddate")):
        page = search(client, kind, [(name, "GTE", moment)], name, properties=[name])
        moments = [one.properties[name] for one in page.results]
        assert moments == sorted(moments) and moments[0] >= "2025-11-21", moments[:2]
    error = refused(lambda: search(client, "deals", [("lastmodifieddate", "GTE", moment)], "hs_object_id"))
    assert error.status_code == 400


@check
def pipelines():
    """every deal stands in a stage of the pipeline"""
    client = connect(DEMO)
    stages = {stage.id: stage for pipeline in client.crm.pipelines.list("deals").results for stage in pipeline.stages}
    assert stages["closedwon"].metadata == {"probability": "1.0", "isClosed": "true"}
    used = {one.properties["dealstage"] for one in client.crm.objects.deals.list(limit=100, properties=["dealstage"])}
    assert used <= set(stages), used
    assert len(client.crm.owners.list().results) == 3


@check
def emails():
    """emails carry what they reached when asked, and the sums agree"""
    client = connect(DEMO)
    plain = client.marketing.emails.list(limit=5)
    assert plain.results and all(one.stats is None for one in plain.results)
    found = list(client.marketing.emails.list(limit=5, include_stats=True))
    assert len({one.id for one in found}) == len(found) > 20
    for one in found:
        counters = one.stats.counters
        assert counters["sent"] >= counters["delivered"] >= counters["open"] >= counters["click"] >= 0
    days = client.marketing.emails.get_histogram(start_timestamp=SINCE, end_timestamp=UNTIL, interval="MONTH")
    opened = sum(one.aggregations.counters["open"] for one in days.results)
    assert opened == sum(one.stats.counters["open"] for one in found)


@check
def tokens():
    """a refresh token gets an access token that works, until the refresh token is revoked"""
    platform = GOLDEN["platforms"]["hubspot"]
    # the newer client posts JSON to the token path, which the documents say takes a form; the older one posts a form
    oauth = hubspot.Client.create(host=platform["base_url"]).oauth
    refresh = {"grant_type": "refresh_token", "refresh_token": platform["oauth"]["refresh_token"],
               "client_id": platform["oauth"]["client_id"], "client_secret": platform["oauth"]["client_secret"]}
    granted = oauth.tokens_api.create(**refresh)
    assert granted.expires_in == 1800 and granted.refresh_token == refresh["refresh_token"]
    assert connect(GOLDEN, token=granted.access_token).account.get().portal_id
    assert str(oauth.access_tokens_api.get(granted.access_token).hub_id) == platform["fields"]["portal_id"]
    oauth.refresh_tokens_api.archive(granted.refresh_token)
    assert refused(lambda: connect(GOLDEN, token=granted.access_token, retries=0).account.get()).status_code == 401
    try:
        oauth.tokens_api.create(**refresh)
        raise AssertionError("the revoked token was taken")
    except OAuthException as error:
        assert json.loads(error.body)["status"] == "BAD_REFRESH_TOKEN", error.body


@check
def errors():
    """errors carry status, category, message and correlation id"""
    client = connect(DEMO, retries=0)
    error = refused(lambda: client.crm.objects.contacts.list(limit=101))
    assert error.status_code == 400 and error.body["correlationId"] and error.body["status"] == "error"
    error = refused(lambda: connect(DEMO, token="pat-wrong", retries=0).account.get())
    assert (error.status_code, error.body["category"]) == (401, "INVALID_AUTHENTICATION")


@check
def throttling():
    """searches have a limit of their own, five a second, and the client's own retry gets through"""
    client = connect(GOLDEN, retries=0)
    call = lambda who: who.crm.objects.deals.search(after="0", filter_groups=[], limit=1, properties=[], sorts=[])
    refusals = []
    for _ in range(12):
        try:
            call(client)
        except hubspot_sdk.RateLimitError as error:
            refusals.append(error.body["policyName"])
    assert refusals and set(refusals) == {"SECONDLY"}, refusals
    assert call(connect(GOLDEN)).total == 0


@check
def faults():
    """an expired token says since when, and the client's retry outlasts a burst of errors"""
    control(GOLDEN, "/control/faults", [
        {"point": "hubspot.owners", "times": 1, "fault": {"kind": "expired_token"}},
        {"point": "hubspot.pipelines", "times": 2, "fault": {"kind": "status", "status": 502}},
    ])
    try:
        error = refused(lambda: connect(GOLDEN, retries=0).crm.owners.list())
        assert (error.status_code, error.body["category"]) == (401, "EXPIRED_AUTHENTICATION"), error.body
        assert connect(GOLDEN).crm.pipelines.list("deals").results
    finally:
        control(GOLDEN, "/control/faults", method="DELETE")


if __name__ == "__main__":
    run()
