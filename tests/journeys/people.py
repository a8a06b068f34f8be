"""What a clinician does at the screen, in sentences; and what is looked at on every page on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.conftest import PASSWORD

WIDTHS = (1280, 390)
SECONDS = 1000


class Person:
    """Somebody in front of a browser window."""

    def __init__(self, username: str, page: Page, mirror: Page | None = None) -> None:
        self.username, self.page, self.mirror = username, page, mirror
        self.complaints: list[str] = []
        self.looked_at: list[str] = []
        page.set_default_timeout(15 * SECONDS)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        # the browser reports every answer that is no success, also a form with something to mend (422)
        if message.type == "error" and "422" not in message.text:
            self.complaints.append(f"console: {message.text}")

    # ------------------------------------------------------------------------------------- on every page

    def looks_at_the_page(self) -> None:
        """No accessibility rule is broken and nothing sticks out, on a desktop and on a phone."""
        seen = self.page
        if self.mirror is not None:
            # the rules need a script of their own: the same page again, in a window that runs scripts but loads none
            seen = self.mirror
            seen.goto("/healthz")
            seen.set_content(self.page.content())
        for width in WIDTHS:
            seen.set_viewport_size({"width": width, "height": 900})
            wide = seen.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{self.page.url} is {wide} px too wide at {width}"
            found = Axe().run(seen)
            assert found.violations_count == 0, f"{self.page.url} at {width} px:\n{found.generate_report()}"
        seen.set_viewport_size({"width": WIDTHS[0], "height": 900})
        assert not self.complaints, f"{self.page.url}: {self.complaints}"
        self.looked_at.append(self.page.title())

    def reads(self, *sentences: str) -> None:
        """The page says all of this."""
        for sentence in sentences:
            expect(self.page.locator("main")).to_contain_text(re.compile(re.escape(sentence), re.IGNORECASE))

    def does_not_read(self, *sentences: str) -> None:
        """The page says none of this."""
        for sentence in sentences:
            expect(self.page.locator("main")).not_to_contain_text(re.compile(re.escape(sentence), re.IGNORECASE))

    def reads_beside(self, sentence: str) -> None:
        """The alerts beside the form say this."""
        expect(self.page.get_by_label("Alerts so far")).to_contain_text(re.compile(re.escape(sentence), re.IGNORECASE))

    def sees(self, sentence: str) -> bool:
        """Whether this is on the screen, not hidden."""
        return self.page.get_by_text(sentence).first.is_visible()

    # ------------------------------------------------------------------------------------- hands

    def _control(self, name: str, value: str = "") -> Locator:
        return self.page.locator(f'[name="{name}"]' + (f'[value="{value}"]' if value else ""))

    def picks(self, name: str, *values: str) -> None:
        """Click the answers, as a user does: on their labels."""
        for value in values:
            control = self._control(name, value)
            if control.is_checked():
                continue
            label = self.page.locator("label", has=control)
            (label if label.count() else self.page.locator(f'label[for="{control.get_attribute("id")}"]')).click()
            assert control.is_checked(), f"{name} is not {value}"

    def ticks(self, name: str) -> None:
        control = self._control(name)
        if not control.is_checked():
            self.page.locator(f'label[for="{control.get_attribute("id")}"]').first.click()
        assert control.is_checked(), name

    def types(self, name: str, text: str) -> None:
        self._control(name).fill(text)

    def selects(self, name: str, value: str) -> None:
        self._control(name).select_option(value)

    def presses(self, button: str, *, within: Locator | None = None) -> None:
        place = within or self.page.locator("main")
        place.get_by_role("button", name=button, exact=True).click()

    def follows(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()

    # ------------------------------------------------------------------------------------- sentences

    def signs_in(self, arriving_at: str = "Worklist") -> None:
        self.page.goto("/")
        self.looks_at_the_page()
        self.page.get_by_label("Username").fill(self.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.presses("Sign in")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(arriving_at)

    def adds_a_patient(self, given: str, family: str, born: str, sex: str = "female") -> None:
        self.follows("Patients")
        self.looks_at_the_page()
        self.follows("Add patient")
        self.looks_at_the_page()
        self.types("family_name", family)
        self.types("given_name", given)
        self.types("birth_date", born)
        self.picks("sex_at_birth", sex)
        self.types("record_number", "R-1")
        self.presses("Add patient")
        self.reads("Patient added")

    def starts_an_assessment(self) -> None:
        self.looks_at_the_page()
        self.presses("Start assessment")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Mood and safety")

    def answers_phq9(self, digits: str) -> None:
        for number, digit in enumerate(digits, 1):
            self.picks(f"phq9_{number}", digit)

    def answers_peg(self, *numbers: int) -> None:
        for place, number in enumerate(numbers, 1):
            self.picks(f"peg_{place}", str(number))

    def answers_the_rest_about_mood(self) -> None:
        self.picks("phq9_difficulty", "1")
        self.picks("past_attempt", "no")
        self.picks("depression_diagnosis", "yes")
        self.picks("mania", "no")
        self.picks("psychosis", "no")

    def answers_pain(self, *, weeks: int = 34) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Pain and red flags")
        self.looks_at_the_page()
        self.answers_peg(6, 7, 6)
        self.picks("duration", "under-4" if weeks < 4 else "4-to-12" if weeks <= 12 else "over-12")
        self.types("duration_weeks", str(weeks))
        self.picks("sites", "lower-back")
        self.picks("leg", "none")

    def answers_health(self, *, sex: str = "female", medicines: Sequence[str] = ()) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Health and medicines")
        self.looks_at_the_page()
        self.picks("condition_hypertension", "no")
        self.presses("No to all the others")
        expect(self._control("condition_falls", "no")).to_be_checked()
        self.types("egfr", ">60")
        self.types("blood_pressure", "124/78")
        if sex == "female":
            self.picks("pregnancy", "not-pregnant")
            self.picks("breastfeeding", "no")
        for number, name in enumerate(medicines, 1):
            self.types(f"medicine_{number}", name)
        self.ticks("medicines_complete" if medicines else "medicines_none")
        self.picks("allergies", "none")

    def answers_life(self) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Life and treatment so far")
        self.looks_at_the_page()
        self.picks("safety_sensitive_work", "no")
        self.picks("life", "sedentary_work", "sleep_problem")
        self.selects("tried_naproxen", "no-response")
        self.selects("adequate_naproxen", "yes")
        self.picks("prefers_therapy", "wants")
        self.picks("prefers_medicines", "wants")

    def goes_on(self) -> None:
        self.presses("Save and continue")

    def creates_the_plan(self) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Check and create plan")
        self.looks_at_the_page()
        self.presses("Create plan")

    def accepts(self, code: str) -> None:
        card = self.page.locator(f"#option-{code}")
        card.get_by_role("button", name=re.compile("^Accept")).first.click()
        expect(self.page.locator(f"#option-{code}")).to_contain_text("Accepted")

    def accepts_with_monitoring(self, code: str) -> None:
        card = self.page.locator(f"#option-{code}")
        details = card.locator("details", has_text="Accept…").first
        if details.get_attribute("open") is None:
            details.locator("summary").click()
        details.locator('[name="reason"]').select_option("with-monitoring")
        details.get_by_role("button", name=re.compile("^Accept ")).click()
        expect(self.page.locator(f"#option-{code}")).to_contain_text("Accepted")

    def declines_the_rest_of(self, section: str) -> None:
        part = self.page.locator(f"#section-{section}")
        part.get_by_text("None of these: decline what is still open…").click()
        part.locator(f"#none-{section}").select_option("prefers-alternative")
        part.get_by_role("button", name=re.compile("^Decline what is open in")).click()

    def accepts_the_remaining(self) -> None:
        sign = self.page.locator("#sign")
        sign.locator("summary").click()
        sign.get_by_role("button", name=re.compile("^Accept these")).click()

    def opens_the_step(self, name: str) -> None:
        self.page.get_by_label("Sections of the assessment").get_by_role(
            "link", name=re.compile(re.escape(name))
        ).click()

    def opens_the_first_reminder(self) -> None:
        self.page.locator("main").get_by_role("link", name=re.compile(r"^Open\s*:")).first.click()

    def signs_the_plan(self) -> None:
        self.page.locator("#sign").get_by_role("button", name="Sign plan").click()
