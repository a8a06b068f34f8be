"""Criteria: what a rule asks of the facts, in three values.

A criterion answers True, False or None (unknown), by Kleene's rules: one True decides ``any``, one False decides
``all``. It can also say *because* of which facts it holds, and which facts are *missing* when it is unknown; both are
read off the same tree, so an explanation cannot drift from its rule. Written in content as:

    {fact: age_years, at_least: 65}           is, is_not, one_of, at_least, at_most, above, below, known
    {condition: heart-failure}                a yes/no entry of `conditions`
    {taking: [ssri, snri]}                    taken now; `or: chosen`, `only: chosen`, `only: new`, `count: 2`,
                                              `stopped: true` (still acting after the last dose), `ever: true`
                                              (also in the past), `kept: true` (not being replaced)
    {replaces: [antidepressant]}              a switch names one of them as replaced
    {tried: [nsaid], outcomes: [...], adequate: true}
    {inadequate: [nsaid]}                     tried enough without success, or ruled out for the patient's own sake
    {holds: stomach-risk}                     a definition of the same edition
    {all: [...]}  {any: [...]}  {not: {...}}  {count: 2, of: [...]}
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

from guidance.engine.facts import Tried
from guidance.engine.situation import Situation

Because = list[tuple[str, Any]]
Names = list[str]


class Criterion:
    """One question to a situation."""

    __slots__ = ()

    def value(self, s: Situation) -> bool | None:
        """True, False or None for unknown."""
        raise NotImplementedError

    def because(self, s: Situation) -> Because:
        """(fact, value) pairs that decided the answer True or False."""
        raise NotImplementedError

    def missing(self, s: Situation) -> Names:
        """The facts that would decide an unknown answer; empty when it is known."""
        raise NotImplementedError


class Always(Criterion):
    """Holds for everybody."""

    __slots__ = ()

    def value(self, s: Situation) -> bool | None:
        return True

    def because(self, s: Situation) -> Because:
        return []

    def missing(self, s: Situation) -> Names:
        return []


ALWAYS: Final = Always()
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
    "one_of": lambda value, values: value in values,
}
COMPARISONS: Final = (*_COMPARE, "known")


class Compare(Criterion):
    """One fact beside one value."""

    __slots__ = ("comparison", "name", "operand", "test")

    def __init__(self, name: str, comparison: str, operand: Any) -> None:
        self.name, self.comparison, self.operand = name, comparison, operand
        self.test = _COMPARE[comparison]

    def value(self, s: Situation) -> bool | None:
        found = s.facts.get(self.name)
        return None if found is None else self.test(found, self.operand)

    def because(self, s: Situation) -> Because:
        found = s.facts.get(self.name)
        return [] if found is None else [(self.name, found)]

    def missing(self, s: Situation) -> Names:
        return list(s.missing_for(self.name)) if s.facts.get(self.name) is None else []


class Known(Criterion):
    """Whether a fact is known at all; never unknown itself."""

    __slots__ = ("known", "name")

    def __init__(self, name: str, known: bool) -> None:
        self.name, self.known = name, known

    def value(self, s: Situation) -> bool | None:
        return (s.facts.get(self.name) is not None) is self.known

    def because(self, s: Situation) -> Because:
        return [(self.name, s.facts.get(self.name))]

    def missing(self, s: Situation) -> Names:
        return []


class Taking(Criterion):
    """Medicines of a group: taken now, chosen, newly chosen, still acting after the last dose, or ever."""

    __slots__ = ("count", "ever", "group", "kept", "scope", "stopped")

    def __init__(self, group: frozenset[str], scope: str, count: int, *, stopped: bool, ever: bool, kept: bool) -> None:
        self.group, self.scope, self.count = group, scope, count
        self.stopped, self.ever, self.kept = stopped, ever, kept

    def taken(self, s: Situation) -> frozenset[str]:
        """The codes of the group that count."""
        if self.scope == "chosen":
            return self.group & s.chosen
        if self.scope == "new":
            return self.group & (s.chosen - s.current)
        codes = self.group & (s.present if self.scope == "current-or-chosen" else s.current)
        if self.stopped and s.lingering:
            codes |= {code for code in s.lingering if code in self.group}
        if self.ever:
            codes |= self.group & s.stopped
        if self.kept:
            codes -= s.replaced
        return codes

    def value(self, s: Situation) -> bool | None:
        codes = self.taken(s)
        if len(codes) >= self.count:
            return True
        if self.scope in ("chosen", "new"):
            return False
        if s.list_missing:
            return None
        maybe = self.group & (s.maybe | s.maybe_lingering if self.stopped else s.maybe)
        return None if len(codes | maybe) >= self.count else False

    def because(self, s: Situation) -> Because:
        return s.names_of(self.taken(s))

    def missing(self, s: Situation) -> Names:
        return [] if self.value(s) is not None else list(s.list_unknown_for(self.group, stopped=self.stopped))


class Replaces(Criterion):
    """A switch replaces a medicine of the group."""

    __slots__ = ("group",)

    def __init__(self, group: frozenset[str]) -> None:
        self.group = group

    def value(self, s: Situation) -> bool | None:
        return bool(self.group & s.replaced)

    def because(self, s: Situation) -> Because:
        return [("replaces", code) for code in sorted(self.group & s.replaced)]

    def missing(self, s: Situation) -> Names:
        return []


class TriedBefore(Criterion):
    """Treatments of a group tried before with one of the outcomes; ``adequate`` asks for a trial long enough."""

    __slots__ = ("adequate", "group", "outcomes")

    def __init__(self, group: frozenset[str], outcomes: frozenset[str], adequate: bool) -> None:
        self.group, self.outcomes, self.adequate = group, outcomes, adequate

    def _entry(self, entry: Tried) -> bool | None:
        if entry.code not in self.group:
            return False
        if entry.outcome is None:
            return None
        if entry.outcome not in self.outcomes:
            return False
        return entry.adequate if self.adequate and entry.outcome == "no-response" else True

    def value(self, s: Situation) -> bool | None:
        if s.tried is None:
            return None
        return kleene_any(self._entry(entry) for entry in s.tried)

    def because(self, s: Situation) -> Because:
        return [("tried", f"{e.code}: {e.outcome}") for e in s.tried or () if self._entry(e) is True]

    def missing(self, s: Situation) -> Names:
        return ["tried"] if self.value(s) is None else []


class Inadequate(Criterion):
    """A class counts as inadequate: an adequate trial without response, not tolerated, contraindicated, or every
    option of the class withheld for the patient's own sake (contract, option.status), or ``for_any_reason``."""

    __slots__ = ("for_any_reason", "group", "tried")

    def __init__(self, group: frozenset[str], for_any_reason: bool) -> None:
        self.group, self.for_any_reason = group, for_any_reason
        self.tried = TriedBefore(group, frozenset(("no-response", "not-tolerated", "contraindicated")), True)

    def _withheld(self, s: Situation) -> tuple[bool | None, tuple[str, ...]]:
        return s.inadequacy(self.group, self.for_any_reason) if s.inadequacy else (False, ())

    def value(self, s: Situation) -> bool | None:
        return self.tried.value(s) or kleene_any((self.tried.value(s), self._withheld(s)[0]))

    def because(self, s: Situation) -> Because:
        found = self.tried.because(s)
        return found or ([("conditions", "every one is withheld")] if self._withheld(s)[0] else [])

    def missing(self, s: Situation) -> Names:
        if self.value(s) is not None:
            return []
        return [*self.tried.missing(s), *self._withheld(s)[1]]


