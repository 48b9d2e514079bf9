"""What the bodies of the engines' own APIs say of themselves."""

import json
import re
from typing import Any

from tests.unit.truth import Json, Truth, dicts, each_once, pages_in, without

THOUGHT = re.compile(r"<think>.*?(</think>|$)", re.DOTALL)


def of_responses(body: Json) -> Truth:
    """OpenAI's Responses, which xAI shares."""
    if body.get("error"):
        return Truth("engine_error")
    if body.get("status", "completed") not in ("completed", "incomplete"):
        return Truth("engine_error")
    said = [item for item in body["output"] if item["type"] == "message" and item.get("phase") != "commentary"]
    parts = [part for item in said for part in item["content"] if part["type"] in ("output_text", "refusal")]
    texts = [part.get("text") or part.get("refusal") for part in parts]
    if not "".join(texts).strip():
        return Truth("no_answer")
    notes = [note for note in dicts([part.get("annotations") for part in parts]) if note.get("type") == "url_citation"]
    tools = [item for item in body["output"] if item["type"] not in ("message", "reasoning")]
    cited, found = pages_in(notes), pages_in(tools)
    searches = [item for item in tools if item["type"] in ("web_search_call", "x_search_call")]
    return Truth(
        texts=texts,
        sources=each_once(cited, found),
        searched=without(each_once(found), each_once(cited)),
        queries=_queries(searches),
        model=body["model"],
        tokens=(body["usage"]["input_tokens"], body["usage"]["output_tokens"]),
    )


def of_perplexity(body: Json) -> Truth:
    """The same, with lists of results, to which the text may refer by number."""
    truth = of_responses(body)
    lists = [item for item in body["output"] if item["type"] == "search_results"]
    results = {str(result["id"]): result for item in lists for result in item["results"] if "url" in result}
    numbers = [number for text in truth.texts for number in re.findall(r"\[(\d+)\]", text)]
    referred = pages_in([results[number] for number in numbers if number in results])
    found = pages_in([item for item in body["output"] if item["type"].endswith("_results")])
    cited = truth.sources + referred or found
    truth.sources = each_once(cited, found)
    truth.searched = without(each_once(found), truth.sources)
    truth.queries = list(dict.fromkeys(query for item in lists for query in item["queries"]))
    return truth


def of_claude(body: Json) -> Truth:
    """Anthropic's Messages."""
    blocks = body["content"]
    said = [block for block in blocks if block["type"] == "text"]
    if not said:
        return Truth("no_answer")
    cited = pages_in([block.get("citations") for block in said])
    found = pages_in(
        [block for block in blocks if block["type"] in ("web_search_tool_result", "web_fetch_tool_result")]
    )
    fetched = [
        (block["content"].get("url"), block["content"]) for block in blocks if block["type"].startswith("web_fe")
    ]
    found += [(url, content["content"].get("title")) for url, content in fetched if url]
    usage = body["usage"]
    told = [usage[name] for name in usage if name.endswith("input_tokens")]
    return Truth(
        texts=[block["text"] for block in said],
        sources=each_once(cited, found),
        searched=without(each_once(found), each_once(cited)),
        queries=[block["input"]["query"] for block in blocks if block.get("name") == "web_search"],
        model=body["model"],
        tokens=(sum(told), usage["output_tokens"]),
    )


def of_gemini(body: Json) -> Truth:
    """Google's GenerateContent: chunks are what was found, supports say which of them are cited."""
    candidate = body.get("candidates", [{}])[0]
    parts = [part for part in candidate.get("content", {}).get("parts", []) if not part.get("thought")]
    texts = [part["text"] for part in parts if "text" in part]
    if not texts:
        return Truth("no_answer")
    grounding = candidate.get("groundingMetadata", {})
    chunks = [_chunk(chunk) for chunk in grounding.get("groundingChunks", [])]
    indexes = {i for support in grounding.get("groundingSupports", []) for i in support["groundingChunkIndices"]}
    cited = [page for i, page in enumerate(chunks) if page and (i in indexes or not indexes)]
    usage = body["usageMetadata"]
    tokens = [usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0)]
    tokens += [usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)]
    is_whole = "promptTokenCount" in usage and "candidatesTokenCount" in usage
    return Truth(
        texts=texts,
        sources=each_once(cited),
        searched=without(each_once([page for page in chunks if page]), each_once(cited)),
        queries=[query for query in grounding.get("webSearchQueries", []) if query],
        model=body["modelVersion"],
        tokens=(tokens[0], tokens[1]) if is_whole else (None, None),
    )


def _chunk(chunk: dict[str, Any]) -> tuple[str, str | None] | None:
    """The page of a chunk; of a redirect, the site that stands where its title would."""
    web = chunk.get("web")
    if not web:
        return None
    is_redirect = "/grounding-api-redirect/" in web["uri"]
    return (f"https://{web['title']}/" if is_redirect else web["uri"], web.get("title"))


def of_chat(body: Json) -> Truth:
    """Chat completions, of whichever server."""
    choice = (body["choices"] or [{}])[0]
    if "error" in choice or choice.get("finish_reason") == "error":
        return Truth("engine_error")
    message = choice.get("message", {})
    content = message.get("content") or ""
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    texts = [THOUGHT.sub("", part["text"]) for part in parts if part["type"] == "text"]
    if not "".join(texts).strip():
        return Truth("no_answer")
    notes = [note["url_citation"] for note in message.get("annotations") or [] if note["type"] == "url_citation"]
    listed: list[tuple[str, str | None]] = [(url, None) for url in body.get("citations", [])]
    results = pages_in(body.get("search_results")) + pages_in(message.get("executed_tools"))
    cited = pages_in(notes) or listed or results
    arguments = [tool["arguments"] for tool in message.get("executed_tools", [])]
    usage = body["usage"]
    return Truth(
        texts=texts,
        sources=each_once(cited, results),
        searched=without(each_once(results), each_once(cited)),
        queries=[json.loads(given)["query"] for given in arguments],
        model=body["model"],
        tokens=(usage["prompt_tokens"], usage["completion_tokens"]),
    )


def of_mistral(body: Json) -> Truth:
    """Mistral's Conversations; its chat completions are like all others."""
    if "choices" in body:
        return of_chat(body)
    said = [output for output in body["outputs"] if output["type"] == "message.output"]
    parts = [part for output in said for part in output["content"]]
    usage = body["usage"]
    return Truth(
        texts=[part["text"] for part in parts if part["type"] == "text"],
        sources=each_once(pages_in([part for part in parts if part["type"] == "tool_reference"])),
        model=said[0]["model"],
        tokens=(usage["prompt_tokens"] + usage["connector_tokens"], usage["completion_tokens"]),
    )


def _queries(searches: list[dict[str, Any]]) -> list[str]:
    """In the action of a search, or in its arguments, which are JSON in a string."""
    given = [item.get("action") or json.loads(item["arguments"]) for item in searches]
    queries = [query for action in given for query in action.get("queries") or [action.get("query")]]
    return [query for query in dict.fromkeys(queries) if query]
