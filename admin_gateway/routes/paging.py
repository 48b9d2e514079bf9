"""The parameters that all lists share."""

from typing import Annotated, Any

from fastapi import Depends, Query


def _paging(
    limit: Annotated[int | None, Query(description="1 to 100; 20 when left out.")] = None,
    page_token: Annotated[str | None, Query(description="next_page_token of the page before.")] = None,
) -> dict[str, Any]:
    return {"limit": limit, "page_token": page_token}


Paging = Annotated[dict[str, Any], Depends(_paging)]


def page(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """A list response as http-api.md has it, of a service's."""
    return {"data": answer[name], "next_page_token": answer["next_page_token"]}
