"""The parameters that all lists share."""

from typing import Annotated

from fastapi import Depends, Query

from answerbeat.jsons import JsonObject


def _paging(
    limit: Annotated[int | None, Query(description="1 to 100; 20 when left out.")] = None,
    page_token: Annotated[str | None, Query(description="next_page_token of the page before.")] = None,
) -> JsonObject:
    return {"limit": limit, "page_token": page_token}


Paging = Annotated[JsonObject, Depends(_paging)]


def page(answer: JsonObject, name: str) -> JsonObject:
    """A list response as http-api.md has it, of a service's."""
    return {"data": answer[name], "next_page_token": answer["next_page_token"]}
