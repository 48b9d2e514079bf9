"""A browser, and the real stack behind it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.e2e.browsing import Visitor, visiting
from tests.integration.conftest import server, stack  # noqa: F401 - fixtures
from tests.integration.stack import TOKEN, Stack

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM)
        yield started
        await started.close()


@pytest.fixture
async def visitor(browser: Browser, stack: Stack) -> AsyncIterator[Visitor]:  # noqa: F811
    """Somebody who is signed in as the admin."""
    async with visiting(browser, stack, TOKEN) as signed_in:
        yield signed_in
