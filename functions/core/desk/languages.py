"""Which language a text is in, by its commonest words and its script. Pure, and coarse: a few words are not enough."""

import re
import unicodedata

_WORDS = {
    "en": "the is my you and i to it for not have was with can this please would are how of",
    "de": "der die das ist ich nicht und mein meine ein eine zu mit bitte wie kann wir sie habe für es bei auf",
    "es": "el la los es mi no y un una que por favor con para puedo cómo como me se lo en al del está",
    "fr": "le la les est je ne pas et mon ma un une que pour avec vous suis cela merci sur du bonjour au dans",
    "it": "il lo gli è non e mio mia un una che per con sono grazie come di nel del mi ho alla",
    "pt": "o os é não e meu minha um uma que por com para estou obrigado como do da no na foi meus",
    "nl": "de het een is ik niet en mijn van met voor dat kan hoe graag wij heb naar op bij",
    "pl": "nie jest i w na mój moja to się proszę z do jak mam czy dzień dobry za od",
}
_SETS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
# Scripts that tell the language, or one of a few, by the first word of a letter's Unicode name.
_SCRIPTS = {
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "THAI": "th",
    "DEVANAGARI": "hi",
}
_WORD = re.compile(r"[^\W\d_]+")
LONGEST = 2_000  # characters that are read
FEWEST = 2  # common words that a language must have more than none


def language_of(text: str) -> str:
    """The language's code (ISO 639-1), "" if the text does not show it."""
    letters = [letter for letter in text[:LONGEST] if letter.isalpha()]
    scripts = [unicodedata.name(letter, "").split(" ")[0].split("-")[0] for letter in letters]
    foreign = [_SCRIPTS[script] for script in scripts if script in _SCRIPTS]
    if foreign and len(foreign) * 2 > len(letters):
        return "ja" if "ja" in foreign else max(sorted(set(foreign)), key=foreign.count)
    words = [word.lower() for word in _WORD.findall(text[:LONGEST])]
    counts = {language: sum(word in known for word in words) for language, known in _SETS.items()}
    best, second = sorted(counts, key=lambda one: counts[one], reverse=True)[:2]
    return best if counts[best] >= FEWEST and counts[best] > counts[second] else ""
