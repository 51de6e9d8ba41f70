"""Stages: LIST, REMOVE, GET, and COPY INTO in both directions. PUT is fakesnow's."""

import datetime
import hashlib
import os
import re

import pyarrow
import snowflake.connector.errors as errors

import places
import results
from load import Load
from staged import (
    COPY,
    folder_of,
    format_of,
    found_files,
    literal,
    table_of,
)
from staged_options import options, syntax, take, unsupported


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
    if "://" in folder_of(session, match[1])[0]:
        raise unsupported("REMOVE from an external stage")
    for path, name in found_files(session, match[1], pattern=pattern):
        os.remove(places.writable(path))
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
    if "://" in root:
        raise unsupported("GET from an external stage")
    named = [name for _, name in found_files(session, match[1], pattern=pattern)]
    data = {
        "command": "DOWNLOAD", "src_locations": named, "localLocation": match[2], "parallel": 1,
        "stageInfo": {"locationType": "LOCAL_FS", "location": root, "creds": {}},
        "encryptionMaterial": [], "presignedUrls": None,
        "autoCompress": False, "sourceCompression": "none", "overwrite": True,
    }
    return results.Answer(*table_of([], file=pyarrow.string()), 0x4000, data)


def unload(session, sql, into):
    """COPY INTO a stage from a table or a query."""
    rest = re.sub(r"\A\s*from\s+", "", sql.rstrip().rstrip(";")[into.end() :], flags=re.I)
    if rest.startswith("("):
        query, rest = take(rest)
    else:
        match = re.match(r"[\w$.\"]+", rest)
        if not match:
            raise syntax("COPY INTO a stage without FROM")
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
    if "://" in root:
        raise unsupported("unloading to an external stage")
    ending = {"PARQUET": "snappy.parquet", "JSON": "json.gz", "CSV": "csv.gz"}[kind]
    path = prefix if single else f"{prefix}{'data' if prefix.endswith('/') else ''}_0_0_0.{ending}"
    os.makedirs(os.path.dirname(places.writable(path)), exist_ok=True)
    if os.path.exists(path) and not overwrite:
        raise errors.ProgrammingError(
            msg="Files already existing at the unload destination. Use overwrite option to force "
            "unloading.", errno=1030, sqlstate="22000")
    rows = table.num_rows
    if rows > 0:
        how = {"PARQUET": "FORMAT parquet, COMPRESSION snappy",
               "JSON": "FORMAT json, COMPRESSION gzip",
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
