"""What an edition says about one patient's facts.

The answer is brief: codes, statuses, because and missing, with a ``ref`` for every sentence; ``render`` adds the
sentences from the same edition. A stored plan keeps the brief answer and the edition's fingerprint, so that what it
showed stays provable. Statuses, gates and their precedence are the contract (docs/contract/assessment.md); which rule
applies to whom is content.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from guidance.engine import changes as ch
from guidance.engine import scores
from guidance.engine.answer import (
    Alert,
    Assessment,
    GateCondition,
    MissingEntry,
    MonitoringEntry,
    OptionEntry,
    Reason,
    Reconsider,
    StatementEntry,
    entries,
)
from guidance.engine.criteria import Because
from guidance.engine.edition import (
    AVOID,
    CAUTION,
    DOSE,
    NOTE,
    SEVERITIES,
    WITHHOLD,
    Edition,
    Interaction,
    Option,
    PairEffect,
)
from guidance.engine.facts import EMERGENCY_FLAGS, URGENT_FLAGS, FactError, Facts
from guidance.engine.situation import CLOSED_OUTCOMES, Situation

CONTRACT: Final = 1
COMPUTED_ALERTS: Final = ("RF-UNASKED", "MED-UNRECOGNISED", "CX-CURRENT")
"""Alerts that the engine raises itself, because they name what it found; the edition gives their words."""
UNREVIEWED_BY_CX_CURRENT: Final = ("opioid", "benzodiazepine-or-z-drug")
"""Classes whose current use has an alert of its own; tramadol is judged all the same."""
_NOBODY: Final[frozenset[str]] = frozenset()
_NOTHING: Final[dict[int, Any]] = {}
_EFFECT_NAMES: Final = {WITHHOLD: "withhold", AVOID: "avoid", CAUTION: "caution", DOSE: "dose", NOTE: "note"}


def check_choices(edition: Edition, facts: Facts) -> None:
    """Refuse chosen codes that the edition does not hold: an unchecked choice would look safe."""
    unknown = [code for code in facts.get("chosen", ()) if code not in edition.options]
    if unknown:
        raise FactError([("chosen", f"{code} is not an intervention code") for code in unknown])


def evaluate(edition: Edition, facts: Facts) -> Assessment:
    """Assess checked facts (facts.check) under an edition. Brief; see render.

    Raises FactError when ``chosen`` names something that the edition does not hold.
    """
    check_choices(edition, facts)
    return Evaluation(edition, Situation(edition, facts)).assessment()


def _plain(change: ch.Change) -> list[Any]:
    """A change as JSON can carry it."""
    return [list(part) if isinstance(part, tuple) else part for part in change]


def gate_of(facts: Mapping[str, Any], risk: str) -> str:
    """safety-only, held or open (contract, gate)."""
    get = facts.get
    if (
        any(get(f"red_flags.{f}") and get(f"red_flag_outcomes.{f}") not in CLOSED_OUTCOMES for f in EMERGENCY_FLAGS)
        or (risk == "high" and not get("emergency_assessment_recorded"))
        or get("serotonin_signs")
    ):
        return "safety-only"
    complete = scores.screen_complete(facts)
    suspected = (
        (scores.phq9_item9(get("phq9")) or 0) >= 1
        or scores.screen_positive(facts)
        or get("past_suicide_attempt")
        or get("suicide_risk_judgement") in ("moderate", "high")
    )
    if (
        any(get(f"red_flags.{flag}") and get(f"red_flag_outcomes.{flag}") is None for flag in URGENT_FLAGS)
        or any(get(f"red_flags.{flag}") is None for flag in (*EMERGENCY_FLAGS, *URGENT_FLAGS))
        or risk in ("unassessed", "unknown")
        or (suspected and not complete)
        or (risk in ("low", "moderate", "high") and not get("suicide_actions_recorded"))
        or (get("psychosis") and not get("psychosis_actions_recorded"))
    ):
        return "held"
    return "open"


def scores_of(facts: Facts) -> dict[str, Any]:
    """The scores block of the contract."""
    total = scores.phq9_total(facts.get("phq9"))
    return {
        "phq9_total": total,
        "phq9_band": scores.phq9_band(total),
        "phq9_item9": scores.phq9_item9(facts.get("phq9")),
        "peg": scores.peg(facts.get("peg")),
        "pain_phase": scores.pain_phase(facts.get("pain_duration_days")),
        "suicide_risk": scores.suicide_risk(facts),
    }


class _Found:
    """One rule that holds for one code."""

    __slots__ = ("because", "code", "concern", "dose_ref", "effect", "label", "pair", "ref", "row")

    def __init__(
        self,
        effect: int,
        code: str,
        ref: str,
        because: Because,
        *,
        label: bool = False,
        concern: str = "patient",
        dose_ref: str = "",
        row: int | None = None,
        pair: int | None = None,
    ) -> None:
        self.effect, self.code, self.ref, self.because = effect, code, ref, because
        self.label, self.concern, self.dose_ref = label, concern, dose_ref
        # the number of the contraindication or interaction row that says it
        self.row, self.pair = row, pair


class Judgement:
    """What all rules together say of one code: what holds, and what cannot be told."""

    __slots__ = ("found", "missing", "needs", "own_sake_missing", "own_sake_unknown", "softened")

    def __init__(self) -> None:
        self.found: list[_Found] = []
        self.missing: dict[str, None] = {}
        self.needs = False
        self.softened = False
        self.own_sake_unknown = False
        self.own_sake_missing: dict[str, None] = {}

    @property
    def worst(self) -> int:
        return max((found.effect for found in self.found), default=NOTE)

    def status(self) -> str:
        """Precedence: withhold > needs-information > avoid > caution > offer."""
        worst = self.worst
        if worst == WITHHOLD:
            return "withhold"
        if self.needs:
            return "needs-information"
        if worst == AVOID:
            return "avoid"
        return "caution" if worst == CAUTION or self.softened else "offer"

    def override(self, status: str) -> str:
        """How a clinician may choose it all the same (contract, option.override)."""
        if status == "avoid":
            return "coded-reason"
        if status != "withhold":
            return "none"
        return "none" if any(found.label for found in self.found if found.effect == WITHHOLD) else "documented"

    def withheld(self, for_any_reason: bool) -> bool | None:
        """Whether a rule of the patient's own body (or any rule) withholds it; None when that cannot be told."""
        if any(found.effect == WITHHOLD and (for_any_reason or found.concern == "patient") for found in self.found):
            return True
        return None if self.own_sake_unknown else False


