"""Answers that are long, deep, or made to be slow to read. bench/hostile.py times them."""

from reading.mentions import Name

NAMES = [
    Name("Notion", ("Notion Labs",), ("notion.so",), is_brand=True),
    Name("Coda"),
    Name("C++"),
    Name("a.*b"),
    Name("Not"),
    Name("(((["),
]
ANSWERS = {
    "nothing": "",
    "5 MB of sentences": "Notion is fine and Coda is slow. " * 160_000,
    "5 MB without a space": "x" * 5_000_000,
    "5 MB of a list": "1. Notion\n2. Coda\n" * 280_000,
    "20,000 links": "".join(f"[l{i}](https://a{i}.example/x) " for i in range(20_000)),
    "20,000 bare links": " ".join(f"https://a{i}.example/x" for i in range(20_000)),
    "a quote 50,000 deep": "> " * 50_000 + "Notion",
    "a list 2,000 deep": "\n".join("  " * i + "- Notion" for i in range(2_000)),
    "stars": "*" * 40_000 + "Notion" + "*" * 40_000,
    "brackets": "[" * 90_000 + "Notion",
    "links within links": "[a](" * 50_000,
    "backticks": "`" * 90_000 + " `` " * 1_000,
    "a long table": "| Notion | Coda |\n|---|---|\n" + "| Notion | x |\n" * 30_000,
    "a wide table": "|" + "a|" * 20_000 + "\n|" + "-|" * 20_000 + "\n",
    "HTML": "<div>" * 50_000 + "Notion",
    "entities": "&amp;" * 100_000,
    "marks that direct text": "\u202eNotion\u202c " * 20_000,
    "Arabic": "نوشن هو أفضل من " * 20_000,
    "Chinese": "Notion是最好的工具。" * 30_000,
    "headings": "# Notion\n" * 30_000,
    "a name and commas": "Notion, " * 100_000,
    "underscores": "_a " * 50_000,
    "tildes": "~~a " * 50_000,
    "empty lines": "\n" * 400_000 + "Notion",
    "definitions": "".join(f"[a{i}]: https://x{i}.example\n" for i in range(10_000)),
    "dashes": "-" * 90_000 + "\nNotion",
    "parentheses": "(" * 45_000 + "Notion" + ")" * 45_000,
}
