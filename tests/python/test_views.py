"""Every saved view of the demo tenant as a table, against the service's own JSON of its cells."""

import itertools
import json
import subprocess

import httpx
import pytest
from conftest import PASSWORD, USER, program


def views() -> list[tuple[str, str]]:
    return [
        ("Sales Planning", 'REV02 Revenue Plan.Board "Q" & more, v1.2'),
        ("Sales Planning", "REV02 Revenue Plan.Revenue by Region"),
        ("Sales Planning", "REV01 Price Book.Machines only"),
        ("Sales Planning", "REV04 Customer Plan.Customers by quarter"),
        ("FP&A Hub", "PL01 Profit & Loss.By entity"),
        ("FP&A Hub", "HC01 Headcount.Headcount by Quarter"),
    ]


@pytest.fixture
def service(simulator):
    client = httpx.Client(base_url=f"{simulator.url}", timeout=60)
    answer = client.post("/token/authenticate", auth=(USER, PASSWORD)).json()
    client.headers["Authorization"] = f"AnaplanAuthToken {answer['tokenInfo']['tokenValue']}"
    return client


def own_name(printed: str) -> str:
    """`'Module'.'A "view"'` without what the service puts around names."""
    return ".".join(part.strip("'") for part in printed.split(".", 1))


def in_service(service, model_name: str, view_name: str) -> list[tuple[str, ...]]:
    """Page items, row items, and cells of each row, in the service's order."""
    models = service.get("/2/0/models").json()["models"]
    model = "/2/0/models/" + next(it["id"] for it in models if it["name"] == model_name)
    every = service.get(f"{model}/views").json()["views"]
    view = next(it["id"] for it in every if own_name(it["name"]) == view_name)
    pages = service.get(f"{model}/views/{view}").json().get("pages", [])
    items = []
    for page in pages:
        shown = service.get(f"{model}/views/{view}/dimensions/{page['id']}/items").json()["items"]
        items.append([(page["id"], it["id"], it["name"]) for it in shown])
    rows = []
    for chosen in itertools.product(*items):
        answer = service.get(
            f"{model}/views/{view}/data",
            params={"format": "v1", "pages": ",".join(f"{d}:{i}" for d, i, _ in chosen)}
            if chosen
            else {"format": "v1"},
            headers={"Accept": "application/json"},
        )
        data = answer.json()
        assert answer.status_code == 200, data
        assert data.get("pages", []) == [name for _, _, name in chosen]
        rows += [
            (*data.get("pages", []), *row.get("rowCoordinates", []), *row["cells"])
            for row in data["rows"]
        ]
    return rows


@pytest.mark.parametrize("model, view", views())
def test_a_view_has_the_cells_that_the_service_shows(simulator, service, model, view):
    connection = f"Endpoint={simulator.url};User={USER};Password={PASSWORD};ColumnTypes=Text"
    table = f'"Finance"."{model}"."Views.{view}"'.replace('"Q"', '""Q""')
    expected = in_service(service, model, view)
    assert expected
    run = subprocess.run(
        [program(), "--connect", connection, "--format", "json", "--quiet",
         "-c", f"SELECT * FROM {table}"],
        capture_output=True, text=True, encoding="utf-8", check=True,
    )
    found = [
        tuple("" if cell is None else cell for cell in row.values())
        for row in json.loads(run.stdout)
    ]
    # The items of pages come in whichever order.
    assert sorted(found) == sorted(expected)
