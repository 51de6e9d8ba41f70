"""Stages: PUT, GET, LIST, REMOVE, and COPY INTO in both directions."""

import datetime
import glob
import hashlib
import os
import re

import pyarrow
import snowflake.connector.errors as errors
from fakesnow.copy_into import stage_url_from_var
from fakesnow.expr import normalise_ident
from fakesnow.transforms import stage
from fakesnow.transforms.file_format import lookup_file_format
from sqlglot import exp, parse_one

import results

COPY = 0x3600
METADATA = {"METADATA$FILENAME": "_FS_FILE", "METADATA$FILE_ROW_NUMBER": "_FS_LINE",
            "METADATA$START_SCAN_TIME": "now()", "METADATA$FILE_CONTENT_KEY": "_FS_FILE",
            "METADATA$FILE_LAST_MODIFIED": "now()"}


def run(session, sql, expression):
    """Runs the statement if it is one about files; else returns None."""
    if expression is not None:
        return None
    verb = sql.split(None, 1)[0].lower()
    if verb == "copy":
        into = re.match(r"copy\s+into\s+(@\S+|'[^']*')", sql, re.I)
        return unload(session, sql, into) if into else Load(session, sql).run()
    if verb in ("list", "ls"):
        return list_files(session, sql)
    if verb in ("remove", "rm"):
        return remove(session, sql)
    if verb == "get":
        return get(session, sql)
    return None


def options(text):
    """`NAME = value` pairs: words, 'texts' and (lists), separated by blanks or commas."""
    found, rest = {}, text.strip()
    while rest:
        match = re.match(r"([A-Za-z_$][\w$]*)\s*(?:=>|=)\s*", rest)
        if not match:
            raise syntax(f"unexpected '{rest[:40]}'")
        value, rest = take(rest[match.end() :])
        found[match[1].upper()] = value
        rest = rest.lstrip(" \t\r\n,")
    return found


def take(text):
    """A value at the beginning of the text, and what follows it."""
    if text.startswith("'"):
        match = re.match(r"'((?:[^'\\]|''|\\.)*)'", text, re.S)
        return match[1].replace("''", "'").replace("\\\\", "\\"), text[match.end() :]
    if text.startswith("("):
        end = closing(text)
        return text[1:end], text[end + 1 :]
    match = re.match(r"[^\s,()]+", text)
    if not match:
        raise syntax(f"unexpected '{text[:40]}'")
    return match[0], text[match.end() :]


def closing(text):
    """Where the parenthesis closes that the text begins with."""
    depth, quoted = 0, False
    for i, char in enumerate(text):
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return i
    raise syntax("a parenthesis is not closed")


def syntax(what):
    return errors.ProgrammingError(
        msg=f"SQL compilation error:\nsyntax error: {what}.", errno=1003, sqlstate="42000")


def unsupported(what):
    return errors.ProgrammingError(
        msg=f"Unsupported feature in the stand-in: {what}", errno=2, sqlstate="0A000")


def folder_of(session, reference, table=None):
    """Where a stage reference such as @bronze.lake/path points to, and the stage's own place."""
    var = reference.strip("'").lstrip("@")
    name, _, path = var.partition("/")
    connection = session.connection
    if name == "~":
        root = f"{stage.LOCAL_BUCKET_PATH}/users/{session.user}/"
    else:
        database, schema = connection.database, connection.schema
        target = exp.to_table(table, dialect="snowflake") if table else exp.Table()
        if name.split(".")[-1].startswith("%") and table is None:
            parts = stage.parts_from_var(name, database, schema)
            root = stage.internal_dir(".".join(parts))
        else:
            # A connection of its own: fakesnow leaves the result of its look-up open.
            with session.duck.cursor() as look:
                root = stage_url_from_var(name, look, database, schema, connection.table_stages,
                                          upper(target))
    root = root.removeprefix("file://").rstrip("/") + "/"
    full = os.path.normpath(root + path) + ("/" if path.endswith("/") or not path else "")
    if not full.startswith(root.rstrip("/")):
        raise syntax("the path leaves the stage")
    return root, full


