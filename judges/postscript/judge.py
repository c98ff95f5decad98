"""Holds the sandbox's answers against the platform's own machine-readable description; it has no official client.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE
"""

import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import jsonschema
import yaml

from checking import check, run

DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("NETGAIN_SHARED") or ROOT.parent / "shared")
DESCRIPTION = SHARED / "specs" / "postscript" / "postscript_partner_v2_openapi.yml"


def raw(ready, method, path, query=None, body=None, key=None, shop=None):
    """Status, headers and body of a call."""
    platform = ready["platforms"]["postscript"]
    headers = {"content-type": "application/json", "authorization": f"Bearer {key or platform['secrets']['api_key']}"}
    if shop:
        headers["x-postscript-shop-token"] = shop
    url = f"{platform['base_url']}/api/v2{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


def call(ready, method, path, **more):
    """The same, a little later where the limit is reached."""
    for _ in range(20):
        answer = raw(ready, method, path, **more)
        if answer[0] != 429:
            return answer
        time.sleep(0.3)
    raise AssertionError("the limit does not give way")


def described(template, method, status, body, query=None, asked=None):
    """Fails unless the answer, the parameters and what was asked have the described shape."""
    operation = DOCUMENT["paths"]["/api/v2" + template][method.lower()]
    names = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
    assert set(query or {}) <= names, set(query or {}) - names
    if asked is not None:
        jsonschema.validate(asked, operation["requestBody"]["content"]["application/json"]["schema"])
    content = operation["responses"][str(status)]["content"]["application/json"]
    if "schema" in content:
        # the description was made from examples that hold no null; that a value may be absent stands in its prose
        jsonschema.validate(said(body), content["schema"])


def said(value):
    """The value without members that are null."""
    if isinstance(value, dict):
        return {name: said(inner) for name, inner in value.items() if inner is not None}
    return [said(inner) for inner in value] if isinstance(value, list) else value


def good(ready, method, path, template=None, status=200, query=None, asked=None):
    """The body of a call that must succeed and look as described."""
    answered, _, body = call(ready, method, path, query=query, body=asked)
    assert answered == status, (answered, body)
    described(template or path, method, answered, body, query, asked)
    return body


def subscribers(ready, **query):
    """All subscribers that a listing finds."""
    found, page = [], 1
    while True:
        body = good(ready, "GET", "/subscribers", query={**query, "page": page})
        assert body["page_info"]["page"] == page
        found += body["subscribers"]
        if page >= body["page_info"]["total_pages"]:
            return found
        page += 1


@check
def identity():
    """a key says whose it is, a partner's with and without a shop"""
    platform = DEMO["platforms"]["postscript"]
    assert good(DEMO, "GET", "/me")["resource_type"] == "shop"
    partner, shop = platform["oauth"]["partner_key"], platform["secrets"]["api_key"]
    assert call(DEMO, "GET", "/me", key=partner)[2]["resource_type"] == "partner"
    assert call(DEMO, "GET", "/me", key=partner, shop=shop)[2]["resource_type"] == "shop"


@check
def pages():
    """pages give every subscriber once, in the order asked for"""
    recent = {"created_at__gte": f"{int(DEMO['world']['to'][:4]) - 1}-12-01T00:00:00Z"}
    up = subscribers(DEMO, sort="created_at__asc", **recent)
    down = subscribers(DEMO, sort="created_at__desc", **recent)
    ids = [one["id"] for one in up]
    assert len(set(ids)) == len(ids) > 200 and ids == [one["id"] for one in down][::-1], len(ids)


@check
def filters():
    """filters by moment, mail address, number and shop customer find whom they should"""
    one = good(DEMO, "GET", "/subscribers", query={"page": 2})["subscribers"][5]
    for name in ("email", "phone_number", "shopify_customer_id"):
        found = good(DEMO, "GET", "/subscribers", query={f"{name}__eq": one[name]})["subscribers"]
        assert [other["id"] for other in found] == [one["id"]], (name, found)
    found = subscribers(DEMO, created_at__gte=one["created_at"], created_at__lte=one["created_at"])
    assert one["id"] in {other["id"] for other in found}
    read = good(DEMO, "GET", f"/subscribers/{one['id']}", "/subscribers/{id}")
    assert read == one, read


@check
def keywords():
    """keywords count whom they brought"""
    words = good(DEMO, "GET", "/keywords")["keywords"]
    assert len(words) >= 3 and all(word["triggered_count"] > 0 for word in words), words
    read = good(DEMO, "GET", f"/keywords/{words[0]['id']}", "/keywords/{id}")
    assert read == words[0]


@check
def messages():
    """a message is asked for, sent, and says how many credits it used"""
    one = good(DEMO, "GET", "/subscribers")["subscribers"][0]
    asked = {"subscriber_id": one["id"], "body": "x" * 321, "category": "conversational"}
    status, _, first = call(DEMO, "POST", "/message_requests", body=asked)
    assert status == 202 and first["status"] == "processing", first
    done = good(DEMO, "GET", f"/message_requests/{first['id']}", "/message_requests/{id}")
    sent = call(DEMO, "GET", f"/sent_messages/{done['sent_message']['id']}")[2]
    assert sent == done["sent_message"] and sent["credits_used"] == 3, sent


@check
def hooks():
    """a webhook is made for one event, listed, read and removed"""
    asked = {"callback_url": "http://127.0.0.1:9/", "event": "shop.subscriber.opt_out", "headers": {}}
    made = good(DEMO, "POST", "/webhooks", asked=asked)
    assert made["id"] in {one["id"] for one in good(DEMO, "GET", "/webhooks")["webhook_subscriptions"]}
    assert good(DEMO, "GET", f"/webhooks/{made['id']}", "/webhooks/{id}")["event"] == asked["event"]
    assert good(DEMO, "GET", "/webhooks/token")["token"]
    assert call(DEMO, "DELETE", f"/webhooks/{made['id']}")[0] == 200
    assert call(DEMO, "GET", f"/webhooks/{made['id']}")[0] == 404


@check
def events():
    """an event is taken, and one without a type is not"""
    good(DEMO, "POST", "/events", status=202, asked={"type": "OrderPlaced", "phone": "+15555555555"})
    assert call(DEMO, "POST", "/events", body={"phone": "+15555555555"})[0] == 400


@check
def refusals():
    """errors have the described status and form"""
    status, _, body = call(DEMO, "GET", "/keywords/kw_none")
    assert status == 404
    described("/keywords/{id}", "GET", status, body)
    partner = DEMO["platforms"]["postscript"]["oauth"]["partner_key"]
    status, _, body = call(DEMO, "GET", "/keywords", key=partner)
    assert status == 403
    described("/keywords", "GET", status, body)
    assert call(DEMO, "GET", "/me", key="sk_wrong")[0] == 401
    assert call(DEMO, "GET", "/subscribers", query={"sort": "nonsense"})[0] == 400


@check
def limit():
    """over 15 calls a second are refused with code 3002 and no header"""
    answers = [raw(GOLDEN, "GET", "/me") for _ in range(400)]
    refused = [answer for answer in answers if answer[0] == 429]
    assert refused and refused[0][2]["error_code"] == 3002, "nothing was refused"
    assert "retry-after" not in refused[0][1]


if __name__ == "__main__":
    if not DESCRIPTION.exists():
        print(f"skipped: {DESCRIPTION.name} is not there; set NETGAIN_SHARED to the folder with specs/")
        sys.exit(0)
    DOCUMENT = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
    run()
