"""Checks requests against Google's discovery documents, and queries against the Google Ads messages."""
import json
import re
from pathlib import Path

from google.protobuf import descriptor_pb2


class Discovery:
    """Discovery documents of one platform. `version` replaces their own, where a newer one is served."""

    def __init__(self, *files, version=None):
        self.schemas, self.common, self.methods = {}, set(), []
        for file in files:
            document = json.loads(Path(file).read_text())
            self.schemas |= document["schemas"]
            self.common |= set(document.get("parameters", {}))
            self.collect(document, document["version"], version)

    def collect(self, node, own, version):
        for method in node.get("methods", {}).values():
            flat = method.get("flatPath", method["path"])
            if version:
                flat = re.sub(rf"^{re.escape(own)}/", f"{version}/", flat)
            pattern = re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape("/" + flat))
            self.methods.append((method["httpMethod"], re.compile(f"^{pattern}$"), method))
        for inner in node.get("resources", {}).values():
            self.collect(inner, own, version)

    def check(self, request):
        """The mismatches of a request, in words."""
        path = request.path.replace("%3A", ":")
        found = [one for verb, pattern, one in self.methods if verb == request.method and pattern.match(path)]
        if not found:
            return [f"{request} is not described"]
        method = found[0]
        faults = []
        known = method.get("parameters", {})
        for name, value in request.query:
            if name not in known and name not in self.common:
                faults.append(f"{request}: query `{name}` is not described")
            elif known.get(name, {}).get("enum") and value not in known[name]["enum"]:
                faults.append(f"{request}: query `{name}` may not be `{value}`")
        if "request" in method and request.body:
            faults += self.value(request, request.json, {"$ref": method["request"]["$ref"]}, "body")
        elif request.body:
            faults.append(f"{request}: no body is described")
        return faults

    def value(self, request, value, schema, place):
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        kind = schema.get("type")
        if kind == "object":
            if not isinstance(value, dict):
                return [f"{request}: {place} must be an object"]
            known = schema.get("properties", {})
            faults = []
            for name, inner in value.items():
                if name in known:
                    faults += self.value(request, inner, known[name], f"{place}.{name}")
                elif "additionalProperties" in schema:
                    faults += self.value(request, inner, schema["additionalProperties"], f"{place}.{name}")
                else:
                    faults.append(f"{request}: {place}.{name} is not described")
            return faults
        if kind == "array":
            if not isinstance(value, list):
                return [f"{request}: {place} must be a list"]
            items = schema["items"]
            return [
                fault for at, one in enumerate(value) for fault in self.value(request, one, items, f"{place}[{at}]")
            ]
        return scalar(request, value, schema, place)


def scalar(request, value, schema, place):
    """64-bit numbers may be texts, as protobuf's JSON has them."""
    kind, form = schema.get("type"), schema.get("format", "")
    if schema.get("enum") and value not in schema["enum"]:
        return [f"{request}: {place} may not be `{value}`"]
    if kind == "string" and "int64" in form:
        good = isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"-?\d+", value))
    elif kind == "string":
        good = isinstance(value, str)
    elif kind == "integer":
        good = isinstance(value, int) and not isinstance(value, bool)
    elif kind == "number":
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif kind == "boolean":
        good = isinstance(value, bool)
    else:
        good = True
    return [] if good else [f"{request}: {place} is not a {kind}"]


class Queries:
    """The fields that a query of the Google Ads language may name, from the compiled messages."""

    def __init__(self, file, version):
        files = descriptor_pb2.FileDescriptorSet()
        files.ParseFromString(Path(file).read_bytes())
        self.messages = {}
        for one in files.file:
            for message in one.message_type:
                self.add(f".{one.package}.{message.name}", message)
        self.row = f".google.ads.googleads.{version}.services.GoogleAdsRow"

    def add(self, name, message):
        self.messages[name] = {field.name: field for field in message.field}
        for inner in message.nested_type:
            self.add(f"{name}.{inner.name}", inner)

    def has(self, path):
        message = self.row
        for part in path.split("."):
            field = self.messages.get(message, {}).get(part)
            if field is None:
                return False
            message = field.type_name
        return True

    def check(self, request):
        """The fields of a query that do not exist."""
        if "googleAds:search" not in request.path or not request.body:
            return []
        query = request.json.get("query", "")
        resource = re.search(r"\bFROM\s+(\w+)", query, re.I)
        names = set(re.findall(r"\b[a-z_]+(?:\.[a-z_]+)+\b", re.sub(r"'[^']*'", "", query)))
        faults = [f"{request}: the query's `{name}` does not exist" for name in sorted(names) if not self.has(name)]
        if not resource or not self.has(resource.group(1)):
            faults.append(f"{request}: the query's resource does not exist")
        return faults
