"""The lint rule that a clone is whole: what leads out of the repository is found, and nothing else."""

from pathlib import Path

import pytest

from checks.self_contained import faults, faults_below

UP = ".."
"""Kept apart from its slash, so that these lines are no paths themselves."""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Makefile", f"bench: DATA={UP}/shared/data"),
        ("docs/reference/a.md", f"[data]({UP}/{UP}/{UP}/shared/README.md)"),
        ("admin_gateway/ui/src/a.ts", f'import x from "{UP}/{UP}/{UP}/{UP}/elsewhere"'),
        ("tests/unit/test_a.py", f'DATA = "{UP}/shared"'),
        ("tests/unit/test_a.py", 'DATA = Path(__file__).parents[3] / "shared/data"'),
        ("tests/unit/test_a.py", "DATA = Path(__file__).resolve().parent.parent.parents[1]"),
        ("tests/unit/test_a.py", f'DATA = ROOT / "{UP}" / "shared"'),
        ("tests/unit/test_a.py", 'DATA = Path("/wo' + 'rk/shared")'),
        ("bench/README.md", "run it in /ro" + "ot/answerbeat"),
        ("requirements.lock", "--index-url https://py" + "pi.org/simple"),
        ("package-lock.json", '"resolved": "https://registry.np' + 'mjs.org/x"'),
        ("Dockerfile", "RUN curl http://deb.deb" + "ian.org/debian"),
    ],
)
def test_what_leads_out_is_refused_with_its_line(name: str, line: str) -> None:
    (fault,) = faults(name, f"\n{line}\n")
    assert fault.startswith(f"{name}:2: ")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("docs/reference/a.md", f"[bench]({UP}/{UP}/bench/README.md)"),
        ("admin_gateway/ui/src/a.ts", f'import x from "{UP}/api/client"'),
        ("tests/unit/test_a.py", "ROOT = Path(__file__).parents[2]"),
        ("tests/unit/test_a.py", 'WORDS = "and so on ... / or so"'),
        ("README.md", "at https://example.com/work/home/x, or ~/home/y"),
    ],
)
def test_what_stays_within_is_let_be(name: str, line: str) -> None:
    assert list(faults(name, line)) == []


def test_a_link_out_of_the_repository_is_refused_and_one_within_is_not(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "out").symlink_to(tmp_path)
    (clone / "within").symlink_to(clone)
    assert list(faults_below(clone, ["out", "within"])) == ["out: a link out of the repository"]
