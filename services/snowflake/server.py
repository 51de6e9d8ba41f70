"""
A stand-in for Snowflake: fakesnow (an independent Snowflake over DuckDB) behind HTTP as the
drivers speak it, with logins that are checked and transactions that lock.

    python server.py --port 8085 --stages FOLDER --password-file FILE --token-file FILE

What tests may ask besides, with the token: GET /_standin/statements, POST /_standin/users,
/_standin/expire.
"""

import argparse
import asyncio
import base64
import contextlib
import gzip
import json
import os
import pathlib
import re
import secrets
import shutil
import uuid

import snowflake.connector.errors as errors
import pyarrow
import uvicorn
from anyio import to_thread
from fakesnow.arrow import to_ipc, to_sf
from fakesnow.expr import normalise_ident
from fakesnow.transforms import SERVER_VERSION, stage
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

import patches
import places
import results
from front import Front, new_token
from session import Session
from statements import split
from users import Refused
from world import World

ANSWERS_MAX = 2000
MULTI = 0xA000
# Types of statements whose results Python's driver takes as Arrow.
ARROW = (0, 0x1000, 0x4000, 0x4400, 0x4500)


WORLD: World


async def body_of(request):
    body = await request.body()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return json.loads(body) if body else {}


def refusal(error, query_id=None):
    """A failure the way Snowflake writes it."""
    if isinstance(error, Refused):
        code, message, state = error.code, error.message, error.sqlstate
    else:
        code, message, state = f"{error.errno:06d}", error.msg, error.sqlstate
    data = {"errorCode": code, "sqlState": state, "queryId": query_id, "internalError": False,
            "age": 0, "line": -1, "pos": -1, "type": "COMPILATION"}
    return {"data": data, "code": code, "message": message, "success": False, "headers": None}


def session_of(request):
    """The session that the token names, or `Refused`."""
    header = request.headers.get("Authorization") or ""
    token = header.removeprefix('Snowflake Token="').removesuffix('"')
    if token in WORLD.expired:
        raise Refused("390112", "Your session has expired. Please login again.")
    session = WORLD.sessions.get(token)
    if session is None:
        raise Refused("390111", "Session no longer exists.  New login required to access the "
                      "service.")
    return token, session


def listed(parameters):
    return [{"name": name, "value": value} for name, value in parameters.items()]


async def login(request):
    data = (await body_of(request)).get("data", {})
    try:
        user = WORLD.users.check(data)
        asked = {k: request.query_params.get(k) for k in
                 ("databaseName", "schemaName", "warehouse", "roleName")}
        role = normalise_ident(asked["roleName"]) if asked["roleName"] else WORLD.role
        if role not in WORLD.roles:
            raise Refused("390189", f"Role '{role}' specified in the connect string does not exist "
                          "or not authorized. Contact your local system administrator, or attempt "
                          "to login with another role, e.g. PUBLIC.")
    except Refused as error:
        return JSONResponse(refusal(error))
    warehouse = normalise_ident(asked["warehouse"]) if asked["warehouse"] else WORLD.warehouse
    database = asked["databaseName"] and normalise_ident(asked["databaseName"])
    schema = asked["schemaName"] and normalise_ident(asked["schemaName"])
    connection = WORLD.fake.connect(database, schema or "PUBLIC")
    if not connection.database_set:
        # Snowflake lets you in and has no current database then.
        connection.database = None
    if not connection.schema_set:
        connection._schema = None
    session = Session(WORLD, connection, user, data.get("CLIENT_APP_ID"), role, warehouse)
    session.parameters |= {k.upper(): v for k, v in (data.get("SESSION_PARAMETERS") or {}).items()}
    token, master = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    WORLD.sessions[token] = session
    WORLD.masters[master] = session
    return JSONResponse({"success": True, "code": None, "message": None, "data": {
        "token": token, "masterToken": master, "validityInSeconds": 3600,
        "masterValidityInSeconds": 14400, "displayUserName": user, "serverVersion": SERVER_VERSION,
        "sessionId": uuid.uuid4().int >> 80, "parameters": listed(session.parameters),
        "sessionInfo": {
            "databaseName": connection.database, "schemaName": connection.schema,
            "warehouseName": warehouse if warehouse in WORLD.warehouses else None, "roleName": role,
        }}})


