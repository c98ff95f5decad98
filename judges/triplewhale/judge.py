"""Holds the sandbox's answers against the platform's own machine-readable description; it has no official client.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE
"""

import datetime
import json
import os
import pathlib
import sys
import urllib.error
import urllib.request
from decimal import Decimal

import jsonschema
import yaml

from checking import check, run

DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("NETGAIN_SHARED") or ROOT.parent / "shared")
DESCRIPTION = SHARED / "specs" / "triplewhale" / "triplewhale_v2_openapi.yml"
WHERE = "WHERE event_date BETWEEN @startDate AND @endDate"


def call(ready, path, body=None, key=None):
    """Status, headers and body of a call."""
    platform = ready["platforms"]["triplewhale"]
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "x-api-key": key or platform["secrets"]["api_key"]}
    request = urllib.request.Request(platform["base_url"] + "/api/v2" + path, data, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


def described(path, status, body, asked=None):
    """Fails unless the answer, and what was asked, have the described shape."""
    operation = next(iter(DOCUMENT["paths"][path].values()))
    if asked is not None:
        jsonschema.validate(asked, operation["requestBody"]["content"]["application/json"]["schema"])
    answer = operation["responses"][str(status)].get("content", {}).get("application/json", {}).get("schema")
    if answer is not None:
        jsonschema.validate(body, answer)


def good(ready, path, asked):
    """The body of a call that must succeed and look as described."""
    status, headers, body = call(ready, path, asked)
    assert status == 200, (status, body)
    assert headers["RateLimit-Policy"] == "100;w=60", dict(headers)
    described(path, status, body, asked)
    return body


def sql(ready, query, since, until):
    """The rows of a query."""
    period = {"startDate": since, "endDate": until}
    asked = {"shopId": ready["platforms"]["triplewhale"]["fields"]["shop_domain"], "query": query, "period": period}
    return good(ready, "/orcabase/api/sql", asked)["data"]


def journeys(ready, since, until, **more):
    """One page of orders with their journeys."""
    shop = ready["platforms"]["triplewhale"]["fields"]["shop_domain"]
    asked = {"shop": shop, "startDate": since, "endDate": until, **more}
    return good(ready, "/attribution/get-orders-with-journeys-v2", asked)


def world(ready, path):
    """One of the sandbox's own books."""
    with urllib.request.urlopen(ready["address"] + path) as answer:
        return json.load(answer)


def before(days):
    """The day that lies so many days before the demo world's last."""
    return str(datetime.date.fromisoformat(DEMO["world"]["to"]) - datetime.timedelta(days=days))


@check
def key():
    """a key is told to be valid or not"""
    status, _, body = call(DEMO, "/users/api-keys/me")
    assert status == 200, body
    described("/users/api-keys/me", status, body)
    assert call(DEMO, "/users/api-keys/me", key="wrong")[0] == 401


@check
def spend():
    """spend of the ads table is the advertising of the books"""
    since, until = before(40), before(10)
    rows = sql(DEMO, f"SELECT SUM(spend) AS spend, channel FROM ads_table {WHERE} GROUP BY channel", since, until)
    books = world(DEMO, f"/world/truth?from={since}&to={until}")["total"]["ad_spend"]
    assert sum(Decimal(str(row["spend"])) for row in rows) == Decimal(books), (rows, books)


@check
def models():
    """every model shares the same orders and revenue among the channels"""
    sums = set()
    for model in ("Triple Attribution", "First Click", "Last Click", "Linear All"):
        query = f"SELECT SUM(orders_quantity) AS orders, SUM(order_revenue) AS revenue FROM pixel_joined_tvf {WHERE}"
        row = sql(DEMO, f"{query} AND model = '{model}'", before(10), before(1))[0]
        sums.add((Decimal(str(row["orders"])), Decimal(str(row["revenue"]))))
    assert len(sums) == 1 and next(iter(sums))[0] > 100, sums


@check
def windows():
    """a shorter window never credits more than a longer one"""
    revenue = []
    for window in ("1_day", "7_days", "28_days", "lifetime"):
        query = f"SELECT SUM(order_revenue) AS r FROM pixel_orders_table {WHERE} AND model = 'First Click'"
        row = sql(DEMO, f"{query} AND attribution_window = '{window}'", before(10), before(1))[0]
        revenue.append(Decimal(str(row["r"])))
    assert revenue == sorted(revenue) and revenue[0] < revenue[-1], revenue


@check
def pages():
    """pages of journeys give every order once and end at the total"""
    seen, page = [], 1
    while True:
        body = journeys(DEMO, before(5), before(3), page=page, pageSize=33)
        assert body["count"] == len(body["ordersWithJourneys"]) <= 33 and body["page"] == page
        if not body["ordersWithJourneys"]:
            break
        seen += [order["order_id"] for order in body["ordersWithJourneys"]]
        page += 1
    assert len(seen) == len(set(seen)) == body["totalForRange"] > 50, (len(seen), body["totalForRange"])


@check
def without_journeys():
    """journeys are left out where asked for"""
    orders = journeys(DEMO, before(2), before(1), excludeJourneyData=True)["ordersWithJourneys"]
    assert orders and all(order["journey"] == [] for order in orders)


@check
def summary():
    """the summary of the golden day has its one order and its spend"""
    shop = GOLDEN["platforms"]["triplewhale"]["fields"]["shop_domain"]
    asked = {"shopDomain": shop, "period": {"start": "2026-03-10", "end": "2026-03-10"}, "todayHour": 25}
    metrics = {one["metricName"]: one["value"] for one in good(GOLDEN, "/summary-page/get-data", asked)["metrics"]}
    assert (metrics["orders"], metrics["revenue"], metrics["adSpend"]) == (1, 126, 30), metrics


@check
def refusals():
    """what is missing or forbidden is refused in the described form"""
    for asked, status in (({"query": "SELECT 1"}, 403), ({"shopId": "x.myshopify.com"}, 403)):
        answered, _, body = call(DEMO, "/orcabase/api/sql", asked)
        assert answered == status, body
        described("/orcabase/api/sql", answered, body)
    shop = DEMO["platforms"]["triplewhale"]["fields"]["shop_domain"]
    answered, _, body = call(DEMO, "/orcabase/api/sql", {"shopId": shop})
    assert answered == 400 and body["message"].startswith("Missing fields"), body
    described("/orcabase/api/sql", answered, body)
    assert call(DEMO, "/summary-page/get-data", {"shopDomain": shop})[0] == 400


@check
def limit():
    """over the limit a call is refused with the seconds to wait"""
    for _ in range(101):
        status, headers, _ = call(GOLDEN, "/users/api-keys/me")
    assert status == 429 and int(headers["Retry-After"]) >= 1, (status, dict(headers))


if __name__ == "__main__":
    if not DESCRIPTION.exists():
        print(f"skipped: {DESCRIPTION.name} is not there; set NETGAIN_SHARED to the folder with specs/")
        sys.exit(0)
    # a day is a text too: one of both kinds is meant, where the description says exactly one
    DOCUMENT = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8").replace("oneOf:", "anyOf:"))
    # its prose says that the day is null where there are no orders
    answer = DOCUMENT["paths"]["/attribution/get-orders-with-journeys-v2"]["post"]["responses"]["200"]
    answer["content"]["application/json"]["schema"]["properties"]["earliestDate"]["type"] = ["string", "null"]
    run()
