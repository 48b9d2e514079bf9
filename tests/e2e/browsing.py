"""Somebody who looks at the page: goes to addresses, and sees to it that nothing breaks on the way."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.integration.stack import Stack

AXE = Path(__file__).parents[2] / "admin_gateway/ui/node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")
WAIT_MS = 20_000
NARROW, USUAL = 360, 1280
"""Pixels: a small phone, and a laptop on which filters once did not fit that did on wider screens."""
LIST_CONTROLS = """() => {
  const isOneStop = (one) => one.matches("[role=tab], [role=menuitem], [role=option], input[type=radio]");
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true });
  window.controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")]
    .filter((one) => isSeen(one) && !one.closest("[inert], [aria-hidden=true], svg[role=group]"))
    .filter((one) => !one.disabled && !isOneStop(one));
  return window.controls.length;
}"""
"""Keeps what can be pressed or filled in as window.controls, and tells how many there are."""


class Visitor:
    """A browser's window."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.broken: list[str] = []
        page.on("pageerror", lambda error: self.broken.append(f"{page.url}: {error}"))
        page.on("console", self._hear)
        page.on("dialog", lambda dialog: self.broken.append(f"{page.url}: a dialog says {dialog.message}"))

    def _hear(self, message: ConsoleMessage) -> None:
        """What the page's own code complains of; that a request was refused is the test's to judge."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.broken.append(f"{self.page.url}: {message.text}")

    async def go(self, path: str) -> None:
        await self.page.goto(self.base + path)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """An input by its label; a required one's ends with a star."""
        return self.page.locator("input, textarea").and_(self.page.get_by_label(label, exact=False)).first

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name)

    async def choose(self, label: str, option: str) -> None:
        """One of a list's options."""
        await self.page.get_by_role("combobox", name=label).or_(self.page.get_by_label(label)).first.click()
        await self.page.get_by_role("option", name=option).click()

    async def sees(self, text: str) -> None:
        await expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible(timeout=WAIT_MS)

    async def settled(self) -> None:
        """Until the place is there and nothing of it loads any more: before it is there, nothing loads either."""
        await expect(self.page.locator("main h1, main [role=alert]").first).to_be_visible(timeout=WAIT_MS)
        await expect(self.page.locator("[aria-label='Loading']")).to_have_count(0, timeout=WAIT_MS)

    async def violations(self) -> list[str]:
        """Serious faults of accessibility, by axe."""
        await self.page.evaluate(AXE.read_text())  # a script tag would be refused, as it should
        found: list[dict[str, Any]] = await self.page.evaluate("async () => (await axe.run()).violations")
        return [
            f"{fault['id']}: {fault['help']}: {json.dumps([node['html'][:160] for node in fault['nodes'][:3]])}"
            for fault in found
            if fault["impact"] in SERIOUS
        ]

    async def out_of_reach(self) -> list[str]:
        """What can be pressed or filled in with a mouse, and is not reached by going on with the Tab key.

        Of a group that is one stop, such as radio buttons, tabs or a chart's points, the arrow keys reach the rest.
        """
        count: int = await self.page.evaluate(LIST_CONTROLS)
        reached: set[int] = set()
        for _ in range(2 * count + 20):  # there are stops that are no controls, such as what scrolls
            reached.add(await self.page.evaluate("window.controls.indexOf(document.activeElement)"))
            if len(reached - {-1}) == count:
                break
            await self.page.keyboard.press("Tab")
        missed = sorted(set(range(count)) - reached)
        found: list[str] = await self.page.evaluate("all => all.map((i) => window.controls[i].outerHTML)", missed)
        return [html[:200] for html in found]

    async def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        width: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width


@asynccontextmanager
async def visiting(
    browser: Browser, stack: Stack, token: str | None = None, *, scheme: Any = "light", width: int = 1440, **more: Any
) -> AsyncIterator[Visitor]:
    """A window of its own, with nobody else's cookies. Afterwards nothing of the page may have broken."""
    base = str(stack.http.base_url).rstrip("/")
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=False, **more
    )
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    if token:
        signed_in = await page.request.post(f"{base}/api/admin/session", data={"token": token})
        assert signed_in.ok, await signed_in.text()
    visitor = Visitor(page, base)
    try:
        yield visitor
    finally:
        await context.close()
    assert visitor.broken == []