class _Side:
    """One side of an interaction row for this patient."""

    __slots__ = ("maybe", "now", "together")

    def __init__(self, now: frozenset[str], together: frozenset[str], maybe: tuple[str, ...]) -> None:
        self.now, self.together, self.maybe = now, together, maybe


_EMPTY_SIDE: Final = _Side(_NOBODY, _NOBODY, ())


class Evaluation:
    """One situation under one edition; judges each code once."""

    def __init__(self, edition: Edition, situation: Situation) -> None:
        self.edition, self.s = edition, situation
        self.rows = [row.when.value(situation) for row in edition.contraindications]
        self._live = [number for number, value in enumerate(self.rows) if value is not False]
        self._row_missing: dict[int, list[str]] = {}
        # where the list of medicines is known, a row that none of them stands in has nobody on any side
        s, pairs = situation, edition.interactions
        quiet = not (s.list_missing or s.maybe or s.maybe_lingering)
        told: set[int] = set()
        for code in (*s.present, *s.lingering) if quiet else ():
            told.update(edition.pairs_of.get(code, ()))
        numbers = sorted(told | edition.lone_pairs) if quiet else range(len(pairs))
        self._sides = {number: self._sides_of(pairs[number]) for number in numbers}
        self._pair_when = {number: pairs[number].when.value(s) for number in numbers}
        # a row with two sides that nobody fills concerns no option; with one, only the options that could fill it
        self._open_sides = {
            number: tuple(place for place, side in enumerate(sides) if not (side.together or side.maybe))
            for number, sides in self._sides.items()
        }
        self._open_pairs = [
            number
            for number, unfilled in self._open_sides.items()
            if len(unfilled) < 2 and self._pair_when[number] is not False
        ]
        self._judged: dict[str, Judgement] = {}
        situation.inadequacy = self._all_withheld

    # ------------------------------------------------------------------ interactions

    def _sides_of(self, row: Interaction) -> tuple[_Side, ...]:
        s = self.s
        present, quiet = s.present, not (s.list_missing or s.maybe or s.lingering or s.maybe_lingering)
        out = []
        for place, group in enumerate(row.members):
            if quiet and group.isdisjoint(present):
                out.append(_EMPTY_SIDE)
                continue
            lingers = row.lingers[place]
            stopped = frozenset(s.lingering) & group if lingers and s.lingering else _NOBODY
            if lingers and row.stopped == "only":
                now = together = stopped - s.current
            else:
                now, together = group & s.current | stopped, group & s.present | stopped
            if s.replaced and row.replaced == "exclude":
                now, together = now - s.replaced, together - s.replaced
            elif row.replaced == "only" and place == len(row.members) - 1:
                now, together = now & s.replaced, together & s.replaced
            out.append(_Side(now, together, () if now else s.list_unknown_for(group, stopped=lingers)))
        return tuple(out)

    @staticmethod
    def _distinct(sides: Sequence[frozenset[str]]) -> bool:
        """Whether each side can be filled by a medicine of its own."""
        if not sides:
            return True
        return any(Evaluation._distinct([side - {code} for side in sides[1:]]) for code in sides[0])

    def meets(self, number: int) -> bool:
        """Whether the interaction row is complete by what is taken, chosen or still acts, and by its fact."""
        if number not in self._sides:
            return False
        together = [side.together for side in self._sides[number]]
        return bool(self._pair_when[number]) and all(together) and self._distinct(together)

    def _completed_by(self, number: int, code: str, stands_on: tuple[int, ...]) -> tuple[bool | None, list[str]]:
        """Whether ``code`` completes interaction row ``number``: with current medicines, or, when it is itself
        current or chosen, with everything taken or chosen together. Second: what would tell."""
        sides, replaced = self._sides[number], self.edition.interactions[number].replaced
        row = self.edition.interactions[number]
        # what is chosen tells on a medicine taken now only where the row says so; a choice sees everything
        present = code in self.s.chosen - self.s.current or (code in self.s.current and row.reaches_current)
        unknown: dict[str, None] = {}
        if replaced == "exclude" and code in self.s.replaced:
            return False, []
        for own in stands_on:
            if replaced == "only" and (own == len(sides) - 1) is not (code in self.s.replaced):
                continue
            others = [side for place, side in enumerate(sides) if place != own]
            codes = [(side.together if present else side.now) - {code} for side in others]
            if all(codes):
                if len(codes) < 2 or self._distinct(codes):
                    return True, []
            elif all(found or side.maybe for found, side in zip(codes, others, strict=True)):
                unknown.update(
                    dict.fromkeys(
                        name for found, side in zip(codes, others, strict=True) if not found for name in side.maybe
                    )
                )
        return (None, list(unknown)) if unknown else (False, [])

    def _pair_because(self, number: int, code: str | None = None) -> Because:
        """The medicines that make the row complete (apart from the option itself), and its fact."""
        codes: set[str] = set()
        together = code is None or code in self.s.chosen or self.edition.interactions[number].reaches_current
        for side in self._sides[number]:
            codes |= side.together if together else side.now
        out = self.s.names_of(codes - {code} if code else codes)
        return out + self.edition.interactions[number].when.because(self.s)

    # ------------------------------------------------------------------ judging one code

    def judge(self, code: str) -> Judgement:
        """All rules about one intervention or catalogue code."""
        judged = self._judged.get(code)
        if judged is None:
            judged = self._judged[code] = Judgement()
            option = self.edition.options.get(code)
            self._judge_rows(code, judged)
            self._judge_pairs(code, judged)
            is_medicine = option.is_medicine if option else code in self.edition.medicines
            self._judge_tried(code, is_medicine, judged)
            if is_medicine:
                self._judge_allergy(code, judged)
                self._judge_unrecognised(option, judged)
                if self.s.list_missing:
                    judged.softened = True
                    judged.missing.update(dict.fromkeys(self.s.list_missing))
        return judged

    def _judge_rows(self, code: str, judged: Judgement) -> None:
        s, rows = self.s, self.rows
        cells = self.edition.cells_by_code.get(code, _NOTHING)
        for number in self._live:
            cell = cells.get(number)
            if cell is None:
                continue
            value = rows[number]
            row = self.edition.contraindications[number]
            if value or row.unknown_counts:
                because = row.when.because(s)
                judged.found.append(
                    _Found(
                        cell.effect,
                        row.code,
                        cell.ref,
                        because,
                        label=cell.label,
                        concern=row.concern,
                        dose_ref=cell.dose_ref,
                        row=number,
                    )
                )
                if value is None:
                    judged.missing.update(dict.fromkeys(row.when.missing(s)))
            elif cell.effect != NOTE:
                missing = self._row_missing.get(number)
                if missing is None:
                    missing = self._row_missing[number] = row.when.missing(s)
                self._note_unknown(code, cell.effect, missing, judged, row.concern)

    def _judge_pairs(self, code: str, judged: Judgement) -> None:
        s = self.s
        pairs = self.edition.effects_by_code.get(code, _NOTHING)
        for number in self._open_pairs:
            found = pairs.get(number)
            if found is None:
                continue
            stands_on, effects = found
            fact, unfilled = self._pair_when[number], self._open_sides[number]
            if unfilled and unfilled[0] not in stands_on:
                continue
            completed, names = self._completed_by(number, code, stands_on)
            if completed is False:
                continue
            row = self.edition.interactions[number]
            worst: PairEffect | None = None
            for effect in effects:
                holds = effect.when.value(s)
                if holds is False:
                    continue
                if completed and fact and holds:
                    if worst is None or effect.effect > worst.effect:
                        worst = effect
                elif effect.effect != NOTE:
                    unknown = [*names, *row.when.missing(s), *effect.when.missing(s)]
                    self._note_unknown(code, effect.effect, unknown, judged, "medicine")
            if worst is not None:
                because = self._pair_because(number, code)
                because += [pair for pair in worst.when.because(s) if pair not in because]
                judged.found.append(
                    _Found(
                        worst.effect, row.code, worst.ref, because, label=worst.label, concern="medicine", pair=number
                    )
                )

    def _note_unknown(self, code: str, effect: int, names: Iterable[str], judged: Judgement, concern: str) -> None:
        """An unknown fact read by a rule: asked for, or a caution where the measurement is exempt."""
        asked: list[str] = []
        exempt, strict = True, False
        for name in names:
            measurement = self.edition.measured.get(name)
            if measurement is None:
                exempt = False
            else:
                only = measurement.only_when
                if only is not None and code not in measurement.always_for and only.value(self.s) is False:
                    continue
                exempt = exempt and measurement.exempt_when.value(self.s) is True
                strict = strict or code in measurement.strict_dose_for
            asked.append(name)
        if not asked:
            return
        judged.missing.update(dict.fromkeys(asked))
        if not exempt and (effect >= AVOID or (effect == DOSE and strict)):
            judged.needs = True
            if effect == WITHHOLD and concern == "patient":
                judged.own_sake_unknown = True
                judged.own_sake_missing.update(dict.fromkeys(asked))
        else:
            judged.softened = True

    def _judge_tried(self, code: str, is_medicine: bool, judged: Judgement) -> None:
        if self.s.tried is None:
            judged.missing["tried"] = None
            if is_medicine:
                judged.needs = True
            else:
                judged.softened = True
            return
        group = self.edition.stands_for(code)
        for entry in self.s.tried:
            if entry.code not in group:
                continue
            outcome, effect = entry.outcome, NOTE
            if outcome is None or (is_medicine and outcome == "no-response" and entry.adequate is None):
                judged.missing["tried"] = None
                if is_medicine:
                    judged.needs = True
                else:
                    judged.softened = True
                continue
            if outcome == "contraindicated":
                effect = WITHHOLD if is_medicine else CAUTION
            elif outcome == "not-tolerated":
                effect = AVOID if is_medicine else CAUTION
            elif outcome == "no-response":
                if is_medicine and not entry.adequate:
                    continue
                effect = AVOID if is_medicine else CAUTION
            judged.found.append(
                _Found(effect, "TRIED", f"setting:tried-{outcome}", [("tried", f"{entry.code}: {outcome}")])
            )

    def _judge_allergy(self, code: str, judged: Judgement) -> None:
        facts, edition = self.s.facts, self.edition
        own = edition.medicines.get(code)
        classes = (own.classes if own else frozenset()) | ({code} if code in edition.classes else frozenset())
        also = own.allergy_also if own else frozenset()
        for given in facts.get("allergies", ()):
            entry = edition.catalogue_codes.get(given, given)
            known = edition.medicines.get(entry)
            entry_classes = known.classes | known.allergy_speaks_for if known else frozenset((entry,))
            crossing = {
                name for name in entry_classes if name in edition.classes and edition.classes[name].cross_allergy
            }
            if entry == code or entry in classes or crossing & classes or entry_classes & also:
                judged.found.append(
                    _Found(WITHHOLD, "CX-ALLERGY", "setting:allergy", [("allergies", entry)], label=True)
                )
        if facts.get("allergies") is None or facts.get("allergies_complete") is not True or self.s.unmatched_allergy:
            judged.needs = judged.own_sake_unknown = True
            judged.missing["allergies_complete"] = judged.own_sake_missing["allergies_complete"] = None

    def _judge_unrecognised(self, option: Option | None, judged: Judgement) -> None:
        if not self.s.unrecognised:
            return
        if (
            option is not None
            and option.needs_review_of_unrecognised
            and self.s.facts.get("unrecognised_medicines_reviewed") is not True
        ):
            judged.needs = True
            judged.missing["unrecognised_medicines_reviewed"] = None
        because: Because = [("unrecognised_medicines", text) for text in self.s.unrecognised]
        judged.found.append(_Found(CAUTION, "MED-UNRECOGNISED", "setting:unrecognised", because, concern="medicine"))

    def _all_withheld(self, group: frozenset[str], for_any_reason: bool) -> tuple[bool | None, tuple[str, ...]]:
        """Whether every option of the group is withheld (for the patient's own sake); else what would tell."""
        judged = [self.judge(code) for code in self.edition.options if code in group]
        values = [one.withheld(for_any_reason) for one in judged]
        if not judged or False in values:
            return False, ()
        if None in values:
            return None, tuple(dict.fromkeys(name for one in judged for name in one.own_sake_missing))
        return True, ()

    # ------------------------------------------------------------------ options

    def options(self) -> list[OptionEntry]:
        out: list[OptionEntry] = []
        for option in self.edition.options.values():
            raised = [(part, part.raised_when.value(self.s)) for part in option.sections]
            shown = [part for part, value in raised if value]
            asked = [] if shown else [part for part, value in raised if value is None]
            if not shown and not asked:
                if not option.always_listed:
                    continue
                shown = [option.sections[0]]
            judged = self.judge(option.code)
            status = judged.status()
            missing = dict(judged.missing)
            if asked:
                for part in asked:
                    missing.update(dict.fromkeys(part.raised_when.missing(self.s)))
                if status != "withhold":
                    status = "needs-information"
            out.extend(
                self._entry(option, part.section, part.line, status, list(missing), judged) for part in shown or asked
            )
        return out

    def _entry(
        self, option: Option, section: str, line: int | None, status: str, missing: list[str], judged: Judgement
    ) -> OptionEntry:
        s = self.s
        against = sorted(judged.found, key=lambda found: -found.effect)
        reasons: list[Reason] = [
            {
                "code": found.code,
                "ref": found.ref,
                "effect": _EFFECT_NAMES[found.effect],
                "because": entries(found.because),
            }
            for found in against
        ]
        for why in option.why:
            if why.when.value(s):
                reasons.append(
                    {"code": why.code, "ref": why.ref, "effect": "for", "because": entries(why.when.because(s))}
                )
        return {
            "code": option.code,
            "section": section,
            "line": line,
            "status": status,
            "current": bool(self.edition.stands_for(option.code) & s.current),
            "override": judged.override(status),
            "reasons": reasons,
            "missing": missing,
            "differs": [note for note, when in option.differs if when.value(s)],
            "dose_refs": [found.dose_ref for found in against if found.dose_ref],
            "reconsider": None
            if status not in ("avoid", "withhold") or option.always_listed
            else self._reconsider(option.code, judged),
            "conditions": self._conditions(option.code),
        }

    def _conditions(self, code: str) -> list[GateCondition]:
        """The conditions of an option that is never offered, each met, not met or not known."""
        out: list[GateCondition] = []
        for ref, rule, numbers in self.edition.gates.get(code, ()):
            values = [self.rows[number] for number in numbers]
            # each row says what must not hold
            met = False if True in values else None if None in values else True
            out.append({"code": rule, "ref": ref, "met": met})
        return out

    def _reconsider(self, code: str, judged: Judgement) -> Reconsider:
        """What would have to change for the option to be offered, as far as that can be told."""
        lasting: dict[str, None] = {}
        found: list[ch.Change] = []
        for one in judged.found:
            if one.effect < AVOID:
                continue
            lifted = self._lifted(code, one)
            if lifted is None:
                lasting[one.code] = None
            else:
                found += lifted
        # a measurement that leaves one band of the table may enter another that speaks against the option as well
        for _ in range(len(ch.NUMBERS)):
            if not any(change.fact in ch.NUMBERS for change in found):
                break
            situation = ch.applied(found, self.s)
            more = [
                ch.turned(self.edition.contraindications[number].when, situation, False)
                for number, cell in self.edition.cells_by_code.get(code, _NOTHING).items()
                if cell.effect >= AVOID
                and not self.rows[number]
                and self.edition.contraindications[number].when.value(situation)
            ]
            if not any(more):
                break
            found = ch.strictest([*found, *(change for changes in more for change in changes or ())])
        return {"changes": [_plain(change) for change in ch.strictest(found)], "lasting": list(lasting)}

    def _lifted(self, code: str, found: _Found) -> ch.Changes:
        """The fewest changes that take one reason against an option away."""
        if found.row is not None:
            return ch.turned(self.edition.contraindications[found.row].when, self.s, False)
        if found.pair is None:
            return None
        row = self.edition.interactions[found.pair]
        ways = [ch.turned(row.when, self.s, False)]
        mine = [effect for effect in row.effects if code in effect.on and effect.effect >= AVOID]
        ways.insert(0, ch.together(ch.turned(effect.when, self.s, False) for effect in mine))
        sides = self._sides[found.pair]
        for own in (place for place, group in enumerate(row.members) if code in group):
            for other in (sorted(side.together - {code}) for place, side in enumerate(sides) if place != own):
                if row.replaced == "exclude" and code not in self.s.current and self.s.current.issuperset(other):
                    ways.append([ch.Change("replaces", "with", one) for one in other])
                else:
                    ways.append(ch.leaving(other, self.s) if other else None)
        return ch.fewest(ways)

    # ------------------------------------------------------------------ alerts

    def alerts(self, risk: str) -> list[Alert]:
        found: list[Alert] = []
        found.extend(self._red_flag_alerts())
        found.extend(self._content_alerts())
        found.extend(self._unrecognised_alerts())
        found.extend(self._interaction_alerts())
        found.extend(self._current_alerts())
        order = {severity: place for place, severity in enumerate(SEVERITIES)}
        return sorted(found, key=lambda alert: order[alert["severity"]])

    def _red_flag_alerts(self) -> Iterable[Alert]:
        facts = self.s.facts
        unasked: Because = []
        for flag in self.edition.red_flags.values():
            positive, outcome = facts.get(f"red_flags.{flag.flag}"), facts.get(f"red_flag_outcomes.{flag.flag}")
            if positive is None:
                unasked.append(("red_flags", flag.flag))
            elif positive and outcome not in CLOSED_OUTCOMES:
                yield {
                    "code": flag.code,
                    "ref": flag.code,
                    "severity": flag.severity,
                    "because": entries([(f"red_flags.{flag.flag}", True)]),
                    "resolved": outcome == "referred" and flag.flag not in EMERGENCY_FLAGS,
                }
        if any(flag in (*EMERGENCY_FLAGS, *URGENT_FLAGS) for _, flag in unasked):
            yield self._alert("RF-UNASKED", unasked)

    def _alert(self, code: str, because: Because) -> Alert:
        rule = self.edition.alerts[code]
        return {
            "code": code,
            "ref": code,
            "severity": rule.severity,
            "because": entries(because),
            "resolved": rule.resolved_when is not None and rule.resolved_when.value(self.s) is True,
        }

    def _content_alerts(self) -> Iterable[Alert]:
        for rule in self.edition.alerts.values():
            if rule.when is not None and rule.when.value(self.s):
                yield self._alert(rule.code, rule.when.because(self.s))

    def _unrecognised_alerts(self) -> Iterable[Alert]:
        for text in self.s.unrecognised:
            yield self._alert("MED-UNRECOGNISED", [("unrecognised_medicines", text)]) | {"about": text}

    def _interaction_alerts(self) -> Iterable[Alert]:
        best: dict[str, Alert] = {}
        ranks: dict[str, tuple[int, int]] = {}
        for number, row in enumerate(self.edition.interactions):
            if not row.alert or not self.meets(number):
                continue
            severity = row.severity
            if row.urgent_when is not None and row.urgent_when.value(self.s):
                severity = "urgent"
            alert: Alert = {
                "code": row.code,
                "ref": row.id,
                "severity": severity,
                "because": entries(self._pair_because(number)),
                "resolved": False,
            }
            # one alert a code: the most severe, then the one that more medicines complete
            rank = (-SEVERITIES.index(severity), len(row.members))
            if row.code not in best or rank > ranks[row.code]:
                best[row.code], ranks[row.code] = alert, rank
        return best.values()

    def _current_alerts(self) -> Iterable[Alert]:
        """CX-CURRENT: what is taken now although a rule withholds or avoids it."""
        groups = self.edition.groups
        exempt = frozenset().union(*(groups.get(name, frozenset()) for name in UNREVIEWED_BY_CX_CURRENT))
        for code in sorted(self.s.current):
            if code in exempt and code != "tramadol":
                continue
            judged = self.judge(code)
            worst = judged.worst
            if worst < AVOID:
                continue
            against = [found for found in judged.found if found.effect >= AVOID]
            because: Because = [("medicines", code)]
            for found in against:
                because.extend(pair for pair in found.because if pair not in because)
            alert = self._alert("CX-CURRENT", because)
            alert["severity"] = "urgent" if worst == WITHHOLD else "caution"
            alert["about"] = code
            alert["refs"] = [found.ref for found in sorted(against, key=lambda found: -found.effect)]
            yield alert

    # ------------------------------------------------------------------ the rest

    def statements(self, gate: str) -> list[StatementEntry]:
        return [
            {"code": row.code, "ref": row.id, "kind": row.kind, "because": entries(row.when.because(self.s))}
            for row in self.edition.statements
            if (gate != "safety-only" or row.kind == "disclaimer") and row.when.value(self.s)
        ]

    def monitoring(self) -> list[MonitoringEntry]:
        """What everyone gets and what the choices bring; a withheld choice brings nothing."""
        withheld = frozenset(code for code in self.s.chosen if self.judge(code).status() == "withhold")
        s = self.s.without(withheld) if withheld else self.s
        started = s.chosen
        out: dict[tuple[str, int], MonitoringEntry] = {}
        for row in self.edition.monitoring:
            bringing = row.brought_by & (started - s.current if row.new_only else started)
            if row.brought_by and not bringing:
                continue
            value = row.when.value(s)
            # an unknown trigger of something chosen still asks for the check, unless only the list is not complete
            if not value and not (
                value is None and row.brought_by and set(row.when.missing(s)) - {"medicines", "medicines_complete"}
            ):
                continue
            for day in row.days:
                entry = out.setdefault((row.code, day), {"code": row.code, "ref": row.id, "day": day, "for": []})
                entry["for"] = sorted({*entry["for"], *bringing})
        return sorted(out.values(), key=lambda entry: (entry["day"], entry["code"]))

    def missing(self, options: Sequence[OptionEntry]) -> list[MissingEntry]:
        """Every unknown fact with the advice it blocks; ``gate`` says that signing waits for it too."""
        facts = self.s.facts
        affects: dict[str, dict[str, None]] = {}
        gate: dict[str, None] = {}
        for flag in (*EMERGENCY_FLAGS, *URGENT_FLAGS):
            if facts.get(f"red_flags.{flag}") is None:
                gate[f"red_flags.{flag}"] = None
        if scores.phq9_item9(facts.get("phq9")) is None:
            gate["phq9"] = None
        gate.update(dict.fromkeys(self._screen_missing()))
        if scores.phq9_total(facts.get("phq9")) is None:
            affects.setdefault("phq9", {})
        for entry in options:
            for name in entry["missing"]:
                affects.setdefault(name, {})[entry["code"]] = None
        names = dict.fromkeys((*gate, *affects))
        return [{"fact": name, "affects": list(affects.get(name, ())), "gate": name in gate} for name in names]

    def _screen_missing(self) -> list[str]:
        """The screener questions that signing waits for."""
        facts = self.s.facts
        wanted = (
            (scores.phq9_item9(facts.get("phq9")) or 0) >= 1
            or facts["screen_positive"]
            or facts.get("past_suicide_attempt")
            or facts.get("suicide_risk_judgement") in ("moderate", "high")
        )
        if not wanted:
            return []
        asked = ["wish-to-be-dead", "suicidal-thoughts", "behaviour-lifetime"]
        if facts.get("suicide_screen.suicidal-thoughts"):
            asked += ["method", "intent", "plan-with-intent"]
        if facts.get("suicide_screen.behaviour-lifetime"):
            asked.append("behaviour-3-months")
        return [f"suicide_screen.{name}" for name in asked if facts.get(f"suicide_screen.{name}") is None]

    def assessment(self) -> Assessment:
        found = scores_of(self.s.facts)
        gate = gate_of(self.s.facts, found["suicide_risk"])
        options = self.options()
        self.s.facts["antidepressant_offered"] = gate != "safety-only" and any(
            entry["status"] in ("offer", "caution") and entry["code"] in self.edition.groups["antidepressant"]
            for entry in options
        )
        return {
            "contract": CONTRACT,
            "edition": {"version": self.edition.version, "fingerprint": self.edition.fingerprint},
            "gate": gate,
            "scores": found,
            "alerts": self.alerts(found["suicide_risk"]),
            "options": [] if gate == "safety-only" else options,
            "statements": self.statements(gate),
            "monitoring": self.monitoring(),
            "missing": self.missing([] if gate == "safety-only" else options),
        }
