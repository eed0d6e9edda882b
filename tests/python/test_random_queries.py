"""Statements made at random give the same rows as in DuckDB over the same data.

`ANAPLAN_SQL_QUERY_SEED` chooses other data and other statements, `ANAPLAN_SQL_QUERIES` how many.
"""

import datetime
import decimal
import json
import os
import subprocess
from collections import Counter

import duckdb
import pytest
from conftest import PASSWORD, USER, Simulator, program
from made import Made
from statements import Maker, Statement

SEED = int(os.environ.get("ANAPLAN_SQL_QUERY_SEED", "1"))
COUNT = int(os.environ.get("ANAPLAN_SQL_QUERIES", "400"))
# The client spreads more than 600 requests over minutes.
TOGETHER = 25
# What DataFusion 55 says when its planner and its optimizer differ, about statements that it plans
# in other spellings.
DEFECTS = ["Physical input schema should be the same as", "SanityCheckPlan", '[\"SortPreserving']
# Answers of more rows tell no more.
MOST_ROWS = 20_000
SHOWN = 20


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    made = Made(tmp_path_factory.mktemp("made"), SEED)
    made.expected = made.database()
    return made


@pytest.fixture(scope="module", params=["roomy", "narrow"])
def tenant(made, request):
    """The same data, with the service's own limits and with tight ones."""
    simulator = Simulator("--scenario", str(made.folder / f"{request.param}.toml"))
    yield simulator
    simulator.stop()


def plain(value):
    """A cell, however it is written."""
    match value:
        case bool() | None | str():
            return value
        case datetime.date():
            return value.isoformat()
        case int() | float() | decimal.Decimal():
            # An average may differ in the last digit, by the order of its sum.
            return float(f"{float(value):.12g}") + 0.0
    raise TypeError(type(value))


def in_duckdb(database: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return [tuple(map(plain, row)) for row in database.execute(sql).fetchall()]


def in_client(url: str, statements: list[Statement], *keys: str) -> list[list[tuple] | None]:
    """The rows of each statement, run one after the other in one session; none where DataFusion
    can't plan it."""
    connection = ";".join([f"Endpoint={url}", f"User={USER}", f"Password={PASSWORD}",
                           "Workspace=W", "Model=M", "BulkPollingInterval=10", *keys])
    answers, decoder = [], json.JSONDecoder()
    while len(answers) < len(statements):
        script = "".join(f"{it.sql};\n" for it in statements[len(answers) :])
        run = subprocess.run(
            [program(), "--connect", connection, "--format", "json", "--quiet"],
            input=script, capture_output=True, text=True, encoding="utf-8", timeout=300,
        )
        text = run.stdout.strip()
        while text:
            objects, end = decoder.raw_decode(text)
            text = text[end:].lstrip()
            answers.append([tuple(map(plain, row.values())) for row in objects])
        if run.returncode == 0:
            break
        if not any(defect in run.stderr for defect in DEFECTS):
            sql = statements[len(answers)].sql
            pytest.fail(f"seed {SEED}: this fails:\n{sql}\n{run.stderr}", pytrace=False)
        answers.append(None)
    assert len(answers) == len(statements)
    return answers


def difference(statement: Statement, found: list[tuple] | None, database) -> str | None:
    """How an answer differs from that of DuckDB."""
    if found is None:
        return None
    expected = in_duckdb(database, statement.unlimited or statement.sql)
    if statement.some is not None:
        count = min(statement.some, len(expected))
        if len(found) == count and not Counter(found) - Counter(expected):
            return None
        wanted = f"any {count} of"
    elif statement.ordered:
        if found == expected:
            return None
        wanted = "in this order"
    else:
        if Counter(found) == Counter(expected):
            return None
        wanted = "in any order"
    ours, theirs = Counter(found) - Counter(expected), Counter(expected) - Counter(found)
    show = lambda rows: "\n".join(map(str, rows[:SHOWN])) + ("\n…" if len(rows) > SHOWN else "")
    return "\n".join([
        f"seed {SEED}: this gives other rows than in DuckDB:", statement.sql,
        f"--- found ({len(found)} rows)", show(found),
        f"--- expected ({len(expected)} rows, {wanted})", show(expected),
        f"--- only found ({ours.total()})", show(list(ours.elements())),
        f"--- only expected ({theirs.total()})", show(list(theirs.elements())),
    ])


def statements(database, seed: int, count: int) -> list[Statement]:
    maker, found = Maker(database, seed), []
    while len(found) < count:
        statement = maker.statement()
        rows = database.execute(f"SELECT count(*) FROM ({statement.unlimited or statement.sql})")
        if rows.fetchone()[0] <= MOST_ROWS:
            found.append(statement)
    return found


def test_random_statements_give_what_duckdb_gives(made, tenant, request):
    print(f"ANAPLAN_SQL_QUERY_SEED={SEED}")
    narrow = "narrow" in request.node.name
    every = statements(made.expected, 2 * SEED + narrow, COUNT // 2)
    # Whether rows were compared at all.
    assert sum(1 for it in every if in_duckdb(made.expected, it.sql)) > len(every) // 2
    wrong, unplanned = [], 0
    for number, start in enumerate(range(0, len(every), TOGETHER)):
        part = every[start : start + TOGETHER]
        keys = [[], ["BatchSize=7"], ["PageSize=2", "MaxConnections=1"]][number % 3]
        for statement, found in zip(part, in_client(tenant.url, part, *keys)):
            unplanned += found is None
            wrong.append(difference(statement, found, made.expected))
    assert unplanned <= len(every) // 50
    wrong = [it for it in wrong if it]
    if wrong:
        pytest.fail("\n\n".join([*wrong[:3], f"{len(wrong)} of {len(every)}"]), pytrace=False)


def test_wrong_rows_are_noticed(made, tenant):
    """The comparison itself: DuckDB gets other cells, and the same statements must differ."""
    part = statements(made.expected, SEED, TOGETHER)
    answers = in_client(tenant.url, part)
    other = made.database()
    for table in ["Modules.Sales", "Views.Sales.By month", "Orders", "Lists.Customers"]:
        column = next(
            name for name, kind, *_ in other.execute(f'DESCRIBE "{table}"').fetchall()
            if kind == "DOUBLE"
        )
        other.execute(f'UPDATE "{table}" SET "{column}" = "{column}" + 1')
        other.execute(f'DELETE FROM "{table}" WHERE rowid % 3 = 0')
    noticed = [difference(it, found, other) for it, found in zip(part, answers)]
    assert any(noticed)
    assert not any(difference(it, found, made.expected) for it, found in zip(part, answers))
