"""The Python SDK, as it is, against the simulator: every job that its users give it."""

import csv
import io
import itertools

import anaplan_sdk
import pytest
from anaplan_sdk import AnaplanRefreshTokenAuth, Client, Oauth
from anaplan_sdk.exceptions import (
    AnaplanActionError,
    AnaplanException,
    InvalidCredentialsException,
    InvalidIdentifierException,
)
from browser import authorize
from conftest import HERE, PASSWORD, USER
from operations import OPERATIONS

CLIENT = "0dec0de0000000000000000000000001"
SECRET = "demo-secret"
REDIRECT = "https://planner.example/callback"


def basic(**arguments):
    return Client(user_email=USER, password=PASSWORD, status_poll_delay=0, **arguments)


def id_of(entries, name):
    return next(entry.id for entry in entries if entry.name == name)


@pytest.fixture
def client(anaplan):
    """A client inside the model "Sales Planning"."""
    tenant = basic()
    workspace = id_of(tenant.get_workspaces(), "Finance")
    model = id_of(tenant.get_models(), "Sales Planning")
    return basic(workspace_id=workspace, model_id=model)


@pytest.fixture
def sales(client):
    return client.tr


def rows(content: bytes):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# Signing in


def test_basic(anaplan):
    assert [workspace.name for workspace in basic().get_workspaces()] == ["Finance", "Operations"]
    with pytest.raises(InvalidCredentialsException):
        Client(user_email=USER, password="wrong")


def test_a_new_token_is_fetched_when_one_expires(client, anaplan):
    anaplan.control("POST", "clock", json={"advance": "36m"})
    assert client.get_exports()


def test_certificate(anaplan):
    key = (HERE / "certificate/key.pem").read_bytes()
    certificate = (HERE / "certificate/certificate.pem").read_bytes()
    client = Client(certificate=certificate, private_key=key)
    assert client.audit.get_user().email == "robot@anaplan-sql.example"
    stranger = (HERE / "certificate/other.pem").read_bytes()
    with pytest.raises(InvalidCredentialsException):
        Client(certificate=stranger, private_key=key)


def test_refresh_token(anaplan):
    oauth = Oauth(CLIENT, SECRET, REDIRECT)
    url, state = oauth.authorization_url()
    token = oauth.fetch_token(authorize(anaplan, url, REDIRECT), state)
    assert token["expires_in"] == 2100
    auth = AnaplanRefreshTokenAuth(CLIENT, SECRET, REDIRECT, token)
    client = Client(auth=auth)
    assert client.audit.get_user().email == USER
    anaplan.control("POST", "clock", json={"advance": "36m"})
    assert client.audit.get_user().email == USER
    assert auth.token["refresh_token"] != token["refresh_token"]
    spent = AnaplanRefreshTokenAuth(CLIENT, SECRET, REDIRECT, {**token, "access_token": "gone"})
    with pytest.raises((InvalidCredentialsException, AnaplanException)):
        Client(auth=spent).audit.get_user()
    assert anaplan.control("GET", "counters").json()["oauth"]["reuse_violations"] >= 1


# Reading


def test_listings(client, sales):
    assert "Revenue by Region" in [export.name for export in client.get_exports()]
    assert {process.name for process in client.get_processes()} == {"Monthly load", "Clean up"}
    assert len(client.get_imports()) == 3
    assert len(client.get_actions()) == 4
    assert len(client.get_files()) > 3
    assert client.get_model().name == "Sales Planning"
    assert client.get_workspace().name == "Finance"
    lists = sales.get_lists()
    assert "Customers" in [entry.name for entry in lists]
    for entry in lists:
        metadata = sales.get_list_metadata(entry.id)
        items = sales.get_list_items(entry.id)
        # The top-level item is counted, and not listed.
        assert metadata.item_count - len(items) in (0, 1)
    modules = sales.get_modules()
    for module in modules:
        assert sales.get_line_items(module.id) is not None
    for view in sales.get_views():
        info = sales.get_view_info(view.id)
        assert info.view_id == view.id
    assert sales.get_model_status().current_step == "Open"
    assert sales.get_model_details().name == "Sales Planning"
    inside = client.get_models(only_in_workspace=True)
    assert "Sales Planning" in [model.name for model in inside]
    assert len(client.audit.get_users()) >= 2


