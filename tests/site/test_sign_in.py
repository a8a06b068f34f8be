"""Signing in: in our words, and nothing said about who exists."""

import pytest

from tests.conftest import PASSWORD


def test_the_right_password_leads_clinicians_to_the_worklist(client, alice):
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == "/worklist/"


def test_an_editor_without_patients_starts_at_the_guidance(client, edith, edition):
    response = client.post("/accounts/login/", {"login": "edith", "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == "/guidance/"


@pytest.mark.parametrize("login", ["alice", "nobody-here"])
def test_a_wrong_user_and_a_wrong_password_read_the_same(client, alice, login):
    response = client.post("/accounts/login/", {"login": login, "password": "wrong"})
    text = response.content.decode()
    assert "There is a problem" in text
    assert text.count("Username or password is not right") == 2 or "Username or password is not right" in text


def test_empty_fields_say_what_to_enter(client, db):
    text = client.post("/accounts/login/", {"login": "", "password": ""}).content.decode()
    assert "Enter your username" in text
    assert "Enter your password" in text
    assert "required" not in text.replace("aria-required", "")


def test_nobody_can_register(client, db):
    assert "Accounts are made by administrators" in client.get("/accounts/signup/").content.decode()


def test_pages_need_a_sign_in_and_lead_back(client, db):
    response = client.get("/patients/")
    assert response.status_code == 302
    assert response.url == "/accounts/login/?next=/patients/"


def test_the_next_page_is_only_one_of_this_site(client, alice):
    response = client.post(
        "/accounts/login/?next=https://elsewhere.example/", {"login": "alice", "password": PASSWORD}, follow=True
    )
    assert response.redirect_chain[-1][0] == "/worklist/"


def test_pages_of_a_signed_in_person_are_never_kept(alices):
    assert alices.get("/patients/")["Cache-Control"] == "no-store, private"


def test_the_content_security_policy_allows_nothing_inline(client, db):
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
