"""Sessions: transactions, locks and parameters as Snowflake has them, over fakesnow."""

import asyncio
import re
import threading
import time
from contextlib import contextmanager, suppress

import duckdb
import pyarrow
import snowflake.connector.errors as errors
from fakesnow.expr import normalise_ident
from sqlglot import exp
from starlette.concurrency import run_in_threadpool

import files
import patches
import places
import remote
import results
from staged_options import options
from statements import Kind, classify, prepare

TIMED_OUT = "Statement reached its statement or warehouse timeout and was canceled."
OK = "SELECT 'Statement executed successfully.' AS \"status\""


class Lock:
    """What a writer holds of a database until its transaction ends: others that write wait."""

    def __init__(self):
        self.holder = None
        self.changed = asyncio.Condition()

    async def take(self, session, until, idle_s):
        """Waits; a holder that does nothing for `idle_s` is rolled back, as Snowflake does."""
        async with self.changed:
            while self.holder not in (None, session):
                holder = self.holder
                if not holder.busy and time.monotonic() - holder.active_at > idle_s:
                    holder.aborted = True
                    holder.undo()
                    self.holder = None
                    break
                if time.monotonic() > until:
                    raise errors.ProgrammingError(
                        msg=TIMED_OUT, errno=630, sqlstate="57014")
                try:
                    await asyncio.wait_for(self.changed.wait(), 0.2)
                except TimeoutError:
                    pass
            self.holder = session

    async def give(self, session):
        """Lets the next one in."""
        async with self.changed:
            if self.holder is session:
                self.holder = None
            self.changed.notify_all()


