"""Writes of plans: draw, decide, sign, record safety."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Max

from backdep_site import audit
from backdep_site.models import User
from backdep_site.submissions import Stale, once
from guidance import evaluation
from guidance.engine.answer import Assessment, OptionEntry
from guidance.engine.edition import Edition as Content
from guidance.models import Edition
from patients.models import (
    Decision,
    FollowUp,
    Intake,
    IntakeStatus,
    Patient,
    Plan,
    PlanItem,
    PlanKind,
    PlanStatus,
    Reminder,
    ReminderStatus,
)
from patients.plans import policy, schedule
from patients.plans.checks import WEEKLY_CONTACT, own_checks, start_of, taken_now
from patients.plans.readiness import (
    ANSWERS_CHANGED,
    assessments_beside,
    entries_beside,
    facts_with_choices,
    signs_of,
    why_not_signed,
)

AFTER_FOLLOW_UP = "SAFETY-OPEN"
"""What a follow-up left open: on the worklist until a plan or a safety record is signed."""
SAFETY_CONTACTS = (("SAFETY-1", 1), ("SAFETY-7", 7))
SAFETY_CONTACT_TEXT = "Contact after the safety record: how is the patient, what came of the assessment."


class CannotSign(Exception):
    """The plan cannot be signed yet. ``reasons``: (sentence, anchor on the page) pairs."""

    def __init__(self, reasons: list[tuple[str, str]]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(text for text, _ in reasons))


def _brief(value: object) -> Assessment:
    return cast(Assessment, value)


def _record(event: str, plan: Plan, *, by: User, at: datetime, **details: Any) -> None:
    patient = plan.patient
    audit.record(event, by=by, at=at, about=plan, clinic=patient.clinic, patient=patient.pk, **details)


# ------------------------------------------------------------------------------------------------ drawing a plan


def draw_plan(
    *,
    by: User,
    at: datetime,
    token: UUID | None,
    patient: Patient,
    facts: Mapping[str, Any],
    edition: Edition,
    intake: Intake | None = None,
    follow_up: FollowUp | None = None,
) -> Plan:
    """Assess the facts under an edition and keep the answer as the patient's draft plan (or draft safety record).

    A draft made before is replaced by this one. Raises GuidanceUnavailable, FactError, AlreadyDone, and Stale when the
    intake was saved or closed since it was read.
    """
    plain = {name: value for name, value in facts.items() if name not in ("chosen", "replaces")}
    assessment = evaluation.assess(edition, plain)
    kind = PlanKind.SAFETY_RECORD if assessment["gate"] == "safety-only" else PlanKind.PLAN
    with once(token, "plan.drawn", intake or follow_up, by=by, at=at) as submission:
        # two who draw at once go one after the other; no_key, as a signature needs the patient's key at its end
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        Plan.objects.filter(patient=patient, status=PlanStatus.DRAFT).update(status=PlanStatus.REPLACED)
        if intake is not None and not _is_as_it_was(intake):
            raise Stale
        last = Plan.objects.filter(patient=patient).aggregate(last=Max("number"))["last"] or 0
        plan = Plan.objects.create(
            patient=patient,
            intake=intake,
            intake_revision=intake.revision if intake is not None else None,
            follow_up=follow_up,
            kind=kind,
            number=last + 1,
            edition=edition,
            fingerprint=edition.fingerprint,
            facts=plain,
            assessment=assessment,
            checked=assessment,
            created_at=at,
            created_by=by,
        )
        codes = dict.fromkeys(entry["code"] for entry in assessment["options"])
        PlanItem.objects.bulk_create(
            PlanItem(plan=plan, code=code, position=position) for position, code in enumerate(codes)
        )
        _record("plan.drawn", plan, by=by, at=at, gate=assessment["gate"], edition=edition.version, number=plan.number)
        submission.result = str(plan.pk)
    return plan


def _is_as_it_was(intake: Intake) -> bool:
    """Asked after the plan is claimed, in the order that signing takes them: neither waits for the other for ever."""
    unchanged = Intake.objects.filter(pk=intake.pk, revision=intake.revision, status=IntakeStatus.DRAFT)
    return unchanged.select_for_update(no_key=True).first() is not None


# ------------------------------------------------------------------------------------------------ deciding


def _claim(plan: Plan, expected: int) -> Plan:
    """The plan as it is now, claimed for a change from the expected version. Raises Stale."""
    changed = Plan.objects.filter(pk=plan.pk, version=expected, status=PlanStatus.DRAFT).update(version=expected + 1)
    if not changed:
        raise Stale
    return Plan.objects.select_related("patient__clinic", "edition", "intake").get(pk=plan.pk)


def _check_together(plan: Plan, items: Sequence[PlanItem]) -> Assessment:
    """Assess again with everything that is accepted so far, under the plan's own edition."""
    chosen = [item.code for item in items if item.is_in_plan]
    return evaluation.assess(plan.edition, facts_with_choices(plan, items, chosen))


