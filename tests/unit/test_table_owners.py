"""Each way in which code writes a table is seen, and two writers of one are told of."""

import pytest

from checks.table_owners import REMOVER, faults, listed, more_than_deletes, writers

OWNER = {"brand_svc/brands.py": "session.add(Brand(name=name))"}


def packages_that_write(table: str, **texts: str) -> set[str]:
    return set(writers({f"{package}/module.py": text for package, text in texts.items()})[table])


@pytest.mark.parametrize(
    "text",
    [
        'text("""INSERT INTO brands (id) VALUES (1)""")',
        'text("WITH gone AS (SELECT 1)\\nUPDATE brands AS brand SET name = gone FROM gone")',
        'text(f"DELETE  FROM brands WHERE {where}")',
        "insert(Brand).values(id=1)",
        "sqlalchemy.update(Brand)",
        "session.add(Brand(id=1))",
        "def wipe(session, table):\n    session.execute(delete(table))\nwipe(session, Brand)",
        "def rename(brand: Brand):\n    brand.name = 'x'",
        "def rename(brand: Brand | None):\n    setattr(brand, 'name', 'x')",
        "async def f(session):\n    brand = await session.get(Brand, 1)\n    brand.name = 'x'",
        "async def one() -> Brand: ...\nasync def f():\n    brand = await store.one()\n    brand.name = 'x'",
    ],
)
def test_each_kind_of_write_is_seen(text: str) -> None:
    assert packages_that_write("brands", worker_svc=text) == {"worker_svc"}


@pytest.mark.parametrize(
    "text",
    [
        'text("SELECT * FROM brands FOR UPDATE")',
        "select(Brand).where(Brand.id == 1)",
        "brand_pb2.Brand(id='1')",
        "async def f(session):\n    brand = await session.get(Brand, 1)\n    name = brand.name",
        "known.update(brands)",
    ],
)
def test_reading_is_no_writing(text: str) -> None:
    assert packages_that_write("brands", worker_svc=text) == set()


def test_a_second_writer_is_told_of_with_both_files() -> None:
    found = writers(OWNER | {"worker_svc/steps.py": "update(Brand)"})
    (said,) = (fault for fault in faults(found, {}) if fault.startswith("brands"))
    assert said == "brands: has more than one writer: brand_svc (brand_svc/brands.py); worker_svc (worker_svc/steps.py)"
    assert not [fault for fault in faults(found, {"brands": "because"}) if fault.startswith("brands")]


def test_an_exception_that_nothing_needs_is_told_of() -> None:
    assert "brands: has one writer, and need not be named as an exception" in list(
        faults(writers(OWNER), {"brands": "because"})
    )


def test_the_list_has_owners_and_exceptions() -> None:
    found = {table: by for table, by in writers(OWNER).items() if by} | {"limits": {"a": ["a/x.py"], "b": ["b/x.py"]}}
    rows = listed(found, {"limits": "both"}).splitlines()[2:]
    assert rows[:2] == ["| `brand_svc` | `brands` |", "| `a`, `b` | `limits`: both |"]


def test_the_remover_of_what_was_deleted_takes_from_all_tables_and_does_no_more() -> None:
    takes = 'text("DELETE FROM job_runs WHERE brand_id = :id")'
    assert writers({REMOVER: takes})["job_runs"] == {}
    assert list(more_than_deletes(takes)) == []
    assert list(more_than_deletes(takes + '; text("UPDATE job_runs SET status = 1")')) == [
        f"job_runs: {REMOVER} takes rows from it, and may do no more"
    ]
    assert set(writers({"brand_svc/catalog/other.py": takes})["job_runs"]) == {"brand_svc"}