async def renew(request):
    """A new session token for a master token."""
    header = request.headers.get("Authorization") or ""
    master = header.removeprefix('Snowflake Token="').removesuffix('"')
    session = WORLD.masters.get(master)
    if session is None or master in WORLD.expired:
        return JSONResponse(refusal(Refused("390114", "Authentication token has expired.  The user "
                                            "must authenticate again.")))
    token = secrets.token_urlsafe(32)
    WORLD.sessions[token] = session
    return JSONResponse({"success": True, "code": None, "message": None, "data": {
        "sessionToken": token, "validityInSecondsST": 3600, "masterToken": master,
        "validityInSecondsMT": 14400, "sessionId": 1}})


async def session(request):
    """Heartbeat, and the end of a session."""
    try:
        token, found = session_of(request)
    except Refused as error:
        return JSONResponse(refusal(error))
    if request.query_params.get("delete"):
        del WORLD.sessions[token]
        await found.close()
    return JSONResponse({"data": None, "code": None, "message": None, "success": True})


async def query(request):
    """Runs what is asked; the same request again gets the answer of the first."""
    body = await body_of(request)
    try:
        _, found = session_of(request)
    except Refused as error:
        return JSONResponse(refusal(error))
    request_id = request.query_params.get("requestId") or str(uuid.uuid4())
    answer = WORLD.answers.get(request_id)
    if answer is None:
        # The statement goes on though its client leaves.
        answer = asyncio.ensure_future(ask(found, body, request_id))
        WORLD.answers[request_id] = answer
        while len(WORLD.answers) > ANSWERS_MAX:
            WORLD.answers.popitem(last=False)
    return JSONResponse(await asyncio.shield(answer))


async def ask(found, body, request_id):
    """One request: one statement, or several."""
    sql = body.get("sqlText") or ""
    given = {k.upper(): v for k, v in (body.get("parameters") or {}).items()}
    query_id = str(uuid.uuid4())
    try:
        if body.get("describeOnly"):
            return described(found, sql, query_id)
        texts = split(sql)
        wanted = int((found.parameters | given)["MULTI_STATEMENT_COUNT"])
        if len(texts) != wanted and (wanted > 1 or len(texts) > 1) and wanted != 0:
            raise errors.ProgrammingError(
                msg=f"Actual statement count {len(texts)} did not match the desired statement "
                f"count {wanted}.", errno=8, sqlstate="0A000")
        if not texts:
            raise errors.ProgrammingError(msg="Empty SQL statement.", errno=900, sqlstate="42601")
        if len(texts) == 1:
            return await one(found, texts[0], body.get("bindings"), given, request_id, query_id)
        return await several(found, texts, body.get("bindings"), given, request_id, query_id)
    except (errors.ProgrammingError, errors.OperationalError, errors.DatabaseError) as error:
        return refusal(error, query_id)


async def one(found, sql, bindings, given, request_id, query_id):
    tag = (found.parameters | given)["QUERY_TAG"]
    try:
        answer = await found.run(sql, bindings, given)
    except (errors.ProgrammingError, errors.OperationalError, errors.DatabaseError) as error:
        WORLD.record(found, sql, "failed", request_id, tag, f"{error.errno:06d}")
        raise
    how = "recorded" if answer.recorded else "ran"
    WORLD.record(found, sql, how, request_id, tag)
    reply = written(found, answer, query_id)
    WORLD.results[query_id] = reply
    while len(WORLD.results) > ANSWERS_MAX:
        WORLD.results.popitem(last=False)
    return reply


async def several(found, texts, bindings, given, request_id, query_id):
    """Several statements in one request: the results are fetched by their ids."""
    ids, kinds = [], []
    for text in texts:
        child = str(uuid.uuid4())
        reply = await one(found, text, bindings, given, request_id, child)
        ids.append(child)
        kinds.append(str(reply["data"].get("statementTypeId") or 0))
    table = WORLD.plain("SELECT 'Multiple statements executed successfully.' AS "
                        '"multiple statement execution"')
    reply = written(found, results.Answer(table, results.of_table(table), MULTI), query_id)
    reply["data"] |= {"resultIds": ",".join(ids), "resultTypes": ",".join(kinds)}
    return reply


