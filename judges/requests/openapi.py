"""Checks requests against OpenAPI 3 and Swagger 2 descriptions: path, method, parameters, body."""
import functools
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import yaml

IGNORED_HEADERS = {"accept", "authorization", "content-type"}


class Description:
    """One or several descriptions of one interface."""

    def __init__(self, files, lenient_body=False):
        self.operations = []
        self.lenient_body = lenient_body
        for file in map(Path, files):
            text = file.read_text()
            document = json.loads(text) if file.suffix == ".json" else yaml.load(text, yaml.CSafeLoader)
            self.add(document, file)

    def add(self, document, file):
        servers = [urlsplit(one["url"]).path for one in document.get("servers", []) if "{" not in one["url"]]
        for base in {document.get("basePath", "").rstrip("/"), *(path.rstrip("/") for path in servers)}:
            self.add_below(base, document, file)

    def add_below(self, base, document, file):
        for path, item in document.get("paths", {}).items():
            pattern = re.compile("^" + re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape(base + path)) + "/?$")
            fixed = path.count("{")
            for method, operation in item.items():
                if method in ("get", "post", "put", "patch", "delete"):
                    shared = item.get("parameters", [])
                    self.operations.append((fixed, method.upper(), pattern, operation, shared, document, file))
        # a fixed word goes before a placeholder
        self.operations.sort(key=lambda one: one[0])

    def check(self, request):
        """The mismatches of a request, in words."""
        found = [one for one in self.operations if one[1] == request.method and one[2].match(request.path)]
        if not found:
            return [f"{request} is not described"]
        # several files may describe one path: the kindest counts
        results = [self.mismatches(request, *one[3:]) for one in found]
        return min(results, key=len)

    def mismatches(self, request, operation, shared, document, file):
        resolve = functools.partial(resolved, document, file)
        parameters = [resolve(one) for one in shared + operation.get("parameters", [])]
        faults = []
        known = {one["name"]: one for one in parameters if one["in"] == "query"}
        given = {}
        for name, value in request.query:
            given.setdefault(name, []).append(value)
        for name, values in given.items():
            parameter = known.get(name) or known.get(name + "[]") or known.get(name.removesuffix("[]"))
            deep = known.get(name.split("[")[0])
            if parameter is None and deep is None:
                faults.append(f"{request}: query `{name}` is not described")
            elif parameter is not None:
                faults += value_faults(request, name, values, parameter, resolve)
        for one in parameters:
            name = one["name"]
            if not one.get("required"):
                continue
            if one["in"] == "query" and name not in given and name.removesuffix("[]") not in given:
                faults.append(f"{request}: query `{name}` is missing")
            if one["in"] == "header" and name.lower() not in request.headers | dict.fromkeys(IGNORED_HEADERS):
                faults.append(f"{request}: header `{name}` is missing")
        return faults + self.body_faults(request, operation, parameters, resolve, document, file)

    def body_faults(self, request, operation, parameters, resolve, document, file):
        schema = next((one["schema"] for one in parameters if one["in"] == "body"), None)
        body = resolve(operation.get("requestBody", {}))
        content = body.get("content", {})
        kind = request.headers.get("content-type", "").split(";")[0]
        if content:
            if request.body and kind not in content:
                return [f"{request}: a body of `{kind}` is not described"]
            schema = content.get(kind, {}).get("schema")
        if not request.body:
            return [f"{request}: the body is missing"] if body.get("required") else []
        if schema is None:
            return [] if "form" in kind else [f"{request}: no body is described"]
        if "form" in kind:
            known = resolve(schema).get("properties", {})
            return [
                f"{request}: form field `{name}` is not described"
                for name, _ in request.form
                if name.split("[")[0] not in known
            ]
        plain = inlined(schema, document, file, 0)
        validator = jsonschema.Draft202012Validator(plain)
        return [
            f"{request}: body at `{'.'.join(map(str, fault.path))}`: {fault.message[:200]}"
            for fault in validator.iter_errors(request.json)
        ]


def value_faults(request, name, values, parameter, resolve):
    schema = resolve(parameter.get("schema", parameter))
    kind = schema.get("type")
    if kind == "array":
        items = resolve(schema.get("items", {}))
        words = [word for value in values for word in value.split(",")]
        allowed = items.get("enum")
        wrong = [word for word in words if allowed and word not in allowed]
        return [f"{request}: query `{name}` may not be `{word}`" for word in wrong]
    faults = []
    for value in values:
        if kind == "integer" and not re.fullmatch(r"-?\d+", value):
            faults.append(f"{request}: query `{name}` is `{value}`, not a whole number")
        elif kind == "integer":
            low, high = schema.get("minimum"), schema.get("maximum")
            if (low is not None and int(value) < low) or (high is not None and int(value) > high):
                faults.append(f"{request}: query `{name}` is {value}, outside {low} to {high}")
        if kind == "boolean" and value not in ("true", "false"):
            faults.append(f"{request}: query `{name}` is `{value}`, not true or false")
        if schema.get("enum") and value not in map(str, schema["enum"]):
            faults.append(f"{request}: query `{name}` may not be `{value}`")
    return faults


def resolved(document, file, node):
    """Follows a reference, also into a neighbouring file."""
    while isinstance(node, dict) and "$ref" in node:
        place, _, pointer = node["$ref"].partition("#")
        if place:
            document = json.loads((Path(file).parent / place).resolve().read_text())
        node = document
        for part in pointer.strip("/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def inlined(node, document, file, depth):
    """A schema without references; what lies very deep is not checked."""
    if depth > 24:
        return {}
    if isinstance(node, list):
        return [inlined(one, document, file, depth) for one in node]
    if not isinstance(node, dict):
        return node
    node = resolved(document, file, node)
    plain = {name: inlined(one, document, file, depth + 1) for name, one in node.items() if name != "example"}
    # OpenAPI 3.0 and Swagger 2 say null otherwise than JSON schema
    if plain.pop("nullable", False) and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    if isinstance(plain.get("required"), bool):
        del plain["required"]
    for bound in ("exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(plain.get(bound), bool):
            del plain[bound]
    return plain
