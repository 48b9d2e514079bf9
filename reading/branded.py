"""Whether a question names the brand: then its answers say little of who would be named unasked."""

from collections.abc import Sequence

from reading.mentions import Name, matcher


def names_brand(question: str, names: Sequence[Name]) -> bool:
    """Whether it names the brand or an alias, by the rules of an answer's mentions."""
    own = {name.name for name in names if name.is_brand}
    return any(mention.name in own for mention in matcher(tuple(names)).find(question))
