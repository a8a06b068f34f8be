"""Pages of the frame: health, errors, assets."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]


def test_health_needs_no_sign_in(client, db):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_an_unknown_page_is_404_in_our_frame(alices):
    response = alices.get("/nothing/here/")
    assert response.status_code == 404
    assert "Backdep" in response.content.decode()


def test_a_wrong_role_is_403_with_advice(signed_in, edith):
    response = signed_in(edith).get("/patients/")
    assert response.status_code == 403
    assert "Your role cannot do this. Ask an administrator of your clinic." in response.content.decode()


def test_a_form_without_its_token_is_refused_and_says_what_to_do(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/patients/add/", {"family_name": "Wells"})
    assert response.status_code == 403
    assert "Go back" in response.content.decode()


def test_an_error_page_gives_a_reference_that_stands_in_the_log(alice, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("patients.presenters.patient_list", fail)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    response = client.get("/patients/")
    assert response.status_code == 500
    text = response.content.decode()
    reference = re.search(r"\b[0-9A-F]{6}\b", text)
    assert reference is not None
    assert reference.group() in caplog.text or reference.group() in " ".join(r.getMessage() for r in caplog.records)
    assert "broken on purpose" not in text


@pytest.mark.parametrize("address", ["/patients/?page=x", "/worklist/?tab=nonsense&page=-3", "/worklist/?page=99999"])
def test_nonsense_in_an_address_is_not_an_error(alices, address):
    assert alices.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/patients/?q=%00", "/guidance/%00/", "/worklist/?tab=%00"])
def test_a_nul_in_an_address_is_not_found_and_not_an_error(alices, address):
    assert alices.get(address).status_code == 404


def test_assets_collect_under_names_with_their_fingerprint(tmp_path):
    code = (
        "import django; from django.conf import settings; django.setup(); "
        f"settings.STATIC_ROOT={str(tmp_path)!r}; "
        "from django.core.management import call_command; "
        "call_command('collectstatic', interactive=False, verbosity=0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "backdep_site.settings",
            "BACKDEP_SECRET_KEY": "k" * 50, "BACKDEP_ALLOWED_HOSTS": "localhost", "DATABASE_URL": "sqlite:////tmp/none",
        },
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names = [path.name for path in tmp_path.rglob("*")]
    assert any(re.fullmatch(r"app\.[0-9a-f]{12}\.css", name) for name in names)
    assert any(re.fullmatch(r"app\.[0-9a-f]{12}\.js", name) for name in names)


def test_templates_hold_no_inline_script_style_or_handler():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert "<style" not in text, path
        assert not re.search(r"\sstyle=", text), path
        assert not re.search(r"\son[a-z]+=", text), path


def test_nothing_is_fetched_from_elsewhere():
    for folder in ("templates", "static/css", "static/js"):
        for path in (ROOT / folder).rglob("*.*"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?:src|href)=[\"']https?://(?!backdep)", text) or "{{" in text, path
            assert not re.search(r"(?:@import|url\()\s*[\"']?https?:", text), path
