"""Runs the official Analytics Data client against the sandbox and checks what the platform's documents promise.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE
"""

import json
import sys
import urllib.parse
import urllib.request
from decimal import Decimal

from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.services.beta_analytics_data.transports import BetaAnalyticsDataRestTransport
from google.analytics.data_v1beta.types import (
    BatchRunReportsRequest,
    DateRange,
    Dimension,
    Filter,
    FilterExpression,
    Metric,
    MetricAggregation,
    MetricType,
    OrderBy,
    RunReportRequest,
)
from google.api_core.exceptions import BadRequest, Forbidden, TooManyRequests
from google.auth.exceptions import RefreshError
from googleapiclient.discovery import build

from checking import check, control, run
from google_grant import credentials

DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
WIDE = ("date", "sessionDefaultChannelGroup", "sessionSource", "sessionMedium", "sessionCampaignName")


def connect(ready, granted=None):
    """Points the official client at a sandbox; only the host is replaced."""
    base = ready["platforms"]["ga4"]["base_url"].removeprefix("http://")
    transport = BetaAnalyticsDataRestTransport(
        host=base, url_scheme="http", credentials=granted or credentials(ready, "ga4")
    )
    return BetaAnalyticsDataClient(transport=transport)


def name(ready):
    """The property's resource name."""
    return "properties/" + ready["platforms"]["ga4"]["fields"]["property_id"]


def request(ready, first, last, dimensions, metrics, **more):
    """A report request."""
    return RunReportRequest(
        property=name(ready),
        date_ranges=[DateRange(start_date=first, end_date=last)],
        dimensions=[Dimension(name=item) for item in dimensions],
        metrics=[Metric(name=item) for item in metrics],
        **more,
    )


def table(report):
    """The rows by dimension values."""
    return {
        tuple(cell.value for cell in row.dimension_values): [Decimal(cell.value) for cell in row.metric_values]
        for row in report.rows
    }


def refused(kind, call):
    """The error of a kind that a call must end with."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"the call was not refused with {kind.__name__}")


@check
def columns():
    """headers name the columns with their types, days come as YYYYMMDD"""
    report = connect(DEMO).run_report(
        request(DEMO, "2026-10-01", "2026-10-31", ["date", "sessionSource"], ["sessions", "purchaseRevenue"])
    )
    assert [header.name for header in report.dimension_headers] == ["date", "sessionSource"]
    kinds = [(header.name, header.type_) for header in report.metric_headers]
    assert kinds == [("sessions", MetricType.TYPE_INTEGER), ("purchaseRevenue", MetricType.TYPE_CURRENCY)], kinds
    assert {key[0] for key in table(report)} == {f"202610{day:02}" for day in range(1, 32)}
    assert (report.metadata.currency_code, report.metadata.time_zone) == (
        DEMO["world"]["currency"],
        DEMO["world"]["time_zone"],
    )


@check
def paging():
    """offset and limit give every row once, against row_count"""
    client, seen = connect(DEMO), {}
    while True:
        report = client.run_report(
            request(DEMO, "2026-10-01", "2026-10-31", WIDE, ["sessions"], limit=100, offset=len(seen))
        )
        page = table(report)
        assert not seen.keys() & page.keys()
        seen |= page
        if len(seen) >= report.row_count:
            break
    assert len(seen) == report.row_count > 200, len(seen)


@check
def totals():
    """rows add up to the total, whatever the dimensions, but visitors do not"""
    client = connect(DEMO)
    ask = lambda names: client.run_report(request(
        DEMO, "2026-10-01", "2026-10-31", names, ["sessions", "purchaseRevenue", "totalUsers"],
        metric_aggregations=[MetricAggregation.TOTAL],
    ))
    wide, daily, whole = ask(WIDE), ask(["date"]), ask([])
    for column in (0, 1):
        sums = {sum(row[column] for row in table(report).values()) for report in (wide, daily, whole)}
        sums.add(Decimal(wide.totals[0].metric_values[column].value))
        assert len(sums) == 1 and sums.pop() > 0, sums
    assert sum(row[2] for row in table(daily).values()) > table(whole)[()][2]


@check
def filters():
    """filters and orders hold"""
    only = FilterExpression(filter=Filter(field_name="sessionMedium", string_filter=Filter.StringFilter(value="cpc")))
    report = connect(DEMO).run_report(request(
        DEMO, "2026-10-01", "2026-10-31", ["date", "sessionMedium"], ["sessions"], dimension_filter=only,
        order_bys=[OrderBy(dimension=OrderBy.DimensionOrderBy(dimension_name="date"), desc=True)],
    ))
    keys = [tuple(cell.value for cell in row.dimension_values) for row in report.rows]
    assert len(keys) == 31 and {key[1] for key in keys} == {"cpc"}
    assert keys == sorted(keys, reverse=True)


@check
def batch():
    """a batch answers its reports in order"""
    asked = [request(DEMO, day, day, ["date"], ["sessions"]) for day in ("2026-10-01", "2026-10-02")]
    answer = connect(DEMO).batch_run_reports(BatchRunReportsRequest(property=name(DEMO), requests=asked))
    assert [list(table(report)) for report in answer.reports] == [[("20261001",)], [("20261002",)]]


@check
def loss():
    """folded values and samples are said in the metadata"""
    client = connect(DEMO)
    busy = client.run_report(request(DEMO, "2025-11-20", "2025-12-05", WIDE, ["sessions"], limit=10000))
    assert busy.metadata.data_loss_from_other_row
    assert any(key[2] == "(other)" for key in table(busy))
    quiet = client.run_report(request(DEMO, "2026-06-01", "2026-06-30", WIDE, ["sessions"], limit=10000))
    assert not quiet.metadata.data_loss_from_other_row and not quiet.metadata.sampling_metadatas
    long = client.run_report(request(DEMO, "2025-01-01", "2026-10-31", WIDE, ["sessions"], limit=1))
    sample = long.metadata.sampling_metadatas[0]
    assert 0 < sample.samples_read_count < sample.sampling_space_size


@check
def quota():
    """the property's quota is told when asked for, and falls"""
    client = connect(DEMO)
    ask = lambda: client.run_report(
        request(DEMO, "2026-10-01", "2026-10-31", ["date"], ["sessions"], return_property_quota=True)
    ).property_quota
    first, second = ask(), ask()
    assert first.tokens_per_day.consumed > 0 and first.concurrent_requests.remaining <= 10
    assert second.tokens_per_hour.remaining == first.tokens_per_hour.remaining - second.tokens_per_hour.consumed


