"""An editor reads what the guidance rests on: every rule with its verification, every claim of the articles."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_an_editor_reads_every_rule_with_its_verification_and_every_claim(at_the_browser, edith):
    editor = at_the_browser(edith)
    editor.signs_in("Depression with back pain in adults")
    page = editor.page

    page.get_by_role("link", name="Rules and their verification").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rules and their verification")
    expect(page.get_by_text("Awaiting clinical verification:")).to_be_visible()
    row = page.locator("details").filter(has_text="eGFR below 30").first
    row.locator("summary").click()
    expect(row.get_by_text("25 mg a day, or 50 mg every other day.")).to_be_visible()
    editor.looks_at_the_page()

    page.go_back()
    page.get_by_role("link", name="Claims of the articles").click()
    expect(page.get_by_role("rowheader", name="S4-51")).to_be_attached()
    editor.looks_at_the_page()
