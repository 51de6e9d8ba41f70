"""External stages over stores that speak S3, such as MinIO: their objects are fetched to be read."""

import hashlib
import os
import re

import boto3
import botocore.config
import botocore.exceptions
import snowflake.connector.errors as errors
from fakesnow.transforms import stage
from sqlglot import exp

from staged_options import options, unsupported

HEAD = re.compile(r"create\s+(or\s+replace\s+)?(temp\w*\s+)?stage\s+(if\s+not\s+exists\s+)?"
                  r"([\w$.\"]+)\s*", re.I)


def remember(session, text, expression):
    """Keeps the endpoint and the keys of a stage that is made: fakesnow keeps its URL only."""
    head = HEAD.match(text)
    if not isinstance(expression, exp.Create) or not head:
        return
    connection = session.connection
    name = stage.parts_from_var(head[4], connection.database, connection.schema)
    if name in session.world.stages and head[3]:
        return
    given = options(re.sub(r"\bdirectory\s*=\s*\([^)]*\)", "", text[head.end() :], flags=re.I))
    keys = options(given.get("CREDENTIALS", ""))
    session.world.stages[name] = {"endpoint": given.get("ENDPOINT"), **keys}


def fetch(session, reference, root, prefix, names, pattern):
    """Local copies of the objects that are meant, with their names in the stage."""
    scheme, rest = root.split("://", 1)
    if scheme not in ("s3", "s3compat"):
        raise unsupported(f"stages of {scheme}://")
    bucket, _, base = rest.partition("/")
    connection = session.connection
    var = reference.strip("'").lstrip("@").split("/")[0]
    known = session.world.stages.get(
        stage.parts_from_var(var, connection.database, connection.schema), {})
    client = client_of(known)
    inside = prefix.removeprefix(root)
    try:
        found = list(objects(client, bucket, base + inside))
        listed = {o["Key"].removeprefix(base): o for o in found}
        if names:
            names = [f"{inside}{name}" for name in names]
            for name in names:
                if name not in listed:
                    raise errors.ProgrammingError(msg=f"Remote file '{name}' was not found.",
                                                  errno=91016, sqlstate="22000")
            listed = {name: listed[name] for name in names}
        return [(copy_of(client, bucket, o), name) for name, o in sorted(listed.items())
                if pattern is None or re.fullmatch(pattern, name)]
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise errors.ProgrammingError(
            msg=f"Failed to access remote file: access denied. Please check your credentials "
            f"({error})", errno=91003, sqlstate="22000") from error


def client_of(known):
    """A client for the stage's endpoint; without TLS where that is this machine."""
    endpoint = known.get("endpoint")
    if endpoint is None:
        raise unsupported("stages on Amazon's own S3: give the stage an ENDPOINT")
    local = endpoint.split(":")[0] in ("127.0.0.1", "localhost")
    return boto3.client(
        "s3", endpoint_url=f"{'http' if local else 'https'}://{endpoint}", region_name="us-east-1",
        aws_access_key_id=known.get("AWS_KEY_ID"), aws_secret_access_key=known.get("AWS_SECRET_KEY"),
        config=botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}))


def objects(client, bucket, prefix):
    """All objects whose keys begin so."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def copy_of(client, bucket, found):
    """A local copy under the object's own ending; fetched once for each of its versions."""
    key = found["Key"]
    mark = hashlib.sha256(f"{bucket}/{key}#{found['ETag']}".encode()).hexdigest()
    path = f"{stage.LOCAL_BUCKET_PATH}/_remote/{mark}/{os.path.basename(key)}"
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        client.download_file(bucket, key, path + ".part")
        os.replace(path + ".part", path)
        when = found["LastModified"].timestamp()
        os.utime(path, (when, when))
    return path
