"""Two people in the same moment, each with a connection of their own: one of them is first, nothing is half done.

What is slow is stopped at a chosen place inside the action, so that the other one surely arrives in the middle of it.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from backdep_site.models import AuditEvent
from backdep_site.submissions import Stale
from patients.demo import Stage, follow_up_answers, intake_answers
from patients.intake import actions as intakes
from patients.models import FollowUp, Intake, IntakeStatus, Patient, Plan, PlanStatus, Reminder
from patients.plans import actions as plans
from tests.pages import hidden_fields, text_of

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
LONGEST_WAIT = 20
"""Seconds. Nothing here takes as long; a thread that does is a failure."""
MEANWHILE = 0.5
"""Seconds in which the other one is either done or waiting for the database."""


@pytest.fixture(autouse=True)
def _a_database_that_threads_can_share(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """SQLite's database of the tests lives in memory, where connections do not wait for each other as they do in a
    file. For these tests it is a file, with the settings of the program."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    in_memory, name = connections["default"], connections.settings["default"]["NAME"]
    file = tmp_path / "races.sqlite3"
    with closing(sqlite3.connect(file)) as copy:
        in_memory.connection.backup(copy)
    connections.settings["default"]["NAME"] = str(file)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = in_memory
        connections.settings["default"]["NAME"] = name


class Together:
    """People who act at the same time: `do` starts one, the block's end waits for all; then `came` of them."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.came: dict[str, Any] = {}

    def do(self, name: str, action: Callable[[], Any]) -> threading.Event:
        """Start an action in a thread of its own. The event is set when it is over, one way or the other."""
        over = threading.Event()

        def run() -> None:
            try:
                self.came[name] = action()
            except BaseException as error:
                self.came[name] = error
            finally:
                connections.close_all()
                over.set()

        thread = threading.Thread(target=run, name=name, daemon=True)
        self.threads.append(thread)
        thread.start()
        return over

    def wait(self) -> None:
        for thread in self.threads:
            thread.join(LONGEST_WAIT)
            assert not thread.is_alive(), f"{thread.name} waits for ever"


@contextmanager
def together() -> Iterator[Together]:
    """Everybody who is started in the block has finished when it ends."""
    people = Together()
    yield people
    people.wait()


class Stop:
    """A place inside an action where it stops until it is let go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self._there, self._go_on = threading.Event(), threading.Event()
        real = getattr(module, name)

        def stopping(*args: Any, **kwargs: Any) -> Any:
            if threading.current_thread() is not threading.main_thread() and not self._there.is_set():
                self._there.set()
                assert self._go_on.wait(LONGEST_WAIT), "nobody let it go on"
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, stopping)

    def is_reached(self) -> None:
        assert self._there.wait(LONGEST_WAIT), "the action never came here"

    def go_on(self) -> None:
        self._go_on.set()


@pytest.fixture
def patient(stage: Stage) -> Patient:
    return stage.patient("Rosa", date(1984, 3, 12), "female", stage.now - 30 * DAY)


@pytest.fixture
def intake(stage: Stage, patient: Patient) -> Intake:
    """Complete, and no plan drawn."""
    return stage.intake(patient, intake_answers(), stage.now)


@pytest.fixture
def decided(stage: Stage, patient: Patient) -> Plan:
    """Nothing stands between it and its signature."""
    return stage.decide(stage.plan(patient, intake_answers(), stage.now), ("duloxetine",), stage.now)


def assert_no_signed_plan_is_older_than_its_answers() -> None:
    """A completed assessment says what its signed plan was made from."""
    for intake in Intake.objects.filter(status=IntakeStatus.COMPLETED):
        signed = intake.plans.filter(status=PlanStatus.ACTIVE)
        assert [plan.intake_revision for plan in signed] == [intake.revision]
    for plan in Plan.objects.filter(status=PlanStatus.ACTIVE, intake__isnull=False):
        assert plan.intake.status == IntakeStatus.COMPLETED


# ------------------------------------------------------------------------------------------------ drawing


def assert_one_draft(patient: Patient, *, drawn: int) -> None:
    found = list(Plan.objects.filter(patient=patient, signed_at=None).order_by("number"))
    assert [plan.status for plan in found] == [PlanStatus.REPLACED] * (drawn - 1) + [PlanStatus.DRAFT]
    numbers = [plan.number for plan in found]
    assert numbers == list(range(numbers[0], numbers[0] + drawn))
    assert all(plan.items.exists() for plan in found)


def all_at_once(people: Together, count: int, action: Callable[[int], Any]) -> None:
    """``count`` people who press in the same moment."""
    ready = threading.Barrier(count)

    def press(number: int) -> Any:
        ready.wait(LONGEST_WAIT)
        return action(number)

    for number in range(count):
        people.do(str(number), lambda number=number: press(number))


