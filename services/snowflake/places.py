"""Where the stand-in may read and write: its stages, and folders that it was given to read."""

import os
import re

import snowflake.connector.errors as errors
from fakesnow.transforms import stage

PLAIN = re.compile(r"[A-Za-z_][\w$]*\Z", re.A)

# Folders of `--reads`, for stages on file://.
READS = []


def lock(duck, folders):
    """
    Leaves DuckDB nothing but these folders, for good: its SQL comes from whoever logs in. The
    settings hold for all connections of the instance.
    """
    listed = ", ".join("'" + os.path.realpath(f).replace("'", "''") + "'" for f in folders)
    duck.execute("SET GLOBAL autoinstall_known_extensions = false")
    duck.execute("SET GLOBAL autoload_known_extensions = false")
    duck.execute("SET GLOBAL python_enable_replacements = false")
    duck.execute(f"SET GLOBAL allowed_directories = [{listed}]")
    duck.execute("SET GLOBAL enable_external_access = false")
    duck.execute("SET GLOBAL lock_configuration = true")


def within(path, root):
    """Whether the path lies in the folder, links followed."""
    real, top = os.path.realpath(path), os.path.realpath(root)
    return real == top or real.startswith(top.rstrip("/") + "/")


def readable(path):
    """The path, if it lies where files may be read."""
    if any(within(path, root) for root in (stage.LOCAL_BUCKET_PATH, *READS)):
        return path
    raise denied(path)


def writable(path):
    """The path, if it lies in the stages."""
    if within(path, stage.LOCAL_BUCKET_PATH):
        return path
    raise denied(path)


def plain(name):
    """A database's name, which also names a file and a folder: no path may hide in it."""
    if PLAIN.match(name):
        return name
    raise errors.ProgrammingError(
        msg=f"Unsupported feature in the stand-in: the database name {name!r}; take letters, "
        "digits, _ and $", errno=2, sqlstate="0A000")


def denied(path):
    return errors.ProgrammingError(
        msg=f"Failed to access remote file: access denied. The stand-in reads and writes its own "
        f"stages only ({path})", errno=91003, sqlstate="22000")
