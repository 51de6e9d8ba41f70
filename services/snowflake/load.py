"""COPY INTO a table: files of a stage, by column name, by position, or through a SELECT."""

import datetime
import os
import re

import pyarrow
import snowflake.connector.errors as errors
from fakesnow.expr import normalise_ident
from fakesnow.transforms import stage
from sqlglot import exp, parse_one

import places
import results
from staged import (
    COPY,
    format_of,
    found_files,
    literal,
    table_of,
)
from staged_options import options, syntax, take, unsupported

METADATA = {"METADATA$FILENAME": "_FS_FILE", "METADATA$FILE_ROW_NUMBER": "_FS_LINE",
            "METADATA$START_SCAN_TIME": "now()", "METADATA$FILE_CONTENT_KEY": "_FS_FILE",
            "METADATA$FILE_LAST_MODIFIED": "now()"}


class Load:
    """COPY INTO a table."""

    HEAD = re.compile(r"copy\s+into\s+((?:\"[^\"]+\"|[\w$.%])+)\s*", re.I)

    def __init__(self, session, sql):
        self.session = session
        rest = sql.rstrip().rstrip(";")
        head = self.HEAD.match(rest)
        self.table, rest = head[1], rest[head.end() :]
        self.columns = None
        if rest.startswith("("):
            self.columns, rest = take(rest)
            rest = rest.lstrip()
        source = re.match(r"from\s+", rest, re.I)
        if not source:
            raise syntax("COPY INTO without FROM")
        self.query = None
        value, rest = take(rest[source.end() :])
        if re.match(r"\s*select\b", value, re.I):
            self.query = value
            self.source = re.search(r"\bfrom\s+(@\S+|'@[^']*')", value, re.I)[1].rstrip(")")
        else:
            self.source = value
        given = options(rest)
        self.format = format_of(session, given.pop("FILE_FORMAT", "TYPE = CSV"))
        self.match = given.pop("MATCH_BY_COLUMN_NAME", "NONE").upper()
        self.metadata = options(given.pop("INCLUDE_METADATA", ""))
        files = given.pop("FILES", None)
        self.names = re.findall(r"'([^']*)'", files) if files else None
        self.pattern = given.pop("PATTERN", None)
        self.on_error = given.pop("ON_ERROR", "ABORT_STATEMENT").upper()
        self.force = given.pop("FORCE", "FALSE").upper() == "TRUE"
        self.purge = given.pop("PURGE", "FALSE").upper() == "TRUE"
        given.pop("TRUNCATECOLUMNS", None)
        given.pop("ENFORCE_LENGTH", None)
        if given:
            raise unsupported(f"COPY option {', '.join(given)}")
        if self.on_error not in ("ABORT_STATEMENT", "SKIP_FILE"):
            raise unsupported(f"ON_ERROR = {self.on_error}")

    def run(self):
        found = found_files(self.session, self.source, self.names, self.pattern, self.table)
        rows = [self.file(path, name) for path, name in found]
        text, number = pyarrow.string(), pyarrow.int64()
        if not rows:
            table = table_of([("Copy executed with 0 files processed.",)], status=text)
            return results.Answer(*table, COPY)
        return results.Answer(*table_of(
            rows, file=text, status=text, rows_parsed=number, rows_loaded=number,
            error_limit=number, errors_seen=number, first_error=text, first_error_line=number,
            first_error_character=number, first_error_column_name=text), COPY)

    def file(self, path, name):
        catalog, schema, table = self.target()
        history = f'"{catalog}"._fs_information_schema._fs_load_history'
        key = f"{path}#{os.path.getmtime(path)}#{os.path.getsize(path)}"
        duck = self.session.duck
        seen = duck.execute(
            f"SELECT 1 FROM {history} WHERE file_name = ? AND table_name = ? AND schema_name = ?",
            [key, table, schema]).fetchall()
        if seen and not self.force:
            return (name, "LOAD_SKIPPED", 0, 0, None, 1, "File was loaded before.", *[None] * 3)
        try:
            count = self.insert(path, name)
        except Exception as error:
            # DuckDB gives up the whole transaction on most errors: only outside one can it go on.
            if self.on_error != "SKIP_FILE" or self.session.in_transaction:
                raise
            duck.execute("ROLLBACK; BEGIN TRANSACTION")
            return (name, "LOAD_FAILED", 0, 0, 1, 1, str(error)[:200], *[None] * 3)
        now = datetime.datetime.now(datetime.UTC).isoformat()
        duck.execute(f"INSERT INTO {history} VALUES (?, ?, ?, ?, 'LOADED', ?, ?, NULL, NULL, NULL, "
                     "NULL, 0, 1)", [schema, key, table, now, count, count])
        if self.purge and places.within(path, stage.LOCAL_BUCKET_PATH):
            os.remove(path)
        return (name, "LOADED", count, count, 1, 0, *[None] * 4)

    def target(self):
        parts = stage.parts_from_var(self.table, self.session.connection.database,
                                     self.session.connection.schema)
        return parts

    def insert(self, path, name):
        catalog, schema, table = self.target()
        quoted = f'"{catalog}"."{schema}"."{table}"'
        described = self.session.duck.execute(f"DESCRIBE {quoted}").fetchall()
        kinds = {row[0].upper(): row[1] for row in described}
        names, cells, relation = self.plan(path, name, kinds)
        into = ", ".join(f'"{n}"' for n in names)
        sql = f"INSERT INTO {quoted} ({into}) SELECT {', '.join(cells)} FROM {relation}"
        return self.session.duck.execute(sql).fetchall()[0][0]

    def plan(self, path, name, kinds):
        """The columns filled, the expressions that fill them, and the relation read."""
        kind = str(self.format.get("TYPE", "CSV")).upper()
        listed = self.columns.split(",") if self.columns else []
        given = [normalise_ident(c.strip()) for c in listed] or None
        if self.query:
            return self.transformed(kind, path, name, given or list(kinds))
        if self.match != "NONE":
            columns, relation = readers(self, kind, path, name)
            # As Snowflake: columns are matched by name, the rest is null.
            known = {c if self.match == "CASE_SENSITIVE" else c.upper(): c for c in columns}
            pairs = [(c, f'"{known[c]}"') for c in kinds if c in known]
            for column, value in self.metadata.items():
                pairs.append((column.upper(), METADATA[value.upper()]))
            if not pairs:
                raise unsupported("a file of which no column matches")
            return [p[0] for p in pairs], [p[1] for p in pairs], relation
        if kind == "CSV":
            columns, relation = readers(self, kind, path, name)
            names = given or list(kinds)
            return names, [f'"{c}"' for c in columns[: len(names)]], relation
        if list(kinds.values()) != ["JSON"]:
            raise errors.ProgrammingError(
                msg=f"SQL compilation error:\n{kind} file format can produce one and only one "
                "column of type variant, object, or array. Load data into separate columns using the "
                "MATCH_BY_COLUMN_NAME copy option or copy with transformation.",
                errno=2019, sqlstate="0A000")
        _, relation = readers(self, kind, path, name, as_variant=True)
        return list(kinds), ["_FS_1"], relation

    def transformed(self, kind, path, name, names):
        """COPY with a SELECT: $1:field of JSON and Parquet, $n of CSV, METADATA$… of all."""
        columns, relation = readers(self, kind, path, name, as_variant=True)
        if re.search(r"\b(where|order\s+by|limit|group\s+by|join)\b", self.query, re.I):
            raise errors.ProgrammingError(
                msg="SQL compilation error:\nCOPY statement only supports simple SELECT from stage "
                "statements for import.", errno=2181, sqlstate="0A000")
        text = re.sub(r"\bfrom\s+(@\S+|'@[^']*').*\Z", "", self.query, flags=re.I | re.S)
        select = parse_one(text, read="snowflake").transform(parameter)
        cursor = self.session.connection.cursor()
        done = cursor._transform(select, None)
        cells = [cell.sql(dialect="duckdb") for cell in done.expressions]
        return names, cells, relation


