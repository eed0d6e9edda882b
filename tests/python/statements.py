"""Statements made at random, of what DataFusion and DuckDB mean the same by."""

import random
from dataclasses import dataclass, field

from made import DOMAINS, TABLES

OPERATORS = ["=", "<>", "<", "<=", ">", ">="]
KINDS = {"DOUBLE": "number", "BOOLEAN": "flag", "DATE": "date", "VARCHAR": "text"}


@dataclass
class Column:
    table: str
    name: str
    kind: str
    values: list
    alias: str = ""

    @property
    def sql(self) -> str:
        return f'{self.alias}."{self.name}"'

    @property
    def domain(self) -> str | None:
        own = {"Lists.Products": "product", "Lists.Customers": "customer", "Lists.Groups": "group"}
        if self.name == "name":
            return own[self.table]
        if self.name == "parent":
            return {"Lists.Products": "group", "Lists.Customers": "region"}[self.table]
        return next((domain for domain, names in DOMAINS.items() if self.name in names), None)


@dataclass
class Statement:
    """A statement, and how its answers are compared."""

    sql: str
    # Whether rows come in an order that the statement says.
    ordered: bool = False
    # Any so many rows of what the statement gives without its LIMIT.
    some: int | None = None
    unlimited: str = field(default="")


def literal(value, kind: str) -> str:
    if value is None:
        return "NULL"
    match kind:
        # With an exponent a number is a double in both.
        case "number":
            return f"{value}e0" if value >= 0 else f"(-{abs(value)}e0)"
        case "flag":
            return str(value).upper()
        case "date":
            return f"DATE '{value}'"
        case _:
            return "'" + value.replace("'", "''") + "'"


