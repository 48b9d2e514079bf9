"""The admin page as people use it: in a browser, on the real stack."""

import re
import signal
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Response, expect
from sqlalchemy import text

from brand_svc.catalog.api.token_command import create as create_token
from tests.e2e.browsing import NARROW, USUAL, WAIT_MS, Visitor, visiting
from tests.integration.stack import TOKEN, Stack

QUESTIONS = "# Choosing\nPage: which invoicing app is best?\nPage: which is easiest?\n# Price\nPage: which is cheapest?"


async def finished_brand(stack: Stack, name: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A brand whose first run has ended, and that run."""
    brand = await stack.new_brand(
        name, [f"{name}: which invoicing app is best?"], competitors=[{"name": "Countwise"}], **more
    )
    body = {"job_type": "data_collection_and_scoring", "metadata": {"collectors": ["chatgpt", "claude"]}}
    run = await stack.post(f"/api/admin/brands/{brand['id']}/runs", body)
    return brand, await stack.until_ended(run["id"])


async def test_signing_in_leads_to_where_one_wanted_to_go(browser: Browser, stack: Stack) -> None:
    async with visiting(browser, stack) as visitor:
        await visitor.go("/admin/runs?status=failed")
        await visitor.field("Token").fill("nobody's")
        await visitor.button("Sign in").click()
        await visitor.sees("No such token, or it was revoked.")
        await visitor.field("Token").fill(TOKEN)
        await visitor.page.keyboard.press("Enter")
        await expect(visitor.heading("Runs")).to_be_visible()
        assert visitor.page.url.endswith("/admin/runs?status=failed")
        assert TOKEN not in await visitor.page.evaluate("document.cookie + JSON.stringify(localStorage)")
        await visitor.page.get_by_role("button", name="Signed in as admin").click()
        await visitor.page.get_by_role("menuitem", name="Sign out").click()
        await expect(visitor.button("Sign in")).to_be_visible()


async def test_a_session_that_ended_goes_on_where_it_was(browser: Browser, stack: Stack) -> None:
    made = await stack.post("/api/admin/tokens", {"name": "Short-lived", "role": "admin"})
    async with visiting(browser, stack, made["secret"]) as visitor:
        await visitor.go("/admin/engines")
        await expect(visitor.heading("ChatGPT")).to_be_visible()  # all that this page asks for has come
        await visitor.page.context.clear_cookies()
        await visitor.page.get_by_role("link", name="Runs").click()
        await visitor.sees("Your session has ended.")
        await visitor.field("Token").fill(TOKEN)
        await visitor.button("Sign in").click()
        await expect(visitor.heading("Runs")).to_be_visible()
        assert visitor.page.url.endswith("/admin/runs")


async def test_a_marketing_lead_starts_a_brand_and_reads_the_result(visitor: Visitor, stack: Stack) -> None:
    await visitor.go("/admin/brands")
    await visitor.page.get_by_role("link", name="New brand").click()
    await visitor.button("Next").click()
    await visitor.sees("Say whose brand it is.")
    await visitor.sees("Name the brand.")
    await visitor.sees("Engines are emulated here")
    await visitor.field("Customer").fill("Page Ltd")
    await visitor.field("Brand").fill("Ledgerly")
    await visitor.field("Other names").fill("Ledger Lee")
    await visitor.page.keyboard.press("Enter")
    await visitor.field("Domains").fill("ledgerly.example")
    await visitor.page.keyboard.press("Enter")
    await visitor.button("Next").click()
    for i, rival in enumerate(("Countwise", "FinchBooks")):
        await visitor.button("Add a competitor").click()
        await visitor.page.get_by_label("Competitor", exact=True).nth(i).fill(rival)
    await visitor.button("Next").click()
    await visitor.field("Questions").fill(QUESTIONS)
    await visitor.sees("3 questions in 2 topics")
    await visitor.button("Next").click()
    await visitor.sees("At 09:00")
    await visitor.button("Create and run").click()
    await expect(visitor.heading("Run of Ledgerly")).to_be_visible()
    await visitor.sees("completed")
    await visitor.sees("33 answers, 33 scored")
    customers = (await stack.http.get("/api/admin/customers")).json()["data"]
    assert [each["is_demo"] for each in customers if each["name"] == "Page Ltd"] == [True]
    await visitor.page.get_by_role("link", name="the brand's numbers").click()
    figure = visitor.page.get_by_role("link", name=re.compile(r"^Visibility \d+\.\d%")).first
    await expect(figure).to_be_visible()
    await expect(visitor.page.get_by_text("On 33 answers")).to_be_visible()
    await visitor.page.get_by_role("link", name=re.compile("^Visibility")).nth(1).click()
    await expect(visitor.heading("Answers about Ledgerly")).to_be_visible()
    await expect(visitor.page.locator("mark.brand").first).to_have_text(re.compile("Ledger"))
    await visitor.page.go_back()
    await expect(visitor.heading("Beside its competitors")).to_be_visible()


async def test_the_figures_lead_to_as_many_answers_as_they_say(visitor: Visitor, stack: Stack) -> None:
    brand, _ = await finished_brand(stack, "Ledgerly of figures")
    await visitor.go(f"/admin/brands/{brand['id']}")
    row = visitor.page.get_by_role("row", name=re.compile("^Countwise"))
    named = int(re.search(r"named in (\d+)", await row.inner_text())[1])  # type: ignore[index]
    await row.get_by_role("link").first.click()
    await expect(visitor.page.get_by_role("article")).to_have_count(named)
    await visitor.page.reload()
    await expect(visitor.page.get_by_role("article")).to_have_count(named)
    await visitor.go(f"/admin/brands/{brand['id']}?metric=share_of_voice&beside=Countwise")
    await visitor.page.locator("summary").press("Enter")  # the chart, by keyboard
    await visitor.page.locator("details").get_by_role("link", name=re.compile("^Share of voice")).last.press("Enter")
    await expect(visitor.page.get_by_role("article")).to_have_count(named)
    await visitor.page.go_back()
    point = visitor.page.get_by_role("group", name=re.compile("^Share of voice over time"))
    await point.get_by_role("link", name=re.compile("^Ledgerly of figures, ")).focus()
    await expect(visitor.page.get_by_role("tooltip")).to_contain_text(f"{named} answers")
    await visitor.page.keyboard.press("ArrowDown")  # to the line below, which is Countwise's
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.get_by_role("article")).to_have_count(named)


async def test_the_life_of_a_job(visitor: Visitor, stack: Stack) -> None:
    brand = await stack.new_brand("Jobbed", ["Jobbed: which invoicing app?"])
    await visitor.go(f"/admin/scheduled-jobs/new?brand_id={brand['id']}")
    page = visitor.page
    await page.get_by_text("Cron expression", exact=True).first.click()
    await page.get_by_label("Cron expression", exact=True).last.fill("61 9 * * *")
    await visitor.sees("61 is not in 0-59")
    await page.get_by_label("Cron expression", exact=True).last.fill("30 2 * 3 0")
    await page.get_by_role("combobox", name="Time zone").fill("Europe/Paris")
    await visitor.sees("⚠")  # the clocks change on one of the next five Sundays of March
    await visitor.sees("calls, about")
    await visitor.field("Language").fill("english")
    await visitor.button("Create the job").click()
    await visitor.sees("must be a language tag of BCP 47, such as de or pt-BR")
    await visitor.field("Language").fill("en")
    await visitor.button("Create the job").click()
    await expect(visitor.heading("Jobbed")).to_be_visible()
    await visitor.button("Run now").click()
    await visitor.sees("completed")
    await page.get_by_role("tab", name="Events").click()
    await visitor.sees("triggered")
    await visitor.sees("30 2 * 3 0 in Europe/Paris")
    assert "show=events" in page.url
    await visitor.button("Backfill").click()
    await page.get_by_label("From").fill("2026-03-03T00:00")
    await page.get_by_label("Up to, not included").fill("2026-03-02T00:00")
    await visitor.button("Make the runs").click()
    await visitor.sees("must be after from")
    await page.get_by_label("From").fill("2026-03-01T00:00")
    await page.get_by_label("Up to, not included").fill("2026-03-02T00:00")
    await visitor.button("Make the runs").click()
    await visitor.sees("1 run made; 0 of that span existed already.")
    await page.get_by_role("link", name="Scheduled jobs").click()
    row = page.get_by_role("row", name=re.compile("^Jobbed"))
    await row.get_by_role("switch", name="Active").click(force=True)
    await visitor.sees("The job is paused.")
    await row.get_by_role("link").first.click()
    await visitor.sees("paused")
    await visitor.button("Delete").click()
    await visitor.sees("Its runs, answers and events stay")
    await visitor.button("Delete the job").click()
    await expect(visitor.heading("Scheduled jobs")).to_be_visible()
    await expect(row).to_have_count(0)


async def test_two_people_edit_one_job(visitor: Visitor, stack: Stack) -> None:
    job = await stack.new_job(await stack.new_brand("Contended", []))
    await visitor.go(f"/admin/scheduled-jobs/{job['id']}/edit")
    await expect(visitor.heading("Edit the job of")).to_be_visible()
    await visitor.sees("At 00:00")
    theirs = {"cron_expression": "15 7 * * *"}
    await stack.http.put(f"/api/admin/scheduled-jobs/{job['id']}", json=theirs)
    await visitor.page.get_by_text("Every day", exact=True).first.click()
    await visitor.button("Save").click()
    await visitor.sees("Somebody else changed this job meanwhile")
    versions = visitor.page.get_by_role("table", name="Both versions")
    await expect(versions).to_contain_text("15 7 * * *")
    await expect(versions).to_contain_text("0 9 * * *")
    await visitor.button("Save mine over theirs").click()
    # Its own heading: the form's has the name in it too.
    await expect(visitor.page.get_by_role("heading", name="Contended", exact=True)).to_be_visible()
    now = (await stack.http.get(f"/api/admin/scheduled-jobs/{job['id']}")).json()
    assert now["cron_expression"] == "0 9 * * *"


async def test_a_brand_is_edited_and_wrong_fields_are_marked_with_the_servers_words(
    visitor: Visitor, stack: Stack
) -> None:
    brand = await stack.new_brand("Edited", ["Edited: which?"])
    await visitor.go(f"/admin/brands/{brand['id']}/edit")
    await visitor.field("Domains").fill("no domain")
    await visitor.page.keyboard.press("Enter")
    await visitor.button("Save").click()
    await visitor.sees("'no domain' is not a domain, such as example.com")
    await visitor.field("Domains").press("Backspace")
    await visitor.button("Add a competitor").click()
    await visitor.page.get_by_label("Competitor", exact=True).fill("Countwise")
    await visitor.button("Add questions").click()
    await visitor.page.get_by_role("dialog").get_by_label("Questions").fill("# Price\nEdited: how dear?")
    await visitor.button("Add them").click()
    await visitor.button("Save").click()
    await expect(visitor.page).to_have_url(re.compile(f"/{brand['id']}$"))
    topics = (await stack.http.get(f"/api/admin/brands/{brand['id']}/topics-queries")).json()["topics"]
    assert [t["name"] for t in topics] == ["Topic", "Price"]
    await visitor.page.get_by_role("link", name="Edit").click()
    await stack.http.put(
        f"/api/admin/brands/{brand['id']}", json={"name": "Edited", "aliases": ["Theirs"], "topics": []}
    )
    await visitor.field("Brand").fill("Edited again")
    await visitor.button("Save").click()
    await visitor.sees("Somebody else changed this brand meanwhile")
    await visitor.button("Take theirs").click()
    await expect(visitor.page.get_by_text("Theirs", exact=True)).to_be_visible()
    await visitor.button("Delete").click()
    await visitor.button("Delete all of it").click()
    await expect(visitor.heading("Brands")).to_be_visible()


async def test_diagnostics_say_why_a_collection_would_do_nothing(visitor: Visitor, stack: Stack) -> None:
    brand = await stack.new_brand("Askless", [])
    await visitor.go(f"/admin/brands/{brand['id']}")
    await visitor.sees("A collection would do nothing")
    await visitor.sees("The brand has no question. Add some, in topics.")
    await visitor.button("Run now").click()
    await visitor.page.get_by_role("menuitem", name="Collect and score").click()
    await visitor.sees("The brand has no active question.")
    await visitor.sees("failed")


async def test_a_run_survives_its_worker_before_the_eyes(visitor: Visitor, stack: Stack) -> None:
    brand = await stack.new_brand("Killed", [f"Killed: which invoicing app, {i}?" for i in range(4)])
    job = await stack.new_job(brand, metadata={"collectors": ["chatgpt"]})
    hang = {"kind": "hang", "contains": "Killed: which invoicing app, 2", "times": 1}
    await stack.emulator.put("/emulator/faults", json=[hang])
    await visitor.go(f"/admin/scheduled-jobs/{job['id']}")
    await visitor.button("Run now").click()
    await visitor.sees("2 of 4")
    await stack.until_called(1, "hung", "Killed")
    await stack.stop("worker", signal.SIGKILL)
    await stack.start("worker")
    await visitor.sees("completed")
    await visitor.sees("attempt 2 of 3")
    await visitor.page.get_by_role("tabpanel").get_by_role("link").locator("visible=true").first.click()
    await visitor.sees("may have been paid for")
    await expect(visitor.page.get_by_role("table", name="Calls", exact=True).get_by_text("unknown")).to_have_count(1)


async def test_a_lost_connection_says_so_and_heals(visitor: Visitor, stack: Stack) -> None:
    brand, _ = await finished_brand(stack, "Parted")
    await visitor.go(f"/admin/brands/{brand['id']}")
    await expect(visitor.heading("Beside its competitors")).to_be_visible()
    await stack.stop("gateway")
    await visitor.sees("Connection lost")
    await visitor.page.get_by_role("link", name="Engines").click()  # whose part of the page is not there yet
    await visitor.sees("This part of the page could not be loaded")
    await stack.start("gateway")
    await expect(visitor.heading("Engines")).to_be_visible(timeout=WAIT_MS)
    await expect(visitor.page.get_by_text("Connection lost")).to_have_count(0, timeout=WAIT_MS)
    await visitor.page.get_by_role("link", name="Runs").first.click()
    await visitor.sees("completed")
    visitor.broken = [said for said in visitor.broken if "ERR_CONNECTION" not in said and "EventSource" not in said]


async def test_hostile_names_and_answers_are_text(visitor: Visitor, stack: Stack) -> None:
    name = "<img src=x onerror=alert(1)>Evil"
    brand, run = await finished_brand(stack, name)
    hostile = (
        "Evil <script>alert(2)</script><img src=x onerror=alert(3)> [click](javascript:alert(4)) "
        "![p](https://tracker.example/x.png) <a href='javascript:alert(5)'>b</a> [data](data:text/html,x)"
    )
    async with stack.database.transaction() as session:
        await session.execute(
            text("UPDATE collector_results SET answer = :said WHERE job_run_id = :id"),
            {"said": hostile, "id": run["id"]},
        )
    page = visitor.page
    for path in ("", "/answers", "/edit"):
        await visitor.go(f"/admin/brands/{brand['id']}{path}")
        await visitor.settled()
        await expect(visitor.heading(name).first).to_be_visible()
    await visitor.go(f"/admin/brands/{brand['id']}/answers")
    await visitor.sees("<script>alert(2)</script>")
    await visitor.sees("[image: p]")
    links = await page.locator(".answer a").evaluate_all("links => links.map((a) => a.getAttribute('href'))")
    assert all(not link for link in links), links
    assert await page.locator(".answer img, .answer script").count() == 0
    await visitor.go("/admin/scheduled-jobs")
    await visitor.settled()


async def test_a_viewer_is_offered_nothing_that_changes_anything(browser: Browser, stack: Stack) -> None:
    questions = ["Viewed: which invoicing app?", "Viewed: which is refused?"]
    brand = await stack.new_brand("Viewed", questions)
    job = await stack.new_job(brand, metadata={"collectors": ["chatgpt"]})
    await stack.emulator.put("/emulator/faults", json=[{"kind": "not_json", "contains": "is refused"}])
    run = await stack.until_ended((await stack.trigger(job))["id"])
    offered = {
        "/admin/brands": ["Run now", "New brand"],
        f"/admin/brands/{brand['id']}": ["Run now", "Edit"],
        "/admin/scheduled-jobs": ["New job"],
        f"/admin/scheduled-jobs/{job['id']}": ["Run now", "Edit", "Backfill", "Delete"],
        f"/admin/runs/{run['id']}": ["Retry what is missing"],
        "/admin/settings": ["Set a limit", "New token"],
    }
    token = await create_token(stack.database_url, "viewer of the page", "viewer", brand["customer_id"])
    for whose, is_offered in ((TOKEN, True), (token, False)):
        async with visiting(browser, stack, whose) as visitor:
            for path, names in offered.items():
                await visitor.go(path)
                await visitor.settled()
                for name in names:
                    shown = visitor.page.get_by_text(name, exact=True)
                    if is_offered:
                        await expect(shown.first).to_be_visible()
                    else:
                        await expect(shown).to_have_count(0)
    async with visiting(browser, stack, token) as visitor:
        await visitor.go("/admin/settings")
        await visitor.sees("Tokens are shown to admins.")


async def test_limits_and_tokens_are_set_in_the_settings(visitor: Visitor, stack: Stack) -> None:
    await stack.new_brand("Bounded", [])
    page = visitor.page
    await visitor.go("/admin/settings")
    await visitor.button("Set a limit").click()
    await page.get_by_label("Which").first.click()
    await page.get_by_role("option", name="Customer of Bounded").click()
    await page.get_by_label("Dollars a day").fill("12.5")
    await page.get_by_role("button", name="Set", exact=True).click()
    limits = page.get_by_role("region", name="Limits and budgets")
    row = limits.get_by_role("row", name=re.compile("Customer of Bounded"))
    await expect(row).to_contain_text("$0.00 of $12.50")
    await row.get_by_role("button", name="Change the limit").click()
    await page.get_by_label("Dollars a day").fill("20")
    await page.get_by_role("button", name="Set", exact=True).click()
    await expect(row).to_contain_text("$0.00 of $20.00")
    await row.get_by_role("button", name="Take the limit away").click()
    await visitor.button("Take it away").click()
    await expect(row).to_have_count(0)
    await visitor.button("New token").click()
    await page.get_by_role("dialog").get_by_label("Name").fill("For the page's test")
    await visitor.button("Make it").click()
    secret = await page.get_by_role("dialog").locator("pre").inner_text()
    mine = {"authorization": f"Bearer {secret}"}
    assert (await stack.http.get("/api/admin/session", headers=mine)).json()["role"] == "viewer"
    await visitor.button("Done").click()
    await page.get_by_role("row", name=re.compile("For the page's test")).get_by_role("button").click()
    await visitor.button("Revoke the token").click()
    await expect(page.get_by_role("row", name=re.compile("For the page's test"))).to_contain_text("revoked")


@pytest.mark.parametrize("place", ["brands", "brand", "job's form", "runs", "engines", "settings"])
async def test_everything_one_can_press_or_fill_in_is_reached_with_the_tab_key(
    visitor: Visitor, stack: Stack, place: str
) -> None:
    brand, _ = await finished_brand(stack, f"Tabbed to {place}")
    addresses = {"brand": f"brands/{brand['id']}", "job's form": f"scheduled-jobs/new?brand_id={brand['id']}"}
    await visitor.go(f"/admin/{addresses.get(place, place)}")
    await visitor.settled()
    await visitor.page.keyboard.press("Tab")
    await expect(visitor.page.get_by_role("link", name="Skip to content")).to_be_focused()
    assert await visitor.out_of_reach() == []


async def test_the_keyboard_follows_links_and_chooses_from_lists(visitor: Visitor, stack: Stack) -> None:
    await visitor.go("/admin/brands")
    await visitor.settled()
    await visitor.page.get_by_role("link", name="Runs", exact=True).focus()
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.heading("Runs")).to_be_visible()
    await visitor.settled()
    await visitor.page.get_by_label("Status").first.focus()
    await visitor.page.keyboard.press("ArrowDown")
    # Whoever looks chooses when there is something to choose from.
    await expect(visitor.page.get_by_role("option").first).to_be_visible()
    await visitor.page.keyboard.press("ArrowDown")
    await expect(visitor.page.locator("[data-combobox-selected]")).to_be_visible()
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page).to_have_url(re.compile("status="))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_has_a_serious_fault_of_accessibility_or_is_wider_than_a_phone(
    browser: Browser, stack: Stack, scheme: str
) -> None:
    brand, run = await finished_brand(stack, f"Accessible in {scheme}")
    job = await stack.new_job(brand)
    places = [
        "/admin/brands", "/admin/brands/new", f"/admin/brands/{brand['id']}?beside=Countwise",
        f"/admin/brands/{brand['id']}?sources=pages",
        f"/admin/brands/{brand['id']}/edit", f"/admin/brands/{brand['id']}/answers", "/admin/scheduled-jobs",
        f"/admin/scheduled-jobs/new?brand_id={brand['id']}", f"/admin/scheduled-jobs/{job['id']}",
        f"/admin/scheduled-jobs/{job['id']}?show=events", f"/admin/scheduled-jobs/{job['id']}/edit", "/admin/runs",
        f"/admin/runs/{run['id']}", "/admin/engines", "/admin/settings", "/admin/nowhere",
    ]  # fmt: skip
    faults: dict[str, list[str]] = {}
    for width in (USUAL, NARROW):
        async with visiting(browser, stack, TOKEN, scheme=scheme, width=width, reduced_motion="reduce") as visitor:
            for place in places:
                await visitor.go(place)
                if place != "/admin/nowhere":
                    await visitor.settled()
                found = await visitor.violations()
                if (wide := await visitor.overflow()) > 0:
                    found.append(f"{wide} px wider than the window")
                if found:
                    print(place, width, *found, sep="\n  ")
                    faults[f"{place} at {width}"] = found
    assert faults == {}


@pytest.mark.parametrize("place", ["brands", "dashboard", "answers", "runs", "job's form"])
async def test_the_first_load_needs_less_than_350_kb_of_script(visitor: Visitor, stack: Stack, place: str) -> None:
    brand, _ = await finished_brand(stack, f"Ledgerly of {place}")
    addresses = {
        "brands": "/admin/brands",
        "dashboard": f"/admin/brands/{brand['id']}",
        "answers": f"/admin/brands/{brand['id']}/answers",
        "runs": "/admin/runs",
        "job's form": f"/admin/scheduled-jobs/new?brand_id={brand['id']}",
    }
    scripts: list[Response] = []

    def notice(response: Response) -> None:
        if response.url.endswith(".js"):
            scripts.append(response)

    visitor.page.on("response", notice)
    await visitor.go(addresses[place])
    await visitor.settled()
    if place in ("dashboard", "runs"):
        await expect(visitor.page.locator("svg[role=group]").first).to_be_visible()  # its charts come last
    sizes = [(await script.request.sizes())["responseBodySize"] for script in scripts]
    assert len(sizes) > 3
    assert 50_000 < sum(sizes) < 350_000


async def test_a_run_is_cancelled_and_retried(visitor: Visitor, stack: Stack) -> None:
    await stack.new_brand("Cancelled", ["Cancelled: which invoicing app?"])
    hang = {"kind": "hang", "contains": "Cancelled: which", "times": 1}
    await stack.emulator.put("/emulator/faults", json=[hang])
    await visitor.go("/admin/brands")
    card = visitor.page.locator(".mantine-Card-root", has_text="Cancelled")
    await card.get_by_role("button", name="Run now").click()
    await visitor.page.get_by_role("menuitem", name="Collect only").click()
    await stack.until_called(1, "hung", "Cancelled")
    await visitor.button("Cancel").click()
    await visitor.button("Retry what is missing").click()
    await visitor.sees("an engine may have answered: it will be paid again")
    await visitor.page.get_by_role("dialog").get_by_role("button", name="Retry", exact=True).click()
    await visitor.sees("completed")


async def test_times_are_the_viewers_with_utc_on_hover(browser: Browser, stack: Stack) -> None:
    _, run = await finished_brand(stack, "Timed")
    async with visiting(browser, stack, TOKEN, timezone_id="Asia/Tokyo", locale="en-GB") as visitor:
        await visitor.go(f"/admin/runs/{run['id']}")
        began = visitor.page.locator(f"time[datetime='{run['started_at']}']")
        hour = (int(run["started_at"][11:13]) + 9) % 24
        await expect(began).to_have_text(re.compile(rf"\b{hour:02}:{run['started_at'][14:16]}$"))
        await began.hover()
        await expect(visitor.page.get_by_role("tooltip")).to_have_text(
            f"{run['started_at'][:19].replace('T', ' ')} UTC"
        )


async def test_questions_come_from_a_csv_file(visitor: Visitor, stack: Stack) -> None:
    brand = await stack.new_brand("Uploaded", [])
    await visitor.go(f"/admin/brands/{brand['id']}/edit")
    await visitor.button("Add questions").click()
    dialog = visitor.page.get_by_role("dialog")
    csv = 'topic,question\nPrice,"Uploaded: cheap, or dear?"\nPrice,Uploaded: free?\n'
    file = {"name": "questions.csv", "mimeType": "text/csv", "buffer": csv.encode()}
    await dialog.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    await expect(dialog.get_by_text("2 questions in 1 topic")).to_be_visible()
    await visitor.button("Add them").click()
    await visitor.button("Save").click()
    await expect(visitor.page).to_have_url(re.compile(f"/{brand['id']}$"))
    topics = (await stack.http.get(f"/api/admin/brands/{brand['id']}/topics-queries")).json()["topics"]
    assert {q["text"] for t in topics for q in t["queries"]} == {"Uploaded: cheap, or dear?", "Uploaded: free?"}


async def test_the_api_is_read_and_tried_with_nothing_from_elsewhere(visitor: Visitor, stack: Stack) -> None:
    asked: set[str] = set()
    visitor.page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    await visitor.go("/docs")
    route = visitor.page.locator("#operations-Customers-list_customers_api_admin_customers_get")
    await route.get_by_role("button").first.click()
    await route.get_by_role("button", name="Try it out").click()
    await route.get_by_role("button", name="Execute").click()
    await expect(route.locator(".live-responses-table")).to_contain_text("200")
    assert asked == {urlsplit(str(stack.http.base_url)).netloc}


async def test_a_customer_is_renamed_and_deleted_once_it_has_no_brand(visitor: Visitor, stack: Stack) -> None:
    brand = await stack.new_brand("Of a customer", [])
    await visitor.go("/admin/settings")
    await visitor.button("Rename Customer of Of a customer").click()
    await visitor.page.get_by_role("dialog").get_by_label("Name").fill("Other Ltd")
    await visitor.page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    await visitor.button("Delete Other Ltd").click()
    await visitor.button("Delete the customer").click()
    await visitor.sees("It still has brands, 1 of them; delete each first.")
    await stack.http.delete(f"/api/admin/brands/{brand['id']}")
    await visitor.button("Delete the customer").click()
    await expect(visitor.page.get_by_role("link", name="Other Ltd")).to_have_count(0)


async def test_a_run_and_an_answer_are_left_out_of_the_numbers_and_taken_back(visitor: Visitor, stack: Stack) -> None:
    brand, run = await finished_brand(stack, "Leavely")
    for place in (f"/admin/runs/{run['id']}", f"/admin/brands/{brand['id']}/answers?collector=claude"):
        await visitor.go(place)
        await visitor.button("Leave out of the numbers…").click()
        await expect(visitor.button("Leave it out")).to_be_disabled()
        await visitor.field("Why").fill("<b>A wrong key.</b>")
        await visitor.button("Leave it out").click()
        await visitor.sees("Left out by admin on")
        await visitor.sees("<b>A wrong key.</b>")
        assert (await visitor.violations(), await visitor.overflow()) == ([], 0)
        await visitor.button("Take back").click()
        await expect(visitor.button("Leave out of the numbers…")).to_be_visible()


async def test_a_run_is_started_as_a_test_and_says_so(visitor: Visitor, stack: Stack) -> None:
    brand = await stack.new_brand("Trialy", ["Trialy: which invoicing app is best?"])
    await visitor.go(f"/admin/brands/{brand['id']}")
    await visitor.button("Run now").first.click()
    await visitor.page.get_by_role("menuitem", name="As a test, which counts nowhere").click()
    await visitor.sees("A test: it counts nowhere.")