def written(found, answer, query_id):
    """The reply with a result: Arrow for Python's driver, JSON for the others."""
    if answer.raw:
        return {"data": answer.raw | {"queryId": query_id}, "success": True, "code": None,
                "message": None}
    arrow = found.client == "PythonConnector" and answer.type_id in ARROW
    table, columns = answer.table, answer.columns
    if arrow:
        content = base64.b64encode(to_ipc(to_sf(table, columns))).decode() if table.num_rows else ""
        result = {"queryResultFormat": "arrow", "rowsetBase64": content}
    else:
        result = {"queryResultFormat": "json", "rowset": results.rowset(table, columns)}
    connection = found.connection
    return {"success": True, "code": None, "message": None, "data": {
        "parameters": listed(found.parameters), "rowtype": columns, "total": table.num_rows,
        "returned": table.num_rows, "queryId": query_id, "statementTypeId": answer.type_id,
        "finalDatabaseName": connection.database, "finalSchemaName": connection.schema,
        "finalRoleName": found.role, "finalWarehouseName": found.warehouse, "version": 1,
        "numberOfBinds": 0, "arrayBindSupported": False, "databaseProvider": None, **result}}


def described(found, sql, query_id):
    """Columns of a statement without running it."""
    cursor = found.connection.cursor()
    rows = cursor._describe_only(sql)
    if rows is None:
        raise errors.ProgrammingError(msg="Unsupported feature in the stand-in: describing this",
                                      errno=2, sqlstate="0A000")
    table = cursor._arrow_table.slice(0, 0)
    columns = [results.column(row[0], pyarrow.string()) for row in rows]
    return written(found, results.Answer(table, columns, 0x1000), query_id)


async def result(request):
    """The result of an earlier statement."""
    try:
        session_of(request)
    except Refused as error:
        return JSONResponse(refusal(error))
    reply = WORLD.results.get(request.path_params["query"])
    if reply is None:
        gone = errors.ProgrammingError(msg="Statement not found", errno=709, sqlstate="02000")
        return JSONResponse(refusal(gone))
    return JSONResponse(reply)


async def abort(request):
    """Cancels what a session runs."""
    try:
        _, found = session_of(request)
    except Refused as error:
        return JSONResponse(refusal(error))
    if found.busy:
        found.duck.interrupt()
    return JSONResponse({"data": None, "code": None, "message": None, "success": True})


async def monitoring(request):
    known = request.path_params["query"] in WORLD.results
    queries = [{"status": "SUCCESS"}] if known else []
    return JSONResponse({"data": {"queries": queries}, "success": True})


async def browser(request):
    """Single sign-on: the user logs in at once, and the browser goes back to the driver."""
    asked = request.query_params
    port = asked.get("browser_mode_redirect_port", "")
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65_535:
        return JSONResponse({"success": False, "message": "browser_mode_redirect_port: a port"}, 400)
    try:
        token = WORLD.users.by_hand(asked.get("login_name", ""), asked.get("proof_key", ""))
    except Refused as error:
        return JSONResponse(refusal(error), 403)
    return RedirectResponse(f"http://localhost:{port}/?token={token}")


async def statements(request):
    """What was run, as it was sent: ?database=NAME&since=ID."""
    database, since = request.query_params.get("database"), request.query_params.get("since")
    found = [s for s in WORLD.statements if s["id"] > int(since or 0)
             and (database is None or s["database"] == database.upper())]
    return JSONResponse({"statements": found, "last": WORLD.count})


async def users(request):
    """Adds or changes a user: name, password, publicKey, oauthToken, oauthExpires."""
    data = await body_of(request)
    WORLD.users.add(data["name"], data.get("password"), data.get("publicKey"),
                    data.get("oauthToken"), data.get("oauthExpires"))
    return JSONResponse({"success": True})


