"""Cited pages on the dashboard, in a browser: what they are, and saying otherwise."""

import re

from playwright.async_api import Browser, expect

from brand_svc.catalog.api.token_command import create as create_token
from tests.e2e.browsing import Visitor, visiting
from tests.e2e.test_page import finished_brand
from tests.integration.stack import Stack


async def test_a_pages_kind_is_said_by_hand_and_left_to_the_rules_again(visitor: Visitor, stack: Stack) -> None:
    brand, _ = await finished_brand(stack, "Said by hand")
    (page, *_) = (await stack.http.get(f"/api/admin/brands/{brand['id']}/pages")).json()["data"]
    kind = "Press" if page["kind"] != "press" else "Shop"
    await visitor.go(f"/admin/brands/{brand['id']}")
    sources = visitor.page.get_by_role("region", name="Sources")
    await sources.get_by_text("Pages", exact=True).click()
    await expect(visitor.page).to_have_url(re.compile("sources=pages"))
    row = sources.get_by_role("row").filter(has=visitor.page.locator(f"a[href='{page['url']}']"))
    chosen = row.get_by_role("combobox")
    await expect(chosen).to_have_value(page["kind"])
    await chosen.select_option(kind)
    await visitor.sees(f"Kept as {kind}")
    await expect(chosen).to_have_value(kind.lower())
    await chosen.select_option("As the rules say")
    await visitor.sees("Left to the rules again")
    await expect(chosen).to_have_value(page["kind"])
    searched = visitor.page.get_by_role("region", name="Searches")
    made = (await stack.http.get(f"/api/admin/brands/{brand['id']}/searches")).json()["data"]
    await expect(searched.get_by_role("row")).to_have_count(len(made) + 1)


async def test_who_only_looks_says_nothing(browser: Browser, stack: Stack) -> None:
    brand, _ = await finished_brand(stack, "Looked at")
    viewer = await create_token(stack.database_url, "looks at pages", "viewer", brand["customer_id"])
    async with visiting(browser, stack, viewer) as visitor:
        await visitor.go(f"/admin/brands/{brand['id']}?sources=pages")
        sources = visitor.page.get_by_role("region", name="Sources")
        await expect(sources.get_by_role("row").nth(1)).to_be_visible()
        await expect(sources.get_by_role("combobox")).to_have_count(0)
