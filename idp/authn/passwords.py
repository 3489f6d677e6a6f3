"""What a password of the Local connector must be, by the regime of its department; and how long it would stand.

Two regimes: `nist` asks for length and nothing else, `mlps3` for kinds of signs, change and history. Both refuse what
is guessed first: common passwords and their relatives, and the words around the person. Measuring is zxcvbn's, whose
lists of names, words and leaked passwords come with it; a few habits of Chinese typists are added here.
Spec: NIST SP 800-63B-4 §3.1.1.2; ASVS 5.0 V6.2; GB/T 22239-2019 §8.1.4.1. Deliberately not here: hashing, breaches
(both are the port's), and the passwords of directories, which keep their own rules.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from zxcvbn_rs_py import Suggestion, zxcvbn

Regime = Literal["nist", "mlps3"]
REGIMES: tuple[Regime, ...] = ("nist", "mlps3")
LONGEST = 1024
"""Characters."""
ALONE = 15
BESIDE_A_FACTOR = 8
GUESSED_FIRST = 6.0
"""log10 of the guesses below which a password is one of those that are tried first."""
HABITS: tuple[str, ...] = (
    "woaini",
    "aini",
    "wozhidao",
    "zhongguo",
    "beijing",
    "shanghai",
    "mima",
    "caonima",
    "baobei",
    "laopo",
    "laogong",
)
HABITS += (
    "wangpeng",
    "zhangwei",
    "xiaoming",
    "zaijian",
    "nihao",
    "gongxi",
    "facai",
    "1314",
    "520",
    "5201314",
    "1314520",
)
HABITS += (
    "888888",
    "666666",
    "168168",
    "88888888",
    "qq",
    "a123456",
    "woaini1314",
    "admin",
    "root",
    "gerege",
    "changeme",
)
"""Pinyin and lucky numbers that people begin with, and what installers leave behind."""
LEAST_OF_A_WORD = 4
"""Characters; shorter names stand by chance in good passwords (Chinese ones: two)."""

Refusal = Literal["short", "long", "kinds", "context", "common", "breached", "blocked", "earlier", "same"]
"""Why a password is not taken; pages and the command line have a sentence for each."""
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)
Due = Literal["set", "expired", "breached", "sprayed", "disowned"]
"""Why a new one must be chosen: somebody else made it, its time is over, others know it, or its owner says that
something was not theirs."""
DUE: tuple[Due, ...] = get_args(Due)


@dataclass(frozen=True, slots=True)
class Rules:
    """`kinds`: of signs, of four. `life`: None is for ever. `earlier`: how many former ones are refused."""

    regime: Regime
    least: int
    kinds: int = 1
    life: timedelta | None = None
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Strength:
    """`score`: 0 (guessed at once) to 4. `advice`: words that pages have a sentence for, the most useful first."""

    score: int
    guesses_log10: float
    advice: tuple[str, ...]


def rules_of(settings: Mapping[str, object], *, demonstration: bool = False) -> Rules:
    """The rules of a department, from its `[password]` table (`regime`, `multi_factor`).

    Args:
        demonstration: short passwords are for playing; never in production.
    """
    table = settings.get("password")
    kept: Mapping[str, object] = table if isinstance(table, Mapping) else {}
    if kept.get("regime") == "mlps3":
        return Rules("mlps3", BESIDE_A_FACTOR, kinds=3, life=timedelta(days=90), earlier=5)
    short = demonstration or kept.get("multi_factor") is True
    return Rules("nist", BESIDE_A_FACTOR if short else ALONE)


def normal(password: str) -> str:
    """One spelling of what looks alike, so that every keyboard can type it again. Spec: SP 800-63B-4 §3.1.1.2."""
    return unicodedata.normalize("NFKC", password)


def refusals(password: str, rules: Rules, around: Iterable[str]) -> tuple[Refusal, ...]:
    """Everything that is wrong with a new password; empty: nothing is.

    Args:
        around: the person's names, their mail, department and service: what somebody who knows them tries.
    """
    text, found = normal(password), list[Refusal]()
    if len(text) > LONGEST or "\0" in text:
        return ("long",)
    if len(text) < rules.least:
        found.append("short")
    if kinds_of(text) < rules.kinds:
        found.append("kinds")
    words = words_of(around)
    if (bare := _without(text, words)) is not None and (len(bare) < rules.least / 2 or _is_guessed_first(bare, ())):
        found.append("context")
    elif text and _is_guessed_first(text, words):
        found.append("common")
    return tuple(found)


def strength(password: str, around: Iterable[str] = ()) -> Strength:
    """How long it would stand, and what would make it better. Never to be logged: it tells of the password."""
    measured = zxcvbn(normal(password)[:LONGEST], [*words_of(around), *HABITS])
    given = measured.feedback.suggestions if measured.feedback else []
    names = tuple(dict.fromkeys(name for one in given for advice, name in _ADVICE if one == advice))
    return Strength(int(measured.score), float(measured.guesses_log10), names)


def kinds_of(password: str) -> int:
    """Small letters, capitals, digits, everything else: how many of these."""
    tests = (
        str.islower,
        str.isupper,
        str.isdigit,
        lambda sign: not (sign.islower() or sign.isupper() or sign.isdigit()),
    )
    return sum(any(test(sign) for sign in password) for test in tests)


def words_of(around: Iterable[str]) -> tuple[str, ...]:
    """The words worth refusing, in small letters, the longest first."""
    parts = {
        part for text in around for whole in [normal(text).casefold()] for part in (whole, *re.split(r"[\W_]+", whole))
    }
    kept = (part for part in parts if len(part) >= (LEAST_OF_A_WORD if part.isascii() else 2))
    return tuple(sorted(kept, key=lambda part: (-len(part), part)))


def due(state: Mapping[str, object], rules: Rules, made: datetime, now: datetime) -> Due | None:
    """Why this password must be replaced before anything else; None: it may stay.

    Args:
        state: what its authenticator remembers. made: when it was bound, where the state does not say.
    """
    told = state.get("due")
    if told in DUE:
        return told
    at = state.get("set_at")
    since = datetime.fromisoformat(at) if isinstance(at, str) else made
    return "expired" if rules.life is not None and now - since >= rules.life else None


def is_stale(state: Mapping[str, object], now: datetime) -> bool:
    """A password that an administrator made and nobody took in time opens nothing. Spec: ASVS 5.0 V6.4.1."""
    until = state.get("good_until")
    return isinstance(until, str) and now >= datetime.fromisoformat(until)


def remembered(
    state: Mapping[str, object],
    former: str | None,
    rules: Rules,
    now: datetime,
    *,
    due: Due | None,
    until: datetime | None,
) -> dict[str, object]:
    """What the authenticator remembers of a password that begins now. `former`: the hash that it replaces."""
    earlier = state.get("earlier")
    hashes = [*([former] if former else []), *(earlier if isinstance(earlier, list) else [])][: rules.earlier]
    kept: dict[str, object] = {"regime": rules.regime, "set_at": now.isoformat()}
    return (
        kept
        | ({"earlier": hashes} if hashes else {})
        | ({"due": due} if due else {})
        | ({"good_until": until.isoformat()} if until else {})
    )


def _without(text: str, words: tuple[str, ...]) -> str | None:
    """What is left when the words around the person are taken away; None: none of them stands in it."""
    left = text.casefold()
    for word in words:
        left = left.replace(word, "")
    return left if left != text.casefold() else None


def _is_guessed_first(text: str, words: tuple[str, ...]) -> bool:
    measured = zxcvbn(text, [*words, *HABITS])
    return bool(measured.guesses_log10 < GUESSED_FIRST)


_ADVICE = (
    (Suggestion.AddAnotherWordOrTwo, "more-words"),
    (Suggestion.UseAFewWordsAvoidCommonPhrases, "more-words"),
    (Suggestion.CapitalizationDoesntHelpVeryMuch, "capitals"),
    (Suggestion.AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase, "capitals"),
    (Suggestion.ReversedWordsArentMuchHarderToGuess, "reversed"),
    (Suggestion.PredictableSubstitutionsDontHelpVeryMuch, "substitutions"),
    (Suggestion.UseALongerKeyboardPatternWithMoreTurns, "keyboard"),
    (Suggestion.AvoidRepeatedWordsAndCharacters, "repeats"),
    (Suggestion.AvoidSequences, "sequences"),
    (Suggestion.AvoidRecentYears, "years"),
    (Suggestion.AvoidYearsThatAreAssociatedWithYou, "years"),
    (Suggestion.AvoidDatesAndYearsThatAreAssociatedWithYou, "years"),
)
