"""Checks the program's own requests against the platforms' official descriptions.

Usage: NETGAIN_BIN=path/to/netgain judge.py DEMO_READY_FILE GOLDEN_READY_FILE TIGHT_READY_FILE OPEN_READY_FILE
Every platform of the last, a golden brand's sandbox without limits, is connected and read through a relay that keeps each request. What does not fit its
description counts as a failure unless docs/providers/deviations.md names it (a table row per deviation, its first
column the platform, its second a text that the mismatch contains).
"""
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from discovery import Discovery, Queries
from openapi import Description
from others import Graph, Graphql, Stripe
from record import Relay, sync

ROOT = Path(__file__).resolve().parents[2]
SPECS = Path(os.environ.get("NETGAIN_SHARED") or ROOT.parent / "shared") / "specs"


def checkers():
    """What checks each platform's requests; none where the platform publishes no description."""
    amazon = sorted((SPECS / "amazon-sp").glob("*.json"))
    return {
        "amazon_sp": lambda: [Description(amazon)],
        "ga4": lambda: [Discovery(*(SPECS / "ga4" / f"analytics{one}.v1beta.json" for one in ("data", "admin")))],
        "gohighlevel": lambda: [Description(sorted((SPECS / "gohighlevel").glob("v[23]/*.json")))],
        "google_ads": lambda: [
            Discovery(SPECS / "google-ads/googleads.v25.discovery.json", version="v26"),
            Queries(SPECS / "google-ads/googleads.v26.descriptor_set.binpb", "v26"),
        ],
        "google_sheets": lambda: [Discovery(SPECS / "google-sheets/sheets.v4.json")],
        "klaviyo": lambda: [Description([SPECS / "klaviyo/stable_2026-07-15.json"])],
        "meta_ads": lambda: [Graph(SPECS / "meta/derived-v26.0-from-python-sdk.json")],
        "postscript": lambda: [Description([SPECS / "postscript/postscript_partner_v2_openapi.yml"])],
        "shopify": lambda: [Graphql(SPECS / "shopify/admin_2026-10.graphql", r"^/admin/api/2026-10/graphql\.json$")],
        "stripe": lambda: [Stripe(SPECS / "stripe/stripe_sdk_types_2026-10-28.endive.json")],
        "triplewhale": lambda: [Description([SPECS / "triplewhale/triplewhale_v2_openapi.yml"])],
    }


# token endpoints stand in no interface description
TOKENS = re.compile(r"(/o?auth2?(/o2|/v\d)?/token|^/token|/access_token)$")


def deviations():
    """Pairs of platform and text that are known and explained."""
    file = ROOT / "docs/providers/deviations.md"
    rows = re.findall(r"^\| `?(\w+)`? \| `([^`]+)` \|", file.read_text(), re.M) if file.exists() else []
    return rows


def main():
    binary = os.environ.get("NETGAIN_BIN")
    if not binary or not SPECS.is_dir():
        print(f"skipped: {'NETGAIN_BIN is not set' if not binary else 'the descriptions (specs) are not here'}")
        return 0
    ready = json.loads(Path(sys.argv[4]).read_text())
    relay = Relay(ready["address"])
    known, used = deviations(), set()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as home:
        for platform, connect in ready["platforms"].items():
            build = checkers().get(platform)
            if build is None:
                print(f"--    {platform}: publishes no description, its requests are not checked")
                continue
            relay.requests.clear()
            trouble = sync(binary, home, relay, ready["address"], platform, connect)
            checks = build()
            requests = [one for one in relay.requests if not TOKENS.search(one.path)]
            faults = sorted({fault for one in requests for check in checks for fault in check.check(one)})
            told = [(fault, row) for fault in faults for row in known if row[0] == platform and row[1] in fault]
            used |= {row for _, row in told}
            left = [fault for fault in faults if fault not in {fault for fault, _ in told}]
            if trouble or left or not requests:
                failed += 1
                print(f"FAIL  {platform}: {len(requests)} requests, {len(left)} mismatches")
                for line in ([f"not read to the end: {trouble}"] if trouble else []) + left[:20]:
                    print(f"        {line}")
            else:
                passed += 1
                print(f"ok    {platform}: {len(requests)} requests fit, {len(told)} known deviations")
    for row in known:
        if row not in used:
            failed += 1
            print(f"FAIL  docs/providers/deviations.md names a deviation that is none: {row[0]} `{row[1]}`")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