def _settle(plan: Plan, items: Sequence[PlanItem], *, by: User, at: datetime) -> tuple[Assessment, list[str]]:
    """Assess with what is accepted and keep the answer. An option that is there only because of an accepted one (what
    protects the stomach beside an NSAID) comes and goes with it. Returns the answer, and what went out of the plan."""
    first = {entry["code"] for entry in _brief(plan.assessment)["options"]}
    dropped: list[str] = []
    while True:
        checked = _check_together(plan, items)
        codes = dict.fromkeys(entry["code"] for entry in checked["options"])
        pointless = [item for item in items if item.is_in_plan and item.code not in first | codes.keys()]
        if not pointless:
            break
        for item in pointless:
            _leave_out(item, Decision.NOT_CHOSEN, "", "", by=by, at=at)
            item.save()
            dropped.append(item.code)
    known = {item.code for item in items}
    last = max((item.position for item in items), default=-1)
    new = [code for code in codes if code not in known]
    PlanItem.objects.bulk_create(
        PlanItem(plan=plan, code=code, position=last + place) for place, code in enumerate(new, 1)
    )
    plan.items.filter(decision=Decision.UNDECIDED).exclude(code__in=first | codes.keys()).delete()
    Plan.objects.filter(pk=plan.pk).update(checked=checked)
    return checked, dropped


def accept_item(
    *,
    by: User,
    at: datetime,
    token: UUID | None,
    plan: Plan,
    code: str,
    expected: int,
    reason: str = "",
    comment: str = "",
    change: str = "",
    start_date: date | None = None,
    check_date: date | None = None,
    replaces: Sequence[str] = (),
) -> list[str]:
    """Take an option into the plan, as suggested or with a change. What stands beside it in its group is not chosen.

    Returns the options that went out of the plan with it, for nothing needs them any more. Raises policy.NotAllowed
    when the rules do not let it, Stale and AlreadyDone.
    """
    content = (code, reason, comment, change, start_date, check_date, list(replaces))
    with once(token, "plan.item.accepted", plan, content, by=by, at=at) as submission:
        fresh = _claim(plan, expected)
        items = list(fresh.items.all())
        item = next((one for one in items if one.code == code), None)
        if item is None:
            raise policy.NotAllowed("This is not an option for this patient.")
        edition = evaluation.load(fresh.edition)
        group, current = policy.group_of(edition, code), taken_now(fresh)
        item.decision = Decision.CHANGED if change else Decision.ACCEPTED
        item.reason, item.comment, item.change = reason, comment, change
        item.start_date, item.check_date, item.replaces = start_date, check_date, list(replaces)
        item.decided_at, item.decided_by = at, by
        beside = [
            one
            for one in items
            if one is not item
            and policy.group_of(edition, one.code) == group
            and (one.is_in_plan or one.decision == Decision.UNDECIDED)
            # what is taken now and not replaced goes on beside it
            and (one.code not in current or one.code in replaces)
        ]
        for one in beside:
            _leave_out(one, Decision.NOT_CHOSEN, "", "", by=by, at=at)
        reopened = _reopen(items, edition, group, current)
        for one in (item, *beside, *reopened):
            one.save()
        checked, dropped = _settle(fresh, items, by=by, at=at)
        policy.check_accept(
            policy.entry_of(checked, code), reason=reason, comment=comment, has_date=check_date is not None
        )
        _record(
            "plan.item.accepted", fresh, by=by, at=at, code=code, reason=reason, changed=bool(change), dropped=dropped
        )
        submission.result = code
    return dropped


