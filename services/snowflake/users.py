"""Users of the stand-in, and who is let in. Error codes are Snowflake's."""

import base64
import hashlib
import secrets
import time

import jwt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)


class Refused(Exception):
    """A request that Snowflake answers with `success: false` and a code."""

    def __init__(self, code, message, sqlstate="08001"):
        super().__init__(message)
        self.code = code
        self.message = message
        self.sqlstate = sqlstate


class Users:
    """Names, passwords, public keys and OAuth tokens."""

    def __init__(self, account):
        self.account = account.upper()
        self.users = {}
        self.proofs = {}

    def add(self, name, password=None, public_key=None, oauth_token=None, oauth_expires=None):
        """Adds a user or changes what is given; `oauth_expires` is in seconds since 1970."""
        user = self.users.setdefault(name.upper(), {})
        given = {"password": password, "key": public_key, "oauth": oauth_token}
        user.update({k: v for k, v in given.items() if v is not None})
        user["oauth_expires"] = oauth_expires

    def check(self, data):
        """Returns the user's name, or raises `Refused`."""
        kind = str(data.get("AUTHENTICATOR") or "SNOWFLAKE").upper()
        account = str(data.get("ACCOUNT_NAME") or "").upper().split(".")[0]
        if account != self.account:
            raise Refused("390201", f"The requested account {account} does not exist.")
        if kind == "OAUTH":
            return self.by_oauth(data)
        name = str(data.get("LOGIN_NAME") or "").upper()
        user = self.users.get(name)
        if kind == "SNOWFLAKE_JWT":
            return self.by_key(name, user, str(data.get("TOKEN") or ""))
        if kind == "EXTERNALBROWSER":
            return self.by_browser(name, data)
        if kind not in ("SNOWFLAKE", "USERNAME_PASSWORD_MFA"):
            raise Refused("390199", f"Authenticator {kind} is not emulated.")
        good = (user or {}).get("password")
        if good is None or not secrets.compare_digest(good, str(data.get("PASSWORD") or "")):
            raise Refused("390100", "Incorrect username or password was specified.")
        return name

    def by_key(self, name, user, token):
        """Checks signature, issuer, subject and times of the token against the public key."""
        invalid = Refused("390144", f"JWT token is invalid. [{secrets.token_hex(8)}]")
        if not user or "key" not in user:
            raise invalid
        key = load_pem_public_key(user["key"].encode())
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        print_ = base64.b64encode(hashlib.sha256(der).digest()).decode()
        try:
            # The times are checked below: Snowflake's Node driver gives them in milliseconds.
            unchecked = {"verify_exp": False, "verify_iat": False, "verify_sub": False}
            claims = jwt.decode(token, key, algorithms=["RS256"], options=unchecked)
        except jwt.PyJWTError as error:
            raise invalid from error
        subject = f"{self.account}.{name}"
        if claims.get("sub") != subject or claims.get("iss") != f"{subject}.SHA256:{print_}":
            raise invalid
        issued, expires = (seconds(claims.get(claim, 0)) for claim in ("iat", "exp"))
        if not issued - 60 <= time.time() <= expires or expires - issued > 3600 + 60:
            raise invalid
        return name

    def by_oauth(self, data):
        """Finds the user by the token."""
        token = str(data.get("TOKEN") or "")
        for name, user in self.users.items():
            if user.get("oauth") and secrets.compare_digest(user["oauth"], token):
                if user.get("oauth_expires") is not None and user["oauth_expires"] < time.time():
                    raise Refused("390318", "OAuth access token expired. [expired]")
                return name
        raise Refused("390303", "Invalid OAuth access token. [unknown]")

    def by_hand(self, name, proof):
        """What a browser brings back when the user has logged in there."""
        user = self.users.get(name.upper())
        # Nobody is asked anything in the browser: that must be no way round a password.
        if user is None or any(user.get(k) is not None for k in ("password", "key", "oauth")):
            raise Refused("390190", "Only users without a password, key and token log in by "
                          "browser.")
        token = secrets.token_urlsafe(16)
        self.proofs[proof] = (name.upper(), token)
        return token

    def by_browser(self, name, data):
        """Checks what the browser brought."""
        found = self.proofs.pop(str(data.get("PROOF_KEY") or ""), None)
        if found != (name, data.get("TOKEN")):
            raise Refused("390190", "The SAML response is invalid or matching user is not found.")
        return name


def seconds(value):
    """Seconds since 1970 out of seconds or milliseconds."""
    return value / 1000 if value > 1e11 else value