def test_dimensions(sales):
    revenue = next(item for item in sales.get_line_items() if item.name == "Revenue")
    dimensions = sales.get_line_item_dimensions(revenue.id)
    names = {dimension.name for dimension in dimensions}
    assert names == {"Regions", "Products", "Time", "Versions"}
    products = id_of(dimensions, "Products")
    people = id_of(sales.get_lists(), "Sales People")
    assert len(sales.get_dimension_items(people)) == 10
    found = sales.lookup_dimension_items(products, names=["barista one"], codes=["SKU-105"])
    assert [item.name for item in found] == ["Barista One", "Barista Pro"]
    view = id_of(sales.get_modules(), "REV02 Revenue Plan")
    months = sales.get_view_dimension_items(view, 20000000003)
    assert {"Jan 26", "Q1 FY26", "FY26"} <= {month.name for month in months}


def test_view_data(sales):
    view = next(view.id for view in sales.get_views() if "Machines only" in view.name)
    data = sales.get_view_data(view)
    assert [row["rowCoordinates"] for row in data["rows"]][0] == ["Barista One"]
    grid = sales.get_view_data(view, data_format="text/csv").decode()
    assert grid.splitlines()[0].startswith(",List Price")
    assert len(sales.get_view_data(view, data_format="text/csv", max_rows=2).splitlines()) == 3


def test_calendar_and_versions(sales):
    assert sales.get_current_period().period_text == "Jun 26"
    assert sales.set_current_period("2026-07-15").period_text == "Jul 26"
    assert sales.get_current_period().last_day == "2026-07-31"
    calendar = sales.get_model_calendar()
    assert calendar.calendar_type == "Calendar Months/Quarters/Years"
    assert sales.set_current_fiscal_year("FY26").year == "FY26"


def test_audit_and_scim(client):
    client.get_exports()
    events = client.audit.get_events(days_into_past=30)
    assert events and all("eventTypeId" in event for event in events)
    users = client.scim.get_users()
    assert USER in [user.user_name for user in users]
    assert [user.user_name for user in client.scim.get_users(f'userName eq "{USER}"')] == [USER]
    assert client.scim.get_user(users[0].id).id == users[0].id
    assert client.scim.get_service_provider_config()
    assert client.scim.get_resource_types()
    assert client.scim.get_resource_schemas()
    new = {
        "externalId": "E-17",
        "userName": "sdk@anaplan-sql.example",
        "name": {"familyName": "Kit", "givenName": "Sid"},
        "emails": [{"value": "sdk@anaplan-sql.example", "type": "work", "primary": True}],
        "entitlements": [],
    }
    made = client.scim.add_user(new)
    assert client.scim.get_user(made.id).name.given_name == "Sid"
    changed = {**new, "id": made.id, "name": {"familyName": "Kit", "givenName": "Sidney"}}
    assert client.scim.replace_user(made.id, changed).name.given_name == "Sidney"
    off = client.scim.update_user(made.id, [{"op": "replace", "path": "active", "value": False}])
    assert off.active is False


# Files and actions


def test_export_and_download(client):
    export = id_of(client.get_exports(), "Revenue by Region")
    table = rows(client.export_and_download(export))
    assert len(table) == 8 * 16 * 24
    assert {row["Region"] for row in table} >= {"DACH", "UK & Ireland"}
    assert b"".join(client.get_file_stream(export)) == client.get_file(export)
    tasks = client.get_task_summaries(export)
    assert client.get_task_status(export, tasks[-1].id).task_state == "COMPLETE"


def test_a_file_of_several_chunks(client, anaplan):
    export = id_of(client.get_exports(), "Customers")
    whole = client.export_and_download(export)
    anaplan.control("PUT", "limits", json={"chunk_size": 10_000})
    try:
        assert client.export_and_download(export) == whole
        file = next(file for file in client.get_files() if file.id == export)
        assert file.chunk_count > 3
        assert b"".join(client.get_file_stream(export, batch_size=2)) == whole
    finally:
        anaplan.control("PUT", "limits", json={"chunk_size": 10_000_000})


