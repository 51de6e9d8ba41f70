"""What kind of statement a text is, and the changes that fakesnow needs to run it rightly."""

import enum
import re

import pyarrow
from fakesnow.converter import from_binding
from fakesnow.dialect import parse_one
from sqlglot import exp, tokenize
from sqlglot.tokens import TokenType


class Kind(enum.Enum):
    """How a statement is treated."""

    BEGIN = 1
    COMMIT = 2
    ROLLBACK = 3
    PARAMETER = 4
    RECORDED = 5
    DDL = 6
    WRITE = 7
    READ = 8


# Accepted and written down, without effect: they have no meaning on one machine.
OBJECTS = (
    r"(warehouse|resource\s+monitor|(storage|notification|security|api|catalog)\s+integration|"
    r"integration|pipe|task|stream|role|database\s+role|user|network\s+(policy|rule)|"
    r"(row\s+access|masking|password|session|authentication)\s+policy|account|share|secret)"
)
RECORDED = re.compile(
    rf"""\s*(
    (create|alter|drop|undrop)\s+(or\s+(replace|alter)\s+)?{OBJECTS}\b |
    (grant|revoke)\b |
    use\s+(role|warehouse|secondary\s+roles)\b |
    execute\s+task\b |
    alter\s+(table|dynamic\s+table|materialized\s+view|view)\s+(if\s+exists\s+)?\S+\s+(
      cluster\s+by|drop\s+clustering|suspend|resume|(add|drop)\s+search\s+optimization|refresh|
      (add|drop)\s+(all\s+)?row\s+access|set\s+(
        data_retention|change_tracking|target_lag|warehouse|comment|max_data_extension|
        enable_schema)
    )
    )""",
    re.I | re.X,
)
PARAMETER = re.compile(r"\s*alter\s+session\s+(set|unset)\b", re.I)
STAGED = re.compile(r"\s*(copy\s+into|put|get|list|ls|remove|rm)\b", re.I)
WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.MultitableInserts)
DDL = (exp.Create, exp.Drop, exp.Alter, exp.Comment, exp.TruncateTable)


def without_comments(sql):
    """The text behind leading comments."""
    return re.sub(r"\A(\s+|--[^\n]*(\n|\Z)|//[^\n]*(\n|\Z)|/\*.*?\*/)+", "", sql, flags=re.S)


def classify(sql):
    """The kind, the text to run, and the parsed statement where that is needed."""
    text = without_comments(sql)
    # dbt writes a comment behind every statement.
    word = re.sub(r"(\s*/\*.*?\*/\s*;?|\s*--[^\n]*)+\Z", "", text, flags=re.S)
    if re.match(r"(begin(\s+(transaction|work|name\b.*))?|start\s+transaction\b.*)\s*;?\s*\Z", word,
                re.I | re.S):
        return Kind.BEGIN, text, None
    if match := re.match(r"(commit|rollback)(\s+work)?\s*;?\s*\Z", word, re.I):
        return (Kind.COMMIT if match[1].lower() == "commit" else Kind.ROLLBACK), text, None
    if PARAMETER.match(text):
        return Kind.PARAMETER, text, None
    if RECORDED.match(text):
        return Kind.RECORDED, text, None
    if match := STAGED.match(text):
        loads = re.match(r"copy\s+into\s+[^@'\s]", text, re.I)
        return (Kind.WRITE if loads else Kind.READ), text, None
    text = emulated(text)
    expression = parse_one(text)
    if isinstance(expression, WRITES):
        return Kind.WRITE, text, expression
    if isinstance(expression, DDL):
        changed = unconstrained(expression)
        return Kind.DDL, expression.sql(dialect="snowflake") if changed else text, expression
    return Kind.READ, text, expression


