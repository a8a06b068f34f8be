"""What a choice brings this patient, what becomes of what is taken now, and what the signed plan says of it."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest

from guidance import evaluation
from patients.demo import intake_answers
from patients.models import Decision, Plan, PlanItem
from patients.plans import actions, policy, presenters
from tests.pages import press, text_of

DAY = timedelta(days=1)
NO_ALERTS = "No urgent or caution alerts from what is known"
RISK_RECORDED: dict[str, Any] = {
    "phq9": "222212111", "screen": "ynnnnn", "judgement": "low", "safety_actions": ("safety-plan",),
}  # fmt: skip


@pytest.fixture
def draw(stage):
    """A draft plan of a woman of 42, or born on another day."""

    def run(born: date = date(1984, 3, 12), **answers: Any) -> Plan:
        return stage.plan(stage.patient("Rosa", born, "female", stage.now), intake_answers(**answers), stage.now)

    return run


@pytest.fixture
def decline_all(stage):
    """Decline everything that is undecided."""

    def run(plan: Plan) -> Plan:
        fresh = Plan.objects.get(pk=plan.pk)
        codes = [item.code for item in fresh.items.all()]
        actions.decline_group(
            by=stage.by, at=stage.now, token=None, plan=fresh, codes=codes, expected=fresh.version,
            reason="patient-refuses",
        )  # fmt: skip
        return Plan.objects.get(pk=plan.pk)

    return run


@pytest.fixture
def sign(stage):
    """Decide what is still open, and sign."""

    def run(plan: Plan, *accepted: str) -> Plan:
        plan = stage.decide(plan, accepted, stage.now)
        return actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)

    return run


def address(plan: Plan, rest: str = "") -> str:
    return f"/plans/{plan.pk}/{rest}"


def item(plan: Plan, code: str) -> PlanItem:
    return plan.items.get(code=code)


def card(response: Any, code: str) -> str:
    """One option's card, as a reader sees it."""
    body = response.content.decode()
    start = body.index(f'id="option-{code}"')
    return text_of(body[start : body.index("</article>", start)])


def reminder_codes(plan: Plan) -> set[str]:
    return set(plan.reminders.values_list("code", flat=True))


def top(response: Any) -> str:
    """The part of the page above the scores."""
    body = response.content.decode()
    start = body.index('id="alerts"')
    return text_of(body[start : body.index("</section>", start)])


# ------------------------------------------------------------------------------------------------ brings

CONTACT = "Contact about suicidal thoughts"


@pytest.mark.parametrize(("born", "brings"), [(date(1983, 3, 12), False), (date(2003, 3, 12), True)])
def test_a_card_brings_weekly_contacts_only_to_whom_they_are_given(draw, sign, alices, born, brings):
    plan = draw(born)
    shown = card(alices.get(address(plan)), "duloxetine")
    assert "Brings:" in shown
    assert (CONTACT in shown) is brings
    signed = sign(plan, "duloxetine")
    assert ("M-SUI7" in reminder_codes(signed)) is brings
    assert (CONTACT in card(alices.get(address(signed)), "duloxetine")) is brings


@pytest.mark.parametrize(
    ("born", "code", "medicines", "brings"),
    [
        (date(1983, 3, 12), "duloxetine", ("lisinopril", "metoprolol"), {"M-BP", "M-AD14", "M-ADH"}),
        (
            date(1948, 3, 12),
            "sertraline",
            ("warfarin", "hydrochlorothiazide"),
            {"M-INR", "M-NA", "M-GI", "M-AD14", "M-ADH"},
        ),
    ],
)
def test_what_a_card_brings_is_what_is_put_on_the_worklist(draw, accept, sign, alices, born, code, medicines, brings):
    plan = draw(born, medicines=medicines)
    shown = card(alices.get(address(plan)), code)
    signed = sign(accept(plan, code, reason="benefit-outweighs-risk", comment=WORDS))
    content = evaluation.load(signed.edition)
    own = [entry for entry in signed.checked["monitoring"] if code in entry["for"]]
    booked = {content.texts[entry["ref"]].rstrip(".") for entry in own}
    assert {entry["code"] for entry in own} == brings
    assert brings <= reminder_codes(signed)
    for text in {text.rstrip(".") for ref, text in content.texts.items() if ref.startswith("M-")}:
        assert (f"{text} (day " in shown) is (text in booked), text