def decline_item(
    *, by: User, at: datetime, token: UUID | None, plan: Plan, code: str, expected: int, reason: str, comment: str = ""
) -> list[str]:
    """Decline an option with a reason. Returns the options that went out of the plan with it.

    Raises policy.NotAllowed, Stale and AlreadyDone.
    """
    policy.check_decline(reason=reason, comment=comment)
    with once(token, "plan.item.declined", plan, (code, reason, comment), by=by, at=at) as submission:
        fresh = _claim(plan, expected)
        items = list(fresh.items.all())
        item = next((one for one in items if one.code == code), None)
        if item is None:
            raise policy.NotAllowed("This is not an option for this patient.")
        _leave_out(item, Decision.DECLINED, reason, comment, by=by, at=at)
        edition = evaluation.load(fresh.edition)
        for one in (item, *_reopen(items, edition, policy.group_of(edition, code), taken_now(fresh))):
            one.save()
        _, dropped = _settle(fresh, items, by=by, at=at)
        _record("plan.item.declined", fresh, by=by, at=at, code=code, reason=reason, dropped=dropped)
        submission.result = code
    return dropped


def _reopen(items: Sequence[PlanItem], edition: Content, group: str, current: set[str]) -> list[PlanItem]:
    """Of a group, what is to be decided again after a change of mind: everything not chosen when nothing is chosen any
    more, and what is taken now and no longer replaced."""
    mine = [one for one in items if policy.group_of(edition, one.code) == group]
    replaced = {code for one in items if one.is_in_plan for code in one.replaces}
    is_chosen = any(one.is_in_plan for one in mine)
    found = [
        one
        for one in mine
        if one.decision == Decision.NOT_CHOSEN and (not is_chosen or (one.code in current and one.code not in replaced))
    ]
    for one in found:
        one.decision, one.decided_at, one.decided_by = Decision.UNDECIDED, None, None
    return found


def _leave_out(item: PlanItem, decision: Decision, reason: str, comment: str, *, by: User, at: datetime) -> None:
    item.decision, item.reason, item.comment, item.change = decision, reason, comment, ""
    item.start_date, item.check_date, item.replaces = None, None, []
    item.decided_at, item.decided_by = at, by


def decline_group(
    *, by: User, at: datetime, token: UUID | None, plan: Plan, codes: Sequence[str], expected: int, reason: str
) -> None:
    """Decline everything that is undecided among the codes ("none of these"). Raises NotAllowed, Stale, AlreadyDone."""
    policy.check_decline(reason=reason, comment="")
    with once(token, "plan.group.declined", plan, (list(codes), reason), by=by, at=at) as submission:
        fresh = _claim(plan, expected)
        for item in fresh.items.filter(code__in=codes, decision=Decision.UNDECIDED):
            _leave_out(item, Decision.DECLINED, reason, "", by=by, at=at)
            item.save()
        _record("plan.group.declined", fresh, by=by, at=at, codes=list(codes), reason=reason)
        submission.result = codes[0] if codes else ""


def accept_remaining(*, by: User, at: datetime, token: UUID | None, plan: Plan, expected: int) -> list[str]:
    """Accept every undecided option that is plainly offered and is no medicine. Returns their codes.

    Raises Stale and AlreadyDone.
    """
    with once(token, "plan.remaining.accepted", plan, by=by, at=at) as submission:
        fresh = _claim(plan, expected)
        edition = evaluation.load(fresh.edition)
        items = list(fresh.items.all())
        plain = {entry["code"] for entry in _brief(fresh.assessment)["options"] if entry["status"] == "offer"}
        taken = []
        for item in items:
            is_medicine = edition.options[item.code].is_medicine
            if item.decision == Decision.UNDECIDED and item.code in plain and not is_medicine:
                item.decision, item.decided_at, item.decided_by = Decision.ACCEPTED, at, by
                taken.append(item.code)
        for item in items:
            if item.code in taken:
                item.save()
        _settle(fresh, items, by=by, at=at)
        _record("plan.remaining.accepted", fresh, by=by, at=at, codes=taken)
        submission.result = str(fresh.pk)
    return taken


