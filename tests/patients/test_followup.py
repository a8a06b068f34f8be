"""The worklist, reminders, and the follow-up beside its baseline."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backdep_site.models import AuditEvent
from backdep_site.submissions import AlreadyDone, Stale
from guidance.models import EditionRow
from patients.demo import follow_up_answers, intake_answers
from patients.followup import actions, presenters
from patients.models import FollowUp, Plan, PlanStatus, Reminder
from tests.pages import hidden_fields, press, text_of

DAY = timedelta(days=1)


pytestmark = pytest.mark.usefixtures("the_clock_stands")


@pytest.fixture
def patient(stage):
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now - 28 * DAY)


@pytest.fixture
def plan(stage, patient):
    """Signed 28 days ago."""
    return stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - 28 * DAY)


@pytest.fixture
def due(plan):
    return plan.reminders.get(code="M-1MO")


def start(client: Any, reminder: Reminder) -> str:
    return client.post(f"/reminders/{reminder.pk}/follow-up/").url


# ------------------------------------------------------------------------------------------------ worklist


@pytest.mark.parametrize(
    ("away", "tab"), [(-1, "overdue"), (0, "due"), (6, "due"), (7, "coming"), (-400, "overdue"), (400, "coming")]
)
def test_which_part_of_the_worklist_a_day_belongs_to(due, now, away, tab):
    Reminder.objects.exclude(pk=due.pk).delete()
    Reminder.objects.filter(pk=due.pk).update(due_date=now.date() + away * DAY)
    own = Reminder.objects.all()
    found = {name: presenters.tab_rows(own, name, now.date()).count() for name in presenters.TABS}
    assert found == {name: int(name == tab) for name in presenters.TABS}


def test_due_today_is_due_and_not_overdue(due, alices):
    Reminder.objects.exclude(pk=due.pk).delete()
    text = text_of(alices.get("/worklist/"))
    assert "Due this week 1" in text
    assert "Overdue 0" in text
    assert "(today)" in text


def test_today_is_the_clinics_own(due, alices, clinic):
    """At half past ten in London it is already tomorrow on Kiritimati."""
    Reminder.objects.exclude(pk=due.pk).delete()
    clinic.time_zone = "Pacific/Kiritimati"
    clinic.save()
    assert "Overdue 1" in text_of(alices.get("/worklist/"))


def test_the_patient_at_highest_risk_stands_first(stage, alices, plan):
    names = ("Later", "Weekly", "Emergency")
    later, weekly, emergency = (stage.patient(name, date(1980, 1, 1), "male", stage.now) for name in names)
    stage.signed(later, intake_answers(), ("duloxetine",), stage.now - 60 * DAY)
    recorded = intake_answers(phq9="222212111", screen="ynnnnn", judgement="low", safety_actions=("safety-plan",))
    stage.signed(weekly, recorded, (), stage.now - 20 * DAY)
    flags = {"cauda-equina": ("saddle", "open")}
    record = stage.plan(emergency, intake_answers(flags=flags, weeks=6), stage.now - 5 * DAY)
    from patients.plans.actions import sign_safety_record

    sign_safety_record(
        by=stage.by, at=stage.now - 5 * DAY, token=None, plan=record, expected=1, actions=[], what_was_done="Sent.",
        done_at="",
    )  # fmt: skip
    body = text_of(alices.get("/worklist/", {"tab": "overdue"}))
    assert body.index("Emergency") < body.index("Weekly") < body.index("Later")
    assert "Urgent: safety contact" in body
    assert "Urgent: suicide risk" in body


def test_without_risk_nothing_is_marked_urgent(due, alices):
    assert "Urgent" not in text_of(alices.get("/worklist/", {"tab": "due"}))


def test_an_empty_worklist_says_when_the_next_is_due(due, alices, now):
    Reminder.objects.exclude(pk=due.pk).delete()
    Reminder.objects.update(due_date=now.date() + 10 * DAY)
    assert "Nothing is overdue. The next one is due Mon 30 Nov 2026" in text_of(
        alices.get("/worklist/", {"tab": "overdue"})
    )


def test_the_worklist_shows_the_last_scores_and_their_direction(stage, plan, alices):
    stage.followed_up(plan, follow_up_answers(phq9="111110110", peg=(3, 4, 4)), stage.now)
    text = text_of(alices.get("/worklist/", {"tab": "coming"}))
    assert "PHQ-9 7 (down 5)" in text


def test_the_worklist_costs_the_same_for_one_patient_and_for_sixty(stage, plan, alices, django_assert_max_num_queries):
    def count() -> int:
        alices.get("/worklist/", {"tab": "overdue"})
        with django_assert_max_num_queries(15) as queries:
            alices.get("/worklist/", {"tab": "overdue"})
        return len(queries.captured_queries)

    Reminder.objects.filter(plan=plan).update(due_date=stage.now.date() - 5 * DAY)
    few = count()
    for number in range(60):
        one = stage.patient(f"P{number}", date(1980, 1, 1), "male", stage.now)
        Plan.objects.create(
            patient=one, kind="plan", status="active", number=1, edition=plan.edition, fingerprint=plan.fingerprint,
            facts=plan.facts, assessment=plan.assessment, checked=plan.checked, created_at=stage.now,
            created_by=stage.by, signed_at=stage.now, signed_by=stage.by,
        )  # fmt: skip
        Reminder.objects.create(
            patient=one, plan=one.plans.get(), code="M-1MO", day=28, text="x", due_date=stage.now.date() - 2 * DAY
        )
    assert count() == few
    text = text_of(alices.get("/worklist/", {"tab": "overdue"}))
    assert "Page 1 of 2" in text
    for address in ("/patients/", "/patients/?q=invented"):
        with django_assert_max_num_queries(15):
            alices.get(address)


# ------------------------------------------------------------------------------------------------ reminders


def test_a_reminder_that_was_carried_out_is_done(plan, alices, alice):
    reminder = plan.reminders.get(code="M-AD14")
    press(alices, f"/reminders/{reminder.pk}/", what="done", note="No new restlessness")
    reminder.refresh_from_db()
    assert (reminder.status, reminder.closed_by, reminder.note) == ("done", alice, "No new restlessness")
    assert reminder.attempts.get().outcome == "reached"
    assert "INVENTED, Rosa" in text_of(alices.get("/worklist/", {"tab": "done"}))


@pytest.mark.parametrize("what", ["no-answer", "left-message"])
def test_nobody_reached_keeps_it_on_the_list(plan, alices, what):
    reminder = plan.reminders.get(code="M-AD14")
    press(alices, f"/reminders/{reminder.pk}/", what=what)
    reminder.refresh_from_db()
    assert reminder.status == "open"
    assert reminder.attempts.get().outcome == what
    assert "1 contact attempt" in text_of(alices.get("/worklist/", {"tab": "overdue"}))


def test_a_reminder_moves_to_a_working_day_with_a_reason(plan, alices):
    reminder = plan.reminders.get(code="M-3MO")
    page = f"/reminders/{reminder.pk}/"
    fields = hidden_fields(alices.get(page)) | {"what": "move"}
    alices.post(page, {**fields, "due": "28 11 2026", "reason": "Holiday"})  # a Saturday
    reminder.refresh_from_db()
    assert (reminder.due_date, reminder.note) == (date(2026, 11, 30), "Holiday")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"due": "", "reason": "x"}, "The new date must be a date, like 27 3 2026"),
        ({"due": "19 11 2026", "reason": "x"}, "The new date must be today or later"),
        ({"due": "1 1 2031", "reason": "x"}, "The new date must be within a year"),
        ({"due": "1 12 2026", "reason": ""}, "Enter why it is moved"),
    ],
)
def test_a_move_that_is_not_possible_says_why(plan, alices, typed, said):
    reminder = plan.reminders.get(code="M-3MO")
    page = f"/reminders/{reminder.pk}/"
    fields = hidden_fields(alices.get(page)) | {"what": "move"}
    response = alices.post(page, {**fields, **typed})
    assert response.status_code == 422
    assert said in text_of(response)
    assert Reminder.objects.get(pk=reminder.pk).due_date == reminder.due_date


def test_a_reminder_is_done_once(plan, alices):
    reminder = plan.reminders.get(code="M-AD14")
    fields = hidden_fields(alices.get(f"/reminders/{reminder.pk}/"))
    for _ in range(2):
        assert alices.post(f"/reminders/{reminder.pk}/", {**fields, "what": "done"}).status_code == 302
    assert reminder.attempts.count() == 1


@pytest.mark.parametrize(("code", "what"), [("M-AD14", ""), ("M-AD14", "zzz"), ("M-1MO", "done")])
def test_what_happened_is_said_with_a_button(plan, alices, code, what):
    reminder = plan.reminders.get(code=code)
    fields = hidden_fields(alices.get(f"/reminders/{reminder.pk}/"))
    response = alices.post(f"/reminders/{reminder.pk}/", {**fields, "what": what, "note": "Felt better"})
    assert response.status_code == 422
    assert "Select what happened with one of the buttons" in text_of(response)
    assert "Felt better" in response.content.decode()
    reminder.refresh_from_db()
    assert reminder.status == "open"


def test_an_old_page_does_not_close_what_somebody_else_moved(plan, alices, signed_in, bob):
    reminder = plan.reminders.get(code="M-AD14")
    mine = hidden_fields(alices.get(f"/reminders/{reminder.pk}/"))
    press(signed_in(bob), f"/reminders/{reminder.pk}/", what="no-answer")
    response = alices.post(f"/reminders/{reminder.pk}/", {**mine, "what": "done", "note": "All well"})
    assert response.status_code == 409
    reminder.refresh_from_db()
    assert reminder.status == "open"


# ------------------------------------------------------------------------------------------------ the form


def test_a_follow_up_starts_once_with_the_medicines_of_the_plan(due, alices, signed_in, bob):
    address = start(alices, due)
    assert start(signed_in(bob), due) == address
    assert FollowUp.objects.count() == 1
    assert 'value="duloxetine"' in alices.get(address).content.decode().lower()


def test_the_database_allows_one_follow_up_in_progress(due, plan, stage, alices):
    start(alices, due)
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.create(
            patient=plan.patient, plan=plan, contact_date=stage.now.date(), started_at=stage.now, started_by=stage.by,
            updated_at=stage.now, updated_by=stage.by,
        )  # fmt: skip


def test_without_a_plan_in_use_there_is_nothing_to_compare_with(stage, patient, alices):
    draft = stage.plan(patient, intake_answers(), stage.now)
    response = alices.post(f"/plans/{draft.pk}/follow-up/")
    assert response.status_code == 409
    assert not FollowUp.objects.exists()


def test_it_is_saved_incomplete_and_says_what_is_open(due, alices):
    address = start(alices, due)
    response = press(alices, address, phq9_1="3")
    assert response.status_code == 422
    assert "There is a problem" in text_of(response)
    assert FollowUp.objects.get().answers["phq9_1"] == ["3"]


def test_a_stale_save_shows_both_versions(due, alices, signed_in, bob):
    address = start(alices, due)
    mine = hidden_fields(alices.get(address))
    press(signed_in(bob), address, phq9_1="0", go="exit")
    response = alices.post(address, {**mine, "phq9_1": "3"})
    assert response.status_code == 409
    text = text_of(response)
    assert "Not at all" in text
    assert "Nearly every day" in text
    assert FollowUp.objects.get().answers["phq9_1"] == ["0"]


def test_pressing_save_twice_saves_once(due, alices):
    address = start(alices, due)
    fields = hidden_fields(alices.get(address))
    for _ in range(2):
        alices.post(address, {**fields, "phq9_1": "3", "go": "exit"})
    assert FollowUp.objects.get().revision == 2


def posted(**answers: Any) -> dict[str, Any]:
    return {name: values if len(values) > 1 else values[0] for name, values in follow_up_answers(**answers).items()}


def test_the_same_questions_are_compared_with_the_baseline(due, alices):
    address = start(alices, due)
    response = press(alices, address, **posted(phq9="111110110", peg=(3, 4, 4)))
    assert response.url == f"{address}result/"
    text = text_of(alices.get(response.url))
    assert "12 of 27" in text
    assert "7 of 27" in text
    assert "-5, 42 %" in text
    assert "not completed yet" in text
    assert Reminder.objects.get(pk=due.pk).status == "open"


@pytest.fixture
def completed(due, alices):
    def run(**answers: Any) -> FollowUp:
        address = start(alices, due)
        press(alices, address, **posted(**answers))
        press(alices, f"{address}result/")
        return FollowUp.objects.get()

    return run


def test_completing_closes_the_reminder_and_keeps_the_answer(completed, due, alice):
    found = completed(phq9="111110110", peg=(3, 4, 4))
    assert (found.status, found.completed_by) == ("completed", alice)
    assert found.review["depression"]["class"] == "partial"
    due.refresh_from_db()
    assert due.status == "done"
    assert found.question["day"] == 28


def test_completing_twice_is_one_completion(due, alices):
    address = start(alices, due)
    press(alices, address, **posted(phq9="111110110", peg=(3, 4, 4)))
    fields = hidden_fields(alices.get(f"{address}result/"))
    for _ in range(2):
        assert alices.post(f"{address}result/", fields).status_code == 302
    assert AuditEvent.objects.filter(event="follow-up.completed").count() == 1


def test_completing_from_an_old_page_is_refused(due, alices, signed_in, bob):
    address = start(alices, due)
    press(alices, address, **posted(phq9="111110110", peg=(3, 4, 4)))
    mine = hidden_fields(alices.get(f"{address}result/"))
    press(signed_in(bob), address, **posted(phq9="333333333", peg=(9, 9, 9)), go="on")
    response = alices.post(f"{address}result/", mine, follow=True)
    assert "changed after you opened this page" in text_of(response)
    assert FollowUp.objects.get().status == "draft"


def test_a_completed_follow_up_is_read_only(completed, alices):
    found = completed(phq9="111110110", peg=(3, 4, 4))
    assert alices.get(f"/follow-ups/{found.pk}/").url == f"/follow-ups/{found.pk}/result/"
    alices.post(f"/follow-ups/{found.pk}/", {"version": "1", "phq9_1": "0"})
    found.refresh_from_db()
    assert found.answers["phq9_1"] == ["1"]


def test_a_missing_score_has_no_class(completed):
    found = completed(phq9="111110110", peg=(3, 4, 4))
    assert found.review["pain"]["class"] is not None


def test_an_open_item_gives_no_class_and_never_a_zero(due, alices):
    address = start(alices, due)
    answers = posted(phq9="111110110", peg=(3, 4, 4))
    del answers["phq9_3"]
    press(alices, address, **answers, go="on")
    text = text_of(alices.get(f"{address}result/"))
    assert "Not known" in text
    assert "Cannot be told: a score is missing" in text


def test_worse_says_so_and_what_to_do(completed, alices):
    found = completed(phq9="322222220", peg=(8, 8, 8))
    assert found.review["depression"]["class"] == "worse"
    text = text_of(alices.get(f"/follow-ups/{found.pk}/result/"))
    assert "Worse" in text
    assert "Suggested next steps" in text


def test_a_new_red_flag_pauses_the_plan(due, alices, plan):
    address = start(alices, due)
    answers = posted(phq9="111110110", peg=(3, 4, 4)) | {"new_flags": "yes", "flag_cauda-equina": "saddle"}
    press(alices, address, **answers, go="on")
    text = text_of(alices.get(f"{address}result/"))
    assert "Urgent care first" in text
    press(alices, f"{address}result/")
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PAUSED


def test_without_a_red_flag_the_plan_goes_on(completed, plan):
    completed(phq9="111110110", peg=(3, 4, 4))
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ACTIVE


def test_item_9_at_the_follow_up_holds_the_next_plan(due, alices):
    address = start(alices, due)
    press(alices, address, **posted(phq9="111110111", peg=(3, 4, 4)), go="on")
    press(alices, f"{address}result/")
    found = FollowUp.objects.get()
    assert found.review["gate"] == "held"
    response = press(alices, f"{address}result/", f"/follow-ups/{found.pk}/plan/")
    text = text_of(alices.get(response.url))
    assert "Assess the suicide risk before signing" in text
    assert "Record it in a new follow-up or a new assessment" in text


def test_the_next_plan_comes_from_the_follow_up_and_replaces_the_old_when_signed(completed, plan, stage, alices):
    found = completed(phq9="211111110", peg=(5, 5, 5))
    button = f"/follow-ups/{found.pk}/plan/"
    fields = hidden_fields(alices.get(f"/follow-ups/{found.pk}/result/"), button)
    first, second = alices.post(button, fields), alices.post(button, fields)
    assert first.url == second.url
    draft = Plan.objects.get(status="draft")
    assert (draft.follow_up, draft.number) == (found, 2)
    assert draft.facts["phq9"] == [2, 1, 1, 1, 1, 1, 1, 1, 0]
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ACTIVE
    draft = stage.decide(draft, ("duloxetine",), stage.now)
    from patients.plans.actions import sign_plan

    sign_plan(by=stage.by, at=stage.now, token=None, plan=draft, expected=draft.version)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.REPLACED


def test_no_plan_is_drawn_from_a_follow_up_in_progress(due, alices):
    address = start(alices, due)
    found = FollowUp.objects.get()
    assert alices.post(f"/follow-ups/{found.pk}/plan/").url == f"{address}result/"
    assert not Plan.objects.filter(status="draft").exists()


def test_guidance_that_fails_is_said_and_nothing_is_completed(due, alices):
    address = start(alices, due)
    press(alices, address, **posted(phq9="111110110", peg=(3, 4, 4)))
    fields = hidden_fields(alices.get(f"{address}result/"))
    EditionRow.objects.filter(kind="options").first().delete()
    from guidance import evaluation

    evaluation._loaded.clear()
    for response in (alices.get(f"{address}result/"), alices.post(f"{address}result/", fields), alices.get(address)):
        assert response.status_code == 503
        assert "Do not treat this as no alerts" in text_of(response)
    assert FollowUp.objects.get().status == "draft"


def test_used_tokens_and_old_versions_write_nothing(due, plan, stage):
    follow_up = actions.start_follow_up(by=stage.by, at=stage.now, plan=plan, reminder=due, answers={})
    token = uuid.uuid4()
    given: dict[str, Any] = {
        "by": stage.by, "at": stage.now, "follow_up": follow_up, "typed": {}, "contact_date": None, "expected": 1,
    }  # fmt: skip
    actions.save_follow_up(token=token, **given)
    with pytest.raises(AlreadyDone):
        actions.save_follow_up(token=token, **given)
    with pytest.raises(Stale):
        actions.save_follow_up(token=None, **given)


@pytest.mark.parametrize("page", ["", "result/"])
def test_follow_up_pages_cost_few_queries(due, alices, page, django_assert_max_num_queries):
    address = start(alices, due)
    alices.get(address + page)
    with django_assert_max_num_queries(15):
        alices.get(address + page)