# ------------------------------------------------------------------------------------------------ beside what is chosen


def test_the_alternatives_of_a_choice_have_no_reason_that_nobody_gave(draw, accept, sign, alices):
    plan = accept(draw(), "duloxetine")
    beside = plan.items.filter(decision=Decision.NOT_CHOSEN)
    assert {"sertraline", "venlafaxine"} <= set(beside.values_list("code", flat=True))
    assert set(beside.values_list("reason", "comment")) == {("", "")}
    signed = sign(plan)
    shown = card(alices.get(address(signed)), "sertraline")
    assert "Not chosen" in shown
    assert "Decision:" not in shown
    assert "Patient prefers another option" not in shown


def test_a_reason_that_was_given_is_shown(draw, sign, alices):
    """`sign` declines what is left with "Patient prefers another option"."""
    signed = sign(draw())
    assert "Decision: Patient prefers another option" in card(alices.get(address(signed)), "sertraline")


# ------------------------------------------------------------------------------------------------ taken now

BOTH = "Nothing: both are taken"
ANYWAY: dict[str, Any] = {"reason": "benefit-outweighs-risk"}


@pytest.fixture
def on_sertraline(draw):
    return draw(medicines=("sertraline",))


def test_beside_an_antidepressant_taken_now_it_is_asked_whether_it_is_replaced(on_sertraline, alices):
    shown = card(alices.get(address(on_sertraline)), "duloxetine")
    assert "It replaces" in shown
    assert BOTH in shown
    assert "It replaces" not in card(alices.get(address(on_sertraline)), "ibuprofen")


def test_without_an_antidepressant_taken_now_nothing_can_be_replaced(draw, alices):
    plan = draw(medicines=("lisinopril",))
    body = text_of(alices.get(address(plan)))
    assert "It replaces" not in body
    assert BOTH not in body
    assert press(alices, address(plan), address(plan, "accept/duloxetine/")).status_code == 302


@pytest.mark.parametrize(
    ("replaces", "said"),
    [
        ([], "Select whether it replaces sertraline, or both are taken"),
        (["sertraline", "both"], "Select what it replaces or that both are taken, not both answers"),
    ],
)
def test_what_becomes_of_the_antidepressant_taken_now_needs_one_answer(on_sertraline, alices, replaces, said):
    button = address(on_sertraline, "accept/duloxetine/")
    response = press(alices, address(on_sertraline), button, replaces=replaces, **ANYWAY)
    assert response.status_code == 422
    assert said in text_of(response)
    assert item(on_sertraline, "duloxetine").decision == Decision.UNDECIDED


def test_when_both_are_taken_the_one_taken_now_goes_on(on_sertraline, sign, alices):
    plan = on_sertraline
    press(alices, address(plan), address(plan, "accept/duloxetine/"), replaces=["both"], **ANYWAY)
    assert (item(plan, "duloxetine").decision, item(plan, "duloxetine").replaces) == (Decision.ACCEPTED, [])
    assert item(plan, "sertraline").decision == Decision.UNDECIDED
    signed = sign(plan)
    assert item(signed, "sertraline").decision == Decision.UNDECIDED
    assert "Sertraline: Goes on as before" in text_of(alices.get(address(signed, "print/")))
    assert not {"M-TAPER", "STOP-sertraline"} & reminder_codes(signed)