def upper(table):
    for part in table.find_all(exp.Identifier):
        if not part.quoted:
            part.set("this", part.this.upper())
    return table


def found_files(session, reference, names=None, pattern=None, table=None):
    """Paths of the staged files that are meant, with the name that Snowflake gives them."""
    root, prefix = folder_of(session, reference, table)
    if names:
        paths = [f"{prefix.rstrip('/')}/{name}" for name in names]
        for path in paths:
            if not os.path.isfile(path):
                raise errors.ProgrammingError(
                    msg=f"Remote file '{path.removeprefix(root)}' was not found.",
                    errno=91016, sqlstate="22000")
    else:
        every = glob.glob(glob.escape(root) + "**/*", recursive=True)
        paths = sorted(p for p in every if p.startswith(prefix) and os.path.isfile(p))
    named = [(path, path.removeprefix(root)) for path in paths]
    return [(p, n) for p, n in named if pattern is None or re.fullmatch(pattern, n)]


def table_of(rows, **kinds):
    """An answer out of tuples."""
    fields = [pyarrow.field(name, kind) for name, kind in kinds.items()]
    columns = list(zip(*rows, strict=True)) or [[] for _ in fields]
    arrays = [pyarrow.array(c, f.type) for c, f in zip(columns, fields, strict=True)]
    table = pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields))
    return table, results.of_table(table)


def list_files(session, sql):
    match = re.match(r"\w+\s+('[^']*'|\S+)(?:\s+(.*))?\Z", sql.rstrip().rstrip(";"), re.I | re.S)
    pattern = options(match[2] or "").get("PATTERN")
    label = match[1].strip("'").lstrip("@").split("/")[0].split(".")[-1].lower()
    rows = []
    for path, name in found_files(session, match[1], pattern=pattern):
        with open(path, "rb") as file:
            md5 = hashlib.file_digest(file, "md5").hexdigest()
        at = datetime.datetime.fromtimestamp(os.path.getmtime(path), datetime.UTC)
        when = at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        rows.append((f"{label}/{name}", os.path.getsize(path), md5, when))
    text = pyarrow.string()
    return results.Answer(
        *table_of(rows, name=text, size=pyarrow.int64(), md5=text, last_modified=text), 0x4000)


def remove(session, sql):
    match = re.match(r"\w+\s+('[^']*'|\S+)(?:\s+(.*))?\Z", sql.rstrip().rstrip(";"), re.I | re.S)
    pattern = options(match[2] or "").get("PATTERN")
    label = match[1].strip("'").lstrip("@").split("/")[0].split(".")[-1].lower()
    rows = []
    for path, name in found_files(session, match[1], pattern=pattern):
        os.remove(path)
        rows.append((f"{label}/{name}", "removed"))
    text = pyarrow.string()
    return results.Answer(*table_of(rows, name=text, result=text), 0x4000)


def get(session, sql):
    """The driver copies the files itself: it is told where they are."""
    match = re.match(r"get\s+('[^']*'|\S+)\s+'?file://([^\s']+)'?(?:\s+(.*))?\Z",
                     sql.rstrip().rstrip(";"), re.I | re.S)
    if not match:
        raise syntax("GET takes a stage and a file:// folder")
    pattern = options(match[3] or "").get("PATTERN")
    root, _ = folder_of(session, match[1])
    named = [name for _, name in found_files(session, match[1], pattern=pattern)]
    data = {
        "command": "DOWNLOAD", "src_locations": named, "localLocation": match[2], "parallel": 1,
        "stageInfo": {"locationType": "LOCAL_FS", "location": root, "creds": {}},
        "encryptionMaterial": [], "presignedUrls": None,
        "autoCompress": False, "sourceCompression": "none", "overwrite": True,
    }
    return results.Answer(*table_of([], file=pyarrow.string()), 0x4000, data)


