"""What became of an import, as a message of the contract."""

from typing import TYPE_CHECKING, TypeAlias

from answerbeat.v1 import insight_pb2, run_pb2, run_pb2_grpc
from brand_svc.insights.imports import MAX_TOLD
from brand_svc.insights.operations.imports import TakenIn

if TYPE_CHECKING:  # the generated code has its asynchronous form in its stubs only
    Runs: TypeAlias = run_pb2_grpc.RunServiceAsyncStub
else:
    Runs = run_pb2_grpc.RunServiceStub

MAX_MESSAGE = 500
"""Of a fault, which may quote what is wrong."""


def import_message(taken: TakenIn, run: run_pb2.Run | None) -> insight_pb2.ImportAnswersResponse:
    """What became of a file: its first faults, or what was taken in."""
    told = sorted(taken.faults, key=lambda fault: fault.line)[:MAX_TOLD]
    return insight_pb2.ImportAnswersResponse(
        faults=[
            insight_pb2.LineFault(line=fault.line, field=fault.field, message=fault.message[:MAX_MESSAGE])
            for fault in told
        ],
        more_faults=len(taken.faults) - len(told),
        imported=taken.imported,
        known=taken.known,
        run=run,
    )
