"""Invented patients for the demo clinic, carried through the real steps with the clock set back.

Every one of them is made up; their family name says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from backdep_site.models import Clinic, User
from guidance import evaluation
from guidance.engine.review import visit_facts
from patients.actions import add_patient
from patients.followup import actions as followup
from patients.followup.forms import FollowUpForm
from patients.followup.mapping import question_of
from patients.intake import actions as intake_actions
from patients.intake import questionnaires as q
from patients.intake.mapping import NameBook, facts_of
from patients.intake.presenters import cleaned_answers, judged_steps
from patients.models import Intake, Patient, Plan, Reminder
from patients.plans import actions, policy
from patients.plans.readiness import assessments_beside, decided, entries_beside

Answers = dict[str, dict[str, list[str]]]
QUIET_PHQ9 = "221212110"


def intake_answers(
    *,
    phq9: str = QUIET_PHQ9,
    peg: Sequence[int] = (6, 7, 6),
    weeks: int = 34,
    leg: str = "none",
    medicines: Sequence[str] = (),
    tried: Mapping[str, str] | None = None,
    conditions: Sequence[str] = (),
    unknown_conditions: Sequence[str] = (),
    egfr: str = "92",
    pressure: str = "124/78",
    life: Sequence[str] = (),
    flags: Mapping[str, tuple[str, str]] | None = None,
    screen: str = "",
    judgement: str = "",
    safety_actions: Sequence[str] = (),
    mood: Mapping[str, str] | None = None,
    work: str = "no",
    wants_medicines: str = "wants",
    pregnancy: str = "not-pregnant",
    steps: Sequence[str] = q.ANSWER_STEPS,
) -> Answers:
    """A complete set of answers as the forms would post them.

    ``phq9``: nine digits. ``screen``: answers to the screener in order, y or n, as far as asked. ``flags``: code ->
    (sign, outcome). ``tried``: code -> outcome; "no-response" counts as an adequate trial.
    """
    band = "under-4" if weeks < 4 else "4-to-12" if weeks <= 12 else "over-12"
    out: Answers = {
        "mood": {f"phq9_{n}": [digit] for n, digit in enumerate(phq9, 1)}
        | {"phq9_difficulty": ["1"], "past_attempt": ["no"], "depression_diagnosis": ["yes"], "mania": ["no"]}
        | {"psychosis": ["no"]}
        | {name: [value] for name, value in (mood or {}).items()},
        "pain": {f"peg_{n}": [str(value)] for n, value in enumerate(peg, 1)}
        | {"duration": [band], "duration_weeks": [str(weeks)], "sites": ["lower-back"], "leg": [leg]},
        "health": {f"condition_{code}": ["yes" if code in conditions else "no"] for code in q.CONDITION_NAMES}
        | {"egfr": [egfr], "blood_pressure": [pressure], "pregnancy": [pregnancy], "breastfeeding": ["no"]}
        | {"allergies": ["none"]},
        "life": {"safety_sensitive_work": [work], "prefers_therapy": ["wants"], "prefers_medicines": [wants_medicines]}
        | ({"life": list(life)} if life else {"life_none": ["on"]}),
    }
    for code, given in zip((code for code, *_ in q.CSSRS_QUESTIONS), screen, strict=False):
        if given in "yn":
            out["mood"][f"screen_{code}"] = ["yes" if given == "y" else "no"]
    if judgement:
        out["mood"] |= {"judgement": [judgement], "safety_actions": list(safety_actions)}
    if flags:
        for code, (sign, outcome) in flags.items():
            out["pain"] |= {f"flag_{code}": [sign], f"outcome_{code}": [outcome]}
    else:
        out["pain"]["flags_none"] = ["on"]
    for code in unknown_conditions:
        out["health"][f"condition_{code}"] = ["unknown"]
    for n, name in enumerate(medicines, 1):
        out["health"][f"medicine_{n}"] = [name]
    out["health"] |= {"medicines_complete": ["on"]} if medicines else {"medicines_none": ["on"]}
    for code, outcome in (tried or {}).items():
        out["life"][f"tried_{code}"] = [outcome]
        if outcome == "no-response":
            out["life"][f"adequate_{code}"] = ["yes"]
    if not tried:
        out["life"]["tried_none"] = ["on"]
    return {step: out[step] for step in steps}


def follow_up_answers(
    *, phq9: str, peg: Sequence[int], adherence: str = "as-planned", effects: Mapping[str, str] | None = None
) -> dict[str, list[str]]:
    """Answers of a follow-up without anything new."""
    out = {f"phq9_{n}": [digit] for n, digit in enumerate(phq9, 1)}
    out |= {f"peg_{n}": [str(value)] for n, value in enumerate(peg, 1)}
    out |= {"adherence": [adherence], "new_flags": ["no"], "serotonin_signs": ["no"], "medicines_complete": ["on"]}
    out |= {f"effect_{code}": [severity] for code, severity in effects.items()} if effects else {"effects_none": ["on"]}
    return out


@dataclass
class Stage:
    """Where the demo plays: one clinic, one clinician, one moment that counts as now."""

    clinic: Clinic
    by: User
    now: datetime
    number: int = 0
    made: list[Patient] = field(default_factory=list)

    def patient(self, given: str, born: date, sex: str, at: datetime, telephone: str = "") -> Patient:
        """Add an invented patient."""
        self.number += 1
        patient = add_patient(
            by=self.by, at=at, token=None, clinic=self.clinic, family_name="Invented", given_name=given,
            birth_date=born, sex_at_birth=sex, record_number=f"DEMO-{self.number:03d}", telephone=telephone,
        )  # fmt: skip
        self.made.append(patient)
        return patient

    def intake(self, patient: Patient, answers: Answers, at: datetime) -> Intake:
        """Fill in an intake as far as the answers go."""
        intake = intake_actions.start_intake(by=self.by, at=at, patient=patient)
        for step, typed in answers.items():
            expected = intake_actions.step_revision(intake, step)
            intake = intake_actions.save_step(
                by=self.by, at=at, token=None, intake=intake, step=step, typed=typed, expected=expected
            )
        return intake

    def facts(self, intake: Intake, at: datetime) -> dict[str, Any]:
        """The facts of an intake, by the same mapping the pages use."""
        today = self.clinic.today(at)
        names = NameBook.of(evaluation.load(evaluation.in_force()))
        forms = judged_steps(intake, today, names)
        return facts_of(cleaned_answers(forms), patient=intake.patient, today=today, names=names)

    def plan(self, patient: Patient, answers: Answers, at: datetime) -> Plan:
        """An intake, and the plan drawn from it."""
        intake = self.intake(patient, answers, at)
        return actions.draw_plan(
            by=self.by, at=at, token=None, patient=patient, facts=self.facts(intake, at),
            edition=evaluation.in_force(), intake=intake,
        )  # fmt: skip

    def decide(self, plan: Plan, accept: Sequence[str], at: datetime) -> Plan:
        """Accept what is named, then everything plain; decline the rest."""
        for code in accept:
            plan = Plan.objects.get(pk=plan.pk)
            actions.accept_item(
                by=self.by, at=at, token=None, plan=plan, code=code, expected=plan.version, reason="with-monitoring"
            )
        plan = Plan.objects.get(pk=plan.pk)
        actions.accept_remaining(by=self.by, at=at, token=None, plan=plan, expected=plan.version)
        plan = Plan.objects.get(pk=plan.pk)
        content = evaluation.load(plan.edition)
        items = list(plan.items.all())
        rest = policy.open_groups(content, entries_beside(plan, assessments_beside(plan, items)), decided(items))
        codes = [code for group in rest for code in group]
        if codes:
            actions.decline_group(
                by=self.by,
                at=at,
                token=None,
                plan=plan,
                codes=codes,
                expected=plan.version,
                reason="prefers-alternative",
            )
        plan = Plan.objects.get(pk=plan.pk)
        found = policy.combination_alerts(plan.assessment, plan.checked)
        if found:
            answers = {policy.alert_key(alert): "with-monitoring" for alert in found}
            actions.answer_combinations(
                by=self.by, at=at, token=None, plan=plan, expected=plan.version, answers=answers
            )
        return Plan.objects.get(pk=plan.pk)

    def signed(self, patient: Patient, answers: Answers, accept: Sequence[str], at: datetime) -> Plan:
        """A plan from intake to signature."""
        plan = self.decide(self.plan(patient, answers, at), accept, at)
        return actions.sign_plan(by=self.by, at=at, token=None, plan=plan, expected=plan.version)

    def close_reminders(self, plan: Plan, before: date, at: datetime, *, keep: Sequence[str] = ()) -> None:
        """Carry out what was due before a day."""
        for reminder in Reminder.objects.filter(plan=plan, status="open", due_date__lt=before).exclude(code__in=keep):
            followup.close_reminder(by=self.by, at=at, token=None, reminder=reminder, expected=reminder.version)

    def followed_up(self, plan: Plan, answers: dict[str, list[str]], at: datetime) -> None:
        """A completed one-month follow-up."""
        reminder = plan.reminders.filter(code="M-1MO").first()
        medicines = {f"medicine_{n}": [name] for n, name in enumerate(self._taken(plan), 1)}
        follow_up = followup.start_follow_up(by=self.by, at=at, plan=plan, reminder=reminder, answers=medicines)
        typed = medicines | answers
        follow_up = followup.save_follow_up(
            by=self.by, at=at, token=None, follow_up=follow_up, typed=typed, contact_date=self.clinic.today(at),
            expected=follow_up.revision,
        )  # fmt: skip
        edition = evaluation.in_force()
        names = NameBook.of(evaluation.load(edition))
        form = FollowUpForm.judging(typed, known_names=names, today=self.clinic.today(at))
        form.is_valid()
        signed_at = plan.signed_at or plan.created_at
        question = question_of(
            form.cleaned_data, baseline=plan.facts, age=plan.patient.age_on(self.clinic.today(at)),
            start=self.clinic.today(signed_at), contact=self.clinic.today(at), names=names,
        )  # fmt: skip
        followup.complete_follow_up(
            by=self.by, at=at, token=None, follow_up=follow_up, question=question, edition=edition,
            expected=follow_up.revision,
        )  # fmt: skip

    @staticmethod
    def _taken(plan: Plan) -> list[str]:
        content = evaluation.load(plan.edition)
        return [item.code for item in plan.items.all() if item.is_in_plan and item.code in content.medicines]


def make_demo_patients(*, clinic: Clinic, by: User, now: datetime) -> list[Patient]:
    """Twelve invented patients in different states."""
    s = Stage(clinic, by, now)
    day = timedelta(days=1)

    # 1 an intake that was begun
    p = s.patient("Ash (intake begun)", date(1984, 3, 12), "female", now - day, "01632 960001")
    s.intake(p, intake_answers(steps=("mood", "pain")), now - day)

    # 2 a held plan: item 9 is positive and the screener was not asked
    p = s.patient("Birch (plan held)", date(1979, 7, 2), "male", now - 2 * day, "01632 960002")
    s.plan(p, intake_answers(phq9="222212112", weeks=20), now - 2 * day)

    # 3 a signed plan, monitoring to come
    p = s.patient("Cedar (plan signed)", date(1984, 11, 30), "female", now - 3 * day, "01632 960003")
    s.signed(p, intake_answers(life=("sedentary_work", "screen_work")), ("duloxetine",), now - 3 * day)

    # 4 the one-month review is due today
    p = s.patient("Dogwood (review due today)", date(1966, 1, 15), "male", now - 28 * day, "01632 960004")
    plan = s.signed(p, intake_answers(phq9="222212120", weeks=60, egfr="80"), ("sertraline",), now - 28 * day)
    s.close_reminders(plan, clinic.today(now), now - day)

    # 5 overdue: nobody has made contact
    p = s.patient("Elm (overdue)", date(1990, 5, 21), "female", now - 40 * day, "01632 960005")
    plan = s.signed(p, intake_answers(phq9="111211110", weeks=30), ("duloxetine",), now - 40 * day)
    s.close_reminders(plan, clinic.today(now), now - 20 * day, keep=("M-1MO",))

    # 6 better at one month
    p = s.patient("Fir (improved)", date(1972, 9, 9), "female", now - 33 * day, "01632 960006")
    plan = s.signed(p, intake_answers(phq9="222222120", weeks=52), ("duloxetine",), now - 33 * day)
    s.followed_up(plan, follow_up_answers(phq9="111110110", peg=(3, 4, 4)), now - 4 * day)
    s.close_reminders(plan, clinic.today(now), now - 4 * day)

    # 7 worse at one month
    p = s.patient("Gorse (worse)", date(1988, 2, 27), "male", now - 31 * day, "01632 960007")
    plan = s.signed(p, intake_answers(phq9="121111110", weeks=16), ("sertraline",), now - 31 * day)
    s.followed_up(plan, follow_up_answers(phq9="322222220", peg=(8, 8, 8)), now - 2 * day)
    s.close_reminders(plan, clinic.today(now), now - 2 * day)

    # 8 the medicine column is empty: everything is ruled out
    p = s.patient("Hazel (no medicine fits)", date(1949, 4, 4), "female", now - 5 * day, "01632 960008")
    s.plan(
        p,
        intake_answers(
            phq9="222222120", weeks=120, egfr="24", pregnancy="not-pregnant",
            medicines=("phenelzine", "apixaban"), conditions=("kidney-disease", "falls", "active-gi-bleed-or-ulcer"),
        ),
        now - 5 * day,
    )  # fmt: skip

    # 9 an emergency: the safety record is signed, its contacts are on the worklist
    p = s.patient("Ivy (safety record)", date(1975, 12, 1), "male", now - day, "01632 960009")
    plan = s.plan(p, intake_answers(flags={"cauda-equina": ("saddle", "referred")}, weeks=6), now - day)
    actions.sign_safety_record(
        by=by, at=now - day, token=None, plan=plan, expected=plan.version, actions=["emergency-transfer"],
        what_was_done="Sent to the emergency department for MRI; arrived, result not back.",
        done_at=f"{now - day:%Y-%m-%d %H:%M}",
    )  # fmt: skip

    # 10 low suicide risk, recorded: weekly contacts
    p = s.patient("Juniper (weekly contact)", date(1999, 8, 18), "female", now - 8 * day, "01632 960010")
    s.signed(
        p,
        intake_answers(
            phq9="222212121", weeks=24, screen="ynnnnn", judgement="low",
            safety_actions=("safety-plan", "crisis-contacts"),
        ),
        ("sertraline",),
        now - 8 * day,
    )  # fmt: skip

    # 11 takes what does not go together, plan not decided yet
    p = s.patient("Larch (interactions)", date(1952, 6, 6), "female", now - 2 * day, "01632 960011")
    s.plan(
        p,
        intake_answers(
            phq9="222221210", weeks=77, egfr="38", conditions=("hypertension", "falls"), pressure="146/84",
            medicines=("lisinopril", "hydrochlorothiazide", "ibuprofen", "Dr Li back tonic"),
        ),
        now - 2 * day,
    )  # fmt: skip

    # 12 a second plan replaced the first
    p = s.patient("Maple (second plan)", date(1981, 10, 10), "male", now - 70 * day, "01632 960012")
    plan = s.signed(
        p,
        intake_answers(phq9="222222120", weeks=26, tried={"naproxen": "no-response"}),
        ("duloxetine",),
        now - 70 * day,
    )
    s.close_reminders(plan, clinic.today(now - 40 * day), now - 42 * day)
    s.followed_up(plan, follow_up_answers(phq9="211111110", peg=(5, 5, 5)), now - 41 * day)
    done = plan.follow_ups.get()
    facts = visit_facts(done.question["baseline"], done.question["now"], done.question["day"])
    second = actions.draw_plan(
        by=by, at=now - 41 * day, token=None, patient=p, facts=facts, edition=evaluation.in_force(), follow_up=done
    )
    second = s.decide(second, ("duloxetine",), now - 41 * day)
    second = actions.sign_plan(by=by, at=now - 41 * day, token=None, plan=second, expected=second.version)
    s.close_reminders(second, clinic.today(now), now - 10 * day)
    return s.made
