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
    "Lists.Regions": """SELECT id, "Name" AS name, "Code" AS code FROM csv.regions""",
    "Lists.Customers": """
        SELECT c.id, c."Name" AS name, c."Code" AS code, r."Name" AS parent, r.id AS parent_id,
               c."Large", c."Limit", c."Since", c."Remark"
        FROM csv.customers c LEFT JOIN csv.regions r ON r.id = c."Parent\"""",
    "Lists.Shops": """
        SELECT s.id, s."Name" AS name, s."Code" AS code, c."Name" AS parent, c.id AS parent_id,
               s."Area"
        FROM csv.shops s LEFT JOIN csv.customers c ON c.id = s."Parent\"""",
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
    # With their top level items.
    "information.lists": """
        SELECT name, items AS item_count, parent AS parent_name FROM (VALUES
            ('Groups', (SELECT count(*) + 1 FROM csv.groups), NULL),
            ('Regions', (SELECT count(*) + 1 FROM csv.regions), NULL),
            ('Products', (SELECT count(*) FROM csv.products), 'Groups'),
            ('Customers', (SELECT count(*) FROM csv.customers), 'Regions'),
            ('Shops', (SELECT count(*) FROM csv.shops), 'Customers')
        ) AS lists(name, items, parent)""",
    "information.line_items": """
        SELECT module AS module_name, name, format FROM (VALUES
            ('Sales', 'Revenue', 'NUMBER'), ('Sales', 'Units', 'NUMBER'),
            ('Sales', 'Open', 'BOOLEAN'), ('Sales', 'From', 'DATE'), ('Sales', 'Note', 'TEXT'),
            ('Sales', 'Partner', 'LIST'), ('Sales', 'Due', 'TIME PERIOD'),
            ('Prices', 'Price', 'NUMBER'), ('Prices', 'Valid', 'DATE'),
            ('Prices', 'Sold', 'BOOLEAN'), ('Prices', 'Target', 'NUMBER')
        ) AS items(module, name, format)""",
}

# What columns of these names hold, and those of lists. Columns of the same domain may be joined.
DOMAINS = {
    "product": ["Products", "Product"],
    "region": ["Regions", "Home", "Partner"],
    "month": ["Time", "Due"],
    "customer": ["Customer"],
}
LISTS = {
    "Lists.Products": ("product", "group"),
    "Lists.Groups": ("group", None),
    "Lists.Regions": ("region", None),
    "Lists.Customers": ("customer", "region"),
    "Lists.Shops": ("shop", "customer"),
    "information.lists": ("list", "list"),
    "information.line_items": ("line item", "module"),
}
# Domains of a list and of those above it: names, codes and ids of one are looked for in the others.
FAMILIES = [
    {"product", "product code", "product id", "group", "group code", "group id"},
    {"region", "region code", "region id", "customer", "customer code", "customer id", "shop",
     "shop code", "shop id"},
    {"list", "module", "line item", "region", "group"},
]

