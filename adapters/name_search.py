"""Names as tokens, so that a sealed name can be found by its beginning, by two Han characters, or by pinyin.

Each token is stored as a keyed hash only (`Keyring.name_lookups`). Deliberately not here: keys, storage, ranking.
"""

import itertools
import re
import unicodedata
from collections.abc import Sequence


def normalised(value: str) -> str:
    """NFKC and case-folded, so that a name typed in full width or capitals is the same name. Spec: UAX #15."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


def search_tokens(name: str) -> set[str]:
    """What a sealed name can be found by: store `lookup("name", token)` of each.

    Prefixes (to 12 characters) of each word and of all words run together; for Chinese also each character, each two
    neighbours, and prefixes of the pinyin: by syllables, run together (also without a surname of one or two), initials,
    with every reading of a character (up to 16 combinations). No two-letter pieces of Latin words: they would tell
    much of a name to whoever counts them.
    """
    words = _words(name)
    tokens = _prefixes([*words, "".join(words)])
    for han in (han for word in words for han in _HAN.findall(word)):
        tokens.update(han, map("".join, itertools.pairwise(han)))
        for reading in itertools.islice(itertools.product(*_readings(han)), _READINGS):
            tokens |= _prefixes([*reading, "".join(syllable[0] for syllable in reading)])
            tokens |= _prefixes(["".join(reading[start:]) for start in range(min(len(reading), 3))])
    return tokens


def query_tokens(query: str) -> set[str]:
    """What to ask for: a name matches when it has all of these tokens. Empty when nothing can be searched."""
    tokens = set()
    for word in _words(query):
        if _HAN.fullmatch(word) and len(word) > 1:
            tokens |= set(map("".join, itertools.pairwise(word)))
        else:
            tokens.add(word[:_PREFIX])
    return tokens


_PREFIX, _READINGS = 12, 16
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_WORDS = re.compile(r"[^\W_]+")


def _plain(text: str) -> str:
    """Normalised, without accents: Zoë is found by zoe."""
    return "".join(c for c in unicodedata.normalize("NFKD", normalised(text)) if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    return _WORDS.findall(_plain(text).replace("'", "").replace("\u2019", ""))


def _prefixes(words: Sequence[str]) -> set[str]:
    return {word[:end] for word in words for end in range(1, min(len(word), _PREFIX) + 1)}


def _readings(han: str) -> list[list[str]]:
    """For each character its syllables without tones; ü as v, u and yu, as people type it and passports print it.

    The dictionary takes 57 MB and a third of a second: it is read with the first Han name that a process writes.
    """
    from pypinyin import Style, pinyin

    found = (pinyin(char, style=Style.NORMAL, heteronym=True)[0] for char in han)
    return [
        list(dict.fromkeys(way for one in ways for way in (one, one.replace("v", "u"), one.replace("v", "yu"))))
        for ways in found
    ]
