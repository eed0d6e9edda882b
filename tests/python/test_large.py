"""The largest of the example scenarios, read by the program: right figures, flat memory, few
requests. What is expected is computed here from the scenario's seeds, in another language than the
simulator's."""

import base64
import csv
import pathlib
import re
import subprocess
import tempfile
import time

import httpx
import pytest
from conftest import ROOT, Simulator, program

USER, PASSWORD = "planner@example.com", "coffee"
CUSTOMERS, REGIONS = 2_000_000, 25
# What is held at a time: some pages of a large read, and some batches.
MOST_KIB = 400 * 1024

MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15


def most_memory(process: int) -> int:
    """The most memory that a running program has had, in KiB. What the system tells at its end also counts
    what this process had when it started the program."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else 0


def mix(value: int) -> int:
    """The finalizer of splitmix64."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def start(seed: int, place: int) -> int:
    return mix(seed ^ (place * 0xA24BAED4963EE407 & MASK))


def draw(state: int, number: int) -> int:
    """The so many-th draw from a state, from 1."""
    return mix((state + number * STEP) & MASK)


def customer(number: int) -> tuple[str, int, bool]:
    """Region, credit limit, and whether it is a key account, of a customer counted from 0."""
    state = start(2, number)
    # Draws: region, since, credit limit, delivered from, key account.
    region = f"Region {draw(state, 1) % REGIONS + 1:02}"
    return region, draw(state, 3) % 1001, draw(state, 5) % 100 < 30


def cell(seed: int, low: int, high: int, blanks: int, keys: list[int]) -> float | None:
    """A number of the module, in hundredths before it is shown."""
    place = seed
    for key in keys:
        place = mix(place ^ mix(key))
    state = start(seed, place)
    if draw(state, 1) % 100 < blanks:
        return None
    return (low + draw(state, 2) % (high - low + 1)) / 100


class Large:
    def __init__(self):
        scenario = ROOT / "examples/scenarios/large.toml"
        self.simulator = Simulator("--scenario", str(scenario))
        self.simulator.control("PUT", "limits", json={"requests_per_minute": 0})

    def paths(self) -> list[str]:
        answer = self.simulator.control("GET", "requests").json()
        return [
            f"{it['method']} " + re.sub(r"/([0-9A-Fa-f]{12,}|\d+)(?=/|$)", "/*", it["path"].removeprefix("/2/0"))
            for it in answer["requests"]
        ]

    def run(self, *statements: str, keys: str = "Workspace=Group;Model=Group Plan"):
        """The rows of the last statement, the requests, and the most memory, in KiB."""
        before = len(self.paths())
        connection = f"Endpoint={self.simulator.url};User={USER};Password={PASSWORD};{keys}"
        command = [program(), "--connect", connection, "--format", "csv", "--quiet"]
        for statement in statements:
            command += ["-c", statement]
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            process = subprocess.Popen(command, stdout=output)
            peak = 0
            while process.poll() is None:
                peak = max(peak, most_memory(process.pid))
                time.sleep(0.01)
            assert process.returncode == 0, statements
            output.seek(0)
            rows = list(csv.reader(output))[1:]
        return rows, self.paths()[before:], peak

    def service(self):
        """Asks the service itself."""
        client = httpx.Client(base_url=self.simulator.url)
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        answer = client.post("/token/authenticate", headers={"Authorization": f"Basic {basic}"})
        token = answer.json()["tokenInfo"]["tokenValue"]
        client.headers["Authorization"] = f"AnaplanAuthToken {token}"
        return client


@pytest.fixture(scope="module")
def large():
    large = Large()
    yield large
    large.simulator.stop()


# What every statement about a model costs first.
OPEN = ["POST /token/authenticate", "GET /workspaces", "GET /workspaces/*/models"]


def opened(requests: list[str]) -> list[str]:
    """What is asked once a session is open."""
    assert requests[:3] == OPEN
    return requests[3:]


def test_four_thousand_schemas_cost_one_request_each_for_workspaces_and_models(large):
    rows, requests, _ = large.run("\\dn", keys="Workspace=Group")
    assert len(rows) > 4000
    assert opened(requests) == []
    rows, requests, _ = large.run("SELECT count(*) FROM information.models", keys="")
    assert rows == [["4000"]]
    # Both at the same time.
    assert requests == [OPEN[0], "GET /models"]


