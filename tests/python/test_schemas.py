"""A walk over every operation of Anaplan's documents: each JSON answer fits its schema.

An operation that the walk misses, or that answers with an error, fails it.
"""

import re
import time
import httpx
import pytest

from browser import approve
from conftest import PASSWORD, USER
from errata import ERRATA
from schemas import DOCUMENTS, Document

BASES = {
    "integration": "/2/0",
    "audit": "/audit/api/1",
    "scim": "/scim/1/0/v2",
    "oauth": "",
    "authentication": "",
}
CODE_CLIENT = "0dec0de0000000000000000000000001"
CODE_SECRET = "demo-secret"
CODE_REDIRECT = "https://localhost:8721/callback"
DEVICE_CLIENT = "0dec0de0000000000000000000000003"


class Walk:
    """Calls operations, and keeps every JSON answer with the operation that it came from."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.http = httpx.Client(base_url=simulator.url, timeout=30)
        self.answers = []
        self.visited = {name: set() for name in DOCUMENTS}
        self.places = {}

    def call(self, method, template, *, service="integration", expect=None, **request):
        path = BASES[service] + template.format_map(self.places)
        answer = self.http.request(method, path, **request)
        wanted = answer.is_success if expect is None else answer.status_code == expect
        assert wanted, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        if answer.is_success or answer.has_redirect_location:
            self.visited[service].add((method, template))
        kind = answer.headers.get("content-type", "").split(";")[0]
        if kind.endswith("json"):
            self.answers.append((service, method, template, answer.status_code, kind, answer.json()))
        return answer

    def both(self, method, rest, **request):
        """Calls an operation inside a model in each path form that the document knows."""
        operations = DOCUMENT.operations()
        answer = None
        for form in ("/models/{modelId}", "/workspaces/{workspaceId}/models/{modelId}"):
            if (method, form + rest) in operations:
                answer = self.call(method, form + rest, **request)
        assert answer is not None, f"no document knows {method} {rest}"
        return answer

    def run(self, kind, number, **body):
        """Starts a task and waits for its end."""
        self.places[f"{kind[:-1]}Id"] = number
        parent = "/workspaces/{workspaceId}/models/{modelId}/" + kind + "/{" + kind[:-1] + "Id}"
        if kind == "processes":
            self.places["processId"] = number
            parent = "/workspaces/{workspaceId}/models/{modelId}/processes/{processId}"
        started = self.call("POST", parent + "/tasks", json={"localeName": "en_US", **body})
        started = started.json()
        self.places["taskId"] = (started.get("task") or started)["taskId"]
        for _ in range(200):
            task = self.call("GET", parent + "/tasks/{taskId}").json()["task"]
            if task["taskState"] in ("COMPLETE", "CANCELLED"):
                break
            time.sleep(0.02)
        assert task["taskState"] == "COMPLETE", task
        self.call("GET", parent + "/tasks")
        return task


DOCUMENT = Document("integration", [])


def find(entries, name):
    return next(entry for entry in entries if entry["name"] == name)["id"]


def sign_in(walk):
    token = walk.call(
        "POST", "/token/authenticate", service="authentication", auth=(USER, PASSWORD)
    ).json()["tokenInfo"]["tokenValue"]
    walk.http.headers["Authorization"] = f"AnaplanAuthToken {token}"
    walk.call("POST", "/token/refresh", service="authentication")
    walk.call("GET", "/token/validate", service="authentication")
    wrong = {"auth": (USER, "wrong"), "service": "authentication", "expect": 401}
    walk.call("POST", "/token/authenticate", **wrong)


def tenant(walk):
    walk.call("GET", "/users")
    me = walk.call("GET", "/users/me").json()["user"]
    walk.places["userId"] = me["id"]
    walk.call("GET", "/users/{userId}")
    workspaces = walk.call("GET", "/workspaces", params={"tenantDetails": "true"}).json()
    walk.places["workspaceId"] = find(workspaces["workspaces"], "Finance")
    for path in ("", "/admins", "/visitors", "/models"):
        walk.call("GET", "/workspaces/{workspaceId}" + path)
    models = walk.call("GET", "/models", params={"modelDetails": "true"}).json()["models"]
    walk.places["modelId"] = find(models, "Sales Planning")
    walk.call("GET", "/models/{modelId}", params={"modelDetails": "true"})
    text = {"Content-Type": "application/text"}
    walk.call("POST", "/models/{modelId}/open", headers=text)
    walk.call("GET", "/models/{modelId}/status")
    walk.call("GET", "/models/{modelId}", params={"modelDetails": "true"})


def modules(walk):
    modules = walk.both("GET", "/modules").json()["modules"]
    walk.places["moduleId"] = find(modules, "REV02 Revenue Plan")
    walk.both("GET", "/views", params={"includesubsidiaryviews": "true"})
    views = walk.both("GET", "/modules/{moduleId}/views").json()["views"]
    for rest in ("/lineItems", "/modules/{moduleId}/lineItems"):
        walk.both("GET", rest)
        items = walk.both("GET", rest, params={"includeAll": "true"}).json()["items"]
    walk.places["lineItemId"] = find(items, "Revenue")
    dimensions = walk.both("GET", "/lineItems/{lineItemId}/dimensions").json()["dimensions"]
    for dimension in dimensions:
        walk.places["dimensionId"] = dimension["id"]
        walk.both("GET", "/lineItems/{lineItemId}/dimensions/{dimensionId}/items")
    walk.places["dimensionId"] = find(dimensions, "Products")
    walk.both("GET", "/dimensions/{dimensionId}/items")
    names = {"names": ["barista one"], "codes": ["SKU-105"]}
    found = walk.both("POST", "/dimensions/{dimensionId}/items", json=names).json()["items"]
    assert [item["name"] for item in found] == ["Barista One", "Barista Pro"]
    for view in views:
        walk.places["viewId"] = view["id"]
        walk.both("GET", "/views/{viewId}")
    walk.call("GET", "/models/{modelId}/views/{viewId}/dimensions/{dimensionId}/items")
    view = {"Accept": "application/json"}
    walk.call("GET", "/models/{modelId}/views/{viewId}/data", headers=view, params={"format": "v1"})
    walk.call("GET", "/models/{modelId}/views/{viewId}/data", headers={"Accept": "text/csv"})
    cell = {
        "lineItemName": "Note",
        "dimensions": [
            {"dimensionName": "Regions", "itemName": "DACH"},
            {"dimensionName": "Products", "itemCode": "SKU-100"},
            {"dimensionName": "Time", "itemName": "Jan 26"},
            {"dimensionName": "Versions", "itemName": "Budget"},
        ],
        "value": "checked",
    }
    calculated = {**cell, "lineItemName": "Net Revenue", "value": 1}
    written = walk.both("POST", "/modules/{moduleId}/data", json=[cell, calculated]).json()
    assert [failure["requestIndex"] for failure in written["failures"]] == [1]


def read_requests(walk):
    view = "/workspaces/{workspaceId}/models/{modelId}/views/{viewId}/readRequests"
    kind = {"exportType": "TABULAR_MULTI_COLUMN"}
    request = walk.call("POST", view, json=kind).json()["viewReadRequest"]
    walk.places["requestId"] = request["requestId"]
    for _ in range(200):
        request = walk.call("GET", view + "/{requestId}").json()["viewReadRequest"]
        if request["requestState"] == "COMPLETE":
            break
        time.sleep(0.02)
    assert request["successful"] is True
    walk.places["pageNo"] = 0
    csv = {"Accept": "text/csv"}
    assert walk.call("GET", view + "/{requestId}/pages/{pageNo}", headers=csv).text
    walk.call("DELETE", view + "/{requestId}")
    walk.call(
        "POST", "/workspaces/{workspaceId}/models/{modelId}/lists/{listId}/readRequests", json={}
    )


def lists(walk):
    lists = walk.both("GET", "/lists").json()["lists"]
    for name in ("Products", "Opportunities", "Territories", "Customers"):
        walk.places["listId"] = find(lists, name)
        walk.both("GET", "/lists/{listId}")
        walk.both("GET", "/lists/{listId}/items")
        walk.both("GET", "/lists/{listId}/items", params={"includeAll": "true"})
    items = "/lists/{listId}/items"
    walk.places["listId"] = find(lists, "Segments")
    add = {"items": [{"name": "Public sector", "code": "PUB"}, {"name": "Enterprise"}]}
    added = walk.both("POST", items, params={"action": "add"}, json=add).json()
    assert (added["added"], added["ignored"]) == (1, 1)
    rename = {"items": [{"name": "Public", "code": "PUB"}, {"code": "none"}]}
    walk.both("PUT", items, json=rename)
    delete = {"items": [{"code": "PUB"}]}
    walk.both("POST", items, params={"action": "delete"}, json=delete)
    walk.places["listId"] = find(lists, "Empty list")
    walk.both("POST", "/lists/{listId}/resetIndex", json={})


def calendar(walk):
    for rest in ("/currentPeriod", "/modelCalendar", "/versions", "/dashboards"):
        versions = walk.both("GET", rest).json()
        if rest == "/versions":
            walk.places["versionId"] = find(versions["versionMetadata"], "Forecast")
    walk.both("PUT", "/currentPeriod", json={"date": "2026-05-20"})
    walk.call("PUT", "/models/{modelId}/modelCalendar/fiscalYear", json={"year": "FY26"})
    walk.both("PUT", "/versions/{versionId}/switchover", json={"date": "2026-08-01"})


def files(walk):
    known = walk.both("GET", "/files").json()["files"]
    walk.places["fileId"] = find(known, "revenue.csv")
    file = "/workspaces/{workspaceId}/models/{modelId}/files/{fileId}"
    body = (
        b"Region,SKU,Month,Version,Revenue,Note\n"
        b"DACH,SKU-100,Aug 26,Forecast,5,five\n"
        b"Nowhere,SKU-100,Aug 26,Forecast,5,six\n"
    )
    stream = {"Content-Type": "application/octet-stream"}
    walk.call("PUT", file, content=body, headers=stream)
    walk.call("POST", file, json={"chunkCount": -1})
    walk.places["chunkId"] = 0
    walk.call("PUT", file + "/chunks/{chunkId}", content=body, headers=stream)
    walk.call("POST", file + "/complete", json={})
    walk.both("GET", "/files/{fileId}/chunks")
    assert walk.call("GET", file).content == body
    assert walk.call("GET", file + "/chunks/{chunkId}").content == body


def actions(walk):
    form = "/workspaces/{workspaceId}/models/{modelId}"
    imports = walk.call("GET", "/models/{modelId}/imports").json()["imports"]
    walk.call("GET", form + "/imports/")
    load = find(imports, "Revenue from revenue.csv")
    walk.places["importId"] = load
    walk.both("GET", "/imports/{importId}")
    task = walk.run("imports", load)
    assert task["result"]["successful"] and task["result"]["failureDumpAvailable"]
    dump = form + "/imports/{importId}/tasks/{taskId}/dump"
    assert "Nowhere" in walk.call("GET", dump).text
    walk.call("GET", dump + "/chunks")
    walk.places["chunkId"] = 0
    walk.call("GET", dump + "/chunks/{chunkId}")
    walk.call("DELETE", form + "/files/{fileId}")

    exports = walk.both("GET", "/exports").json()["exports"]
    walk.places["exportId"] = find(exports, "Revenue by Region")
    walk.both("GET", "/exports/{exportId}")
    for export in exports:
        walk.places["exportId"] = export["id"]
        walk.both("GET", "/exports/{exportId}")
    walk.run("exports", find(exports, "Revenue by Region"))

    known = walk.both("GET", "/actions").json()["actions"]
    walk.run("actions", find(known, "Sort sales people"))

    processes = walk.both("GET", "/processes").json()["processes"]
    process = find(processes, "Monthly load")
    walk.places["processId"] = process
    walk.both("GET", "/processes/{processId}", params={"showImportDataSource": "true"})
    task = walk.run("processes", process)
    assert len(task["result"]["nestedResults"]) == 4


def optimizer(walk):
    """The one model with an optimizer is in the other workspace."""
    workspaces = walk.call("GET", "/workspaces").json()["workspaces"]
    here = dict(walk.places)
    walk.places["workspaceId"] = find(workspaces, "Operations")
    models = walk.call("GET", "/workspaces/{workspaceId}/models").json()["models"]
    walk.places["modelId"] = find(models, "Demand Planning")
    walk.both("GET", "/modelCalendar")
    known = walk.both("GET", "/actions").json()["actions"]
    walk.run("actions", find(known, "Optimise stock"))
    walk.places["correlationId"] = walk.places["taskId"]
    log = "/workspaces/{workspaceId}/models/{modelId}/optimizeActions/{actionId}/tasks/"
    assert walk.call("GET", log + "{correlationId}/solutionLogs").text
    walk.places = here


def audit(walk):
    walk.call("GET", "/events", service="audit", params={"intervalInHours": "24", "limit": "5"})
    search = {"interval": 24}
    walk.call("POST", "/events/search", service="audit", params={"type": "all"}, json=search)
    wide = {"intervalInHours": "800"}
    walk.call("GET", "/events", service="audit", params=wide, expect=400)
    bearer = {"Authorization": "Bearer x"}
    walk.call("GET", "/events", service="audit", headers=bearer, expect=401)


def scim(walk):
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas"):
        walk.call("GET", path, service="scim", headers={"Authorization": ""})
    users = walk.call("GET", "/Users", service="scim", params={"filter": f'userName eq "{USER}"'})
    walk.places["id"] = users.json()["Resources"][0]["id"]
    walk.call("GET", "/Users/{id}", service="scim")
    user = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "new.user@anaplan-sql.example",
        "name": {"givenName": "New", "familyName": "User"},
        "displayName": "New User",
        "active": True,
    }
    made = walk.call("POST", "/Users", service="scim", json=user, expect=201).json()
    walk.places["id"] = made["id"]
    changed = {**user, "id": made["id"], "displayName": "Changed"}
    walk.call("PUT", "/Users/{id}", service="scim", json=changed)
    patch = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    }
    walk.call("PATCH", "/Users/{id}", service="scim", json=patch)
    walk.call("GET", "/Users", service="scim", params={"filter": "userName like"}, expect=400)


def oauth(walk):
    query = {"response_type": "code", "client_id": CODE_CLIENT, "redirect_uri": CODE_REDIRECT}
    query |= {"scope": "openid profile email offline_access", "state": "s"}
    walk.call("GET", "/auth/authorize", service="oauth", params=query, expect=302)
    device = {"client_id": DEVICE_CLIENT, "scope": "openid offline_access"}
    code = walk.call("POST", "/oauth/device/code", service="oauth", json=device).json()
    poll = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": code["device_code"],
        "client_id": DEVICE_CLIENT,
    }
    pending = walk.call("POST", "/oauth/token", service="oauth", json=poll, expect=403).json()
    assert pending["error"] == "authorization_pending"
    approve(walk.simulator, code["user_code"])
    walk.simulator.control("POST", "clock", json={"advance": "10s"})
    token = walk.call("POST", "/oauth/token", service="oauth", json=poll).json()
    assert token["expires_in"] == 2100


def endings(walk):
    """What would end the walk, last."""
    walk.call("POST", "/models/{modelId}/close", headers={"Content-Type": "application/text"})
    gone = {"modelIdsToDelete": ["0" * 32]}
    walk.call("POST", "/workspaces/{workspaceId}/bulkDeleteModels", json=gone)
    walk.call("POST", "/token/logout", service="authentication", expect=204)


@pytest.fixture(scope="module")
def walk(simulator):
    walk = Walk(simulator)
    steps = (sign_in, tenant, modules, lists, read_requests, calendar, files, actions, optimizer)
    for step in (*steps, audit, scim, oauth, endings):
        step(walk)
    return walk


# How many operations each document has: one that is lost when a document is replaced is seen here.
OPERATIONS = {"integration": 102, "audit": 2, "scim": 8, "oauth": 3, "authentication": 4}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_answers(walk, name):
    known = Document(name, []).operations()
    assert len(known) == OPERATIONS[name]
    assert known - walk.visited[name] == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_answer_fits_its_schema(walk, name):
    document = Document(name, ERRATA)
    wrong = []
    for service, method, path, status, kind, body in walk.answers:
        if service == name:
            for error in document.errors(method, path, status, kind, body):
                wrong.append(f"{method} {path} {status}: {error}")
    assert not wrong, "\n".join(sorted(set(wrong)))


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.reason[:60])
def test_every_erratum_is_needed(walk, erratum):
    document = Document(erratum.document, [other for other in ERRATA if other != erratum])
    assert any(
        document.errors(method, path, status, kind, body)
        for service, method, path, status, kind, body in walk.answers
        if service == erratum.document
    ), f"no answer needs it: {erratum.reason}"
