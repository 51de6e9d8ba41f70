"""All that the sessions of a stand-in share."""

import collections
import pathlib
import re
import shutil

from fakesnow.expr import normalise_ident
from fakesnow.instance import FakeSnow
from fakesnow.transforms import stage
from sqlglot import exp

from session import Lock
from users import Users

STATEMENTS_MAX = 100_000


class World:
    """All that sessions share."""

    def __init__(self, args):
        self.fake = FakeSnow(create_database_on_connect=False, create_schema_on_connect=False,
                             db_path=args.data)
        self.data = args.data
        self.users = Users(args.account)
        self.roles = {"ACCOUNTADMIN", "SYSADMIN", "SECURITYADMIN", "USERADMIN", "PUBLIC",
                      args.role.upper()}
        self.role = args.role.upper()
        self.warehouses = {args.warehouse.upper()}
        self.warehouse = args.warehouse.upper()
        self.idle_s = args.idle_seconds
        self.locks = {}
        self.stages = {}
        self.sessions = {}
        self.masters = {}
        self.expired = set()
        self.answers = collections.OrderedDict()
        self.results = collections.OrderedDict()
        self.statements = collections.deque(maxlen=STATEMENTS_MAX)
        self.count = 0

    def plain(self, sql):
        """The result of a query that reads no table."""
        return self.fake.duck_conn.cursor().execute(sql).to_arrow_table()

    def lock_of(self, session, text, expression):
        """The lock of the database that the statement writes."""
        database = session.connection.database or ""
        if expression is None:
            match = re.match(r'copy\s+into\s+([\w$".%]+)', text, re.I)
            parts = match[1].split(".") if match else []
            database = normalise_ident(parts[0]) if len(parts) == 3 else database
        else:
            kind = str(expression.args.get("kind") or "").upper()
            table = expression.find(exp.Table)
            if kind == "DATABASE":
                database = table.name.upper()
            elif kind == "SCHEMA" and table.args.get("catalog"):
                database = table.catalog.upper()
            elif table and table.args.get("catalog"):
                database = table.catalog.upper()
        return self.locks.setdefault(database, Lock())

    def forget(self, database):
        """Removes what a dropped database leaves: its file, its stages."""
        shutil.rmtree(f"{stage.LOCAL_BUCKET_PATH}/{database}", ignore_errors=True)
        if self.data:
            for ending in (".db", ".db.wal"):
                pathlib.Path(self.data, database + ending).unlink(missing_ok=True)
        for table in ("_fs_stages", "_fs_file_formats"):
            self.fake.duck_conn.cursor().execute(
                f"DELETE FROM _fs_global._fs_information_schema.{table} WHERE database_name = ?",
                [database])

    def record(self, session, sql, how, request="", tag="", code=None):
        """Notes a statement for tests to look at."""
        self.count += 1
        self.statements.append({
            "id": self.count, "sql": sql, "how": how, "user": session.user, "role": session.role,
            "warehouse": session.warehouse, "database": session.connection.database,
            "requestId": request, "tag": tag, "code": code,
        })
