"""The list of sites: what each kind of line says, and that the list as it is can be read."""

import pytest

from reading.searches import spelling
from reading.sites import PageKind, listed, listed_kind, read_list


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("reddit.com", "forum"),
        ("old.reddit.com", "forum"),
        ("notreddit.com", None),
        ("money.stackexchange.com", "forum"),
        ("www.amazon.co.uk", "shop"),
        ("amazon.de", "shop"),
        ("amazon.ledgerly.example", None),
        ("bbc.co.uk", "press"),
        ("en.wikipedia.org", "reference"),
        ("g2.com", "forum"),
        ("de.trustpilot.com", "forum"),
        # The longest that fits.
        ("moneysavingexpert.com", "press"),
        ("forums.moneysavingexpert.com", "forum"),
        ("news.ycombinator.com", "forum"),
        ("apps.apple.com", "shop"),
        ("support.apple.com", "reference"),
        ("apple.com", None),
        # By its first label, where nothing else is said of it.
        ("docs.ledgerly.example", "reference"),
        ("forum.ledgerly.example", "forum"),
        ("docs.reddit.com", "forum"),
        ("docs.com", None),
        ("ledgerly.example", None),
        ("127.0.0.1", None),
        ("[::1]", None),
        ("localhost", None),
        ("", None),
    ],
)
def test_a_host_has_the_kind_that_the_list_says(host: str, kind: str | None) -> None:
    assert listed_kind(host) == kind


def test_the_list_names_no_kind_that_depends_on_whose_a_page_is() -> None:
    assert set(listed().values()) == {PageKind.PRESS, PageKind.FORUM, PageKind.SHOP, PageKind.REFERENCE}
    assert all(name == name.lower() and "." in name and "/" not in name for name in listed())


def test_a_list_says_where_it_is_wrong() -> None:
    assert read_list(["[shop] # remark", "a.example b.*", "", "[press]", "news."]) == {
        "a.example": "shop",
        "b.*": "shop",
        "news.": "press",
    }
    with pytest.raises(ValueError, match="listed twice"):
        read_list(["[shop]", "a.example", "[press]", "a.example"])
    with pytest.raises(ValueError, match="blog"):
        read_list(["[blog]"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("best app", " Best \t APP\n"),
        ("straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("a\u00a0b", "a b"),
        ("a\u3000b", "a b"),
    ],
)
def test_searches_that_differ_in_case_and_white_space_are_one(one: str, other: str) -> None:
    assert spelling(one) == spelling(other)


def test_what_is_blank_is_no_search_and_other_words_are_another() -> None:
    assert spelling(" \u2003\n") == ""
    assert spelling("best app") != spelling("best apps")