def test_what_is_replaced_is_tapered_and_not_chosen(on_sertraline, sign, alices):
    plan = on_sertraline
    press(alices, address(plan), address(plan, "accept/duloxetine/"), replaces=["sertraline"], **ANYWAY)
    assert item(plan, "sertraline").decision == Decision.NOT_CHOSEN
    assert item(plan, "duloxetine").replaces == ["sertraline"]
    signed = sign(plan)
    assert "M-TAPER" in reminder_codes(signed)
    for page in (address(signed), address(signed, "print/")):
        assert "Goes on as before" not in text_of(alices.get(page)), page


def test_what_a_choice_replaces_reaches_the_engine(on_sertraline, accept):
    both = accept(on_sertraline, "duloxetine", **ANYWAY)
    assert "IX-3" in {alert["ref"] for alert in both.checked["alerts"]}  # two antidepressants
    assert "M-TAPER" not in {entry["code"] for entry in both.checked["monitoring"]}
    instead = accept(both, "duloxetine", replaces=["sertraline"], **ANYWAY)
    assert {alert["ref"] for alert in instead.checked["alerts"]} == {"IX-3.switch"}
    assert "M-TAPER" in {entry["code"] for entry in instead.checked["monitoring"]}


# ------------------------------------------------------------------------------------------------ declining


def test_declining_an_antidepressant_taken_now_is_followed_up_as_a_taper(on_sertraline, sign, stage):
    signed = sign(on_sertraline)
    assert item(signed, "sertraline").decision == Decision.DECLINED
    reminder = signed.reminders.get(code="STOP-sertraline")
    assert (reminder.due_date, reminder.day) == (stage.now.date() + 7 * DAY, 7)
    assert "taper" in reminder.text


def test_declining_an_antidepressant_that_is_not_taken_stops_nothing(draw, sign):
    signed = sign(draw(medicines=("lisinopril",)))
    assert item(signed, "sertraline").decision == Decision.DECLINED
    assert not [code for code in reminder_codes(signed) if code.startswith("STOP-")]


def test_none_of_these_does_not_stop_what_is_taken_now(draw, alices):
    plan = draw(medicines=("gabapentin",), leg="below")
    press(alices, address(plan), address(plan, "decline-rest/pain-medicine/"), reason="patient-refuses")
    assert item(plan, "ibuprofen").decision == Decision.DECLINED
    assert item(plan, "gabapentin").decision == Decision.UNDECIDED


def test_none_of_these_declines_the_same_medicine_when_it_is_not_taken(draw, alices):
    plan = draw(leg="below")
    press(alices, address(plan), address(plan, "decline-rest/pain-medicine/"), reason="patient-refuses")
    assert item(plan, "gabapentin").decision == Decision.DECLINED


def test_none_of_these_says_so_when_only_what_is_taken_now_is_left(on_sertraline, alices):
    button = address(on_sertraline, "decline-rest/depression-medicine/")
    response = press(alices, address(on_sertraline), button, reason="patient-refuses")
    assert response.status_code == 422
    assert "There is a problem" in text_of(response)
    assert item(on_sertraline, "sertraline").decision == Decision.UNDECIDED


# ------------------------------------------------------------------------------------------------ against the guidance

AGAINST = "is chosen against the guidance"
WORDS = "The pain team asked for three days of it."


@pytest.mark.parametrize("signed", [False, True])
def test_what_is_chosen_although_it_is_withheld_stands_at_the_top_and_is_followed_up(
    draw, accept, sign, alices, stage, signed
):
    plan = accept(draw(), "opioid", reason="benefit-outweighs-risk", comment=WORDS)
    plan = sign(plan) if signed else plan
    said = top(alices.get(address(plan)))
    assert "Caution: Opioid" in said
    assert AGAINST in said
    assert WORDS in said
    assert NO_ALERTS not in said
    if signed:
        reminder = plan.reminders.get(code="AGAINST-opioid")
        assert reminder.due_date == stage.now.date() + 7 * DAY
        assert AGAINST in text_of(alices.get(address(plan, "print/")))


