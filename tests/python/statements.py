"""Statements made at random, of what DataFusion and DuckDB mean the same by."""

import random

from columns import KINDS, Column, Statement, literal
from made import FAMILIES, TABLES, spelled

OPERATORS = ["=", "<>", "<", "<=", ">", ">="]
# What tells items apart: of long lists it is looked up where nothing else is wanted.
KEYS = ["id", "name", "code"]


class Maker:
    """Makes one statement after the other."""

    def __init__(self, database, seed: int):
        self.random = random.Random(f"statements {seed}")
        self.tables: dict[str, list[Column]] = {}
        self.sizes: dict[str, int] = {}
        for table in TABLES:
            name = spelled(table)
            described = database.execute(f"DESCRIBE {name}").fetchall()
            self.sizes[table] = database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            self.tables[table] = [
                Column(table, column, KINDS[kind], [
                    value for (value,) in database.execute(
                        # Those in the middle of a long list are as good as the first ones.
                        f'SELECT DISTINCT "{column}" AS value FROM {name} '
                        f'WHERE "{column}" IS NOT NULL ORDER BY md5(CAST(value AS VARCHAR)), value'
                    ).fetchall()
                ])
                for column, kind, *_ in described
            ]
        every = {column.domain: column.values for it in self.tables.values() for column in it}
        for column in (column for it in self.tables.values() for column in it):
            # What goes by the same name elsewhere is most likely to be mixed up.
            families = [family for family in FAMILIES if column.domain in family]
            others = {domain for family in families for domain in family} - {column.domain}
            shared = set().union(*(every.get(domain, []) for domain in sorted(others)))
            first = [value for value in column.values if value in shared]
            column.values = [*first[:20], *(it for it in column.values if it not in shared)][:60]

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def pick(self, items):
        return self.random.choice(list(items))

    # --- what a query reads -----------------------------------------------------------------

    def scope(self, table: str, alias: str) -> list[Column]:
        columns = self.tables[table]
        if table.startswith("Lists.") and self.chance(50):
            columns = [it for it in columns if it.name in KEYS]
        return [Column(table, it.name, it.kind, it.values, alias) for it in columns]

    def related(self, column: Column) -> list[str]:
        """The domains whose values are looked for in a column: its own, at times those of lists above
        and below it."""
        if column.domain is None:
            return []
        families = [family for family in FAMILIES if column.domain in family]
        if not families or self.chance(60):
            return [column.domain]
        return sorted(self.pick(families))

    def source(self) -> tuple[str, list[Column]]:
        """FROM, and the columns to choose from."""
        table = self.pick(self.tables)
        columns = self.scope(table, "a")
        if self.chance(10):
            inner = self.predicate(self.scope(table, "i"), 1)
            return f"(SELECT * FROM {spelled(table)} i WHERE {inner}) a", columns
        text, rows = f"{spelled(table)} a", self.sizes[table]
        for alias in ["b", "c"][: self.random.choices([0, 1, 2], [50, 40, 10])[0]]:
            joined = self.partner(columns, alias, rows)
            if joined is None:
                break
            other, scope, on, rows = joined
            kind = self.pick(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
            if kind == "JOIN" and self.chance(30):
                on += f" AND {self.predicate(columns + scope, 1)}"
            text += f" {kind} {spelled(other)} {alias} ON {on}"
            columns += scope
        return text, columns

    def partner(self, columns: list[Column], alias: str, rows: int):
        """A table to join, by columns of one domain, so that there aren't too many rows."""
        domains = {column.sql: self.related(column) for column in columns}
        scopes = [self.scope(table, alias) for table in self.tables]
        pairs = [
            (left, right, scope)
            for left in columns
            for scope in scopes
            for right in scope if right.domain in domains[left.sql]
        ]
        self.random.shuffle(pairs)
        for left, right, scope in pairs:
            known = max(len(left.values), len(right.values), 1)
            result = rows * self.sizes[right.table] // known
            if result <= 20_000:
                return right.table, scope, f"{left.sql} = {right.sql}", max(result, rows)
        return None

    # --- expressions ------------------------------------------------------------------------

    def of_kind(self, scope: list[Column], kind: str) -> list[Column]:
        return [column for column in scope if column.kind == kind]

    def value(self, column: Column) -> str:
        if not column.values:
            return literal({"number": 1.5, "flag": True, "date": "2025-01-01"}.get(
                column.kind, "x"), column.kind)
        value = self.pick(column.values)
        if column.kind == "text" and self.chance(25):
            # A name of the list above, a code where names stand, and the like.
            domains = self.related(column)
            value = self.pick(self.pick([
                other.values
                for others in self.tables.values()
                for other in others if other.domain in domains
            ] or [column.values]))
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
        domains = self.related(column)
        others = [
            (table, other.name)
            for table, others in self.tables.items()
            for other in others if other.domain in domains
        ]
        table, name = self.pick(others)
        where, table = self.predicate(self.scope(table, "s"), 1), spelled(table)
        other = f's."{name}"'
        match self.random.randrange(4):
            case 0:
                # NOT IN gives nothing at all where a NULL is among them.
                not_ = self.pick(["", "NOT "])
                return f"{column.sql} {not_}IN (SELECT {other} FROM {table} s WHERE {where})"
            case 1:
                return f"{column.sql} = (SELECT max({other}) FROM {table} s WHERE {where})"
            case _:
                not_ = self.pick(["", "NOT "])
                return (
                    f"{not_}EXISTS (SELECT 1 FROM {table} s "
                    f"WHERE {other} = {column.sql} AND {where})"
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
            [self.rows, self.groups, self.sets, self.window, self.items], [42, 30, 9, 5, 14]
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

    def items(self) -> Statement:
        """Few items of a list, named by what stands elsewhere, and nothing of them but that."""
        table = self.pick([table for table in self.tables if table.startswith("Lists.")])
        scope = [
            Column(table, it.name, it.kind, it.values, "a")
            for it in self.tables[table] if it.name in KEYS
        ]
        by = self.pick(scope)
        family = self.pick([family for family in FAMILIES if by.domain in family])
        others = [
            Column(other.table, other.name, other.kind, other.values, "b")
            for others in self.tables.values()
            for other in others if other.domain in family
        ]
        width = self.random.randint(1, 3)
        chosen = self.named([self.pick(scope).sql for _ in range(width)])
        sql = f"SELECT {chosen} FROM {spelled(table)} a"
        other = self.pick(others)
        if self.chance(40):
            values = [value for it in self.random.sample(others, k=min(3, len(others)))
                      for value in it.values[:4]]
            values = ", ".join(literal(value, "text") for value in values + by.values[:2])
            return self.end(f"{sql} WHERE {by.sql} IN ({values})", width)
        source = f"SELECT DISTINCT {other.sql} AS it FROM {spelled(other.table)} b"
        if self.sizes[other.table] > 100:
            # A join tells no more than so many values.
            keys = [Column(other.table, it.name, it.kind, it.values, "b")
                    for it in self.tables[other.table] if it.domain]
            of = self.pick(keys)
            values = ", ".join(self.value(of) for _ in range(8))
            source += f" WHERE {of.sql} IN ({values})"
        if self.chance(50):
            return self.end(f"{sql} WHERE {by.sql} IN ({source})", width)
        return self.end(f"{sql} JOIN ({source}) o ON o.it = {by.sql}", width)