def answer_combinations(
    *, by: User, at: datetime, token: UUID | None, plan: Plan, expected: int, answers: Mapping[str, str]
) -> None:
    """Keep why alerts among the accepted options are accepted: alert key -> reason. Raises Stale and AlreadyDone."""
    with once(token, "plan.combinations.answered", plan, answers, by=by, at=at) as submission:
        fresh = _claim(plan, expected)
        kept = {key: reason for key, reason in answers.items() if reason in policy.ACCEPT_REASONS}
        Plan.objects.filter(pk=fresh.pk).update(combination_reasons={**fresh.combination_reasons, **kept})
        _record("plan.combinations.answered", fresh, by=by, at=at, answers=kept)
        submission.result = str(fresh.pk)


# ------------------------------------------------------------------------------------------------ signing


def sign_plan(*, by: User, at: datetime, token: UUID | None, plan: Plan, expected: int) -> Plan:
    """Sign: freeze the plan, replace the one before, and make its reminders.

    Raises CannotSign with every reason (and writes nothing), Stale and AlreadyDone.
    """
    with once(token, "plan.signed", plan, by=by, at=at) as submission:
        fresh = _claim(plan, expected)
        items = list(fresh.items.all())
        if fresh.kind != PlanKind.PLAN:
            raise CannotSign([("A safety record is signed with what was done.", "safety")])
        checked = _check_together(fresh, items)
        fresh.checked = checked
        entries = entries_beside(fresh, assessments_beside(fresh, items))
        today = fresh.patient.clinic.today(at)
        reasons = why_not_signed(fresh, items, entries, today)
        if reasons:
            raise CannotSign(reasons)
        _leave_out_what_does_not_fit(fresh, items, entries, by=by, at=at)
        before = _retire_older_plans(fresh)
        Plan.objects.filter(pk=fresh.pk).update(
            status=PlanStatus.ACTIVE, signed_at=at, signed_by=by, checked=checked, replaces=before
        )
        _make_reminders(fresh, items, checked, today)
        _complete_intake(fresh)
        _record("plan.signed", fresh, by=by, at=at, number=fresh.number, replaces=str(before.pk) if before else "")
        submission.result = str(fresh.pk)
    return Plan.objects.get(pk=fresh.pk)


def _complete_intake(plan: Plan) -> None:
    """The answers behind a signed plan are closed, if they are still those that it was made from."""
    if plan.intake_id is None or plan.intake_revision is None:
        return
    closed = Intake.objects.filter(pk=plan.intake_id, revision=plan.intake_revision, status=IntakeStatus.DRAFT).update(
        status=IntakeStatus.COMPLETED
    )
    if not closed:
        raise CannotSign([(ANSWERS_CHANGED, "changed")])


def _leave_out_what_does_not_fit(
    plan: Plan, items: Sequence[PlanItem], entries: Sequence[OptionEntry], *, by: User, at: datetime
) -> None:
    """What was offered at first, and no longer beside what was accepted, is signed as not chosen."""
    offered_first = {entry["code"] for entry in _brief(plan.assessment)["options"] if policy.is_offered(entry)}
    offered_now = {entry["code"] for entry in entries if policy.is_offered(entry)}
    for item in items:
        if item.decision == Decision.UNDECIDED and item.code in offered_first - offered_now:
            _leave_out(item, Decision.NOT_CHOSEN, "", "", by=by, at=at)
            item.save()


