"""The Python of the guide, run from top to bottom, and its table of errors."""

import re

import pytest
from adbc_support import adbc_driver_anaplan
from conftest import ROOT

GUIDE = (ROOT / "docs/guides/python.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S)


def test_every_block_runs(capsys):
    names = {}
    all_blocks = blocks("python")
    assert len(all_blocks) > 6
    for block in all_blocks:
        exec(compile(block, "python.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "Finance: Sales Planning" in printed
    assert len(names["customers"]) > 10
    assert names["models"].height == 3


def test_what_can_not_run_is_python():
    for block in blocks("python no_run"):
        compile(block, "python.md", "exec")


@pytest.mark.parametrize(
    "sql, name, sqlstate",
    [
        ("SELECT * FROM nothing", "ProgrammingError", "42P01"),
        ('SELECT "nothing" FROM "Customers"', "ProgrammingError", "42703"),
        ("CALL Nothing()", "ProgrammingError", "42883"),
        ("SELEC", "ProgrammingError", "42601"),
        ("CALL RunImport(Nothing => 'x')", "ProgrammingError", "42000"),
        ('SELECT * FROM "Finance"."FP&A Hub"."Board pack"', "NotSupportedError", "0A000"),
        ('SELECT * FROM "Operations"."Demand Planning"."Rejected forecast"', "OperationalError", "38000"),
    ],
)
def test_errors_are_as_the_table_says(sql, name, sqlstate):
    assert re.search(rf"\| `{name}` \| {sqlstate} \|", GUIDE)
    with adbc_driver_anaplan.dbapi.connect("anaplan://demo") as connection:
        connection.adbc_current_catalog = "Finance"
        connection.adbc_current_db_schema = "Sales Planning"
        with connection.cursor() as cursor:
            with pytest.raises(getattr(adbc_driver_anaplan.dbapi, name)) as caught:
                cursor.execute(sql)
    assert type(caught.value).__name__ == name
    assert caught.value.sqlstate == sqlstate
