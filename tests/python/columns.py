"""Columns of the tables that statements are made of, statements, and how values are written."""

from dataclasses import dataclass, field

from made import DOMAINS, LISTS

KINDS = {
    "DOUBLE": "number", "BIGINT": "number", "BOOLEAN": "flag", "DATE": "date", "VARCHAR": "text",
}


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
        own, above = LISTS.get(self.table, (None, None))
        match self.name:
            case "name":
                return own
            case "code" | "id":
                return f"{own} {self.name}"
            case "parent" | "parent_name" | "module_name":
                return above
            case "parent_id":
                return f"{above} id"
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
