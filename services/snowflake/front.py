"""
Who may ask at all. A page in the user's browser reaches this port too: by its address, or under a
name of its own that it lets point here. So each request must name this machine in Host, and none
may come from another site. What Snowflake itself has not is for those who can read the token's
file.
"""

import os
import secrets

from starlette.responses import JSONResponse

OWN_ROUTES = "/_standin/"
# Says only that the server is up.
OPEN = "/_standin/health"
TOKEN_HEADER = b"x-standin-token"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def new_token(path):
    """Makes the token of this start and leaves it in the file, for its owner only."""
    token = secrets.token_urlsafe(32)
    fresh = f"{path}.new"
    # One that an earlier start left must not lend its mode.
    if os.path.lexists(fresh):
        os.remove(fresh)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    os.replace(fresh, path)
    return token


class Front:
    """Stands before the routes of a server on `port`."""

    def __init__(self, app, port, token):
        self.app = app
        self.hosts = {f"{host}:{port}".encode() for host in LOOPBACK}
        self.origins = {b"http://" + host for host in self.hosts}
        self.token = token.encode()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        refused = self.refusal(scope)
        answer = self.app
        if refused:
            code, message = refused
            body = {"success": False, "code": f"{code}", "message": message, "data": None}
            answer = JSONResponse(body, code)
        await answer(scope, receive, send)

    def refusal(self, scope):
        """A status and a text, or None."""
        given = {}
        for name, value in scope["headers"]:
            # A header that comes twice could mean one thing here and another behind.
            given[name] = value if name not in given else b""
        if given.get(b"host", b"").lower() not in self.hosts:
            return 421, "The stand-in answers under 127.0.0.1 and localhost with its port only."
        foreign = given.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin")
        if foreign or (b"origin" in given and given[b"origin"].lower() not in self.origins):
            return 403, "The stand-in takes nothing from a page of another site."
        path = scope["path"]
        if path.startswith(OWN_ROUTES) and path != OPEN:
            if not secrets.compare_digest(given.get(TOKEN_HEADER, b""), self.token):
                return 401, "This takes the header X-Standin-Token with what the file of " \
                    "--token-file holds."
        return None
