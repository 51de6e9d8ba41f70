"""Results as Snowflake's drivers expect them: columns, and rows as JSON texts."""

import datetime
import decimal
import json

import pyarrow
from fakesnow.statement_type import statement_type_id

EPOCH = datetime.datetime(1970, 1, 1)
FORMATS = {
    "TIMEZONE": "Etc/UTC",
    "TIMESTAMP_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3",
    "TIMESTAMP_LTZ_OUTPUT_FORMAT": "",
    "TIMESTAMP_TZ_OUTPUT_FORMAT": "",
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
    "TIME_OUTPUT_FORMAT": "HH24:MI:SS",
    "BINARY_OUTPUT_FORMAT": "HEX",
}
PARAMETERS = FORMATS | {
    "AUTOCOMMIT": True,
    "CLIENT_PREFETCH_THREADS": 4,
    "CLIENT_RESULT_CHUNK_SIZE": 160,
    "CLIENT_SESSION_KEEP_ALIVE": False,
    "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY": 3600,
    "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD": 65280,
    "CLIENT_TELEMETRY_ENABLED": False,
    "MULTI_STATEMENT_COUNT": 1,
    "QUERY_CONTEXT_CACHE_SIZE": 5,
    "QUERY_TAG": "",
    "STATEMENT_TIMEOUT_IN_SECONDS": 172800,
}


def of_table(table):
    """Columns of an Arrow table, as Snowflake describes them."""
    return [column(field.name, field.type) for field in table.schema]


def column(name, kind):
    """One column: Snowflake's type with what belongs to it."""
    found = {
        "name": name, "database": "", "schema": "", "table": "", "nullable": True,
        "type": "variant", "byteLength": None, "length": None, "precision": None, "scale": None, "collation": None,
    }
    types = pyarrow.types
    if types.is_decimal(kind):
        return found | {"type": "fixed", "precision": kind.precision, "scale": kind.scale}
    if types.is_integer(kind):
        return found | {"type": "fixed", "precision": 38, "scale": 0}
    if types.is_floating(kind):
        return found | {"type": "real"}
    if types.is_boolean(kind):
        return found | {"type": "boolean"}
    if types.is_date(kind):
        return found | {"type": "date"}
    if types.is_time(kind):
        return found | {"type": "time", "precision": 0, "scale": 9}
    if types.is_timestamp(kind):
        zoned = "timestamp_tz" if kind.tz else "timestamp_ntz"
        return found | {"type": zoned, "precision": 0, "scale": 9}
    if types.is_binary(kind) or types.is_large_binary(kind):
        return found | {"type": "binary", "byteLength": 8388608, "length": 8388608}
    if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
        return found | {"type": "text", "byteLength": 16777216, "length": 16777216}
    return found


def rowset(table, columns):
    """Rows of an Arrow table as texts, the way Snowflake writes its JSON results."""
    cells = [
        [cell(value, column["type"]) for value in values.to_pylist()]
        for values, column in zip(table.columns, columns, strict=True)
    ]
    return [list(row) for row in zip(*cells, strict=True)]


def cell(value, kind):
    """One value as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return repr(value) if kind == "real" else str(int(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return timestamp(value)
    if isinstance(value, datetime.date):
        return str((value - EPOCH.date()).days)
    if isinstance(value, datetime.time):
        micros = (value.hour * 3600 + value.minute * 60 + value.second) * 10**6 + value.microsecond
        return f"{micros // 10**6}.{micros % 10**6 * 1000:09d}"
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str)
    return str(value)


def timestamp(value):
    """Seconds since 1970 with nine digits, and for a zoned one the offset in minutes + 1440."""
    naive = value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
    micros = (naive - EPOCH) // datetime.timedelta(microseconds=1)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    text = f"{sign}{micros // 10**6}.{micros % 10**6 * 1000:09d}"
    return f"{text} 1440" if value.tzinfo else text


class Answer:
    """A result: an Arrow table, its columns as Snowflake describes them, the statement's type."""

    def __init__(self, table, columns, type_id, raw=None, recorded=False):
        self.table = table
        self.recorded = recorded
        self.columns = columns
        self.type_id = type_id
        self.raw = raw


def of_cursor(cursor, expression):
    """The result of the statement that a cursor has run."""
    table = cursor._arrow_table
    put = (cursor._last_transformed.args or {}).get("put_stage_data")
    return Answer(table, of_table(table), statement_type_id(expression), put)
