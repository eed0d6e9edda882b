"""The exports that are read: their columns, and text as a model gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

# Imported where they are needed: what measures others should need little memory itself, because a program is charged
# with that of the one that started it.
if TYPE_CHECKING:
    import polars as pl

REGIONS = ["DACH", "France", "Iberia", "Nordics", "UK & Ireland", "US East", "US West", "APAC"]
PRODUCTS = [
    "Barista One",
    "Barista Pro, Twin",
    'Office 400 "Quiet"',
    "Moka Café",
    "Grinder L",
    "Filter 4-pack",
    "Beans\nHouse Blend",
    "Service Plan",
]


@dataclass(frozen=True)
class Shape:
    """An export: the types of its columns by name, how large it is beside the first, and what is summed."""

    columns: dict[str, str]
    share: float
    figure: str


def _columns(kind: str, count: int) -> dict[str, str]:
    return {f"{kind.title()} {number + 1}": kind for number in range(count)}


SHAPES = {
    "mixed": Shape(
        {
            "Transaction": "TEXT",
            "Customer": "TEXT",
            "Region": "ENTITY",
            "Product": "ENTITY",
            "Month": "TIME_ENTITY",
            "Order Date": "DATE",
            "Quantity": "NUMBER",
            "Amount": "NUMBER",
            "Discount %": "NUMBER",
            "Returned": "BOOLEAN",
        },
        1.0,
        "Amount",
    ),
    "narrow": Shape({"Customer": "TEXT", "Month": "TIME_ENTITY", "Revenue": "NUMBER"}, 4.0, "Revenue"),
    "wide": Shape({"Account": "ENTITY"} | _columns("NUMBER", 399), 1 / 34, "Number 399"),
    "long": Shape({"Code": "TEXT", "Comment": "TEXT", "Weight": "NUMBER"}, 1 / 6, "Weight"),
    "blank": Shape({"Account": "ENTITY"} | _columns("NUMBER", 30), 1.9, "Number 30"),
}


def rows(name: str, start: int, count: int) -> pl.DataFrame:
    """So many rows of a shape from one on, the same ones each time."""
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(start)
    number = np.arange(start, start + count)

    def codes(letter: str, numbers, digits: int) -> pl.Series:
        return pl.Series(numbers).cast(pl.String).str.zfill(digits).str.replace("^", letter)

    def pick(values: list[str]) -> pl.Series:
        return pl.Series(np.array(values)[chance.integers(len(values), size=count)])

    def cents(most: int) -> pl.Series:
        return pl.Series(chance.integers(-most // 10, most, size=count) / 100)

    months = [f"{month} 26" for month in ("Jan", "Feb", "Mar", "Apr")]
    if name == "mixed":
        days = pl.Series(chance.integers(20454, 20574, size=count).astype(np.int32)).cast(pl.Date)
        blank = pl.Series(chance.integers(8, size=count) == 0)
        return pl.DataFrame(
            {
                "Transaction": codes("T", number + 1, 8),
                "Customer": codes("C", chance.integers(1200, size=count), 5),
                "Region": pick(REGIONS),
                "Product": pick(PRODUCTS),
                "Month": pick(months),
                "Order Date": days.cast(pl.String),
                "Quantity": chance.integers(500, size=count),
                "Amount": cents(100_000_000),
                "Discount %": cents(2500).set(blank, None),
                "Returned": pl.Series(chance.integers(16, size=count) == 0),
            }
        )
    if name == "narrow":
        return pl.DataFrame(
            {
                "Customer": codes("C", chance.integers(1200, size=count), 5),
                "Month": pick(months),
                "Revenue": cents(10_000_000),
            }
        )
    if name == "wide":
        figures = {f"Number {n + 1}": chance.integers(10**9, size=count) for n in range(399)}
        return pl.DataFrame({"Account": codes("A", number + 1, 6)} | figures)
    if name == "long":
        words = ["plan, and", 'so-called "risk"', "line\nbreak", "Café", "review", "figures", "of the", "quarter"]
        text = [" ".join(words[w] for w in row) for row in chance.integers(len(words), size=(count, 50))]
        return pl.DataFrame(
            {"Code": codes("R", number + 1, 8), "Comment": text, "Weight": cents(10_000)}
        )
    if name == "blank":
        figures = {}
        for n in range(30):
            some = pl.Series(chance.integers(12, size=count) > 0)
            figures[f"Number {n + 1}"] = cents(1_000_000).set(some, None)
        return pl.DataFrame({"Account": codes("A", number + 1, 6)} | figures)
    raise ValueError(name)