class Holds(Criterion):
    """A definition of the same edition, by name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def value(self, s: Situation) -> bool | None:
        return s.holds(self.name)

    def because(self, s: Situation) -> Because:
        return s.because(self.name)

    def missing(self, s: Situation) -> Names:
        return s.edition.definitions[self.name].when.missing(s) if s.holds(self.name) is None else []


def kleene_any(values: Iterable[bool | None]) -> bool | None:
    """True if one is True, else None if one is unknown, else False."""
    result: bool | None = False
    for value in values:
        if value:
            return True
        if value is None:
            result = None
    return result


class AnyOf(Criterion):
    """At least one part holds."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Criterion, ...]) -> None:
        self.parts = parts

    def value(self, s: Situation) -> bool | None:
        result: bool | None = False
        for part in self.parts:
            value = part.value(s)
            if value:
                return True
            if value is None:
                result = None
        return result

    def because(self, s: Situation) -> Because:
        held = [part for part in self.parts if part.value(s)]
        return _joined(part.because(s) for part in held or self.parts)

    def missing(self, s: Situation) -> Names:
        return [] if self.value(s) is not None else _union(part.missing(s) for part in self.parts)


class AllOf(Criterion):
    """Every part holds."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Criterion, ...]) -> None:
        self.parts = parts

    def value(self, s: Situation) -> bool | None:
        result: bool | None = True
        for part in self.parts:
            value = part.value(s)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    def because(self, s: Situation) -> Because:
        failed = [part for part in self.parts if part.value(s) is False]
        return _joined(part.because(s) for part in failed or self.parts)

    def missing(self, s: Situation) -> Names:
        return [] if self.value(s) is not None else _union(part.missing(s) for part in self.parts)


class Not(Criterion):
    """The part does not hold."""

    __slots__ = ("part",)

    def __init__(self, part: Criterion) -> None:
        self.part = part

    def value(self, s: Situation) -> bool | None:
        value = self.part.value(s)
        return None if value is None else not value

    def because(self, s: Situation) -> Because:
        return self.part.because(s)

    def missing(self, s: Situation) -> Names:
        return self.part.missing(s)


class AtLeast(Criterion):
    """At least ``count`` of the parts hold."""

    __slots__ = ("count", "parts")

    def __init__(self, count: int, parts: tuple[Criterion, ...]) -> None:
        self.count, self.parts = count, parts

    def value(self, s: Situation) -> bool | None:
        values = [part.value(s) for part in self.parts]
        if values.count(True) >= self.count:
            return True
        return None if values.count(True) + values.count(None) >= self.count else False

    def because(self, s: Situation) -> Because:
        answer = self.value(s)
        told = [part for part in self.parts if answer is not None and part.value(s) is answer]
        return _joined(part.because(s) for part in told or self.parts)

    def missing(self, s: Situation) -> Names:
        return [] if self.value(s) is not None else _union(part.missing(s) for part in self.parts)


def _joined(lists: Iterable[Because]) -> Because:
    out: Because = []
    for pairs in lists:
        for pair in pairs:
            if pair not in out:
                out.append(pair)
    return out


def _union(lists: Iterable[Names]) -> Names:
    return list(dict.fromkeys(name for names in lists for name in names))
