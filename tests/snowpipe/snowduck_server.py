"""
snowduck's server with what its Snowpipe Streaming does not have: requests of a channel one after the other,
continuation tokens of one use, rows of a request all or none, values bound and not pasted.
"""

import asyncio

import uvicorn
from snowduck.server import server
from snowduck.server.streaming import handlers


class OneByOne:
    """An ASGI application whose requests never overlap."""

    def __init__(self, app):
        self.app = app
        self.lock = asyncio.Lock()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        async with self.lock:
            await self.app(scope, receive, send)


def insert_rows(cursor, table, rows):
    """All rows or none, bound by position."""
    columns = list(rows[0])
    names = ", ".join(f'"{c}"' for c in columns)
    places = ", ".join("?" for _ in columns)
    duck = cursor._duck_cur
    duck.execute("BEGIN")
    try:
        duck.executemany(
            f'INSERT INTO "{table}" ({names}) VALUES ({places})',
            [[row.get(c) for c in columns] for row in rows],
        )
        duck.execute("COMMIT")
    except Exception:
        duck.execute("ROLLBACK")
        raise


valid = handlers.channel_manager.validate_continuation_token


def validate(database, schema, pipe, channel, token):
    """The token of the last answer, and no other."""
    found = valid(database, schema, pipe, channel, token)
    return found if found and found.continuation_token == token else None


handlers._insert_rows = insert_rows
handlers._create_table_if_needed = lambda *_: None
handlers.channel_manager.validate_continuation_token = validate

if __name__ == "__main__":
    import sys

    uvicorn.run(OneByOne(server.app), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