def parameter(node):
    """$1 and METADATA$FILENAME as columns of the relation."""
    if isinstance(node, exp.Parameter):
        return exp.column(f"_FS_{node.name}")
    if isinstance(node, exp.Column) and node.name.upper() in METADATA:
        return parse_one(METADATA[node.name.upper()])
    return node


def readers(load, kind, path, name, as_variant=False):
    """Column names of a staged file, and a relation that has them."""
    duck, form = load.session.duck, load.format
    file, label = literal(path), literal(name)
    extra = f"{label} AS _FS_FILE, row_number() OVER () AS _FS_LINE"
    if kind == "PARQUET":
        read = f"read_parquet({file})"
    elif kind == "JSON":
        packed = compression(form, path)
        compressed = "" if packed == "auto" else f", compression = '{packed}'"
        outer = str(form.get("STRIP_OUTER_ARRAY", "FALSE")).upper() == "TRUE"
        shape = "'array'" if outer else "'newline_delimited'"
        if as_variant:
            return ["_FS_1"], (f"(SELECT json AS _FS_1, {extra} FROM read_json_objects({file}, "
                               f"format = {shape}{compressed}))")
        keys = [row[0] for row in duck.execute(
            f"SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects({file}, "
            f"format = {shape}{compressed})").fetchall()]
        if not keys:
            raise unsupported("a file without a record")
        columns = ", ".join(f"{literal(key)}: 'VARCHAR'" for key in sorted(keys))
        read = f"read_json({file}, format = {shape}{compressed}, columns = {{{columns}}})"
    elif kind == "CSV":
        read = csv(form, file, path)
    else:
        raise unsupported(f"files of type {kind}")
    columns = [row[0] for row in duck.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()]
    if as_variant and kind == "CSV":
        renamed = ", ".join(f'"{c}" AS _FS_{i + 1}' for i, c in enumerate(columns))
        return columns, f"(SELECT {renamed}, {extra} FROM {read})"
    if as_variant:
        return ["_FS_1"], f"(SELECT to_json(t) AS _FS_1, {extra} FROM {read} t)"
    return columns, f"(SELECT *, {extra} FROM {read})"