def test_what_is_chosen_although_it_is_avoided_stands_at_the_top_and_keeps_its_own_monitoring(
    on_sertraline, accept, sign, alices
):
    signed = sign(accept(on_sertraline, "duloxetine", **ANYWAY))
    assert "Caution: Duloxetine is chosen against the guidance" in top(alices.get(address(signed)))
    assert "M-AD14" in reminder_codes(signed)
    assert "AGAINST-duloxetine" not in reminder_codes(signed)


def test_what_is_suggested_is_not_chosen_against_the_guidance(draw, sign, alices):
    signed = sign(draw(), "duloxetine")
    assert AGAINST not in text_of(alices.get(address(signed)))
    assert not [code for code in reminder_codes(signed) if code.startswith("AGAINST-")]


@pytest.mark.parametrize(
    ("comment", "documents"),
    [
        (WORDS, True),
        ("because I want it so", True),
        ("a" * 40, False),
        ("no no no no no no no no no", False),
        ("pain team asked it", False),  # four words, too short to say why
        ("pharmacologically indicated nevertheless", False),
        ("   ", False),
    ],
)
def test_an_override_is_documented_in_a_few_different_words(comment, documents):
    assert policy.is_documented(comment) is documents
    entry: Any = {"code": "opioid", "status": "withhold", "override": "documented"}
    given: dict[str, Any] = {"reason": "benefit-outweighs-risk", "comment": comment, "has_date": False}
    if documents:
        policy.check_accept(entry, **given)
    else:
        with pytest.raises(policy.NotAllowed, match="in 4 words or more"):
            policy.check_accept(entry, **given)


# ------------------------------------------------------------------------------------------------ what is awaited


@pytest.mark.parametrize(("outcome", "awaited"), [("referred", True), ("excluded", False), ("treated", False)])
def test_the_result_of_a_referral_is_asked_for_after_two_weeks(draw, sign, stage, outcome, awaited):
    signed = sign(draw(flags={"cancer": ("history", outcome)}))
    found = signed.reminders.filter(code="RF-cancer")
    assert found.exists() is awaited
    if awaited:
        reminder = found.get()
        assert (reminder.due_date, reminder.urgency) == (stage.now.date() + 14 * DAY, 1)
        assert "Result of the referral: cancer" in reminder.text


# ------------------------------------------------------------------------------------------------ care without medicine

NO_CARE = "Nothing without medicine is in this plan"


@pytest.mark.parametrize("signed", [False, True])
def test_a_plan_of_nothing_but_a_medicine_says_so(draw, accept, decline_all, stage, alices, signed):
    plan = decline_all(accept(draw(), "duloxetine"))
    if signed:
        plan = actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    said = top(alices.get(address(plan)))
    assert NO_CARE in said
    assert NO_ALERTS not in said


def test_a_plan_of_nothing_at_all_says_so(draw, decline_all, alices):
    assert NO_CARE in top(alices.get(address(decline_all(draw()))))


def test_a_plan_with_exercise_does_not_say_so(draw, accept, decline_all, alices):
    plan = decline_all(accept(accept(draw(), "duloxetine"), "exercise-therapy"))
    assert NO_CARE not in text_of(alices.get(address(plan)))


def test_a_plan_that_is_not_decided_yet_does_not_say_so(draw, alices):
    assert NO_CARE not in text_of(alices.get(address(draw())))


# ------------------------------------------------------------------------------------------------ the top of the page


@pytest.fixture
def together(draw, accept):
    """An antidepressant and an anti-inflammatory medicine, with what protects the stomach."""
    plan = draw(medicines=("lisinopril", "metoprolol"), life=("sedentary_work", "sleep_problem", "inactive"))
    plan = accept(plan, "sertraline", reason="with-monitoring")
    plan = accept(plan, "ibuprofen", reason="with-monitoring")
    plan = accept(plan, "sertraline", reason="with-monitoring")
    return accept(plan, "omeprazole")