def test_items_are_found_by_code_without_reading_the_list(large):
    rows, requests, _ = large.run(
        """SELECT code, name FROM "Lists.Products" WHERE code IN ('P00007', 'P22650')
           ORDER BY code"""
    )
    assert rows == [["P00007", "Product 00007"], ["P22650", "Product 22650"]]
    lists = ["GET /models/*/lists", "GET /models/*/lists/*"]
    assert opened(requests) == [*lists, "POST /models/*/dimensions/*/items"]


def test_two_million_items_are_read_in_the_memory_of_some(large):
    figures = """count(*), sum("Credit limit"), count(*) FILTER (WHERE "Key accounts")"""
    expected = {f"Region {number:02}": [0, 0, 0] for number in range(1, REGIONS + 1)}
    peaks, first = [], 0
    for count in [CUSTOMERS // 4, CUSTOMERS]:
        rows, requests, peak = large.run(
            f"""SELECT parent, {figures} FROM (SELECT parent, "Credit limit", "Key accounts"
                FROM "Lists.Customers" LIMIT {count}) GROUP BY 1"""
        )
        for number in range(first, count):
            region, limit, is_key = customer(number)
            sums = expected[region]
            sums[0] += 1
            sums[1] += limit
            sums[2] += is_key
        first = count
        assert {name: [int(n), float(sum), int(keys)] for name, n, sum, keys in rows} == expected
        # A page has 10,000 rows. One may be under way when there are enough.
        read = "/workspaces/*/models/*/lists/*/readRequests"
        assert count // 10_000 <= requests.count(f"GET {read}/*/pages/*") <= count // 10_000 + 2
        assert requests.count(f"POST {read}") == requests.count(f"DELETE {read}/*") == 1
        peaks.append(peak)
    print(f"peak memory: {peaks[0] >> 10} and {peaks[1] >> 10} MiB")
    assert 0 < max(peaks) < MOST_KIB
    # Four times the rows, and no more of them are held.
    assert peaks[1] < peaks[0] * 1.25


def test_a_few_of_thirty_million_cells_cost_a_few_requests(large):
    service = large.service()
    models = service.get("/2/0/models").json()["models"]
    model = next(it["id"] for it in models if it["name"] == "Group Plan")
    module = service.get(f"/2/0/models/{model}/modules").json()["modules"][0]["id"]
    ids = {}
    lists = {it["name"]: it["id"] for it in service.get(f"/2/0/models/{model}/lists").json()["lists"]}
    for name in ["Products", "Regions"]:
        answer = service.get(f"/2/0/models/{model}/dimensions/{lists[name]}/items").json()
        ids[name] = {it["name"]: int(it["id"]) for it in answer["items"]}
    answer = service.get(f"/2/0/models/{model}/views/{module}/dimensions/20000000003/items").json()
    ids["Time"] = {it["name"]: int(it["id"]) for it in answer["items"] }

    rows, requests, peak = large.run(
        """SELECT "Products", "Regions", "Time", "Revenue", "Units", "Price"
           FROM "Modules.Sales" WHERE "Products" = 'Product 12345'"""
    )
    assert len(rows) == REGIONS * 12
    for product, region, month, *cells in rows:
        keys = [ids["Products"][product], ids["Regions"][region], ids["Time"][month]]
        revenue = cell(4, 0, 1_000_000, 10, keys)
        units = cell(5, 100, 50_000, 0, keys)
        expected = [revenue, units, (revenue or 0) / units]
        for found, wanted in zip(cells, expected):
            assert (float(found) if found else None) == pytest.approx(wanted), keys
    print(f"peak memory: {peak >> 10} MiB")
    once = ["GET /models/*/modules", "GET /models/*/modules/*/lineItems", "GET /models/*/views/*"]
    # The items that the view shows, of each list and of time, and whose parents they are.
    shown, whole = "GET /models/*/views/*/dimensions/*/items", "GET /models/*/lists/*/items"
    assert sorted(opened(requests)) == sorted(
        [*once, shown, shown, whole, whole, "GET /models/*/views/*/data"]
    )
    assert 0 < peak < MOST_KIB
