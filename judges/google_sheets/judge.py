"""Runs Google's official client against the sandbox's Sheets face and checks what the platform's documents promise.

Usage: judge.py DEMO_READY_FILE GOLDEN_READY_FILE
"""

import datetime
import json
import sys
import urllib.parse
import urllib.request

from google.auth.exceptions import RefreshError
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from checking import check, run
from google_grant import credentials

DEMO, GOLDEN = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
EPOCH = datetime.date(1899, 12, 30)


def connect(ready, granted=None):
    """Points the official client at a sandbox; only the host is replaced."""
    options = {"api_endpoint": ready["platforms"]["google_sheets"]["base_url"] + "/"}
    return build("sheets", "v4", credentials=granted or credentials(ready, "google_sheets"), client_options=options).spreadsheets()


def book(ready):
    """The spreadsheet's id."""
    return ready["platforms"]["google_sheets"]["fields"]["spreadsheet_id"]


def values(ready, name, **more):
    """The values of a range."""
    return connect(ready).values().get(spreadsheetId=book(ready), range=name, **more).execute()


def refused(call):
    """Status and error of a call that must be refused."""
    try:
        call()
    except HttpError as error:
        return error.status_code, json.loads(error.content)["error"]
    raise AssertionError("the call was not refused")


@check
def structure():
    """the spreadsheet tells its sheets, and a chart has no grid"""
    found = connect(DEMO).get(spreadsheetId=book(DEMO)).execute()
    sheets = {sheet["properties"]["title"]: sheet["properties"] for sheet in found["sheets"]}
    assert list(sheets) == ["KPIs", "Costs", "Cost chart", "UnitCosts"]
    assert sheets["Costs"]["gridProperties"]["rowCount"] == 1000
    assert sheets["Cost chart"]["sheetType"] == "OBJECT" and "gridProperties" not in sheets["Cost chart"]
    assert found["properties"]["timeZone"] == DEMO["world"]["time_zone"]


@check
def partial():
    """fields cuts the answer to what was asked for"""
    mask = "properties(timeZone,locale,title),sheets.properties.title"
    found = connect(DEMO).get(spreadsheetId=book(DEMO), fields=mask).execute()
    assert set(found) == {"properties", "sheets"} and set(found["properties"]) == {"timeZone", "locale", "title"}
    assert all(set(sheet["properties"]) == {"title"} for sheet in found["sheets"])
    status, error = refused(connect(DEMO).get(spreadsheetId=book(DEMO), fields="sheets(").execute)
    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")


@check
def serial_days():
    """days are serial numbers since 30 December 1899, or text when asked for"""
    serial = values(DEMO, "Costs!E2", valueRenderOption="UNFORMATTED_VALUE")["values"][0][0]
    text = values(DEMO, "Costs!E2", valueRenderOption="UNFORMATTED_VALUE", dateTimeRenderOption="FORMATTED_STRING")
    assert EPOCH + datetime.timedelta(days=serial) == datetime.date.fromisoformat(text["values"][0][0])


@check
def formatting():
    """amounts are numbers, or text with separators"""
    plain = values(DEMO, "Costs!C2:C", valueRenderOption="UNFORMATTED_VALUE")["values"]
    shown = values(DEMO, "Costs!C2:C")["values"]
    assert len(plain) == len(shown) > 90
    for (number,), (text,) in zip(plain, shown):
        assert f"{number:,.2f}" == text, (number, text)


@check
def ragged():
    """empty cells at the end are left out, blank lines in the middle stay, blank ends go"""
    rows = values(DEMO, "KPIs")["values"]
    assert {len(row) for row in rows} == {0, 3, 4}
    assert rows[-1], "the last row is not blank"
    assert "values" not in values(DEMO, "KPIs!A900:D1000")


@check
def ranges():
    """A1 notation names sheets, blocks and open ends, and the answer names what was read"""
    client = connect(DEMO).values()
    asked = ["KPIs!A1:B1", "'Costs'!A2:B", "Costs!$A$1", "A1:A2"]
    found = client.batchGet(spreadsheetId=book(DEMO), ranges=asked).execute()["valueRanges"]
    named = [item["range"] for item in found]
    assert named == ["KPIs!A1:B1", "Costs!A2:B1000", "Costs!A1", "KPIs!A1:A2"], named
    assert found[0]["values"] == [["Date", "Metric"]] and found[2]["values"] == [["Category"]]
    columns = values(DEMO, "Costs!A1:B3", majorDimension="COLUMNS")
    assert columns["majorDimension"] == "COLUMNS" and columns["values"][1][0] == "Name"


@check
def windows():
    """windows of rows give every row once, and beyond the grid there is an error"""
    whole = values(DEMO, "Costs")["values"]
    windows = [values(DEMO, f"Costs!A{first}:Z{first + 39}").get("values", []) for first in (1, 41, 81)]
    assert sum(windows, []) == whole
    status, error = refused(lambda: values(DEMO, "Costs!A1001:Z1040"))
    assert status == 400 and "exceeds grid limits" in error["message"], error


@check
def errors():
    """unknown sheets, spreadsheets and options are refused in the platform's words"""
    status, error = refused(lambda: values(DEMO, "Nope!A1"))
    assert (status, error["message"]) == (400, "Unable to parse range: Nope!A1")
    status, error = refused(connect(DEMO).get(spreadsheetId="1unknown").execute)
    assert (status, error["status"]) == (404, "NOT_FOUND")


@check
def stale_token():
    """a token that is not good is answered so that the official library fetches a new one"""
    granted = credentials(DEMO, "google_sheets")
    granted.token = "ya29.stale"
    assert connect(DEMO, granted).get(spreadsheetId=book(DEMO), fields="spreadsheetId").execute()
    assert granted.token != "ya29.stale"


@check
def empty_book():
    """a sheet with nothing but its header has one row"""
    assert values(GOLDEN, "Costs")["values"] == [["Category", "Name", "Amount", "Currency", "From", "To"]]


@check
def throttling():
    """the sixty-first read in a minute is refused, with the quota's name"""
    ask = connect(GOLDEN).get(spreadsheetId=book(GOLDEN), fields="spreadsheetId")
    for _ in range(59):
        ask.execute()
    status, error = refused(ask.execute)
    assert (status, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED", error


@check
def file_version():
    """the Drive client tells when the file was changed last"""
    options = {"api_endpoint": DEMO["platforms"]["google_sheets"]["base_url"] + "/drive/v3/"}
    files = build("drive", "v3", credentials=credentials(DEMO, "google_sheets"), client_options=options).files()
    found = files.get(fileId=book(DEMO), fields="modifiedTime,version").execute()
    assert set(found) == {"modifiedTime", "version"} and found["modifiedTime"].startswith(DEMO["world"]["to"])


@check
def revocation():
    """a revoked grant ends with invalid_grant in the official library"""
    granted = credentials(GOLDEN, "google_sheets")
    form = urllib.parse.urlencode({"token": granted.refresh_token}).encode()
    with urllib.request.urlopen(GOLDEN["platforms"]["google_sheets"]["base_url"] + "/revoke", form) as answer:
        assert answer.status == 200
    try:
        connect(GOLDEN, granted).get(spreadsheetId=book(GOLDEN)).execute()
        raise AssertionError("the call was not refused")
    except RefreshError as error:
        assert "invalid_grant" in str(error), error


if __name__ == "__main__":
    run()