def test_an_alert_among_what_is_accepted_stands_at_the_top_with_its_answer(together, sign, alices):
    said = top(alices.get(address(together)))
    assert "not answered yet" in said
    assert NO_ALERTS not in said
    said = top(alices.get(address(sign(together))))
    assert "Because of what is accepted: answered, Accept with its monitoring" in said
    assert "not answered yet" not in said
    assert NO_ALERTS not in said


def test_recorded_suicide_risk_stands_at_the_top_with_what_was_recorded(draw, alices):
    said = top(alices.get(address(draw(**RISK_RECORDED))))
    assert "Recorded: " in said
    assert "Recorded about suicide risk: risk judged low; safety plan made with the patient." in said
    assert NO_ALERTS not in said


def test_only_where_nothing_is_known_the_top_says_that_there_are_no_alerts(draw, sign, alices):
    plan = draw()
    said = top(alices.get(address(plan)))
    assert NO_ALERTS in said
    assert "Recorded" not in said
    assert "Because of what is accepted" not in said
    assert NO_ALERTS in top(alices.get(address(sign(plan, "duloxetine"))))


def test_an_open_alert_takes_the_place_of_no_alerts(draw, alices):
    said = top(alices.get(address(draw(phq9="222212112"))))
    assert "Urgent: " in said
    assert NO_ALERTS not in said


# ------------------------------------------------------------------------------------------------ paper


def test_the_printed_plan_holds_what_was_signed(together, sign, alices):
    signed = sign(together)
    text = text_of(alices.get(address(signed, "print/")))
    assert "Medicines now lisinopril, metoprolol" in text
    page = presenters.plan_page(signed, list(signed.items.all()), signed.signed_at)
    assert page.together
    for alert in page.together:
        assert f"{alert.word}: {alert.title}" in text
        assert alert.text in text
    assert text.count("Answer: Accept with its monitoring") == len(page.together)
    taken = [one for block in page.blocks for one in block.offered if one.is_in_plan]
    assert {"sertraline", "ibuprofen", "omeprazole"} <= {one.code for one in taken}
    for one in taken:
        for line in [*one.speaks_for[:3], *one.speaks_against]:
            assert line.text in text, one.code
            assert all(source.short in text for source in line.sources)


def test_a_plan_without_a_combination_prints_no_answer(draw, sign, alices):
    text = text_of(alices.get(address(sign(draw(), "duloxetine"), "print/")))
    assert "Answer:" not in text
    assert "Medicines now none" in text


def test_the_printed_safety_record_holds_what_the_emergency_team_needs(draw, stage, alices):
    record = draw(
        flags={"cauda-equina": ("saddle", "open")}, weeks=6, medicines=("warfarin", "bisoprolol"), phq9="222212111",
        screen="ynnnnn",
    )  # fmt: skip
    for signed in (False, True):
        if signed:
            actions.sign_safety_record(
                by=stage.by, at=stage.now, token=None, plan=record, expected=record.version,
                actions=["emergency-transfer"], what_was_done="Sent to the emergency department.", done_at="",
            )  # fmt: skip
        for page in (address(record), address(record, "print/")):
            text = text_of(alices.get(page))
            assert "Numbness around the genitals, buttocks or back passage" in text
            assert "Suicide screener 1, yes: Have you wished you were dead" in text
            assert "Suicide screener 2, yes" not in text
            assert "Loss of bowel control" not in text
            assert "Medicines now warfarin, bisoprolol" in text
            assert ("Mon 23 Nov 2026: Contact after the safety record" in text) is signed
            assert ("Fri 27 Nov 2026: Contact after the safety record" in text) is signed
            assert "One-month review" not in text


def test_the_printed_plan_has_its_one_month_review(draw, sign, alices):
    assert "One-month review" in text_of(alices.get(address(sign(draw(), "duloxetine"), "print/")))


# ------------------------------------------------------------------------------------------------ sources

