"""Checks for descriptions of their own kind: GraphQL schema, Graph API edges, Stripe's generated parameters."""
import json
import re
from pathlib import Path

import graphql


class Graphql:
    """Documents and variables against a schema."""

    def __init__(self, file, path):
        self.schema = graphql.build_schema(Path(file).read_text(), assume_valid=True)
        self.path = re.compile(path)
        self.seen = {}

    def check(self, request):
        """The mismatches of a document, in words."""
        if not self.path.match(request.path):
            return [] if request.method == "GET" else [f"{request} is not described"]
        text = request.json["query"]
        if text not in self.seen:
            document = graphql.parse(text)
            faults = graphql.validate(self.schema, document)
            self.seen[text] = (document, [f"{request}: {fault.message}" for fault in faults])
        document, faults = self.seen[text]
        if faults:
            return faults
        operation = next(one for one in document.definitions if hasattr(one, "variable_definitions"))
        given = graphql.execution.values.get_variable_values(
            self.schema, operation.variable_definitions or [], request.json.get("variables", {})
        )
        return [f"{request}: {fault.message}" for fault in given] if isinstance(given, list) else []


class Graph:
    """Edges, parameters and fields of the Marketing API, by the node that they belong to."""

    def __init__(self, file):
        document = json.loads(Path(file).read_text())
        self.nodes = document.get("nodes", document)

    def check(self, request):
        """The mismatches of a call, in words."""
        parts = request.path.strip("/").split("/")[1:]
        node = "AdAccount" if parts[0].startswith("act_") else "AdReportRun"
        edge = "/" + parts[1] if len(parts) > 1 else "/"
        calls = [one for one in self.nodes[node]["apis"] if one["endpoint"] == edge and one["method"] == request.method]
        if not calls:
            return [f"{request}: {node}{edge} is not described"]
        call = calls[0]
        given = dict(request.query) | (dict(request.form) if request.body else {})
        allowed = set(call["params"]) | {"fields", "limit", "after", "before", "access_token", "appsecret_proof"}
        faults = [f"{request}: parameter `{name}` is not described" for name in given if name not in allowed]
        result = self.nodes.get("AdsInsights" if edge == "/insights" else call["return"], {}).get("fields", {})
        wanted = [name for name in given.get("fields", "").split(",") if name]
        return faults + [f"{request}: field `{name}` does not exist" for name in wanted if result and name not in result]


class Stripe:
    """Operations and parameter names as the official client of this version was generated with."""

    def __init__(self, file):
        document = json.loads(Path(file).read_text())
        self.params = document["params"]
        self.operations = [
            (method.upper(), path, re.compile("^" + re.sub(r"\{[^}]*\}", "[^/]+", path) + "$"))
            for method, path in document["operations"]
        ]

    def check(self, request):
        """The mismatches of a call, in words."""
        found = [path for method, path, pattern in self.operations if method == request.method and pattern.match(request.path)]
        if not found:
            return [f"{request} is not described"]
        noun = found[0].split("/")[2]
        single = noun.removesuffix("s") if not noun.endswith("ies") else noun[:-3] + "y"
        name = "".join(word.capitalize() for word in single.split("_"))
        listed = "{" not in found[0] and request.method == "GET" and noun != "account"
        params = self.params.get(f"{name}ListParams" if listed else f"{name}RetrieveParams", {})
        given = request.query + (request.form if request.body else [])
        return [
            f"{request}: parameter `{key}` is not described" for key, _ in given if key.split("[")[0] not in params
        ]
