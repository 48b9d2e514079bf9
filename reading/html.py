"""HTML as Markdown: what a person sees of it, with its links; scripts, styles and pictures are no text."""

from bs4 import BeautifulSoup
from markdownify import ATX, MarkdownConverter

UNSEEN = ("script", "style", "template", "noscript", "head", "svg", "img", "iframe", "object", "form", "button")


def to_markdown(html: str) -> str:
    """The Markdown of a page or a piece of one. What is nested too deep to be told apart is its words alone."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup(UNSEEN):
        tag.decompose()
    try:
        markdown: str = MarkdownConverter(heading_style=ATX, bullets="-").convert_soup(soup)
    except RecursionError:
        markdown = soup.get_text("\n", strip=True)
    return markdown.strip()
