"""Sentences about products, as answer engines write them: what the news do not teach.

Made from phrases written for this project, so that each sentence's tone towards each product in it is known. The
phrases of the training and of the test sentences have nothing in common.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

PRODUCTS = (
    "Acorn CRM", "Northwind", "HubSpot", "Zoho", "Bluefin", "Pipedrive", "Kestrel", "Monday.com", "Tidewater Pro",
    "Salesforce", "Larkspur", "Notion", "Quillbase", "Asana", "Orbit", "Freshdesk", "Helix Desk", "Zendesk", "Slate",
    "Mailbird", "Brevo", "Cobalt", "Shopify", "Harborlight", "Stripe", "Fathom", "Juniper Mail", "Adyen", "Miro",
    "Tamarack", "Figma", "Trello", "Wren Analytics", "Mixpanel", "Dovetail", "Linear", "Basecamp", "Ember", "Airtable",
    "Sage", "Xero", "QuickBooks", "Lattice", "Gusto", "BambooHR", "Nimbus", "Dyson V15", "Breville", "Sony", "Garmin",
)  # fmt: skip

POSITIVE = (
    "is the best choice for small teams", "stands out for its clean interface", "wins on ease of use",
    "is a favourite among reviewers", "offers excellent value for money", "has an outstanding free plan",
    "is widely praised for its support", "is remarkably easy to set up", "is my top recommendation",
    "leads the field in reporting", "earns top marks for reliability", "delivers impressive performance",
    "is hard to beat at this price", "gives you everything you need out of the box", "saves teams hours every week",
    "is a safe, trusted pick", "shines when it comes to automation", "is the gold standard for large companies",
    "has the most generous free tier", "is loved for its simplicity", "scales smoothly as you grow",
    "is the clear winner here", "comes with superb documentation", "is a great fit for start-ups",
    "makes onboarding painless", "is consistently rated highest by users", "is the strongest all-rounder",
    "is fast and dependable", "remains the go-to option", "is well worth the price", "is a solid choice",
    "is the one I would pick", "is ideal for beginners", "excels at customer support",
    "has best-in-class integrations", "is affordable and powerful", "is the most polished of the lot",
    "is highly regarded for its security", "is particularly good for freelancers", "never lets you down",
)  # fmt: skip
NEGATIVE = (
    "is too expensive for small teams", "suffers from a cluttered interface", "is notoriously hard to learn",
    "has drawn complaints about slow support", "feels dated", "locks basic features behind pricey plans",
    "is known for frequent outages", "falls short on reporting", "is best avoided", "lacks a usable mobile app",
    "struggles with large data sets", "is overpriced for what it does", "has a steep learning curve",
    "is plagued by bugs", "disappoints in daily use", "hides fees in the small print", "is slow and clunky",
    "gets poor marks for reliability", "is a poor fit for beginners", "makes cancelling a nightmare",
    "has lost users over its price increases", "is missing key integrations", "was criticised after a data breach",
    "can be frustrating to configure", "offers little value at this price", "ranks last in most comparisons",
    "is overkill for most companies", "lags behind its rivals", "is not something I would recommend",
    "needs an expert just to set it up", "has a weak free plan", "crashes too often", "is limited and rigid",
    "gets expensive quickly as you add seats", "is the least convincing of the group", "leaves much to be desired",
    "drains the battery far too fast", "has confusing pricing", "no longer keeps up", "often loses data when syncing",
)  # fmt: skip
NEUTRAL = (
    "is a CRM for sales teams", "was founded in 2006", "has its headquarters in Dublin", "starts at $15 per user",
    "is available on iOS and Android", "offers a free plan and three paid tiers", "integrates with Gmail and Outlook",
    "is another option to look at", "is used by companies of all sizes", "targets mid-sized businesses",
    "bills monthly or yearly", "was acquired by a private equity firm", "runs in the browser",
    "includes e-mail, calls and chat", "supports 20 languages", "competes in the same market",
    "is a project management tool", "published its figures in May", "has about 4,000 employees",
    "released version 5 last autumn", "comes in three sizes", "is sold in most countries", "also appears on the list",
    "can be hosted in the EU", "uses a per-seat licence", "lets you import contacts from a CSV file",
    "is one of several vendors in this space", "was mentioned in two of the sources", "has a public API",
    "is made by a company in Oslo", "stores data in PostgreSQL", "charges 2.9% per transaction", "weighs 1.2 kg",
    "is a German supplier of accounting software", "renamed its plans this year", "requires an annual contract",
    "is listed on the NASDAQ", "covers invoicing and payroll", "has a desktop and a web version",
    "works with Windows and Linux",
)  # fmt: skip
LABELLED = {
    "positive": ("best onboarding", "great value, built-in phone", "the easiest to use", "excellent for small teams",
                 "top pick overall", "superb reporting and friendly support", "powerful yet simple",
                 "generous free tier, easy to start with", "best for ease of use", "the best value"),
    "negative": ("powerful but far too costly for a small team", "dated and slow", "too complex for most",
                 "poor support", "expensive and hard to learn", "buggy app, weak reports", "limited free plan, slow",
                 "worst value of the five", "not recommended", "clumsy and overpriced"),
    "neutral": ("from $12 a month", "CRM and e-mail in one", "for enterprise sales teams", "cloud or on-premises",
                "project management", "free for up to 5 users", "founded in 2012, based in Berlin", "iOS and Android",
                "per-seat pricing", "invoicing, payroll and tax"),
}  # fmt: skip
"""What stands after a product's name in a list."""
LEADS = ("", "", "", "Overall, ", "In short, ", "According to most reviews, ", "For many users, ", "In 2026, ",
         "Compared with the others, ", "That said, ", "In our tests, ")  # fmt: skip