@check
def metadata():
    """the metadata lists the dimensions and metrics that reports take"""
    found = connect(DEMO).get_metadata(name=name(DEMO) + "/metadata")
    dimensions = [item.api_name for item in found.dimensions]
    metrics = [item.api_name for item in found.metrics]
    assert set(WIDE) <= set(dimensions) and {"sessions", "purchaseRevenue"} <= set(metrics)
    report = connect(DEMO).run_report(request(DEMO, "2026-10-01", "2026-10-01", dimensions[:9], metrics[:10]))
    assert report.row_count > 10


@check
def properties():
    """the admin client lists the property with its currency and time zone"""
    options = {"api_endpoint": DEMO["platforms"]["ga4"]["base_url"] + "/"}
    admin = build("analyticsadmin", "v1beta", credentials=credentials(DEMO, "ga4"), client_options=options)
    found = admin.accountSummaries().list().execute()["accountSummaries"][0]["propertySummaries"]
    assert [item["property"] for item in found] == [name(DEMO)]
    shown = admin.properties().get(name=name(DEMO)).execute()
    assert (shown["currencyCode"], shown["timeZone"]) == (DEMO["world"]["currency"], DEMO["world"]["time_zone"])


@check
def empty_property():
    """a property without visits has headers and no rows"""
    report = connect(GOLDEN).run_report(request(GOLDEN, "2026-03-01", "2026-03-31", ["date"], ["sessions"]))
    assert (len(report.rows), report.row_count, len(report.dimension_headers)) == (0, 0, 1)


@check
def errors():
    """wrong names, foreign properties and throttling are refused in the platform's words"""
    client = connect(DEMO)
    error = refused(BadRequest, lambda: client.run_report(
        request(DEMO, "2026-10-01", "2026-10-31", ["colour"], ["sessions"])))
    assert "Field colour is not a valid dimension" in error.message, error
    foreign = request(DEMO, "2026-10-01", "2026-10-31", ["date"], ["sessions"])
    foreign.property = "properties/1"
    refused(Forbidden, lambda: client.run_report(foreign))
    client = connect(GOLDEN)
    asked = request(GOLDEN, "2026-03-01", "2026-03-31", ["date"], ["sessions"])
    control(GOLDEN, "/control/faults", {"point": "ga4.report", "times": 1, "fault": {"kind": "throttled"}})
    error = refused(TooManyRequests, lambda: client.run_report(asked, retry=None))
    control(GOLDEN, "/control/faults", method="DELETE")
    assert "Exhausted property tokens" in error.message, error


@check
def stale_token():
    """a token that is not good is answered so that the official library fetches a new one"""
    granted = credentials(GOLDEN, "ga4")
    granted.token = "ya29.stale"
    asked = request(GOLDEN, "2026-03-01", "2026-03-31", ["date"], ["sessions"])
    assert connect(GOLDEN, granted).run_report(asked, retry=None).dimension_headers
    assert granted.token != "ya29.stale"


@check
def revocation():
    """a revoked grant ends with invalid_grant in the official library"""
    granted = credentials(GOLDEN, "ga4")
    form = urllib.parse.urlencode({"token": granted.refresh_token}).encode()
    with urllib.request.urlopen(GOLDEN["platforms"]["ga4"]["base_url"] + "/revoke", form) as answer:
        assert answer.status == 200
    asked = request(GOLDEN, "2026-03-01", "2026-03-31", ["date"], ["sessions"])
    error = refused(RefreshError, lambda: connect(GOLDEN, granted).run_report(asked, retry=None))
    assert "invalid_grant" in str(error), error


if __name__ == "__main__":
    run()