SOURCE_LINK = re.compile(r'href="#source-([^"]+)"')


@pytest.mark.parametrize("rest", ["", "print/"])
def test_every_line_of_advice_pitfalls_and_monitoring_names_a_source_of_the_list(together, sign, alices, rest):
    signed = sign(together)
    body = html.unescape(alices.get(address(signed, rest)).content.decode())
    listed = set(re.findall(r'id="source-([^"]+)"', body))
    lines = 0
    for heading in ("Advice for the patient", "Pitfalls"):
        part = body[body.index(f"{heading}</h2>") :]
        for line in re.findall(r"(?s)<li>(.*?)</li>", part[: part.index("</ul>")]):
            assert set(SOURCE_LINK.findall(line)), line
            lines += 1
    monitoring = body[body.index("Monitoring</h2>") :]
    for row in re.findall(
        r"(?s)<tr>(.*?)</tr>", monitoring[monitoring.index("<tbody>") : monitoring.index("</tbody>")]
    ):
        assert set(SOURCE_LINK.findall(row)), row
        lines += 1
    assert lines > 10
    assert set(SOURCE_LINK.findall(body)) <= listed


# ------------------------------------------------------------------------------------------------ the start


@pytest.mark.parametrize(
    ("typed", "starts"),
    [
        ("18 2 2027", date(2027, 2, 18)),  # in 90 days
        ("20 11 2026", date(2026, 11, 20)),
        ("19 2 2027", "Starts on must be within 90 days"),
        ("1 1 2099", "Starts on must be within 90 days"),
        ("19 11 2026", "Starts on must be today or later"),
    ],
)
def test_a_treatment_starts_within_three_months(draw, alices, now, typed, starts):
    import time_machine

    plan = draw()
    with time_machine.travel(now, tick=False):
        response = press(alices, address(plan), address(plan, "accept/duloxetine/"), start_date=typed)
    found = item(plan, "duloxetine")
    if isinstance(starts, date):
        assert (response.status_code, found.start_date) == (302, starts)
    else:
        assert response.status_code == 422
        assert starts in text_of(response)
        assert (found.decision, found.start_date) == (Decision.UNDECIDED, None)


# ------------------------------------------------------------------------------------------------ a change of mind


@pytest.fixture
def declined_again(on_sertraline, accept, stage):
    """Duloxetine was to replace sertraline, and is then declined."""
    plan = accept(on_sertraline, "duloxetine", replaces=["sertraline"], **ANYWAY)
    actions.decline_item(
        by=stage.by, at=stage.now, token=None, plan=plan, code="duloxetine", expected=plan.version,
        reason="patient-refuses",
    )  # fmt: skip
    return Plan.objects.get(pk=plan.pk)


def test_when_its_replacement_is_declined_again_what_is_taken_now_is_decided_again(declined_again):
    assert item(declined_again, "sertraline").decision == Decision.UNDECIDED


def test_nothing_that_is_taken_now_stops_in_silence(declined_again, sign):
    signed = sign(declined_again)
    stopped = item(signed, "sertraline").decision == Decision.DECLINED
    assert not stopped or "STOP-sertraline" in reminder_codes(signed)


def test_replaced_at_first_and_then_both_taken_it_goes_on(on_sertraline, accept):
    plan = accept(on_sertraline, "duloxetine", replaces=["sertraline"], **ANYWAY)
    assert item(plan, "sertraline").decision == Decision.NOT_CHOSEN
    plan = accept(plan, "duloxetine", replaces=[], **ANYWAY)
    assert item(plan, "sertraline").decision == Decision.UNDECIDED


def test_the_signed_page_says_that_what_is_taken_now_goes_on(on_sertraline, accept, sign, alices):
    signed = sign(accept(on_sertraline, "duloxetine", **ANYWAY))
    assert "Goes on as before" in card(alices.get(address(signed)), "sertraline")


# ------------------------------------------------------------------------------------------------ taken now