ITEMS = ("{name}: {rest}", "{name} – {rest}", "{name} - {rest}.", "1. {name} – {rest}.", "Option: {name} ({rest})")
CONTRASTS = ("While {a} {x}, {b} {y}.", "{a} {x}, but {b} {y}.", "{a} {x}, whereas {b} {y}.", "{a} {x}; {b} {y}.",
             "Although {a} {x}, {b} {y}.", "{a} {x}. {b}, by contrast, {y}.", "{a} {x}, and {b} {y}.")  # fmt: skip
BETTER = ("{a} is better than {b}", "{a} beats {b} on price", "{a} outperforms {b} in most tests",
          "I would choose {a} over {b}", "{a} is easier to use than {b}", "{a} is a better alternative to {b}",
          "many teams leave {b} for {a}", "unlike {b}, {a} is a pleasure to use",
          "{b} can't match {a} on features", "{b} is slower than {a}")  # fmt: skip
"""The first is praised at the second's cost."""
LISTS = ("Popular options include {a}, {b} and {c}.", "Vendors in this market are {a}, {b} and {c}.",
         "You could also look at {a}, {b} or {c}.", "The tools compared are {a}, {b} and {c}.",
         "Sources mention {a}, {b} and {c}.", "Alternatives to {a} include {b} and {c}.")  # fmt: skip
PHRASES = {"positive": POSITIVE, "negative": NEGATIVE, "neutral": NEUTRAL}


@dataclass(frozen=True)
class Example:
    """A sentence, where its target stands, and the tone towards it."""

    sentence: str
    start: int
    end: int
    label: str


def examples(count: int, seed: int) -> list[Example]:
    """So many sentences, the same for the same seed."""
    chance = random.Random(seed)
    made = _made(chance)
    return [next(made) for _ in range(count)]


def _made(chance: random.Random) -> Iterator[Example]:
    kinds = list(PHRASES)
    while True:
        a, b, c = chance.sample(PRODUCTS, 3)
        one, other = chance.choice(kinds), chance.choice(kinds)
        match chance.choices(("plain", "item", "contrast", "better", "list"), (4, 3, 4, 2, 1))[0]:
            case "plain":
                yield _about(f"{chance.choice(LEADS)}{a} {chance.choice(PHRASES[one])}.", a, one)
            case "item":
                yield _about(chance.choice(ITEMS).format(name=a, rest=chance.choice(LABELLED[one])), a, one)
            case "contrast":
                x, y = chance.choice(PHRASES[one]), chance.choice(PHRASES[other])
                said = chance.choice(CONTRASTS).format(a=a, b=b, x=x, y=y)
                yield from (_about(said, a, one), _about(said, b, other))
            case "better":
                said = _sentence(chance.choice(BETTER).format(a=a, b=b))
                yield from (_about(said, a, "positive"), _about(said, b, "negative"))
            case "list":
                said = chance.choice(LISTS).format(a=a, b=b, c=c)
                yield from (_about(said, name, "neutral") for name in (a, b))


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."


def _about(sentence: str, name: str, label: str) -> Example:
    start = sentence.index(name)
    return Example(sentence, start, start + len(name), label)