class Session:
    """One login. Statements run one after the other."""

    def __init__(self, world, connection, user, client, role, warehouse):
        self.world = world
        self.connection = connection
        self.duck = connection._duck_conn
        self.user = user
        self.client = client
        self.role = role
        self.warehouse = warehouse
        self.parameters = dict(results.PARAMETERS)
        self.turn = asyncio.Lock()
        self.in_transaction = False
        self.written = False
        self.aborted = False
        self.held = None
        self.busy = False
        self.active_at = time.monotonic()
        self.timed_out = False

    async def run(self, sql, bindings, parameters):
        """Runs one statement; returns its Arrow table, columns and type."""
        async with self.turn:
            if self.connection.is_closed():
                raise errors.ProgrammingError(msg="Session no longer exists.", errno=390111,
                                              sqlstate="08001")
            self.busy = True
            try:
                return await self.within(sql, bindings, self.parameters | parameters)
            finally:
                self.busy = False
                self.active_at = time.monotonic()

    async def within(self, sql, bindings, parameters):
        kind, text, expression = classify(sql)
        if self.aborted:
            self.aborted, self.in_transaction, self.written = False, False, False
            if kind != Kind.ROLLBACK:
                raise errors.ProgrammingError(
                    msg="The transaction was rolled back: it was idle and blocked another one.",
                    errno=611, sqlstate="40001")
        self.check_warehouse(kind)
        limit_s = float(parameters["STATEMENT_TIMEOUT_IN_SECONDS"]) or 172800
        until = time.monotonic() + limit_s
        if kind in (Kind.BEGIN, Kind.COMMIT, Kind.ROLLBACK):
            return await self.control(kind)
        if kind == Kind.RECORDED:
            self.remember(text)
            return self.answer(OK, 0x6000, recorded=True)
        if kind == Kind.PARAMETER:
            return self.set_parameters(text)
        if kind == Kind.DDL:
            # Snowflake commits what is open before it defines anything.
            await self.end(commit=True)
        if kind in (Kind.DDL, Kind.WRITE):
            lock = self.world.lock_of(self, text, expression)
            await lock.take(self, until, self.world.idle_s)
            self.held = lock
        try:
            with self.limit(until - time.monotonic()):
                result = await run_in_threadpool(self.execute, text, kind, expression, bindings)
            if kind == Kind.DDL or (kind == Kind.WRITE and not self.in_transaction):
                await self.end(commit=True)
            return result
        except BaseException:
            if not self.in_transaction:
                await self.end(commit=False)
            raise

    def execute(self, sql, kind, expression, bindings):
        """In a thread: the statement itself."""
        if kind == Kind.WRITE and not self.written:
            self.duck.execute("BEGIN TRANSACTION")
            self.written = True
            if not self.autocommits():
                self.in_transaction = True
        with translated(self):
            if (answer := files.run(self, sql, expression)) is not None:
                return answer
            cursor = self.connection.cursor()
            sql = self.named(sql)
            text, params, batch = prepare(sql, expression, bindings)
            if isinstance(expression, exp.Merge):
                return patches.merge(cursor, expression, list(params) if params else None)
            if kind == Kind.DDL and (answer := self.database(text, expression)):
                return answer
            if batch is None:
                cursor.execute(text, binding_params=params, server=True)
                remote.remember(self, text, expression)
            elif isinstance(batch, pyarrow.Table):
                self.duck.register("_FS_BATCH", batch)
                try:
                    cursor.execute(text, server=True)
                finally:
                    # In a transaction that failed it can't go; the next batch takes its place.
                    with suppress(duckdb.Error):
                        self.duck.unregister("_FS_BATCH")
            else:
                total = 0
                for row in batch:
                    cursor.execute(text, binding_params=row, server=True)
                    total += cursor.rowcount or 0
                name = cursor._arrow_table.column_names[0]
                cursor._arrow_table = pyarrow.table({name: [total]})
            return results.of_cursor(cursor, expression)

    async def control(self, kind):
        """BEGIN, COMMIT and ROLLBACK. Reads before the first write need no transaction below."""
        if kind == Kind.BEGIN:
            if not self.in_transaction:
                self.in_transaction = True
        else:
            await self.end(commit=kind == Kind.COMMIT)
        return self.answer(OK, 0x5000)

    async def end(self, commit):
        """Ends the transaction, if there is one, and lets others write."""
        try:
            if self.written:
                with translated(self):
                    word = "COMMIT" if commit else "ROLLBACK"
                    await run_in_threadpool(self.duck.execute, word)
        except BaseException:
            self.undo()
            raise
        finally:
            self.written = self.in_transaction = False
            if self.held:
                held, self.held = self.held, None
                await held.give(self)

    def undo(self):
        """Rolls back, whatever the state."""
        try:
            self.duck.execute("ROLLBACK")
        except duckdb.Error:
            pass
        self.written = False

    async def close(self):
        """Ends the session; an open transaction is rolled back."""
        if self.connection.is_closed():
            return
        self.duck.interrupt()
        async with self.turn:
            await self.end(commit=False)
            self.connection.close()

    def database(self, text, expression):
        """CREATE and DROP DATABASE, with what Snowflake does besides."""
        if str(expression.args.get("kind") or "").upper() != "DATABASE":
            return None
        name = expression.find(exp.Table).name
        name = places.plain(name if expression.find(exp.Identifier).quoted else name.upper())
        known = self.duck.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = ?",
                                  [name]).fetchall()
        replaced = isinstance(expression, exp.Create) and expression.args.get("replace")
        if known and (replaced or isinstance(expression, exp.Drop)):
            self.duck.execute("SET schema = 'memory.main'")
            self.duck.execute(f'DETACH "{name}"')
            self.world.forget(name)
        if isinstance(expression, exp.Drop):
            if not known and not expression.args.get("exists"):
                raise errors.ProgrammingError(
                    msg=f"SQL compilation error:\nDatabase '{name}' does not exist or not "
                    "authorized.", errno=2003, sqlstate="02000")
            if self.connection.database == name:
                self.connection.database = self.connection._schema = None
                self.connection.database_set = self.connection.schema_set = False
            return self.answer(f"SELECT '{name} successfully dropped.' AS \"status\"", 0x6000)
        if isinstance(expression, exp.Create) and (replaced or not known):
            cursor = self.connection.cursor()
            cursor.execute(f'CREATE DATABASE "{name}"')
            cursor.execute(f'CREATE SCHEMA "{name}".PUBLIC')
            return self.answer(
                f"SELECT 'Database {name} successfully created.' AS \"status\"", 0x6000)
        return None

    def named(self, sql):
        """Who and where: fakesnow knows no users."""
        names = {"user": self.user, "role": self.role, "warehouse": self.warehouse,
                 "account": self.world.users.account}
        return re.sub(r"\bcurrent_(user|role|warehouse|account)\s*\(\s*\)",
                      lambda found: f"'{names[found[1].lower()]}'", sql, flags=re.I)

    def autocommits(self):
        return bool(self.parameters["AUTOCOMMIT"])

    def check_warehouse(self, kind):
        if kind == Kind.WRITE and self.warehouse not in self.world.warehouses:
            raise errors.ProgrammingError(
                msg="No active warehouse selected in the current session.  Select an active "
                "warehouse with the 'use warehouse' command.", errno=606, sqlstate="57P03")

    def remember(self, sql):
        """Names that later statements may use: warehouses and roles."""
        made = re.match(r"\s*create\s+(?:or\s+replace\s+)?(role|warehouse)\s+"
                        r"(?:if\s+not\s+exists\s+)?(\"[^\"]+\"|\w+)", sql, re.I)
        used = re.match(r"\s*use\s+(role|warehouse)\s+(\"[^\"]+\"|\w+)", sql, re.I)
        for match in filter(None, [made, used]):
            what, name = match[1].lower(), normalise_ident(match[2])
            names = self.world.roles if what == "role" else self.world.warehouses
            if match is made:
                names.add(name)
            elif name not in names:
                raise errors.ProgrammingError(
                    msg=f"SQL compilation error:\nObject does not exist, or operation cannot be "
                    f"performed: {what} '{name}'.", errno=2043, sqlstate="02000")
            elif what == "role":
                self.role = name
            else:
                self.warehouse = name

    def set_parameters(self, sql):
        """ALTER SESSION SET and UNSET."""
        unset = re.match(r"\s*alter\s+session\s+unset\s+(.*)", sql, re.I | re.S)
        if unset:
            for name in re.split(r"[\s,;]+", unset[1].strip().upper()):
                if name:
                    self.parameters[name] = results.PARAMETERS.get(name, "")
        else:
            body = re.match(r"\s*alter\s+session\s+set\s+(.*)", sql, re.I | re.S)[1]
            for name, value in options(body.rstrip().rstrip(";")).items():
                self.parameters[name] = typed(value)
        return self.answer(OK, 0x4000)

    def answer(self, sql, type_id, recorded=False):
        """The result of a query that needs no table."""
        table = self.world.plain(sql)
        return results.Answer(table, results.of_table(table), type_id, recorded=recorded)

    @contextmanager
    def limit(self, seconds):
        """Interrupts what runs too long."""
        self.timed_out = False

        def stop():
            self.timed_out = True
            self.duck.interrupt()

        timer = threading.Timer(max(0.001, min(seconds, 10**6)), stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def typed(value):
    """A parameter's value: booleans and whole numbers as such."""
    text = str(value)
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE"
    return int(text) if re.fullmatch(r"-?\d+", text) else text


@contextmanager
def translated(session):
    """DuckDB's errors that fakesnow lets through, as Snowflake's."""
    try:
        yield
    except duckdb.InterruptException as error:
        if session.timed_out:
            raise errors.ProgrammingError(msg=TIMED_OUT, errno=630, sqlstate="57014") from error
        raise errors.ProgrammingError(
            msg="SQL execution canceled", errno=604, sqlstate="57014") from error
    except duckdb.ConstraintException as error:
        raise errors.ProgrammingError(
            msg=f"NULL result in a non-nullable column: {first_line(error)}",
            errno=100072, sqlstate="22000") from error
    except duckdb.OutOfRangeException as error:
        raise errors.ProgrammingError(
            msg=f"Numeric value is out of range: {first_line(error)}",
            errno=100039, sqlstate="22003") from error
    except duckdb.ConversionException as error:
        raise errors.ProgrammingError(
            msg=f"Value is not recognized: {first_line(error)}",
            errno=100038, sqlstate="22018") from error
    except duckdb.Error as error:
        raise errors.ProgrammingError(
            msg=f"SQL execution internal error: {first_line(error)}",
            errno=603, sqlstate="XX000") from error
    # What is left unanswered, a driver asks again for a minute and more.
    except (NotImplementedError, AssertionError, AttributeError, LookupError, TypeError,
            ValueError, OSError) as error:
        raise errors.ProgrammingError(
            msg=f"Unsupported feature in the stand-in: {type(error).__name__} {error}",
            errno=2, sqlstate="0A000") from error


def first_line(error):
    return str(error).split("\n")[0]
