"""Records what the program really sends: a relay between it and the sandbox that keeps every request.

Answers name the sandbox's own address (next pages, files); the relay puts its own there, so that
nothing goes past it.
"""
import http.client
import json
import os
import re
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


LONGEST_S = 60


@dataclass
class Request:
    """One request below a platform's address."""

    platform: str
    method: str
    path: str
    query: list
    headers: dict
    body: bytes

    @property
    def form(self):
        """The fields of a form body."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    @property
    def json(self):
        """The JSON body."""
        return json.loads(self.body)

    def __str__(self):
        return f"{self.method} {self.path}"


class Relay:
    """Forwards to the sandbox and keeps what it forwards."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.requests = []
        self.platform = ""
        self.prefix = ""
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                relay.forward(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, handler):
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length) if length else b""
        parts = urlsplit(handler.path)
        path = parts.path[len(self.prefix):] if parts.path.startswith(self.prefix) else parts.path
        headers = {name.lower(): value for name, value in handler.headers.items()}
        query = parse_qsl(parts.query, keep_blank_values=True)
        self.requests.append(Request(self.platform, handler.command, path, query, headers, body))
        target = urlsplit(self.sandbox)
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=120)
        passed = {name: value for name, value in headers.items() if name not in ("host", "connection")}
        passed["host"] = target.netloc
        connection.request(handler.command, handler.path, body, passed)
        response = connection.getresponse()
        data = response.read()
        if response.getheader("content-encoding") is None:
            data = data.replace(self.sandbox.encode(), self.address.encode())
            data = data.replace(
                self.sandbox.replace("/", "\\/").encode(), self.address.replace("/", "\\/").encode()
            )
        handler.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                handler.send_header(name, value.replace(self.sandbox, self.address))
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
        connection.close()


def sync(binary, home, relay, sandbox, platform, connect):
    """Connects a platform of the sandbox and reads all of it; the program's words on failure."""
    relay.platform = platform
    relay.prefix = urlsplit(connect["base_url"]).path
    base = connect["base_url"].replace(sandbox, relay.address)
    workspace = platform.replace("_", "-")
    secrets = dict(connect["secrets"])
    while True:
        command = [binary, "connect", platform, "--workspace", workspace, "--base-url", base]
        environment = dict(os.environ, NETGAIN_HOME=home)
        for name, value in connect["fields"].items():
            command += ["--field", f"{name}={value}"]
        for at, (name, value) in enumerate(secrets.items()):
            environment[f"JUDGED_{at}"] = value
            command += ["--secret", f"{name}=@JUDGED_{at}"]
        command += ["--currency", "USD", "--time-zone", "UTC"]
        told = run(command, environment)
        # the sandbox names the credentials of every way in, a connection takes those of one
        unknown = re.search(r"secret `(\w+)` is not known", told or "")
        if not unknown or secrets.pop(unknown[1], None) is None:
            break
    return told or run([binary, "sync", "--workspace", workspace], environment)


def run(command, environment):
    """Runs a command of the program; its words where it fails."""
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        # where a platform lets few calls through, those that were made are judged
        return None
    return f"{command[1]}: {done.stderr.strip()[-600:]}" if done.returncode else None