@pytest.mark.parametrize("round_", range(2))
def test_four_who_draw_the_plan_at_once_get_a_page_each_and_leave_one_draft(intake, patient, signed_in, alice, round_):
    clients = [signed_in(alice) for _ in range(4)]
    page = f"/intakes/{intake.pk}/plan/"

    def draw(number: int) -> Any:
        return clients[number].post(page, {"token": str(uuid.uuid4()), "version": str(intake.revision)})

    with together() as people:
        all_at_once(people, 4, draw)
    assert {getattr(one, "status_code", one) for one in people.came.values()} == {302}
    assert len({one.url for one in people.came.values()}) == 4
    assert_one_draft(patient, drawn=4)
    assert AuditEvent.objects.filter(event="plan.drawn").count() == 4


def test_one_who_presses_draw_four_times_draws_one_plan(intake, patient, signed_in, alice):
    clients = [signed_in(alice) for _ in range(4)]
    fields = {"token": str(uuid.uuid4()), "version": str(intake.revision)}
    with together() as people:
        all_at_once(people, 4, lambda number: clients[number].post(f"/intakes/{intake.pk}/plan/", fields))
    assert {getattr(one, "url", one) for one in people.came.values()} == {f"/plans/{Plan.objects.get().pk}/"}
    assert_one_draft(patient, drawn=1)


def test_four_who_draw_the_next_plan_from_a_follow_up_leave_one_draft(stage, patient, signed_in, alice):
    plan = stage.signed(patient, intake_answers(), ("duloxetine",), stage.now - 30 * DAY)
    stage.followed_up(plan, follow_up_answers(phq9="211111110", peg=(5, 5, 5)), stage.now - DAY)
    page = f"/follow-ups/{FollowUp.objects.get().pk}/plan/"
    clients = [signed_in(alice) for _ in range(4)]
    with together() as people:
        all_at_once(people, 4, lambda number: clients[number].post(page, {"token": str(uuid.uuid4())}))
    assert {getattr(one, "status_code", one) for one in people.came.values()} == {302}
    assert_one_draft(patient, drawn=4)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.ACTIVE


def test_plans_of_different_patients_do_not_wait_for_each_other_for_ever(stage, intake, patient, signed_in, alice):
    other = stage.patient("Bea", date(1980, 1, 1), "female", stage.now)
    pages = {one.pk: one for one in (intake, stage.intake(other, intake_answers(), stage.now))}
    clients = {pk: signed_in(alice) for pk in pages}
    with together() as people:
        for pk, one in pages.items():
            people.do(
                str(pk), lambda pk=pk, one=one: clients[pk].post(f"/intakes/{pk}/plan/", {"version": one.revision})
            )
    assert {getattr(one, "status_code", one) for one in people.came.values()} == {302}
    for one in (patient, other):
        assert_one_draft(one, drawn=1)


# ------------------------------------------------------------------------------------------------ signing


def sign(client: Client, plan: Plan) -> Callable[[], Any]:
    fields = hidden_fields(client.get(f"/plans/{plan.pk}/"), f"/plans/{plan.pk}/sign/")
    return lambda: client.post(f"/plans/{plan.pk}/sign/", fields)


# after the reasons against a signature were looked at; and when the assessment is closed, before anything is final
PLACES = ["_make_reminders", "_record"]


@pytest.mark.parametrize("place", PLACES)
def test_answers_saved_while_a_colleague_signs_are_not_lost_behind_the_signature(
    decided, alices, signed_in, bob, monkeypatch, place
):
    bobs, intake = signed_in(bob), decided.intake
    page = f"/intakes/{intake.pk}/mood/"
    fields = {**hidden_fields(bobs.get(page)), "phq9_9": "3", "go": "on"}
    press_sign = sign(alices, decided)
    stop = Stop(monkeypatch, plans, place)
    with together() as people:
        people.do("signature", press_sign)
        stop.is_reached()
        saved = people.do("save", lambda: bobs.post(page, fields))
        saved.wait(MEANWHILE)
        stop.go_on()
    signature, save = people.came["signature"], people.came["save"]
    decided.refresh_from_db()
    intake.refresh_from_db()
    assert_no_signed_plan_is_older_than_its_answers()
    if intake.status == IntakeStatus.COMPLETED:
        # the signature came first: what was typed is refused in words
        assert (signature.status_code, save.status_code) == (302, 409)
        assert "phq9_9" not in intake.answers["mood"] or intake.answers["mood"]["phq9_9"] == ["0"]
        assert decided.status == PlanStatus.ACTIVE
    else:
        # the answers came first: the signature is refused in words, and nothing of it is there
        assert (signature.status_code, save.status_code) == (422, 302)
        assert "Answers changed after this plan was made" in text_of(signature)
        assert intake.answers["mood"]["phq9_9"] == ["3"]
        assert decided.status == PlanStatus.DRAFT
        assert not Reminder.objects.exists()
        assert not AuditEvent.objects.filter(event="plan.signed").exists()