def test_what_is_taken_now_and_spoken_against_goes_on_or_stops_by_a_decision(draw, stage, alices):
    plan = draw(medicines=("sertraline", "duloxetine"))
    assert {"avoid"} == {
        entry["status"] for entry in plan.assessment["options"] if entry["code"] in ("sertraline", "duloxetine")
    }
    plan = stage.decide(plan, (), stage.now)
    with pytest.raises(actions.CannotSign, match="Decide whether sertraline goes on or stops"):
        actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    assert "Stop it…" in card(alices.get(address(plan)), "sertraline")
    press(alices, address(plan), address(plan, "decline/sertraline/"), reason="patient-refuses")
    press(
        alices, address(plan), address(plan, "accept/duloxetine/"), reason="benefit-outweighs-risk", replaces="both",
        comment="It helps her and the pain.",
    )  # fmt: skip
    plan.refresh_from_db()
    signed = actions.sign_plan(by=stage.by, at=stage.now, token=None, plan=plan, expected=plan.version)
    assert "STOP-sertraline" in reminder_codes(signed)
    shown = card(alices.get(address(signed)), "sertraline")
    assert "To be stopped" in shown
    assert "continue or adjust" not in shown


def test_already_taking_it_is_no_reason_to_stop(on_sertraline, alices):
    page = alices.get(address(on_sertraline)).content.decode()
    start = page.index('id="option-sertraline"')
    mine = page[start : page.index("</article>", start)]
    assert "Why it is to be stopped" in mine
    assert "Already done or already taking it" not in mine[mine.index("Why it is to be stopped") :]
    assert "Already done or already taking it" in page


def test_a_replaced_medicine_says_by_what(on_sertraline, accept, sign, alices):
    signed = sign(accept(on_sertraline, "duloxetine", replaces=["sertraline"], **ANYWAY))
    assert "Replaced by duloxetine" in card(alices.get(address(signed)), "sertraline")


@pytest.mark.parametrize(("answers", "first"), [(RISK_RECORDED, 7), ({}, 37)])
def test_contacts_because_of_a_risk_count_from_the_signature_and_those_of_a_medicine_from_its_start(
    draw, accept, sign, stage, answers, first
):
    start = stage.now.date() + 30 * DAY
    plan = accept(
        draw(date(2003, 3, 12), **answers), "sertraline", reason="with-monitoring", start_date=start, change="Later"
    )
    signed = sign(plan)
    contact = signed.reminders.filter(code="M-SUI7").order_by("due_date").first()
    assert (contact.due_date - stage.now.date()).days in range(first, first + 3)


def test_none_of_these_declines_what_a_choice_brought_up_too(draw, accept, alices):
    plan = accept(draw(), "duloxetine")
    plan = accept(plan, "ibuprofen", reason="with-monitoring")
    assert item(plan, "omeprazole").decision == Decision.UNDECIDED
    press(alices, address(plan), address(plan, "decline-rest/pain-medicine/"), reason="patient-refuses")
    assert item(plan, "omeprazole").decision == Decision.DECLINED


def test_a_referral_alone_is_no_care_without_medicine(draw, decline_all, accept, alices):
    plan = draw(phq9="333333330", weeks=60)
    referral = next(entry["code"] for entry in plan.assessment["options"] if entry["section"] == "referral")
    plan = decline_all(accept(plan, referral))
    assert "Nothing without medicine is in this plan" in top(alices.get(address(plan)))


def test_no_page_of_a_patient_has_a_name_in_its_title(draw, alices):
    plan = draw()
    for page in (
        address(plan),
        address(plan, "print/"),
        f"/patients/{plan.patient_id}/",
        f"/intakes/{plan.intake_id}/check/",
    ):
        body = alices.get(page).content.decode()
        title = body[body.index("<title>") : body.index("</title>")]
        assert "Rosa" not in title
        assert "INVENTED" not in title.upper()
