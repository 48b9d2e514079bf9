"""The scheduler, as a worker calls it: leases, heartbeats, endings."""

from typing import TYPE_CHECKING, TypeAlias

from answerbeat.v1 import dispatch_pb2_grpc

if TYPE_CHECKING:  # the generated code has its asynchronous form in its stubs only
    Dispatch: TypeAlias = dispatch_pb2_grpc.DispatchServiceAsyncStub
else:
    Dispatch = dispatch_pb2_grpc.DispatchServiceStub