class Maker:
    """Makes one statement after the other."""

    def __init__(self, database, seed: int):
        self.random = random.Random(f"statements {seed}")
        self.tables: dict[str, list[Column]] = {}
        self.sizes: dict[str, int] = {}
        for table in TABLES:
            described = database.execute(f'DESCRIBE "{table}"').fetchall()
            self.sizes[table] = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
            self.tables[table] = [
                Column(table, name, KINDS[kind], [
                    value for (value,) in database.execute(
                        f'SELECT DISTINCT "{name}" FROM "{table}" WHERE "{name}" IS NOT NULL '
                        f'ORDER BY 1 LIMIT 60'
                    ).fetchall()
                ])
                for name, kind, *_ in described
            ]

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def pick(self, items):
        return self.random.choice(list(items))

    # --- what a query reads -----------------------------------------------------------------

    def scope(self, table: str, alias: str) -> list[Column]:
        return [
            Column(table, it.name, it.kind, it.values, alias) for it in self.tables[table]
        ]

    def source(self) -> tuple[str, list[Column]]:
        """FROM, and the columns to choose from."""
        table = self.pick(self.tables)
        columns = self.scope(table, "a")
        if self.chance(10):
            inner = self.predicate(self.scope(table, "i"), 1)
            return f'(SELECT * FROM "{table}" i WHERE {inner}) a', columns
        text, rows = f'"{table}" a', self.sizes[table]
        for alias in ["b", "c"][: self.random.choices([0, 1, 2], [50, 40, 10])[0]]:
            joined = self.partner(columns, alias, rows)
            if joined is None:
                break
            other, on, rows = joined
            kind = self.pick(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
            scope = self.scope(other, alias)
            if kind == "JOIN" and self.chance(30):
                on += f" AND {self.predicate(columns + scope, 1)}"
            text += f' {kind} "{other}" {alias} ON {on}'
            columns += scope
        return text, columns

    def partner(self, columns: list[Column], alias: str, rows: int):
        """A table to join, by columns of one domain, so that there aren't too many rows."""
        pairs = [
            (left, right)
            for left in columns if left.domain
            for table in self.tables
            for right in self.scope(table, alias) if right.domain == left.domain
        ]
        self.random.shuffle(pairs)
        for left, right in pairs:
            known = max(len(left.values), len(right.values), 1)
            result = rows * self.sizes[right.table] // known
            if result <= 20_000:
                return right.table, f"{left.sql} = {right.sql}", max(result, rows)
        return None

    # --- expressions ------------------------------------------------------------------------

    def of_kind(self, scope: list[Column], kind: str) -> list[Column]:
        return [column for column in scope if column.kind == kind]

    def value(self, column: Column) -> str:
        if not column.values:
            return literal({"number": 1.5, "flag": True, "date": "2025-01-01"}.get(
                column.kind, "x"), column.kind)
        value = self.pick(column.values)
        if column.kind == "text" and self.chance(10):
            value = value.swapcase()
        return literal(value, column.kind)

    def predicate(self, scope: list[Column], depth: int) -> str:
        if depth > 0 and self.chance(45):
            left, right = (self.predicate(scope, depth - 1) for _ in range(2))
            match self.random.randrange(5):
                case 0:
                    return f"NOT ({left})"
                case 1:
                    return f"({left}) IS {self.pick(['TRUE', 'FALSE', 'NOT TRUE', 'NOT FALSE'])}"
                case 2 | 3:
                    return f"({left} AND {right})"
                case _:
                    return f"({left} OR {right})"
        column = self.pick(scope)
        match self.random.randrange(11):
            case 0:
                return f"{column.sql} IS {self.pick(['NULL', 'NOT NULL'])}"
            case 1 | 2:
                values = [self.value(column) for _ in range(self.random.randint(1, 5))]
                values += ["NULL"] if self.chance(15) else []
                return f"{column.sql} {self.pick(['IN', 'IN', 'NOT IN'])} ({', '.join(values)})"
            case 3 if column.kind == "text":
                return f"{column.sql} {self.pick(['LIKE', 'NOT LIKE'])} {self.pattern(column)}"
            case 4 if column.kind != "flag":
                return f"{column.sql} BETWEEN {self.value(column)} AND {self.value(column)}"
            case 5 if column.kind == "flag":
                return column.sql
            case 6:
                other = self.pick(self.of_kind(scope, column.kind))
                return f"{column.sql} {self.pick(OPERATORS)} {other.sql}"
            case 7:
                # In parentheses: DataFusion takes an OR behind it for part of the right side.
                not_ = self.pick(["", "NOT "])
                return f"({column.sql} IS {not_}DISTINCT FROM {self.value(column)})"
            case 8 if column.kind == "number":
                return f"{self.scalar(scope, 'number', 1)} > {self.value(column)}"
            case _:
                operator = "=" if self.chance(60) else self.pick(OPERATORS)
                sides = [column.sql, self.value(column)]
                if self.chance(10):
                    sides.reverse()
                return f"{sides[0]} {operator} {sides[1]}"

    def pattern(self, column: Column) -> str:
        text = self.pick(column.values or ["x"])
        start = self.random.randrange(len(text))
        part = text[start : start + self.random.randint(1, 4)]
        part = part[:-1] + "_" if self.chance(20) else part
        return literal(self.pick([f"%{part}%", f"{part}%", f"%{part}", text]), "text")

    def subquery(self, column: Column) -> str:
        others = [
            other
            for table in self.tables
            for other in self.scope(table, "s") if other.domain == column.domain
        ]
        other = self.pick(others)
        where = self.predicate(self.scope(other.table, "s"), 1)
        match self.random.randrange(4):
            case 0:
                # NOT IN gives nothing at all where a NULL is among them.
                not_ = self.pick(["", "NOT "])
                return f'{column.sql} {not_}IN (SELECT {other.sql} FROM "{other.table}" s WHERE {where})'
            case 1:
                return f'{column.sql} = (SELECT max({other.sql}) FROM "{other.table}" s WHERE {where})'
            case _:
                not_ = self.pick(["", "NOT "])
                return (
                    f'{not_}EXISTS (SELECT 1 FROM "{other.table}" s '
                    f"WHERE {other.sql} = {column.sql} AND {where})"
                )

    def scalar(self, scope: list[Column], kind: str, depth: int) -> str:
        columns = self.of_kind(scope, kind)
        if not columns:
            constant = {"number": 0.25, "flag": False, "date": "2026-02-28"}.get(kind, "–")
            return f"CASE WHEN {self.predicate(scope, 0)} THEN {literal(constant, kind)} END"
        column = self.pick(columns)
        if depth == 0 or self.chance(50):
            return column.sql
        inner = lambda: self.scalar(scope, kind, depth - 1)
        match self.random.randrange(4):
            case 0:
                return f"coalesce({inner()}, {self.value(column)})"
            case 1:
                test = self.predicate(scope, 1)
                other = f" ELSE {inner()}" if self.chance(60) else ""
                return f"CASE WHEN {test} THEN {inner()}{other} END"
            case 2:
                return f"nullif({inner()}, {self.value(column)})"
            case _:
                match kind:
                    case "number":
                        return f"({inner()} {self.pick('+-*')} {inner()})"
                    case "text":
                        return self.pick([f"substr({inner()}, 1, 3)", f"({inner()} || '·')"])
                    case "flag":
                        return f"({self.predicate(scope, 1)})"
                    case _:
                        return inner()

    def aggregate(self, scope: list[Column]) -> str:
        column, test = self.pick(scope), self.predicate(scope, 1)
        number = self.scalar(scope, "number", 1)
        ordered = self.pick([it for it in scope if it.kind != "flag"])
        return self.pick([
            "count(*)",
            f"count({column.sql})",
            f"count(DISTINCT {column.sql})",
            f"sum({number})",
            f"avg({number})",
            f"min({ordered.sql})",
            f"max({ordered.sql})",
            f"sum(CASE WHEN {test} THEN 1 ELSE 0 END)",
            f"count(*) FILTER (WHERE {test})",
        ])

    # --- statements -------------------------------------------------------------------------

    def statement(self) -> Statement:
        make = self.random.choices(
            [self.rows, self.groups, self.sets, self.window], [50, 35, 10, 5]
        )[0]
        return make()

    def where(self, scope: list[Column]) -> str:
        conditions = [self.predicate(scope, 2)] if self.chance(75) else []
        shared = [column for column in scope if column.domain]
        # DataFusion plans them at this place, and hardly anywhere else.
        if shared and self.chance(15):
            conditions.append(self.subquery(self.pick(shared)))
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def end(self, sql: str, width: int) -> Statement:
        """Orders by all columns, so that only rows that are alike may change places."""
        match self.random.randrange(4):
            case 0:
                return Statement(sql)
            case 1:
                some = self.random.randint(0, 40)
                return Statement(f"{sql} LIMIT {some}", some=some, unlimited=sql)
            case _:
                places = list(range(1, width + 1))
                self.random.shuffle(places)
                order = ", ".join(
                    f"{place} {self.pick(['ASC', 'DESC'])} NULLS {self.pick(['FIRST', 'LAST'])}"
                    for place in places
                )
                sql = f"{sql} ORDER BY {order}"
                if self.chance(60):
                    sql += f" LIMIT {self.random.randint(0, 30)}"
                    sql += f" OFFSET {self.random.randint(0, 10)}" if self.chance(30) else ""
                return Statement(sql, ordered=True)

    def named(self, expressions: list[str]) -> str:
        return ", ".join(f"{it} AS c{number}" for number, it in enumerate(expressions, 1))

    def expressions(self, scope: list[Column], kinds: list[str], depth: int = 2) -> list[str]:
        return [self.scalar(scope, kind, depth) for kind in kinds]

    def kinds(self) -> list[str]:
        return self.random.choices(
            ["text", "number", "flag", "date"], [4, 4, 1, 1], k=self.random.randint(1, 4)
        )

    def rows(self) -> Statement:
        source, scope = self.source()
        kinds = self.kinds()
        distinct = "DISTINCT " if self.chance(20) else ""
        chosen = self.named(self.expressions(scope, kinds))
        return self.end(f"SELECT {distinct}{chosen} FROM {source}{self.where(scope)}", len(kinds))

    def groups(self) -> Statement:
        source, scope = self.source()
        keys = self.expressions(scope, self.kinds()[: self.random.randint(0, 2)])
        found = [self.aggregate(scope) for _ in range(self.random.randint(1, 3))]
        sql = f"SELECT {self.named(keys + found)} FROM {source}{self.where(scope)}"
        if keys:
            sql += " GROUP BY " + ", ".join(map(str, range(1, len(keys) + 1)))
        if self.chance(35):
            least = self.random.randint(1, 20)
            sql += f" HAVING {self.pick([f'count(*) > {least}', f'{found[0]} IS NOT NULL'])}"
        return self.end(sql, len(keys) + len(found))

    def sets(self) -> Statement:
        kinds = self.kinds()
        parts = []
        for depth in [1, 2]:
            source, scope = self.source()
            chosen = self.named(self.expressions(scope, kinds, depth))
            parts.append(f"SELECT {chosen} FROM {source}{self.where(scope)}")
        operator = self.pick(["UNION ALL", "UNION", "INTERSECT", "EXCEPT"])
        names = ", ".join(f"c{number}" for number in range(1, len(kinds) + 1))
        both = f"SELECT {names} FROM ({parts[0]} {operator} {parts[1]}) AS t"
        return self.end(both, len(kinds))

    def window(self) -> Statement:
        source, scope = self.source()
        part = self.pick(scope).sql
        by = self.pick([column for column in scope if column.kind != "flag"]).sql
        chosen = self.named([
            part,
            by,
            f"rank() OVER (PARTITION BY {part} ORDER BY {by} DESC NULLS LAST)",
            f"sum({self.scalar(scope, 'number', 1)}) OVER (PARTITION BY {part})",
        ])
        return self.end(f"SELECT {chosen} FROM {source}{self.where(scope)}", 4)
