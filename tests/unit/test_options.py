"""What a job's metadata may hold."""

import pytest

from answerbeat.errors import InvalidFields
from answerbeat.options import read_options


def refused(metadata: dict) -> dict[str, str]:
    with pytest.raises(InvalidFields) as caught:
        read_options(metadata)
    return {v.field: v.message for v in caught.value.violations}


def test_the_specs_own_example() -> None:
    options = read_options(
        {
            "collectors": ["chatgpt", "google_aio", "perplexity"],
            "parallel": False,
            "positionLimit": 50,
            "sentimentLimit": 50,
        }
    )
    assert options.collectors == ["chatgpt", "google_aio", "perplexity"]
    assert (options.positionLimit, options.sentimentLimit, options.parallel) == (50, 50, False)


@pytest.mark.parametrize(
    ("metadata", "field", "says"),
    [
        ({"colectors": []}, "metadata.colectors", "did you mean collectors?"),
        ({"position_limit": 5}, "metadata.position_limit", "did you mean positionLimit?"),
        ({"frobnicate": 1}, "metadata.frobnicate", "known are collectors, "),
        ({"collectors": ["chatgtp"]}, "metadata.collectors[0]", "did you mean chatgpt?"),
        ({"collectors": ["ChatGPT"]}, "metadata.collectors[0]", "did you mean chatgpt?"),
        ({"collectors": "chatgpt"}, "metadata.collectors", "list"),
        ({"collectors": [1]}, "metadata.collectors[0]", "string"),
        ({"parallel": "yes"}, "metadata.parallel", "boolean"),
        ({"positionLimit": 0}, "metadata.positionLimit", "greater than or equal to 1"),
        ({"positionLimit": 1.5}, "metadata.positionLimit", "integer"),
        ({"sentimentLimit": True}, "metadata.sentimentLimit", "integer"),
        ({"since": "yesterday"}, "metadata.since", "datetime"),
        ({"since": "2026-01-01T00:00:00"}, "metadata.since", "must carry an offset"),
        ({"country": "usa"}, "metadata.country", "such as DE"),
        ({"labels": 5}, "metadata.labels", "list"),
    ],
)
def test_what_is_wrong_is_named(metadata: dict, field: str, says: str) -> None:
    violations = refused(metadata)
    assert says in violations[field]
    assert len(violations) == 1