SCHEMAS = {
    "products": {
        "id": "VARCHAR", "Name": "VARCHAR", "Code": "VARCHAR", "Parent": "VARCHAR",
        "Key": "BOOLEAN", "Price": "DOUBLE", "Launched": "DATE", "Active": "BOOLEAN",
        "Note": "VARCHAR", "Home": "VARCHAR",
    },
    "groups": {"id": "VARCHAR", "Name": "VARCHAR", "Code": "VARCHAR"},
    "regions": {"id": "VARCHAR", "Name": "VARCHAR", "Code": "VARCHAR"},
    "customers": {
        "id": "VARCHAR", "Name": "VARCHAR", "Code": "VARCHAR", "Parent": "VARCHAR", "Large": "BOOLEAN",
        "Limit": "DOUBLE", "Since": "DATE", "Remark": "VARCHAR",
    },
    "shops": {
        "id": "VARCHAR", "Name": "VARCHAR", "Code": "VARCHAR", "Parent": "VARCHAR",
        "Area": "DOUBLE",
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


def spelled(table: str) -> str:
    """A table as statements name it."""
    return table if table.startswith("information.") else f'"{table}"'


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
        # A name or a code may be that of an item of the list above.
        customers[40:44] = [REGIONS[0], REGIONS[2], "Shop 0007", "20300"]
        shops = [f"Shop {number:04}" for number in range(1, 1200)]
        shops[30:50] = [*customers[60:77], customers[41], REGIONS[1], REGIONS[4]]
        regions = [str(20300 + number) for number in range(len(REGIONS))]
        customer_ids = [str(21000 + number) for number in range(len(customers))]
        codes = [self.maybe(f"{pick('cC')}{number}", 0.1) for number in range(len(customers))]
        codes[20:23] = ["R0", "R3", "20301"]
        shop_codes = [self.maybe(f"s{number}", 0.1) for number in range(len(shops))]
        shop_codes[10:25] = ["R1", "R3", "20302", *codes[100:112]]
        return {
            "groups": [[str(20100 + number), name, f"G{number}"] for number, name in enumerate(GROUPS)],
            "regions": [
                [regions[number], name, f"R{number}"] for number, name in enumerate(REGIONS)
            ],
            "products": [
                [str(20200 + number), name, self.maybe(f"P{number}"), parent(number), flag(),
                 self.maybe(self.number(400)), self.maybe(self.day()), self.maybe(flag()),
                 self.maybe(pick(NOTES)), self.maybe(pick(REGIONS))]
                for number, name in enumerate(PRODUCTS)
            ],
            "customers": [
                [customer_ids[number], name, codes[number], self.maybe(pick(regions), 0.1),
                 flag(), self.maybe(self.number(9000)), self.maybe(self.day()),
                 self.maybe(pick(NOTES), 0.7)]
                for number, name in enumerate(customers)
            ],
            "shops": [
                [str(23000 + number), name, shop_codes[number],
                 self.maybe(pick(customer_ids), 0.1), self.maybe(self.number(4000))]
                for number, name in enumerate(shops)
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
        targets = ", ".join(
            f"[{text(region)}, {target}]" for region, target in self.read("targets") if target
        )
        limits = "".join(f"{key} = {text(value)}\n" for key, value in limits.items())
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
    {self.items("groups")}
]

[[lists]]
name = "Regions"
top_level = "World"
items = [
    {self.items("regions")}
]

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
    {self.items("products")}
]

[[lists]]
name = "Customers"
parent = "Regions"
subsets = ["Large"]
properties = [
    {{ name = "Limit", format = "number" }},
    {{ name = "Since", format = "date" }},
    {{ name = "Remark" }},
]
items = [
    {self.items("customers")}
]

[[lists]]
name = "Shops"
parent = "Customers"
properties = [{{ name = "Area", format = "number" }}]
items = [
    {self.items("shops")}
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
    {{ name = "Note", format = "text", hidden = true }},
    {{ name = "Partner", format = "list", list = "Regions", hidden = true }},
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

    def items(self, name: str) -> str:
        """The items of a list, as the scenario has them."""
        text = lambda value: json.dumps(value, ensure_ascii=False)
        subsets = {"products": ["Key"], "customers": ["Large"]}.get(name, [])
        own = ["id", "Name", "Code", "Parent"]
        items = []
        for cells in self.read(name):
            row = {key: cell for key, cell in zip(SCHEMAS[name], cells) if cell}
            item = [f"{key.lower()} = {text(row[key])}" for key in own if key in row]
            item.append(f"subsets = {text([it for it in subsets if row[it] == 'true'])}")
            properties = [
                f"{key} = {text(value)}"
                for key, value in row.items() if key not in own and key not in subsets
            ]
            item.append(f"properties = {{ {', '.join(properties)} }}")
            items.append(f"{{ {', '.join(item)} }}")
        return ",\n    ".join(items)

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
        database.execute("CREATE SCHEMA information")
        for name, select in TABLES.items():
            database.execute(f"CREATE TABLE {spelled(name)} AS {select}")
        return database


# Limits so tight that nothing comes in one piece.
NARROW = {
    "page_cap": 3,
    "chunk_size": 2500,
    "cells": 2000,
    "items": 500,
    "read_page_rows": 400,
}
