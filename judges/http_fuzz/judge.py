"""Tries the whole of the server's API by what its OpenAPI description says: thousands of requests, well formed and
not, none of which may be answered by an error inside, by nothing, or by something that the description does not say.

Usage: NETGAIN_BIN=path/to/netgain judge.py DEMO_READY_FILE GOLDEN_READY_FILE TIGHT_READY_FILE OPEN_READY_FILE
The platforms of the golden brand's sandbox without limits (the last) are connected and read into one workspace, which
is served. FUZZ_EXAMPLES is how often each operation is tried.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKSPACE = "fuzz"
# one of each kind: a shop, ads, payments, a CRM, messages and another's reckoning
PLATFORMS = ["shopify", "meta_ads", "stripe", "hubspot", "klaviyo", "triplewhale"]
LONGEST_S = 600
# all tries take about two minutes; the limit is for those that hang, on a busy machine too
TRIES_S = 3 * LONGEST_S


def run(binary, home, *args, secrets=()):
    """Runs a command of the program; its words where it fails."""
    # the sandbox has no limits: nobody waits for those that its platforms would have
    environment = dict(os.environ, NETGAIN_HOME=home, NETGAIN_LOCAL_SPEED="1000", **dict(secrets))
    done = subprocess.run(
        [binary, *args], env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    return done.stderr.strip() if done.returncode else None


def connect(binary, home, platform, access):
    """Connects a platform of the sandbox."""
    secrets = dict(access["secrets"])
    while True:
        named = {f"FUZZED_{at}": value for at, value in enumerate(secrets.values())}
        args = ["connect", platform, "--workspace", WORKSPACE, "--base-url", access["base_url"]]
        for name, value in access["fields"].items():
            args += ["--field", f"{name}={value}"]
        for at, name in enumerate(secrets):
            args += ["--secret", f"{name}=@FUZZED_{at}"]
        told = run(binary, home, *args, "--currency", "EUR", "--time-zone", "Europe/Berlin", secrets=named.items())
        # the sandbox names the credentials of every way in, a connection takes those of one
        unknown = re.search(r"secret `(\w+)` is not known", told or "")
        if not unknown or secrets.pop(unknown[1], None) is None:
            return told


def serve(binary, home):
    """Starts the server; its process and its address."""
    log = open(Path(home) / "serve.log", "w+", encoding="utf-8")
    environment = dict(os.environ, NETGAIN_HOME=home, NETGAIN_LOCAL_SPEED="1000")
    process = subprocess.Popen([binary, "serve", "--open", "--port", "0"], env=environment, stderr=log, stdout=log)
    for _ in range(600):
        text = (Path(home) / "serve.log").read_text(encoding="utf-8")
        if found := re.search(r"http://\S+", text):
            return process, found[0]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {text}")


def main():
    binary = os.environ.get("NETGAIN_BIN")
    if not binary:
        print("skipped: NETGAIN_BIN is not set")
        return 0
    ready = json.loads(Path(sys.argv[4]).read_text())
    examples = os.environ.get("FUZZ_EXAMPLES", "12")
    with tempfile.TemporaryDirectory() as home:
        for platform in PLATFORMS:
            if told := connect(binary, home, platform, ready["platforms"][platform]):
                print(f"FAIL  {platform} cannot be connected: {told}\n0 passed, 1 failed")
                return 1
        if told := run(binary, home, "sync", "--workspace", WORKSPACE):
            print(f"FAIL  the sandbox cannot be read: {told}\n0 passed, 1 failed")
            return 1
        process, address = serve(binary, home)
        try:
            return fuzz(address, examples, home)
        finally:
            process.terminate()
            process.wait(30)


def fuzz(address, examples, home):
    """Runs the tries; the last words are counts, as of every judge."""
    with urllib.request.urlopen(f"{address}/api/openapi.json") as answer:
        description = json.load(answer)
    operations = sum(len(methods) for methods in description["paths"].values())
    config = (HERE / "schemathesis.toml").read_text()
    # the last section is that of the parameters
    config += f'"path.w" = "{WORKSPACE}"\n"header.X-Netgain-Workspace" = "{WORKSPACE}"\n"query.workspace" = "{WORKSPACE}"\n'
    file = Path(home) / "schemathesis.toml"
    file.write_text(config)
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(file), "run",
        f"{address}/api/openapi.json", "--max-examples", examples, "--no-color", *sys.argv[5:],
    ]
    try:
        clean = subprocess.run(command, cwd=home, timeout=TRIES_S, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        clean = False
        print(f"FAIL  the tries did not end within {TRIES_S} s")
    log = (Path(home) / "serve.log").read_text(encoding="utf-8")
    inside = [line for line in log.splitlines() if " ERROR " in line or "panicked" in line]
    for line in inside[:10]:
        print(f"FAIL  the server logged: {line[:400]}")
    # alive after all of it
    with urllib.request.urlopen(f"{address}/healthz") as answer:
        alive = answer.status == 200
    good = clean and not inside and alive
    print(f"{operations if good else 0} passed, {0 if good else 1} failed")
    return 0 if good else 1


sys.exit(main())
