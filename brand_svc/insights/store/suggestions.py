"""Names that nobody tracks, and that answers' lists are led by."""

from typing import NamedTuple

from sqlalchemy import text

from brand_svc.insights.store.learned import Learned


class Suggestion(NamedTuple):
    """A name that nobody tracks, and how many of the latest answers have it lead an item of a list."""

    name: str
    answers: int
    mean_position: float
    looked_at: int


SUGGESTED = text("""
    WITH latest AS (
        SELECT answer.id
        FROM collector_results AS answer
        WHERE answer.brand_id = :brand_id AND answer.positions_rules IS NOT NULL
          -- What is not measured suggests nothing either. A scalar subquery is one probe of the runs' key an answer; a
          -- join may read all runs.
          AND NOT (SELECT run.is_test FROM job_runs AS run WHERE run.id = answer.job_run_id)
          AND NOT EXISTS (
              SELECT FROM set_asides AS aside WHERE aside.job_run_id = answer.job_run_id AND aside.back_at IS NULL)
          AND NOT EXISTS (SELECT FROM set_asides AS aside WHERE aside.answer_id = answer.id AND aside.back_at IS NULL)
        ORDER BY answer.id DESC
        LIMIT 5000
    )
    SELECT min(other.name) AS name, count(DISTINCT other.collector_result_id) AS answers,
           CAST(avg(other.position) AS double precision) AS mean_position, (SELECT count(*) FROM latest) AS looked_at
    FROM latest
    JOIN untracked_names AS other ON other.brand_id = :brand_id AND other.collector_result_id = latest.id
    GROUP BY lower(other.name)
    HAVING count(DISTINCT other.collector_result_id) >= :least
    ORDER BY answers DESC, mean_position, 1
    LIMIT :most
""")


async def suggestions(learned: Learned, least: int, most: int) -> list[Suggestion]:
    """Untracked names that lead lists in at least `least` of the latest answers."""
    facts = {"brand_id": learned.brand_id, "least": least, "most": most}
    return [*map(Suggestion._make, await learned.session.execute(SUGGESTED, facts))]
