"""Turns the contract in protos/ into typed Python, at set-up.

    python protos/generate.py            writes answerbeat/v1/*_pb2*.py and buf/validate/validate_pb2.py
    python protos/generate.py --image F  writes F, a descriptor image that `buf lint` reads

The rules of protovalidate are an import of the contract. Their descriptor comes
from the installed protovalidate package, so nothing is fetched and the two can't
disagree.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, struct_pb2, timestamp_pb2
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

PROTOS = Path(__file__).parent
ROOT = PROTOS.parent
VALIDATE = "buf/validate/validate.proto"
IMPORTED = b"\xd2\xf6\x03\x02\x08\x01"
"""buf_extension (field 8042 of an image's file): {is_import (field 1): true}, see buf.alpha.image.v1."""


def imports() -> descriptor_pb2.FileDescriptorSet:
    """Everything the contract imports that is not in protos/, in dependency order."""
    known = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2, struct_pb2):
        known.file.add().ParseFromString(module.DESCRIPTOR.serialized_pb)
    known.file.add().ParseFromString(validate_pb._DESC.proto.to_binary())
    return known


def run_protoc(*options: str) -> None:
    """Runs protoc over the contract and the rules it imports. Exits with its code when it fails."""
    with tempfile.NamedTemporaryFile(suffix=".binpb") as known:
        known.write(imports().SerializeToString())
        known.flush()
        sources = sorted(str(p.relative_to(PROTOS)) for p in PROTOS.rglob("*.proto"))
        # protoc takes its input either from files or from a descriptor set, and the first
        # that knows a file wins: the contract from its files, its imports from the set.
        code = protoc.main(
            ["protoc", f"--proto_path={PROTOS}", f"--descriptor_set_in={known.name}", *options, *sources, VALIDATE]
        )
    if code:
        sys.exit(code)


def write_python() -> None:
    """Writes messages, services and, where mypy-protobuf is installed, their types."""
    options = [f"--python_out={ROOT}", f"--grpc_python_out={ROOT}"]
    if shutil.which("protoc-gen-mypy", path=str(Path(sys.executable).parent)):
        here = Path(sys.executable).parent
        options += [
            f"--plugin=protoc-gen-mypy={here / 'protoc-gen-mypy'}",
            f"--plugin=protoc-gen-mypy_grpc={here / 'protoc-gen-mypy_grpc'}",
            f"--mypy_out={ROOT}",
            f"--mypy_grpc_out={ROOT}",
        ]
    run_protoc(*options)
    # As a package, import-linter sees who imports it.
    (ROOT / "answerbeat" / "v1" / "__init__.py").write_text('"""The contract, made from protos/."""\n')


def write_image(target: str) -> None:
    """Writes the contract with its comments as one image, in which what others wrote is marked as imported."""
    run_protoc(f"--descriptor_set_out={target}", "--include_imports", "--include_source_info")
    image = descriptor_pb2.FileDescriptorSet.FromString(Path(target).read_bytes())
    for file in image.file:
        if not file.name.startswith("answerbeat/"):
            file.MergeFromString(IMPORTED)
    Path(target).write_bytes(image.SerializeToString())


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--image":
        write_image(sys.argv[2])
    else:
        write_python()
