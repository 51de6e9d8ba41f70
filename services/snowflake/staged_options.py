"""Options of statements: how they are read, and errors about them."""

import re

import snowflake.connector.errors as errors


def options(text):
    """`NAME = value` pairs: words, 'texts' and (lists), separated by blanks or commas."""
    found, rest = {}, text.strip()
    while rest:
        match = re.match(r"([A-Za-z_$][\w$]*)\s*(?:=>|=)\s*", rest)
        if not match:
            raise syntax(f"unexpected '{rest[:40]}'")
        value, rest = take(rest[match.end() :])
        found[match[1].upper()] = value
        rest = rest.lstrip(" \t\r\n,")
    return found


def take(text):
    """A value at the beginning of the text, and what follows it."""
    if text.startswith("'"):
        match = re.match(r"'((?:[^'\\]|''|\\.)*)'", text, re.S)
        return match[1].replace("''", "'").replace("\\\\", "\\"), text[match.end() :]
    if text.startswith("("):
        end = closing(text)
        return text[1:end], text[end + 1 :]
    match = re.match(r"[^\s,()]+", text)
    if not match:
        raise syntax(f"unexpected '{text[:40]}'")
    return match[0], text[match.end() :]


def closing(text):
    """Where the parenthesis closes that the text begins with."""
    depth, quoted = 0, False
    for i, char in enumerate(text):
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return i
    raise syntax("a parenthesis is not closed")


def syntax(what):
    return errors.ProgrammingError(
        msg=f"SQL compilation error:\nsyntax error: {what}.", errno=1003, sqlstate="42000")


def unsupported(what):
    return errors.ProgrammingError(
        msg=f"Unsupported feature in the stand-in: {what}", errno=2, sqlstate="0A000")
