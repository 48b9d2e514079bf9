"""Where a question is asked from and in which language, in the words of the engines.

Locales are BCP 47; Babel reads them and knows their older names. Which words Google's engines take at SerpApi: its
lists of `hl` and `gl`, which it keeps in engines/google.json and google_ai_mode.json of its serpapi-mcp, 2026-11-25.
"""

from babel import Locale, UnknownLocaleError

from worker_svc.collectors.collector import Question

HL = frozenset({
    "ach", "af", "ak", "am", "ar", "az", "be", "bem", "bg", "bn", "br", "bs", "ca", "chr", "ckb", "co", "crs", "cs",
    "cy", "da", "de", "ee", "el", "en", "eo", "es", "es-419", "et", "eu", "fa", "fi", "fo", "fr", "fy", "ga", "gaa",
    "gd", "gl", "gn", "gu", "ha", "haw", "he", "hi", "hr", "ht", "hu", "hy", "ia", "id", "ig", "is", "it", "iw", "ja",
    "jw", "ka", "kg", "kk", "kl", "km", "kn", "ko", "kri", "ku", "ky", "la", "lg", "ln", "lo", "loz", "lt", "lua",
    "lv", "mfe", "mg", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "ne", "nl", "nn", "no", "nso", "ny", "nyn",
    "oc", "om", "or", "pa", "pcm", "pl", "ps", "pt", "pt-br", "pt-pt", "qu", "rm", "rn", "ro", "ru", "rw", "sd", "sh",
    "si", "sk", "sl", "sn", "so", "sq", "sr", "sr-me", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk",
    "tl", "tn", "to", "tr", "tt", "tum", "tw", "ug", "uk", "ur", "uz", "vi", "wo", "xh", "yi", "yo", "zh-cn", "zh-tw",
    "zu",
})  # fmt: skip
"""Languages of Google's pages. One that is not here would be refused, and is left for Google to choose."""
GOOGLE_NAMES = {"nb": "no", "fil": "tl", "jv": "jw", "he": "iw"}
"""What Google calls a language that has another name today."""
NOT_GL = frozenset(["AX", "BL", "BQ", "CW", "MF", "SS", "SX", "XK"])
"""Countries that SerpApi's `gl` lacks."""
LOCATION_NAMES = {"HK": "Hong Kong", "MO": "Macao", "TR": "Turkiye", "CI": "Cote d'Ivoire"}
"""Countries that Google's locations call otherwise than the Unicode CLDR does."""


def approximate(question: Question) -> dict[str, str]:
    """The `user_location` of OpenAI, which Anthropic and xAI take as well. A city is one of its country."""
    place = {"type": "approximate"}
    if question.country:
        place["country"] = question.country
        if question.city:
            place["city"] = question.city
    return place


def language(locale: str) -> str | None:
    """The language's code of ISO 639-1; None for a language that has none."""
    found = _parts(locale)[0]
    return found if len(found) == 2 else None


def google(question: Question) -> dict[str, str]:
    """Where and in which language Google is asked: `hl`, `gl` and `location`.

    A city is named with its country: by itself, SerpApi takes the most popular place of that name.
    """
    place: dict[str, str] = {}
    if question.locale and (words := _google_language(question.locale)):
        place["hl"] = words
    if question.country and question.country not in NOT_GL:
        place["gl"] = question.country.lower()
    if question.country and (question.city or question.country in NOT_GL):
        place["location"] = _location(question.city, question.country)
    return place


def _google_language(locale: str) -> str | None:
    spoken, territory, script = _parts(locale)
    if spoken == "zh":
        return "zh-tw" if script == "Hant" else "zh-cn"
    named = GOOGLE_NAMES.get(spoken, spoken)
    return next((name for name in (f"{named}-{territory}".lower(), named) if name in HL), None)


def _location(city: str | None, country: str) -> str:
    """As Google's list of locations writes it: parts from the smallest to the country, without spaces between."""
    name = LOCATION_NAMES.get(country) or Locale("en").territories.get(country, country).replace(" & ", " and ")
    parts = [part.strip() for part in (city or "").split(",") if part.strip()]
    return ",".join(parts if parts[-1:] == [name] else [*parts, name])


def _parts(locale: str) -> tuple[str, str | None, str | None]:
    """Language, territory and script. Of a locale that nobody knows, the language it begins with."""
    try:
        found = Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return locale.partition("-")[0].lower(), None, None
    return found.language, found.territory, found.script
