"""What is told of a run's calls in the end: its metrics, and its complaints."""

from collections.abc import Sequence

from worker_svc.call import Tally


def summarize(found: Sequence[Tally]) -> dict[str, object]:
    """The metrics of collecting, over all attempts."""
    return {
        "queries_executed": len({query for tally in found for query in tally.query_ids}),
        "successful_executions": sum(tally.answered + tally.no_overview for tally in found),
        "failed_executions": sum(tally.failed + tally.unknown for tally in found),
        "collector_results": sum(tally.answered for tally in found),
        "no_overview": sum(tally.no_overview for tally in found),
        "cost_usd": sum(tally.cost_micro_usd for tally in found) / 1_000_000,
        "unpriced_executions": sum(tally.unpriced for tally in found),
        "copies": sum(tally.copies for tally in found),
        "by_collector": {
            tally.collector: {
                "calls": tally.calls,
                "attempts": tally.attempts,
                "successful": tally.answered + tally.no_overview,
                "no_overview": tally.no_overview,
                "failed": tally.failed,
                "unknown": tally.unknown,
                "waiting": tally.waiting,
                "cost_usd": tally.cost_micro_usd / 1_000_000,
                "is_price_known": not tally.unpriced,
                "unpriced": tally.unpriced,
                "copies": tally.copies,
            }
            for tally in found
        },
    }


def summarize_judging(found: Sequence[Tally]) -> dict[str, object]:
    """What judging took, over all attempts, for the metrics of scoring."""
    return {
        "judge_calls": sum(tally.attempts for tally in found),
        "judge_cost_usd": sum(tally.cost_micro_usd for tally in found) / 1_000_000,
        "unpriced_judge_calls": sum(tally.unpriced for tally in found),
    }


def complaints(tally: Tally) -> list[str]:
    """What went wrong with the calls to one engine."""
    said = []
    if tally.failed:
        kinds = ", ".join(tally.error_kinds or [])
        said.append(f"{tally.collector}: {tally.failed} of {tally.calls} calls failed ({kinds}): {tally.error_message}")
    if tally.waiting:
        said.append(
            f"{tally.collector}: {tally.waiting} of {tally.calls} calls are still with the engine in a batch; retry the"
            " run to go on waiting for them."
        )
    if tally.unknown:
        said.append(
            f"{tally.collector}: {tally.unknown} of {tally.calls} calls were under way when contact was lost and may"
            " have been paid for; they are asked again only when the run is retried by hand."
        )
    return said
