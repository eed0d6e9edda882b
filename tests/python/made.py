"""A tenant that one seed makes: a scenario for the simulator, and the same rows for DuckDB.

Both are filled from the CSV files written here, so that no row reaches DuckDB through the client
that it is to check.
"""

import csv
import json
import random
from pathlib import Path

import duckdb

MONTHS = [f"{month} 26" for month in "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()]
GROUPS = ["Hot drinks", "Cold drinks", "Kram & Co."]
# Names that a careless client gets wrong: quotes, commas, dots, wildcards, other scripts.
PRODUCTS = [
    "Tea",
    "Tea, green",
    'Coffee "dark"',
    "O'Brien's",
    "100% juice",
    "under_score",
    "a.b/c",
    "Größe",
    "茶 ☕",
    "EARL GREY",
    "Null",
    "-",
]
REGIONS = ["North", "South", "East", "West", "Übersee", "far north"]
NOTES = ["new", "new price list, see \"Q3\"", "two\nlines", "50%", "a_b", "ß", "🙂", "true", "0"]

MONTH = """max(CASE WHEN s."Time" = '{0}' THEN CASE i.item WHEN 'Revenue' THEN s."Revenue"
    ELSE s."Units" END END) AS "{0}\""""
EACH_MONTH = ", ".join(MONTH.format(month) for month in MONTHS)

# Every cell is a multiple of a quarter and small, so that sums are exact in whatever order.
TABLES = {
    "Lists.Products": """
        SELECT p.id, p."Name" AS name, p."Code" AS code, p."Parent" AS parent, g.id AS parent_id,
               p."Key", p."Price", p."Launched", p."Active", p."Note", p."Home"
        FROM csv.products p LEFT JOIN csv.groups g ON g."Name" = p."Parent\"""",
    "Lists.Groups": """SELECT id, "Name" AS name, "Code" AS code FROM csv.groups""",
    "Lists.Customers": """
        SELECT "Name" AS name, "Code" AS code, "Parent" AS parent, "Large", "Limit", "Since",
               "Remark" FROM csv.customers""",
    "Modules.Sales": """SELECT * FROM csv.sales""",
    "Modules.Prices": """SELECT * FROM csv.prices""",
    "Modules.Prices.Target": """SELECT * FROM csv.targets""",
    "Orders": """SELECT * FROM csv.orders""",
    "Views.Sales.By month": f"""
        SELECT s."Regions", i.item AS "Line items", s."Products", {EACH_MONTH}
        FROM csv.sales s, (VALUES ('Revenue'), ('Units')) AS i(item) GROUP BY 1, 2, 3""",
    "Views.Sales.Items, across": """
        SELECT "Time", "Products", "Regions", "Revenue", "Units", "Open", "From", "Note", "Partner",
               "Due" FROM csv.sales""",
}

# Columns of the same domain may be joined.
DOMAINS = {
    "product": ["Products", "Product"],
    "region": ["Regions", "Home", "Partner"],
    "month": ["Time", "Due"],
    "customer": ["Customer"],
}

SCHEMAS = {
    "products": {
        "id": "VARCHAR", "Name": "VARCHAR", "Code": "VARCHAR", "Parent": "VARCHAR",
        "Key": "BOOLEAN", "Price": "DOUBLE", "Launched": "DATE", "Active": "BOOLEAN",
        "Note": "VARCHAR", "Home": "VARCHAR",
    },
    "groups": {"id": "VARCHAR", "Name": "VARCHAR", "Code": "VARCHAR"},
    "regions": {"Name": "VARCHAR", "Code": "VARCHAR"},
    "customers": {
        "Name": "VARCHAR", "Code": "VARCHAR", "Parent": "VARCHAR", "Large": "BOOLEAN",
        "Limit": "DOUBLE", "Since": "DATE", "Remark": "VARCHAR",
    },
    "sales": {
        "Products": "VARCHAR", "Regions": "VARCHAR", "Time": "VARCHAR", "Revenue": "DOUBLE",
        "Units": "DOUBLE", "Open": "BOOLEAN", "From": "DATE", "Note": "VARCHAR",
        "Partner": "VARCHAR", "Due": "VARCHAR",
    },
    "prices": {"Products": "VARCHAR", "Price": "DOUBLE", "Valid": "DATE", "Sold": "BOOLEAN"},
    "targets": {"Regions": "VARCHAR", "Target": "DOUBLE"},
    "orders": {
        "Order": "VARCHAR", "Customer": "VARCHAR", "Product": "VARCHAR", "Day": "DATE",
        "Quantity": "DOUBLE", "Paid": "BOOLEAN", "Remark": "VARCHAR",
    },
}


class Made:
    """The files of one seed, in a folder."""

    def __init__(self, folder: Path, seed: int):
        self.folder = folder
        self.random = random.Random(f"tenant {seed}")
        for name, rows in self.rows().items():
            with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(SCHEMAS[name])
                writer.writerows([self.cell(value) for value in row] for row in rows)
        for name, limits in [("roomy", {}), ("narrow", NARROW)]:
            (folder / f"{name}.toml").write_text(self.scenario(limits), encoding="utf-8")

    @staticmethod
    def cell(value) -> str:
        match value:
            case None:
                return ""
            case bool():
                return str(value).lower()
            case _:
                return str(value)

    def maybe(self, value, blank: float = 0.2):
        return None if self.random.random() < blank else value

    def number(self, most: int) -> float:
        return self.random.randint(-most // 10, most) / 4

    def day(self) -> str:
        month = self.random.randint(1, 12)
        return f"{self.random.choice([2024, 2025, 2026])}-{month:02}-{self.random.randint(1, 28):02}"

    def rows(self) -> dict[str, list[list]]:
        pick, chance = self.random.choice, self.random.random
        flag = lambda: chance() < 0.4
        # Every group has a product: one without would be a leaf of the module.
        parent = lambda number: GROUPS[number] if number < len(GROUPS) else pick(GROUPS)
        sales = [
            [product, region, month, self.maybe(self.number(4000)), self.maybe(self.number(80)),
             flag(), self.maybe(self.day()), self.maybe(pick(NOTES), 0.6),
             self.maybe(pick(REGIONS)), self.maybe(pick(MONTHS), 0.5)]
            for product in PRODUCTS for region in REGIONS for month in MONTHS
        ]
        self.targets = [[region, self.maybe(self.number(9000))] for region in REGIONS]
        customers = [f"Customer {number:04}" for number in range(1, 1400)]
        # Names and codes are unique in whichever case: the service doesn't mind it.
        customers[5] = "CUSTOMER 0006"
        return {
            "groups": [[str(20100 + number), name, f"G{number}"] for number, name in enumerate(GROUPS)],
            "regions": [[name, f"R{number}"] for number, name in enumerate(REGIONS)],
            "products": [
                [str(20200 + number), name, self.maybe(f"P{number}"), parent(number), flag(),
                 self.maybe(self.number(400)), self.maybe(self.day()), self.maybe(flag()),
                 self.maybe(pick(NOTES)), self.maybe(pick(REGIONS))]
                for number, name in enumerate(PRODUCTS)
            ],
            "customers": [
                [name, self.maybe(f"{pick('cC')}{number}", 0.1), self.maybe(pick(REGIONS), 0.1),
                 flag(), self.maybe(self.number(9000)), self.maybe(self.day()),
                 self.maybe(pick(NOTES), 0.7)]
                for number, name in enumerate(customers)
            ],
            "sales": sales,
            "prices": [
                [product, self.maybe(self.number(400)), self.maybe(self.day()), flag()]
                for product in PRODUCTS
            ],
            "targets": self.targets,
            "orders": [
                [f"O{number:03}", self.maybe(pick(customers), 0.1), self.maybe(pick(PRODUCTS), 0.1),
                 self.maybe(self.day(), 0.1), self.maybe(self.number(100), 0.1),
                 self.maybe(flag(), 0.1), self.maybe(pick(NOTES))]
                for number in range(400)
            ],
        }

    def scenario(self, limits: dict) -> str:
        text = lambda value: json.dumps(value, ensure_ascii=False)
        group = [
            f"{{ name = {text(name)}, code = {text(code)}, id = {text(id)} }}"
            for id, name, code in self.read("groups")
        ]
        product = []
        for id, name, code, parent, key, price, launched, active, note, home in self.read("products"):
            properties = {
                "Price": price, "Launched": launched, "Active": active, "Note": note, "Home": home,
            }
            filled = ", ".join(f"{key} = {text(value)}" for key, value in properties.items() if value)
            product.append(
                f"{{ name = {text(name)}, id = {text(id)}, parent = {text(parent)}, "
                + (f"code = {text(code)}, " if code else "")
                + ('subsets = ["Key"], ' if key == "true" else "")
                + f"properties = {{ {filled} }} }}"
            )
        targets = ", ".join(
            f"[{text(region)}, {target}]" for region, target in self.read("targets") if target
        )
        limits = "".join(f"{key} = {text(value)}\n" for key, value in limits.items())
        join = ",\n    ".join
        return f"""
[limits]
requests_per_minute = 0
task_queued = "0s"
task_running = "0s"
{limits}
[[users]]
email = "demo@anaplan-sql.example"
password = "demo"

[[workspaces]]
name = "W"

[[models]]
name = "M"
calendar = {{ fiscal_year = 2026, past_years = 0 }}

[[lists]]
name = "Groups"
top_level = "All products"
items = [
    {join(group)}
]

[[lists]]
name = "Regions"
top_level = "World"
csv = "regions.csv"

[[lists]]
name = "Products"
parent = "Groups"
subsets = ["Key"]
properties = [
    {{ name = "Price", format = "number" }},
    {{ name = "Launched", format = "date" }},
    {{ name = "Active", format = "boolean" }},
    {{ name = "Note" }},
    {{ name = "Home", format = "list", list = "Regions" }},
]
items = [
    {join(product)}
]

[[lists]]
name = "Customers"
parent = "Regions"
subsets = ["Large"]
csv = "customers.csv"
properties = [
    {{ name = "Limit", format = "number" }},
    {{ name = "Since", format = "date" }},
    {{ name = "Remark" }},
]

[[modules]]
name = "Sales"
dimensions = ["Products", "Regions", "Time"]
csv = "sales.csv"
line_items = [
    {{ name = "Revenue" }},
    {{ name = "Units", summary = "average" }},
    {{ name = "Open", format = "boolean" }},
    {{ name = "From", format = "date" }},
    {{ name = "Note", format = "text" }},
    {{ name = "Partner", format = "list", list = "Regions" }},
    {{ name = "Due", format = "time" }},
]
views = [
    {{ name = "By month", pages = ["Regions", "Line Items"], rows = ["Products"], columns = ["Time"], only = {{ "Line Items" = ["Revenue", "Units"] }}, leaves_only = true }},
    {{ name = "Items, across", pages = ["Time"], rows = ["Products", "Regions"], columns = ["Line Items"], leaves_only = true }},
]

[[modules]]
name = "Prices"
dimensions = ["Products"]
csv = "prices.csv"
line_items = [
    {{ name = "Price", summary = "none" }},
    {{ name = "Valid", format = "date" }},
    {{ name = "Sold", format = "boolean" }},
    {{ name = "Target", dimensions = ["Regions"], cells = [{targets}] }},
]

[[exports]]
name = "Orders"
csv = "orders.csv"
columns = [
    {{ name = "Order" }},
    {{ name = "Customer", type = "ENTITY", list = "Customers" }},
    {{ name = "Product", type = "ENTITY", list = "Products" }},
    {{ name = "Day", type = "DATE" }},
    {{ name = "Quantity", type = "NUMBER" }},
    {{ name = "Paid", type = "BOOLEAN" }},
    {{ name = "Remark" }},
]
"""

    def read(self, name: str) -> list[list[str]]:
        with open(self.folder / f"{name}.csv", newline="", encoding="utf-8") as file:
            return list(csv.reader(file))[1:]

    def database(self) -> duckdb.DuckDBPyConnection:
        """DuckDB over the same files, with a table for each of the client's."""
        database = duckdb.connect()
        database.execute("CREATE SCHEMA csv")
        for name, columns in SCHEMAS.items():
            types = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            database.execute(f"CREATE TABLE csv.{name} ({types})")
            # Not DuckDB's own reader of CSV: it takes some texts for missing.
            rows = [[cell or None for cell in row] for row in self.read(name)]
            marks = ", ".join(["?"] * len(columns))
            database.executemany(f"INSERT INTO csv.{name} VALUES ({marks})", rows)
        for name, select in TABLES.items():
            database.execute(f'CREATE TABLE "{name}" AS {select}')
        return database


# Limits so tight that nothing comes in one piece.
NARROW = {
    "page_cap": 3,
    "chunk_size": 2500,
    "cells": 2000,
    "items": 500,
    "read_page_rows": 400,
}