def test_upload_and_import(client, sales):
    file = id_of(client.get_files(), "customers.csv")
    load = id_of(client.get_imports(), "Customers from customers.csv")
    content = 'Name,Code,Segment,Region,Limit\n"Å ""new"" one",C90001,Enterprise,DACH,5000\n'
    task = client.upload_and_import(file, content, load)
    assert task.result.successful
    customers = id_of(sales.get_lists(), "Customers")
    items = sales.get_list_items(customers)
    made = next(item for item in items if item.code == "C90001")
    assert made.name == 'Å "new" one'
    assert made.parent == "Enterprise"
    assert client.get_file(file).decode() == content
    lines = (f"Uploaded {i},C8{i:04},Enterprise,DACH,{i}\n" for i in range(30))
    pieces = itertools.chain(["Name,Code,Segment,Region,Limit\n"], lines)
    client.upload_file_stream(file, pieces, batch_size=4)
    assert client.run_action(load).result.successful
    codes = {item.code for item in sales.get_list_items(customers)}
    assert {f"C8{i:04}" for i in range(30)} <= codes


def test_process(client):
    process = id_of(client.get_processes(), "Monthly load")
    task = client.run_action(process)
    assert len(task.result.nested_results) == 4


def test_a_failed_action_is_an_error(anaplan):
    tenant = basic()
    workspace = id_of(tenant.get_workspaces(), "Operations")
    model = id_of(tenant.get_models(), "Demand Planning")
    client = basic(workspace_id=workspace, model_id=model)
    with pytest.raises(AnaplanActionError):
        client.run_action(id_of(client.get_exports(), "Rejected forecast"))
    optimizer = id_of(client.get_actions(), "Optimise stock")
    task = client.run_action(optimizer)
    assert client.get_optimizer_log(optimizer, task.id)


def test_absent_things(client):
    with pytest.raises(InvalidIdentifierException):
        client.get_file(116999999999)


# Writing


def test_list_items(sales):
    segments = id_of(sales.get_lists(), "Segments")
    result = sales.insert_list_items(
        segments, [{"name": "Public", "code": "PUB"}, {"name": "Enterprise"}]
    )
    assert (result.added, result.ignored, len(result.failures)) == (1, 1, 1)
    assert "Public" in [item.name for item in sales.get_list_items(segments)]
    assert sales.delete_list_items(segments, [{"code": "PUB"}]).deleted == 1
    assert "Public" not in [item.name for item in sales.get_list_items(segments)]
    sales.reset_list_index(id_of(sales.get_lists(), "Empty list"))


def test_cells(sales):
    module = id_of(sales.get_modules(), "REV03 Assumptions")
    growth = {"lineItemName": "Growth %", "value": "7.25"}
    assert sales.update_module_data(module, [growth]) == 1
    data = sales.get_view_data(module)
    assert "7.25" in str(data)


def test_waking_and_closing(client, sales):
    sales.wake_model()
    sales.close_model()
    gone = client.delete_models(["0" * 32])
    assert (gone.models_deleted, len(gone.failures)) == (0, 1)


# The asynchronous client goes other ways inside.


@pytest.mark.asyncio
async def test_asynchronous(anaplan):
    tenant = anaplan_sdk.AsyncClient(user_email=USER, password=PASSWORD, status_poll_delay=0)
    workspace = id_of(await tenant.get_workspaces(), "Finance")
    model = id_of(await tenant.get_models(), "Sales Planning")
    client = anaplan_sdk.AsyncClient(
        workspace, model, user_email=USER, password=PASSWORD, status_poll_delay=0
    )
    export = id_of(await client.get_exports(), "Customers")
    assert len(rows(await client.export_and_download(export))) == 1200
    file = id_of(await client.get_files(), "products.csv")
    load = id_of(await client.get_imports(), "Products from products.csv")
    content = "Product,Code,Family,Price,Launch\nTravel Mug,SKU-900,Accessories,19.9,2026-01-01\n"
    task = await client.upload_and_import(file, content, load)
    assert task.result.successful
    products = id_of(await client.tr.get_lists(), "Products")
    assert "SKU-900" in [item.code for item in await client.tr.get_list_items(products)]


# What all of these have called, so that none of it can go without a test that fails.


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_client_has_called(operation, request, simulator):
    config = request.config
    if config.getoption("keyword") or any("::" in argument for argument in config.args):
        pytest.skip("says something after all other tests only")
    method, path = operation.split()
    found = simulator.control("GET", "requests", params={"method": method, "path": path}).json()
    assert any(answer["status"] in (200, 201, 202, 204, 302) for answer in found["requests"])
