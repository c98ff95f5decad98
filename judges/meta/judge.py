"""Runs the official Marketing API client against the sandbox and checks what the platform's documents promise.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE TIGHT_READY_FILE
"""

import json
import sys
import time
import warnings
from decimal import Decimal

from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from checking import check, control, run

# The client warns of parameters and fields that its own tables type too narrowly; here they are meant.
warnings.filterwarnings("ignore", module="facebook_business.utils.api_utils")

EVERY_STATUS = ["ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "CAMPAIGN_PAUSED", "ADSET_PAUSED"]
EVERY_AD = [{"field": "ad.effective_status", "operator": "IN", "value": EVERY_STATUS}]
DEMO, GOLDEN, TIGHT = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:4])


def connect(ready, token=None, app_secret=None):
    """Points the official client at a sandbox; only the host is replaced."""
    platform = ready["platforms"]["meta_ads"]
    FacebookSession.GRAPH = platform["base_url"]
    FacebookAdsApi.init(
        app_id=platform["oauth"]["client_id"],
        app_secret=app_secret or platform["oauth"]["client_secret"],
        access_token=token or platform["secrets"]["access_token"],
        api_version="v26.0",
        crash_log=False,
    )
    return AdAccount("act_" + platform["fields"]["account_id"])


def refused(call):
    """The error that a call must end with."""
    try:
        call()
    except FacebookRequestError as error:
        return error
    raise AssertionError("the call was not refused")


def days(since, until, **more):
    """Parameters of daily insights."""
    return {"time_range": {"since": since, "until": until}, "time_increment": 1, "limit": 100, **more}


def finished(run):
    """Polls a report run to its end."""
    for _ in range(200):
        run = run.api_get(fields=["async_status", "async_percent_completion"])
        if run["async_status"] not in ("Job Not Started", "Job Started", "Job Running"):
            return run
        time.sleep(0.02)
    raise AssertionError(f"still {run['async_status']}")


@check
def accounts():
    """the token's ad accounts are listed with the fields asked for"""
    account = connect(DEMO)
    found = list(User("me").get_ad_accounts(fields=["account_id", "currency", "timezone_name", "account_status"]))
    assert [item["id"] for item in found] == [account["id"]], found
    assert found[0]["currency"] == DEMO["world"]["currency"]
    assert found[0]["timezone_name"] == DEMO["world"]["time_zone"]
    assert found[0]["account_status"] == 1


@check
def minimal_fields():
    """without fields a listing shows ids only"""
    campaign = next(iter(connect(DEMO).get_campaigns()))
    assert set(campaign.export_all_data()) == {"id"}, campaign


@check
def paging():
    """cursor paging sees every campaign, ad set and ad once, whatever the page size"""
    account = connect(DEMO)
    for listing, kind in ((account.get_campaigns, Campaign), (account.get_ad_sets, AdSet), (account.get_ads, Ad)):
        counts = set()
        for limit in (1, 3, 7, 500):
            params = {"limit": limit, "effective_status": EVERY_STATUS}
            found = [item["id"] for item in listing(fields=["id", "name"], params=params)]
            assert len(found) == len(set(found)), f"{kind.__name__} twice at limit {limit}"
            assert all(int(item) > 2**53 for item in found)
            counts.add(len(found))
        assert len(counts) == 1 and counts.pop() >= 8, (kind.__name__, counts)


@check
def hidden():
    """archived and deleted ads are listed only when asked for, and a deleted one still answers by id"""
    account = connect(DEMO)
    shown = list(account.get_ads(fields=["effective_status"], params={"limit": 500}))
    assert not {ad["effective_status"] for ad in shown} & {"ARCHIVED", "DELETED"}
    params = {"limit": 500, "filtering": [{"field": "effective_status", "operator": "IN", "value": ["DELETED"]}]}
    deleted = list(account.get_ads(fields=["effective_status", "name"], params=params))
    assert deleted and all(ad["effective_status"] == "DELETED" for ad in deleted)
    assert Ad(deleted[0]["id"]).api_get(fields=["name"])["name"] == deleted[0]["name"]


@check
def budgets():
    """budgets are whole minor units, at the campaign or at its ad sets but not at both"""
    account = connect(DEMO)
    campaigns = {item["id"]: item for item in account.get_campaigns(fields=["daily_budget"], params={"limit": 100})}
    sets = list(account.get_ad_sets(fields=["daily_budget", "campaign_id"], params={"limit": 100}))
    assert any("daily_budget" in item for item in sets) and any("daily_budget" in item for item in campaigns.values())
    for item in sets:
        assert ("daily_budget" in item) != ("daily_budget" in campaigns[item["campaign_id"]])


@check
def synchronous_insights():
    """insights come as text, one row for an ad and day, with the account's currency"""
    account, day = connect(DEMO), DEMO["world"]["to"]
    rows = list(account.get_insights(fields=["ad_id", "spend", "impressions", "account_currency"],
                                     params=days(day, day, level="ad")))
    assert rows and all(isinstance(row["impressions"], str) and Decimal(row["spend"]) > 0 for row in rows)
    assert all(row["date_start"] == row["date_stop"] == day for row in rows)
    assert {row["account_currency"] for row in rows} == {DEMO["world"]["currency"]}