def csv(form, file, path):
    """DuckDB's reader with Snowflake's options; every field as text."""
    header = str(form.get("PARSE_HEADER", "FALSE")).upper() == "TRUE"
    quote = str(form.get("FIELD_OPTIONALLY_ENCLOSED_BY", "NONE"))
    nulls = form.get("NULL_IF", "'\\\\N'")
    listed = nulls if isinstance(nulls, list) else re.findall(r"'([^']*)'", nulls) or [nulls]
    nulls = [n.replace("\\\\", "\\") for n in listed]
    if str(form.get("EMPTY_FIELD_AS_NULL", "TRUE")).upper() == "TRUE":
        nulls.append("")
    parts = [
        file, "all_varchar = true", f"header = {str(header).lower()}",
        f"skip = {int(form.get('SKIP_HEADER', 0))}",
        f"quote = {literal('' if quote.upper() == 'NONE' else quote)}",
        f"delim = {literal(str(form.get('FIELD_DELIMITER', ',')))}",
        f"nullstr = [{', '.join(literal(n) for n in dict.fromkeys(nulls))}]",
    ]
    if (name := compression(form, path)) != "auto":
        parts.append(f"compression = '{name}'")
    return f"read_csv({', '.join(parts)})"


def compression(form, path):
    """DuckDB's name of the compression; AUTO goes by the name of the file."""
    given = str(form.get("COMPRESSION", "AUTO")).upper()
    known = {"AUTO": "auto", "GZIP": "gzip", "ZSTD": "zstd", "NONE": "none"}
    if given not in known:
        raise unsupported(f"COMPRESSION = {given}")
    if given == "AUTO":
        ending = path.rsplit(".", 1)[-1]
        return {"gz": "gzip", "zst": "zstd"}.get(ending, "auto")
    return known[given]