@pytest.mark.parametrize("place", PLACES)
def test_an_assessment_is_not_discarded_and_signed_at_once(decided, stage, bob, monkeypatch, place):
    intake = decided.intake
    stop = Stop(monkeypatch, plans, place)
    with together() as people:
        people.do(
            "signature",
            lambda: plans.sign_plan(
                by=stage.by, at=stage.now, token=uuid.uuid4(), plan=decided, expected=decided.version
            ),
        )
        stop.is_reached()
        discarded = people.do(
            "discard",
            lambda: intakes.discard_intake(
                by=bob, at=stage.now, token=uuid.uuid4(), intake=intake, expected=intake.revision, reason=""
            ),
        )
        discarded.wait(MEANWHILE)
        stop.go_on()
    refused = {name: type(came) for name, came in people.came.items() if isinstance(came, BaseException)}
    assert refused in ({"discard": Stale}, {"signature": plans.CannotSign})
    intake.refresh_from_db()
    decided.refresh_from_db()
    assert (intake.status, decided.status) in (
        (IntakeStatus.COMPLETED, PlanStatus.ACTIVE),
        (IntakeStatus.DISCARDED, PlanStatus.DRAFT),
    )


def test_four_who_sign_at_once_sign_once(decided, alices, alice, signed_in):
    fields = hidden_fields(alices.get(f"/plans/{decided.pk}/"), f"/plans/{decided.pk}/sign/")
    clients = [signed_in(alice) for _ in range(4)]

    def press(number: int) -> Any:
        return clients[number].post(f"/plans/{decided.pk}/sign/", {**fields, "token": str(uuid.uuid4())})

    with together() as people:
        all_at_once(people, 4, press)
    assert sorted(getattr(one, "status_code", 0) for one in people.came.values()) == [302, 409, 409, 409], people.came
    assert Plan.objects.get().status == PlanStatus.ACTIVE
    assert AuditEvent.objects.filter(event="plan.signed").count() == 1
    assert Reminder.objects.filter(plan=decided, code="M-1MO").count() == 1


@pytest.mark.parametrize("place", PLACES)
def test_a_new_version_drawn_while_a_colleague_signs_is_refused(decided, alices, signed_in, bob, monkeypatch, place):
    bobs, intake = signed_in(bob), decided.intake
    press_sign = sign(alices, decided)
    stop = Stop(monkeypatch, plans, place)
    with together() as people:
        people.do("signature", press_sign)
        stop.is_reached()
        drawn = people.do("draw", lambda: bobs.post(f"/intakes/{intake.pk}/plan/", {"version": str(intake.revision)}))
        drawn.wait(MEANWHILE)
        stop.go_on()
    assert {name: getattr(came, "status_code", came) for name, came in people.came.items()} == {
        "signature": 302, "draw": 409,
    }  # fmt: skip
    decided.refresh_from_db()
    assert decided.status == PlanStatus.ACTIVE
    assert Plan.objects.filter(status=PlanStatus.ACTIVE).count() == 1
    assert not Plan.objects.filter(status=PlanStatus.DRAFT).exists()
    assert_no_signed_plan_is_older_than_its_answers()


# ------------------------------------------------------------------------------------------------ saving


def test_four_who_save_the_same_step_at_once_keep_one_and_lose_none(intake, signed_in, alice, alices):
    page = f"/intakes/{intake.pk}/mood/"
    version = hidden_fields(alices.get(page))["version"]
    clients = [signed_in(alice) for _ in range(4)]

    def save(number: int) -> Any:
        typed = {"version": version, "token": str(uuid.uuid4()), "safety_note": f"note {number}", "go": "on"}
        return clients[number].post(page, typed)

    with together() as people:
        all_at_once(people, 4, save)
    found = {name: getattr(came, "status_code", came) for name, came in people.came.items()}
    assert sorted(found.values(), key=str) == [302, 409, 409, 409], found
    (kept,) = Intake.objects.get().answers["mood"]["safety_note"]
    for name, came in people.came.items():
        assert f"note {name}" in (kept if found[name] == 302 else text_of(came))


def test_one_press_that_arrives_four_times_in_the_same_moment_is_saved_once(intake, signed_in, alice, alices):
    page = f"/intakes/{intake.pk}/mood/"
    typed = {**hidden_fields(alices.get(page)), "safety_note": "Once", "go": "on"}
    clients = [signed_in(alice) for _ in range(4)]
    with together() as people:
        all_at_once(people, 4, lambda number: clients[number].post(page, typed))
    assert {getattr(one, "status_code", one) for one in people.came.values()} == {302}
    before = intake.revision
    assert Intake.objects.get().revision == before + 1


def test_four_who_save_a_step_each_lose_nothing(stage, patient, signed_in, alice):
    intake = intakes.start_intake(by=alice, at=stage.now, patient=patient)
    steps = ("mood", "pain", "health", "life")
    clients = [signed_in(alice) for _ in steps]

    def save(number: int) -> Any:
        typed = {"version": "0", "token": str(uuid.uuid4()), "go": "on"}
        return clients[number].post(f"/intakes/{intake.pk}/{steps[number]}/", typed)

    with together() as people:
        all_at_once(people, 4, save)
    assert {getattr(one, "status_code", one) for one in people.came.values()} == {302}
    assert set(Intake.objects.get().saved_by_step) == set(steps)
