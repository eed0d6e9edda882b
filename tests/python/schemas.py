"""Anaplan's OpenAPI documents as strict JSON schemas.

As published they allow every key and require none, so that nearly any answer would pass. Here an
object may hold the documented keys only. Where the documents are wrong, an erratum says so.
"""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import jsonschema

DOCUMENTS = ("integration", "audit", "scim", "oauth", "authentication")


@dataclass(frozen=True)
class Erratum:
    """One known error of a document: where it is, why it is one, and what mends it."""

    document: str
    reason: str
    mend: Callable[[dict], None]


def allow(path: str, **properties):
    """Adds keys to the properties of a schema."""

    def mend(document):
        node(document, path).setdefault("properties", {}).update(properties)

    return mend


def member(path: str, *values: str):
    """Adds members to an enumeration."""
    return lambda document: node(document, path)["enum"].extend(values)


def retype(path: str, schema: dict):
    """Replaces a schema."""

    def mend(document):
        found = node(document, path)
        found.clear()
        found.update(schema)

    return mend


def node(document: dict, path: str) -> dict:
    for key in path.split("|"):
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def success(path: str, method: str, status: str = "200", kind: str = "application/json") -> str:
    """The path of an operation's answer in its document."""
    return f"paths|{path}|{method}|responses|{status}|content|{kind}|schema"


class Document:
    """A document with its errata mended, except those left out."""

    def __init__(self, name: str, errata: list[Erratum]):
        text = (Path(__file__).parent / "openapi" / f"{name}-openapi.json").read_text()
        self.name = name
        self.raw = json.loads(text)
        for erratum in errata:
            if erratum.document == name:
                erratum.mend(self.raw)
        self.strict = strict(copy.deepcopy(self.raw))

    def operations(self) -> set[tuple[str, str]]:
        methods = ("get", "post", "put", "delete", "patch")
        return {
            (method.upper(), path)
            for path, item in self.raw["paths"].items()
            for method in item
            if method in methods
        }

    def errors(self, method: str, path: str, status: int, kind: str, body) -> list[str]:
        """What is wrong with an answer."""
        operation = self.strict["paths"][path][method.lower()]
        answer = operation["responses"].get(str(status))
        if answer is None:
            return [f"status {status} is not documented"]
        answer = self.resolve(answer)
        content = answer.get("content", {}).get(kind)
        if content is None:
            return [f"{kind} is not documented"]
        schema = {**content["schema"], "components": self.strict.get("components", {})}
        found = jsonschema.Draft4Validator(schema).iter_errors(body)
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in found]

    def resolve(self, value: dict) -> dict:
        while "$ref" in value:
            value = node(self.strict, value["$ref"].removeprefix("#/").replace("/", "|"))
        return value


def strict(value):
    """Turns OpenAPI 3.0 schemas into JSON schemas that allow no other keys."""
    if isinstance(value, list):
        return [strict(part) for part in value]
    if not isinstance(value, dict):
        return value
    value = {key: strict(part) for key, part in value.items() if key not in ("example", "examples")}
    if isinstance(value.get("properties"), dict) and "allOf" not in value:
        value.setdefault("additionalProperties", False)
    if value.pop("nullable", False) and isinstance(value.get("type"), str):
        value["type"] = [value["type"], "null"]
        if "enum" in value:
            value["enum"].append(None)
    return value