def format_of(session, text):
    """The options of a FILE_FORMAT clause, with those of a named format below them."""
    given = options(text) if "=" in text else {"FORMAT_NAME": text}
    name = given.pop("FORMAT_NAME", None)
    connection = session.connection
    named = {}
    if name:
        with session.duck.cursor() as look:
            named = lookup_file_format(look, name.strip("'"), connection.database,
                                       connection.schema)
    return {k.upper(): v for k, v in named.items()} | given


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
        if self.purge and stage.is_internal(path):
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
        given = [normalise_ident(c.strip()) for c in self.columns.split(",")] if self.columns else None
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
                msg=f"SQL compilation error:\n{kind} file format can produce one and only one column "
                "of type variant, object, or array. Load data into separate columns using the "
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
        compressed = "" if compression(form, path) == "auto" else f", compression = '{compression(form, path)}'"
        shape = "'array'" if str(form.get("STRIP_OUTER_ARRAY", "FALSE")).upper() == "TRUE" else "'newline_delimited'"
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


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def unload(session, sql, into):
    """COPY INTO a stage from a table or a query."""
    rest = re.sub(r"\A\s*from\s+", "", sql.rstrip().rstrip(";")[into.end() :], flags=re.I)
    if rest.startswith("("):
        query, rest = take(rest)
    else:
        match = re.match(r"[\w$.\"]+", rest)
        query, rest = f"SELECT * FROM {match[0]}", rest[match.end() :]
    given = options(rest)
    form = format_of(session, given.pop("FILE_FORMAT", "TYPE = CSV"))
    kind = str(form.get("TYPE", "CSV")).upper()
    header = str(given.pop("HEADER", "FALSE")).upper() == "TRUE"
    overwrite = str(given.pop("OVERWRITE", "FALSE")).upper() == "TRUE"
    single = str(given.pop("SINGLE", "FALSE")).upper() == "TRUE"
    for ignored in ("MAX_FILE_SIZE", "INCLUDE_QUERY_ID", "DETAILED_OUTPUT"):
        given.pop(ignored, None)
    if given:
        raise unsupported(f"unload option {', '.join(given)}")
    if kind not in ("PARQUET", "JSON", "CSV"):
        raise unsupported(f"unloading {kind}")
    cursor = session.connection.cursor()
    cursor.execute(query, server=True)
    table = cursor._arrow_table
    if kind == "PARQUET" and not header:
        table = table.rename_columns([f"_COL_{i}" for i in range(table.num_columns)])
    root, prefix = folder_of(session, into[1])
    ending = {"PARQUET": "snappy.parquet", "JSON": "json.gz", "CSV": "csv.gz"}[kind]
    path = prefix if single else f"{prefix}{'data' if prefix.endswith('/') else ''}_0_0_0.{ending}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path) and not overwrite:
        raise errors.ProgrammingError(
            msg="Files already existing at the unload destination. Use overwrite option to force "
            "unloading.", errno=1030, sqlstate="22000")
    rows = table.num_rows
    if rows > 0:
        how = {"PARQUET": "FORMAT parquet, COMPRESSION snappy", "JSON": "FORMAT json, COMPRESSION gzip",
               "CSV": f"FORMAT csv, COMPRESSION gzip, HEADER {str(header).lower()}"}[kind]
        duck = session.duck
        duck.register("_FS_UNLOAD", table)
        try:
            duck.execute(f"COPY (SELECT * FROM _FS_UNLOAD) TO {literal(path)} ({how})")
        finally:
            duck.unregister("_FS_UNLOAD")
    size, number = (os.path.getsize(path) if rows else 0), pyarrow.int64()
    return results.Answer(*table_of([(rows, size, size)], rows_unloaded=number, input_bytes=number,
                                    output_bytes=number), COPY)
