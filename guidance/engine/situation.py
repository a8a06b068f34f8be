"""One patient's situation: checked facts, what follows from them, and who takes what.

Everything a criterion can read stands here. Derived facts are computed once; a derived fact that cannot be computed
is unknown, and ``MISSING_AS`` says which asked fact would make it known.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from guidance.engine import scores
from guidance.engine.facts import RED_FLAGS, Fact, Facts, Medicine, Tried, entries

if TYPE_CHECKING:
    from guidance.engine.edition import Edition

MISSING_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "phq9_total": ("phq9",),
    "phq9_item9": ("phq9",),
    "peg_thirds": ("peg",),
    "pain_phase": ("pain_duration_days",),
    "suicide_risk": ("phq9",),
    "pregnant": ("pregnancy",),
    "pregnant_or_possible": ("pregnancy",),
    "gestation_weeks": ("pregnancy_weeks",),
    "leg_pain_both_sides": ("pain_sites",),
    "out_of_scope_site": ("pain_sites",),
    "depression_class": ("phq9",),
    "pain_class": ("peg",),
    **{f"flag_open.{flag}": (f"red_flags.{flag}",) for flag in RED_FLAGS},
    **{f"flag_not_excluded.{flag}": (f"red_flags.{flag}",) for flag in RED_FLAGS},
}
"""Derived fact -> the facts to ask for when it is unknown."""

_CLASSES: Final = ("remission", "response", "partial", "none", "worse")


def _comparable() -> dict[str, Fact]:
    derived = (
        Fact("phq9_total", "integer", 0, 27),
        Fact("phq9_item9", "integer", 0, 3),
        Fact("peg_thirds", "integer", 0, 30),
        Fact("pain_phase", "choice", values=("acute", "subacute", "chronic")),
        Fact("suicide_risk", "choice", values=("none", "low", "moderate", "high", "unassessed")),
        Fact("gestation_weeks", "integer", 0, 45, "week"),
        Fact("depression_class", "choice", values=_CLASSES),
        Fact("pain_class", "choice", values=_CLASSES),
        Fact("depression_change", "integer", -27, 27),
        Fact("day", "integer", 0, 36500, "day"),
        Fact("adherence", "choice", values=("as-planned", "missed-some", "stopped", "never-started")),
    )
    yes_no = (
        "screen_complete", "screen_positive", "antidepressant_offered", "side_effect_mild", "side_effect_significant",
        "red_flag_open", "suicide_alert_open", "item9_higher",
    )  # fmt: skip
    out = entries() | {fact.name: fact for fact in derived}
    return out | {name: Fact(name, "boolean") for name in (*yes_no, *MISSING_AS) if name not in out}


COMPARABLE: Final[Mapping[str, Fact]] = _comparable()
"""Every name a criterion may compare, with what it can be."""

_LEGS: Final = {"left": {"thigh-left", "below-knee-left"}, "right": {"thigh-right", "below-knee-right"}}
_IN_SCOPE: Final = frozenset(
    ("lower-back", "buttock-left", "buttock-right", *sorted(_LEGS["left"]), *sorted(_LEGS["right"]))
)
CLOSED_OUTCOMES: Final = ("excluded", "treated")
PREGNANCY_POSSIBLE_UNTIL_AGE: Final = 55


def _pregnant(facts: Facts, *, possible: bool | None) -> bool | None:
    """Whether pregnant; ``possible`` is what the answer "possible" counts as (None: unknown)."""
    answer = facts.get("pregnancy")
    if answer is not None:
        return {"pregnant": True, "possible": possible}.get(answer, False)
    if facts.get("sex_at_birth") == "male" or facts.get("age_years", 0) > PREGNANCY_POSSIBLE_UNTIL_AGE:
        return False
    return None


def _flag_states(flag: str, facts: Facts) -> tuple[bool | None, bool | None]:
    """(positive and neither excluded nor treated, positive and not excluded)."""
    positive = facts.get(f"red_flags.{flag}")
    if positive is not True:
        return positive, positive
    outcome = facts.get(f"red_flag_outcomes.{flag}")
    return outcome not in CLOSED_OUTCOMES, outcome != "excluded"


def _derive(facts: Facts) -> dict[str, Any]:
    phq9, sites = facts.get("phq9"), facts.get("pain_sites")
    risk = scores.suicide_risk(facts)
    out: dict[str, Any] = {
        "phq9_total": scores.phq9_total(phq9),
        "phq9_item9": scores.phq9_item9(phq9),
        "peg_thirds": scores.peg_thirds(facts.get("peg")),
        "pain_phase": scores.pain_phase(facts.get("pain_duration_days")),
        "suicide_risk": None if risk == "unknown" else risk,
        "screen_complete": scores.screen_complete(facts),
        "screen_positive": scores.screen_positive(facts),
        "pregnant": _pregnant(facts, possible=None),
        "pregnant_or_possible": _pregnant(facts, possible=True),
        "gestation_weeks": facts.get("pregnancy_weeks") if facts.get("pregnancy") == "pregnant" else None,
    }
    for flag in RED_FLAGS:
        out[f"flag_open.{flag}"], out[f"flag_not_excluded.{flag}"] = _flag_states(flag, facts)
    if sites is not None:
        out["out_of_scope_site"] = not sites & _IN_SCOPE
        below_knees = {"below-knee-left", "below-knee-right"} <= sites
        both_legs = bool(sites & _LEGS["left"]) and bool(sites & _LEGS["right"])
        out["leg_pain_both_sides"] = below_knees or (both_legs and facts.get("radicular") is True)
    return out


class Situation:
    """Facts of one patient as criteria read them.

    current    catalogue codes taken now
    lingering  stopped ones that still act (the catalogue's ``lingers`` days, both ends inside)
    maybe      codes that may be taken now (nobody said)
    maybe_lingering  stopped ones with a stop date that nobody knows and that could still act
    stopped    everything on the list that is no longer taken
    chosen     intervention codes meant to start together
    """

    __slots__ = (
        "_because",
        "_holds",
        "chosen",
        "current",
        "edition",
        "facts",
        "inadequacy",
        "lingering",
        "list_missing",
        "maybe",
        "maybe_lingering",
        "present",
        "replaced",
        "stopped",
        "tried",
        "unmatched_allergy",
        "unrecognised",
    )  # fmt: skip

    def __init__(self, edition: Edition, facts: Facts, extra: Mapping[str, Any] | None = None) -> None:
        self.edition = edition
        self.facts: dict[str, Any] = {**facts, **_derive(facts), **(extra or {})}
        self._holds: dict[str, bool | None] = {}
        self._because: dict[str, list[tuple[str, Any]]] = {}
        self.inadequacy: Callable[[frozenset[str], bool], tuple[bool | None, tuple[str, ...]]] | None = None
        catalogue = edition.medicines
        current: dict[str, None] = {}
        lingering: dict[str, int] = {}
        maybe, maybe_lingering, stopped = set(), set(), set()
        unrecognised: dict[str, None] = dict.fromkeys(facts.get("unrecognised_medicines", ()))
        medicines: tuple[Medicine, ...] | None = facts.get("medicines")
        for entry in medicines or ():
            code = edition.catalogue_codes.get(entry.code)
            if code is None:
                unrecognised[entry.code] = None
                continue
            lingers = catalogue[code].lingers
            if entry.status == "current":
                current[code] = None
            elif entry.status is None:
                maybe.add(code)
            else:
                stopped.add(code)
                if lingers is None:
                    continue
                if entry.stopped_days_ago is None:
                    maybe_lingering.add(code)
                elif entry.stopped_days_ago <= lingers:
                    lingering[code] = min(entry.stopped_days_ago, lingering.get(code, entry.stopped_days_ago))
        self.current = frozenset(current)
        self.lingering = lingering
        self.stopped = frozenset(stopped)
        self.maybe = frozenset(maybe) - self.current
        self.maybe_lingering = frozenset(maybe_lingering) - self.current - frozenset(lingering)
        self.chosen = frozenset(facts.get("chosen", ()))
        self.replaced = frozenset(edition.catalogue_codes.get(code, code) for code in facts.get("replaces", ()))
        self.present = self.current | self.chosen
        self.unrecognised = tuple(unrecognised)
        self.list_missing: tuple[str, ...] = ()
        if medicines is None:
            self.list_missing = ("medicines",)
        if facts.get("medicines_complete") is not True:
            self.list_missing = (*self.list_missing, "medicines_complete")
        tried: tuple[Tried, ...] | None = facts.get("tried")
        names = edition.catalogue_codes
        self.tried = tried and tuple(
            Tried(names.get(entry.code, entry.code), entry.outcome, entry.adequate) for entry in tried
        )
        self.unmatched_allergy = any(
            code not in names and code not in edition.classes for code in facts.get("allergies", ())
        )

    def without(self, codes: frozenset[str]) -> Situation:
        """The same situation with some choices left out."""
        other = copy.copy(self)
        other.chosen = self.chosen - codes
        other.present = self.current | other.chosen
        other._holds, other._because = {}, {}
        return other

    def missing_for(self, name: str) -> tuple[str, ...]:
        """The facts to ask for when ``name`` is unknown."""
        return MISSING_AS.get(name, (name,))

    def holds(self, name: str) -> bool | None:
        """Whether a named definition of the edition holds, remembered for this patient."""
        try:
            return self._holds[name]
        except KeyError:
            value = self._holds[name] = self.edition.definitions[name].when.value(self)
            return value

    def because(self, name: str) -> list[tuple[str, Any]]:
        """Why the named definition holds or does not, remembered for this patient."""
        try:
            return self._because[name]
        except KeyError:
            found = self._because[name] = self.edition.definitions[name].when.because(self)
            return found

    def list_unknown_for(self, group: frozenset[str], *, stopped: bool = False) -> tuple[str, ...]:
        """The facts that would say whether the group is taken."""
        if self.list_missing:
            return self.list_missing
        if group & self.maybe or (stopped and group & self.maybe_lingering):
            return ("medicines",)
        return ()

    def names_of(self, codes: Iterable[str]) -> list[tuple[str, Any]]:
        """(fact, value) pairs that explain why these codes count as present."""
        out: list[tuple[str, Any]] = []
        for code in sorted(codes):
            if code in self.current:
                out.append(("medicines", code))
            elif code in self.chosen:
                out.append(("chosen", code))
            elif code in self.lingering:
                days = self.lingering[code]
                out.append(("medicines", f"{code}, stopped {days} day{'' if days == 1 else 's'} ago"))
        return out
