"""What the statements about staged files share: their options, stages and formats."""

import glob
import os
import re

import pyarrow
import snowflake.connector.errors as errors
from fakesnow.copy_into import stage_url_from_var
from fakesnow.transforms import stage
from fakesnow.transforms.file_format import lookup_file_format
from sqlglot import exp

import places
import remote
import results
from staged_options import options, syntax

COPY = 0x3600


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
    if "://" in root:
        return root, root + path
    places.readable(root)
    full = os.path.normpath(root + path) + ("/" if path.endswith("/") or not path else "")
    # By parts: the neighbour @s2 begins like @s.
    if not places.within(full, root):
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
    if "://" in root:
        return remote.fetch(session, reference, root, prefix, names, pattern)
    if names:
        paths = [f"{prefix.rstrip('/')}/{name}" for name in names]
        for path in paths:
            if not (places.within(path, root) and os.path.isfile(path)):
                raise errors.ProgrammingError(
                    msg=f"Remote file '{path.removeprefix(root)}' was not found.",
                    errno=91016, sqlstate="22000")
    else:
        every = glob.glob(glob.escape(root) + "**/*", recursive=True)
        paths = sorted(p for p in every if p.startswith(prefix) and os.path.isfile(p)
                       and places.within(p, root))
    named = [(path, path.removeprefix(root)) for path in paths]
    return [(p, n) for p, n in named if pattern is None or re.fullmatch(pattern, n)]


def table_of(rows, **kinds):
    """An answer out of tuples."""
    fields = [pyarrow.field(name, kind) for name, kind in kinds.items()]
    columns = list(zip(*rows, strict=True)) or [[] for _ in fields]
    arrays = [pyarrow.array(c, f.type) for c, f in zip(columns, fields, strict=True)]
    table = pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields))
    return table, results.of_table(table)


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


def literal(text):
    return "'" + text.replace("'", "''") + "'"
