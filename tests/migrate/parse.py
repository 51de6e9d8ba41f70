"""Says of each statement of a JSON list on standard input what sqlglot takes it for."""

import json
import logging
import sys

import sqlglot

# What sqlglot knows by name only is told as such.
logging.disable(logging.WARNING)
found = []
for sql in json.load(sys.stdin):
    try:
        expressions = sqlglot.parse(sql, dialect="snowflake")
        found.append([type(e).__name__ for e in expressions])
    except sqlglot.errors.SqlglotError as error:
        found.append([f"error: {error}"])
json.dump(found, sys.stdout)
