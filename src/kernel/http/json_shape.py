"""Refuses JSON that is built to be expensive, before a parser sees it."""

import re

MOST_DEPTH = 32
MOST_DIGITS = 32
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_LONG_NUMBER = re.compile(rb"[0-9]{%d,}|[eE][+-]?[0-9]{4,}" % (MOST_DIGITS + 1))


def json_fault(body: bytes) -> str:
    """What is wrong with the shape of this JSON, in words; empty when nothing is. Whether it is JSON at all is not asked."""
    bare = _STRING.sub(b"", body)
    if _LONG_NUMBER.search(bare):
        return f"the body holds a number of more than {MOST_DIGITS} digits"
    if bare.count(b"[") + bare.count(b"{") <= MOST_DEPTH:
        return ""
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > MOST_DEPTH:
            return f"the body is nested more than {MOST_DEPTH} levels deep"
    return ""
