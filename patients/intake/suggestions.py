"""Names for what is typed into a medicine or an allergy field.

They are shown, and a person picks one or none: nothing that was typed is ever corrected by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from patients.intake.mapping import NameBook, Spelling, name_and_rest

MOST = 8
LONGEST = 80
"""Characters: as many as the fields take."""
_SHORTEST = 2
_SHORTEST_MEANT = 4
_SHORTEST_MISSPELT = 5
"""Letters: below that every word is one slip away from several names."""
_LIKE = 0.75
_BEGINS_LIKE = 0.8
_AS_NEAR = 0.12
_NEAREST = 3
# how far a name is from what was typed; to a misspelt one the share of letters that differ is added
_EXACT, _BEGINS, _WORD_BEGINS, _MISSPELT, _RUNS_ON, _BEGINS_MISSPELT = range(6)


@dataclass(frozen=True)
class Suggestion:
    """One line of the list. ``means``: what the name stands for, empty when it says so itself; ``fills``: what the
    field holds once it is picked, a text that is then recognised."""

    text: str
    means: str
    fills: str


@dataclass(frozen=True)
class _Found:
    distance: float
    spelling: Spelling
    rest: list[str]


def suggest(names: NameBook, typed: str, *, allergies: bool = False) -> list[Suggestion]:
    """At most eight names for a text that may still be typed on, the nearest first, one for each medicine or class."""
    found = _find(names, typed, allergies=allergies, unfinished=True)
    return [_suggestion(one, allergies) for one in _in_order(found)[:MOST]]


def nearest(names: NameBook, typed: str, *, allergies: bool = False) -> list[str]:
    """The few names that a finished text which is not recognised may have been meant for, the nearest first."""
    found = _in_order(_find(names, typed, allergies=allergies, unfinished=False))
    if len(_folded(typed)) < _SHORTEST_MEANT:
        found = [one for one in found if one.distance == _EXACT]
    return [one.spelling.text for one in found[:_NEAREST] if one.distance <= found[0].distance + _AS_NEAR]


def _in_order(found: Iterable[_Found]) -> list[_Found]:
    """The nearest first, ingredients before their other names; of each medicine or class only the nearest name."""

    def order(one: _Found) -> tuple[float, bool, str]:
        return one.distance, one.spelling.text != one.spelling.name, one.spelling.text.lower()

    best: dict[str, _Found] = {}
    for one in sorted(found, key=order):
        best.setdefault(one.spelling.code, one)
    return list(best.values())


def _suggestion(found: _Found, allergies: bool) -> Suggestion:
    spelling = found.spelling
    means = "" if spelling.text == spelling.name else spelling.name
    if spelling.is_class:
        means = f"{means}, a group".lstrip(", ")
    # another name of an ingredient is kept as the clinician knows it; a brand may change, its ingredient does not
    fills = spelling.name if spelling.is_brand or spelling.is_class else spelling.text
    rest = " ".join(found.rest)
    if len(rest) > 1 and not allergies:
        fills = f"{fills} {rest}"
    return Suggestion(spelling.text, means, fills)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", plain)


def _folded(text: str) -> str:
    return "".join(_words(text))


def _find(names: NameBook, typed: str, *, allergies: bool, unfinished: bool) -> list[_Found]:
    """What the longest part of the text matches, without what may stand behind a name; and what is spelt like it."""
    if len(typed) > LONGEST:
        return []
    spellings = [spelling for spelling in names.spellings if allergies or not spelling.is_class]
    name, rest = name_and_rest(typed)
    words = [*name, *rest]
    found: list[_Found] = []
    for end in range(len(words), len(name) - 1, -1):
        if found := list(_matching(spellings, " ".join(words[:end]), words[end:])):
            break
    query = _folded(" ".join(name))
    # a text that names a medicine and something else is for the clinician to take apart
    if len(query) < _SHORTEST_MISSPELT or names.named_in(typed) or any(one.distance == _EXACT for one in found):
        return found
    folded = [_folded(spelling.text) for spelling in spellings]
    begun = [text[: len(query)] for text in folded]
    found += _alike(spellings, folded, query, rest, distance=_MISSPELT, least=_LIKE)
    found += _alike(spellings, begun, query, rest, distance=_RUNS_ON, least=1)
    if unfinished and not found:
        found = _alike(spellings, begun, query, rest, distance=_BEGINS_MISSPELT, least=_BEGINS_LIKE)
    return found


def _alike(
    spellings: list[Spelling], texts: list[str], query: str, rest: list[str], *, distance: int, least: float
) -> list[_Found]:
    """Spellings whose text is at least so much like the query, a swap of two letters counting as one slip."""
    alike = process.extract(query, texts, scorer=OSA.normalized_similarity, score_cutoff=least, limit=None)
    return [_Found(distance + 1 - likeness, spellings[place], rest) for _, likeness, place in alike]


def _matching(spellings: Iterable[Spelling], typed: str, rest: list[str]) -> Iterator[_Found]:
    query, apart = _folded(typed), " ".join(_words(typed))
    if len(query) < _SHORTEST:
        return
    for spelling in spellings:
        words = _words(spelling.text)
        if "".join(words) == query:
            yield _Found(_EXACT, spelling, rest)
            continue
        # in one word of the name, or with its gaps: "gabapentine" does not begin "gabapentin enacarbil"
        for place, word in enumerate(words):
            if word.startswith(query) or " ".join(words[place:]).startswith(apart):
                yield _Found(_WORD_BEGINS if place else _BEGINS, spelling, rest)
                break