@check
def too_large():
    """a synchronous request for too much is refused with code 1"""
    account, world = connect(DEMO), DEMO["world"]
    error = refused(lambda: list(account.get_insights(fields=["spend"],
                                                      params=days(world["from"], world["to"], level="ad"))))
    assert (error.http_status(), error.api_error_code()) == (500, 1), error
    assert "reduce the amount of data" in error.api_error_message()


@check
def asynchronous_insights():
    """a report run goes through its states and gives every ad and day once"""
    account, world = connect(DEMO), DEMO["world"]
    params = days(world["from"], world["to"], level="ad", filtering=EVERY_AD)
    run = account.get_insights(fields=["ad_id", "spend"], params=params, is_async=True)
    assert isinstance(run, AdReportRun)
    error = refused(lambda: list(run.get_insights()))
    assert error.api_error_code() == 2601, error
    run = finished(run)
    assert (run["async_status"], run["async_percent_completion"]) == ("Job Completed", 100)
    rows = list(run.get_insights(params={"limit": 500}))
    keys = {(row["ad_id"], row["date_start"]) for row in rows}
    assert len(keys) == len(rows) > 2000, len(rows)
    total = list(account.get_insights(fields=["spend"], params={"time_range": params["time_range"]}))
    assert sum(Decimal(row["spend"]) for row in rows) == Decimal(total[0]["spend"])


@check
def deleted_spend():
    """rows by ad leave deleted ads out unless asked for; the account's own row counts them"""
    account, world = connect(DEMO), DEMO["world"]
    sums = {}
    for name, more in (("shown", {}), ("every", {"filtering": EVERY_AD})):
        run = account.get_insights(fields=["spend"], params=days(world["from"], world["to"], level="ad", **more),
                                   is_async=True)
        sums[name] = sum(Decimal(row["spend"]) for row in finished(run).get_insights(params={"limit": 1000}))
    assert 0 < sums["shown"] < sums["every"], sums


@check
def purchases():
    """one purchase is listed under many names, with a value for each window asked for"""
    account, day = connect(DEMO), DEMO["world"]["to"]
    params = {"date_preset": "last_28d", "action_attribution_windows": ["1d_click", "7d_click", "1d_view", "28d_view"]}
    row = list(account.get_insights(fields=["actions", "action_values"], params=params))[0]
    named = {entry["action_type"]: entry for entry in row["actions"]}
    names = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase")
    assert len({named[name]["value"] for name in names}) == 1, (day, named)
    omni = named["omni_purchase"]
    assert int(omni["value"]) == int(omni["7d_click"]) + int(omni["1d_view"])
    assert int(omni["1d_click"]) < int(omni["7d_click"]) and "28d_view" not in omni


@check
def golden_day():
    """the golden brand spent 30 on one day"""
    rows = list(connect(GOLDEN).get_insights(fields=["spend"], params=days("2026-03-01", "2026-03-31", level="ad")))
    assert [(row["date_start"], Decimal(row["spend"])) for row in rows] == [("2026-03-10", Decimal(30))], rows


@check
def errors():
    """errors carry code, subcode, type and trace"""
    account = connect(DEMO)
    error = refused(lambda: account.api_get(fields=["nonsense"]))
    assert (error.http_status(), error.api_error_code()) == (400, 100), error
    assert error.body()["error"]["fbtrace_id"]
    error = refused(lambda: AdAccount("act_1").api_get())
    assert (error.api_error_code(), error.api_error_subcode()) == (100, 33), error
    error = refused(lambda: connect(DEMO, token="EAAwrong").api_get())
    assert (error.api_error_code(), error.api_error_type()) == (190, "OAuthException"), error
    error = refused(lambda: connect(DEMO, app_secret="0" * 32).api_get())
    assert error.api_error_code() == 100 and "appsecret_proof" in error.api_error_message()


@check
def faults():
    """an expired token and a failed report run come in the platform's words"""
    account = connect(GOLDEN)
    control(GOLDEN, "/control/faults", [
        {"point": "meta.account", "times": 1, "fault": {"kind": "expired_token"}},
        {"point": "meta.insights_create", "times": 1, "fault": {"kind": "job_failed"}},
    ])
    error = refused(account.api_get)
    assert (error.api_error_code(), error.api_error_subcode()) == (190, 463), error
    params = days("2026-03-01", "2026-03-31")
    states = [finished(account.get_insights(params=params, is_async=True))["async_status"] for _ in range(2)]
    control(GOLDEN, "/control/faults", method="DELETE")
    assert states == ["Job Failed", "Job Completed"], states


@check
def throttling():
    """over the limit calls are refused, and the headers say how full the account is"""
    account = connect(TIGHT)
    levels = []
    for _ in range(4):
        headers = account.get_campaigns().headers()
        usage = json.loads(headers["X-Business-Use-Case-Usage"])
        levels.append(next(iter(usage.values()))[0]["call_count"])
    assert levels == [25, 50, 75, 100], levels
    error = refused(lambda: account.get_campaigns())
    assert (error.http_status(), error.api_error_code()) == (400, 80004), error
    assert error.api_transient_error()


if __name__ == "__main__":
    run()