def _retire_older_plans(plan: Plan) -> Plan | None:
    """The plan that this one replaces; its open reminders are no longer needed, and safety records are over."""
    older = Plan.objects.filter(
        patient=plan.patient, kind=PlanKind.PLAN, status__in=[PlanStatus.ACTIVE, PlanStatus.PAUSED]
    )
    before = older.order_by("-number").first()
    Reminder.objects.filter(plan__in=list(older), status=ReminderStatus.OPEN).update(status=ReminderStatus.CANCELLED)
    older.update(status=PlanStatus.REPLACED)
    Plan.objects.filter(patient=plan.patient, kind=PlanKind.SAFETY_RECORD, status=PlanStatus.ACTIVE).update(
        status=PlanStatus.ENDED
    )
    return before


def reminder_urgency(code: str) -> int:
    """0 contact after a safety record, 1 weekly contact at suicide risk, 2 everything else."""
    if code.startswith("SAFETY-"):
        return 0
    return 1 if code == WEEKLY_CONTACT else 2


def _make_reminders(plan: Plan, items: Sequence[PlanItem], checked: Assessment, today: date) -> None:
    content = evaluation.load(plan.edition)
    rows = []
    for entry in checked["monitoring"]:
        start = start_of(entry["code"], entry["for"], items, today, checked["scores"]["suicide_risk"])
        rows.append(
            Reminder(
                patient=plan.patient,
                plan=plan,
                code=entry["code"],
                day=entry["day"],
                text=content.texts[entry["ref"]][:300],
                about=list(entry["for"]),
                due_date=schedule.due(start, entry["day"]),
                urgency=reminder_urgency(entry["code"]),
            )
        )
    rows.extend(
        Reminder(
            patient=plan.patient, plan=plan, code=check.code, day=check.day, text=check.text[:300],
            about=[check.about] if check.about else [], due_date=check.due, urgency=check.urgency,
        )
        for check in own_checks(plan, items, content, today)
    )  # fmt: skip
    Reminder.objects.bulk_create(rows)


def sign_safety_record(
    *,
    by: User,
    at: datetime,
    token: UUID | None,
    plan: Plan,
    expected: int,
    actions: Sequence[str],
    what_was_done: str,
    done_at: str,
    handed_to: str = "",
) -> Plan:
    """Sign what was done instead of a plan: pauses an active plan and makes the contacts of the next working day and
    of day 7. Raises Stale and AlreadyDone."""
    content = (list(actions), what_was_done, done_at, handed_to)
    with once(token, "safety-record.signed", plan, content, by=by, at=at) as submission:
        fresh = _claim(plan, expected)
        if fresh.kind != PlanKind.SAFETY_RECORD:
            raise CannotSign([("This is a plan, not a safety record.", "sign")])
        today = fresh.patient.clinic.today(at)
        safety = {
            "actions": list(actions), "what_was_done": what_was_done, "done_at": done_at, "handed_to": handed_to,
            "signs": signs_of(fresh),
        }  # fmt: skip
        Plan.objects.filter(patient=fresh.patient, kind=PlanKind.SAFETY_RECORD, status=PlanStatus.ACTIVE).update(
            status=PlanStatus.REPLACED
        )
        Plan.objects.filter(pk=fresh.pk).update(status=PlanStatus.ACTIVE, signed_at=at, signed_by=by, safety=safety)
        if fresh.intake_id is not None:
            # the record and its contacts stand for it now
            Intake.objects.filter(pk=fresh.intake_id).update(urgent="")
        Reminder.objects.filter(patient=fresh.patient, code=AFTER_FOLLOW_UP, status=ReminderStatus.OPEN).update(
            status=ReminderStatus.DONE, closed_at=at, closed_by=by
        )
        Plan.objects.filter(patient=fresh.patient, kind=PlanKind.PLAN, status=PlanStatus.ACTIVE).update(
            status=PlanStatus.PAUSED
        )
        for code, day in SAFETY_CONTACTS:
            due_date = schedule.next_working_day(today) if day == 1 else schedule.due(today, day)
            Reminder.objects.create(
                patient=fresh.patient, plan=fresh, code=code, day=day, text=SAFETY_CONTACT_TEXT, due_date=due_date,
                urgency=reminder_urgency(code),
            )  # fmt: skip
        _record("safety-record.signed", fresh, by=by, at=at, number=fresh.number, actions=list(actions))
        submission.result = str(fresh.pk)
    return Plan.objects.get(pk=fresh.pk)