async def expire(request):
    """Lets the sessions of a user expire: {"user", "what": "session" | "master" | "gone"}."""
    data = await body_of(request)
    name, what = data["user"].upper(), data["what"]
    for token, found in list(WORLD.sessions.items()):
        if found.user != name:
            continue
        if what == "gone":
            del WORLD.sessions[token]
            await found.close()
        else:
            WORLD.expired.add(token)
    if what == "master":
        WORLD.expired.update(m for m, found in WORLD.masters.items() if found.user == name)
    return JSONResponse({"success": True})


async def fine(_request):
    return JSONResponse({"success": True, "data": None, "code": None, "message": None})


ROUTES = [
    Route("/session/v1/login-request", login, methods=["POST"]),
    Route("/console/login", browser, methods=["GET"]),
    Route("/session/token-request", renew, methods=["POST"]),
    Route("/session", session, methods=["POST"]),
    Route("/session/heartbeat", session, methods=["POST"]),
    Route("/queries/v1/query-request", query, methods=["POST"]),
    Route("/queries/v1/abort-request", abort, methods=["POST"]),
    Route("/queries/{query}/abort-request", abort, methods=["POST"]),
    Route("/queries/{query}/result", result, methods=["GET"]),
    Route("/monitoring/queries/{query}", monitoring, methods=["GET"]),
    Route("/telemetry/send", fine, methods=["POST"]),
    Route("/telemetry/send/sessionless", fine, methods=["POST"]),
    Route("/_standin/health", fine, methods=["GET"]),
    Route("/_standin/statements", statements, methods=["GET"]),
    Route("/_standin/users", users, methods=["POST"]),
    Route("/_standin/expire", expire, methods=["POST"]),
]


@contextlib.asynccontextmanager
async def lifespan(_app):
    # Each statement takes a thread.
    to_thread.current_default_thread_limiter().total_tokens = 100
    yield


def main():
    global WORLD
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8085)
    parser.add_argument("--data", help="folder for databases; without it they are in memory")
    parser.add_argument("--stages", required=True, help="folder for staged files")
    parser.add_argument("--reads", action="append", default=[],
                        help="a folder outside of them that stages on file:// may read")
    parser.add_argument("--token-file", required=True,
                        help="where to leave the token that its own routes ask for")
    parser.add_argument("--account", default="standin")
    parser.add_argument("--user", default="TICKHOUSE")
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--database", default="TICKHOUSE")
    parser.add_argument("--warehouse", default="TICKHOUSE")
    parser.add_argument("--role", default="TICKHOUSE")
    parser.add_argument("--idle-seconds", type=float, default=300,
                        help="an idle transaction that blocks another is rolled back after these")
    args = parser.parse_args()
    # fakesnow makes a temporary folder of its own, which would stay.
    shutil.rmtree(stage.LOCAL_BUCKET_PATH, ignore_errors=True)
    stage.LOCAL_BUCKET_PATH = os.path.realpath(args.stages)
    os.makedirs(stage.LOCAL_BUCKET_PATH, exist_ok=True)
    patches.apply()
    WORLD = World(args)
    WORLD.users.add(args.user, pathlib.Path(args.password_file).read_text().strip())
    kept = [p.stem for p in pathlib.Path(args.data).glob("*.db")] if args.data else []
    WORLD.fake.create_database_on_connect = WORLD.fake.create_schema_on_connect = True
    for name in dict.fromkeys([args.database.upper(), *kept]):
        WORLD.fake.connect(name, "PUBLIC").close()
    WORLD.fake.create_database_on_connect = WORLD.fake.create_schema_on_connect = False
    places.READS.extend(args.reads)
    folders = [stage.LOCAL_BUCKET_PATH, *args.reads, *([args.data] if args.data else [])]
    places.lock(WORLD.fake.duck_conn, folders)
    app = Front(Starlette(routes=ROUTES, lifespan=lifespan), args.port, new_token(args.token_file))
    uvicorn.run(app, host=args.host, port=args.port, log_level="warning")


if __name__ == "__main__":
    main()
