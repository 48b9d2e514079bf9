"""Refuses query parameters that a route does not know: a misspelt filter would give the wrong numbers in silence."""

from difflib import get_close_matches

from fastapi import Request
from fastapi.routing import APIRoute

from answerbeat.errors import InvalidFields, Violation


async def refuse_unknown(request: Request) -> None:
    """Raises InvalidFields, with the nearest name that the route knows."""
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute) or not route.include_in_schema:
        return  # the page's addresses are its own to read
    described = request.app.openapi()["paths"].get(route.path_format, {}).get(request.method.lower(), {})
    known = [each["name"] for each in described.get("parameters", ()) if each["in"] == "query"]
    found = [Violation(name, _hint(name, known)) for name in request.query_params if name not in known]
    if found:
        raise InvalidFields(*found)


def _hint(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}" if known else "it takes none"
    return f"is not a parameter of this request; {meant}"
