"""What every judge does: registers checks, runs them all, and steers the sandbox."""

import json
import sys
import urllib.request

CHECKS = []


def check(body):
    """Registers a check; its doc is its name."""
    CHECKS.append(body)
    return body


def control(ready, path, body=None, method="POST"):
    """Calls one of the sandbox's own paths."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(ready["address"] + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def run():
    """Runs all checks, prints the closing line and ends with what came of them."""
    failed = 0
    for body in CHECKS:
        name = body.__doc__
        try:
            body()
            print(f"ok    {name}")
        except Exception as error:  # a judge reports every kind of failure and goes on
            failed += 1
            print(f"FAIL  {name}: {type(error).__name__}: {str(error)[:600]}")
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    sys.exit(0 if failed == 0 else 1)