def emulated(text):
    """Materialized views and dynamic tables are views here: always as fresh as can be."""
    head = r"(create\s+(?:or\s+replace\s+)?)(?:secure\s+)?"
    text = re.sub(rf"\A{head}materialized\s+view\b", r"\1view", text, flags=re.I)
    dynamic = re.match(rf"{head}dynamic\s+table\s+(if\s+not\s+exists\s+)?(\S+)(.*?)\bas\b(.*)\Z",
                       text, re.I | re.S)
    if dynamic:
        return f"{dynamic[1]}view {dynamic[2] or ''}{dynamic[3]} as {dynamic[5]}"
    return re.sub(r"(create\s+(?:or\s+replace\s+)?view\s[^()]*?)\s+cluster\s+by\s*\([^)]*\)", r"\1",
                  text, flags=re.I)


def unconstrained(expression):
    """
    Takes keys out and says whether there were any: Snowflake keeps primary, unique and foreign
    keys as notes, DuckDB would enforce them and so hide what real life lets through.
    """
    if not (isinstance(expression, exp.Create) and isinstance(expression.this, exp.Schema)):
        return False
    table_keys = (exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint)
    column_keys = (exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint, exp.Reference)
    kept = [
        part for part in expression.this.expressions
        if not isinstance(part, table_keys)
        and not (isinstance(part, exp.Constraint)
                 and any(isinstance(e, table_keys) for e in part.expressions))
    ]
    keys = [
        constraint for part in kept for constraint in part.find_all(exp.ColumnConstraint)
        if isinstance(constraint.kind, column_keys)
    ]
    changed = len(keys) > 0 or len(kept) < len(expression.this.expressions)
    for constraint in keys:
        constraint.pop()
    expression.this.set("expressions", kept)
    return changed


def prepare(text, expression, bindings):
    """Text, parameters and, for an array binding, its rows or a table of them."""
    if not bindings:
        return text, None, None
    if not all(name.isdigit() for name in bindings):
        return text, {name: value_of(b, b["value"]) for name, b in bindings.items()}, None
    ordered = [bindings[str(i)] for i in range(1, len(bindings) + 1)]
    if not any(isinstance(b["value"], list) for b in ordered):
        return text, tuple(value_of(b, b["value"]) for b in ordered), None
    if isinstance(expression, exp.Insert) and isinstance(expression.expression, exp.Values):
        columns = [column_of(b) for b in ordered]
        table = pyarrow.table({f"B{i}": column for i, column in enumerate(columns)})
        return from_table(expression.copy()), None, table
    columns = [[value_of(b, v) for v in b["value"]] for b in ordered]
    return text, None, list(zip(*columns, strict=True))


def from_table(insert):
    """INSERT … VALUES (?, …) as INSERT … SELECT from the table of the bound values."""
    [row] = insert.expression.expressions
    number = iter(range(10**6))

    def bound(node):
        if not isinstance(node, exp.Placeholder):
            return node
        index = int(node.name) - 1 if node.name.isdigit() else next(number)
        return exp.column(f"B{index}")

    cells = [cell.transform(bound) for cell in row.expressions]
    insert.set("expression", exp.select(*cells).from_("TEMP.MAIN._FS_BATCH"))
    return insert.sql(dialect="snowflake")


def value_of(binding, value):
    """One bound value."""
    return None if value is None else from_binding({**binding, "value": value})


def column_of(binding):
    """A bound column: texts, which the insert casts as Snowflake does; dates and times as such."""
    if binding["type"] in ("TEXT", "FIXED", "REAL", "BOOLEAN"):
        return pyarrow.array(binding["value"], pyarrow.string())
    return pyarrow.array([value_of(binding, v) for v in binding["value"]])


def split(sql):
    """The statements of a text, as they are written."""
    parts, start = [], 0
    for token in tokenize(sql, read="snowflake"):
        if token.token_type == TokenType.SEMICOLON:
            parts.append(sql[start : token.start])
            start = token.end + 1
    parts.append(sql[start:])
    return [part.strip() for part in parts if without_comments(part).strip()]
