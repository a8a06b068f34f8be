"""Sign-in: django-allauth, closed to newcomers, with every sign-in in the history."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from backdep_site import audit
from backdep_site.models import User


class ClosedAccountAdapter(DefaultAccountAdapter):
    """No self-registration; sign-ins, failures and sign-outs are recorded."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "Username or password is not right",
        "too_many_login_attempts": "Too many tries. Wait 15 minutes or ask your administrator.",
        "enter_current_password": "Current password is not right",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        audit.record("sign-in.failed", by=audit.NOBODY, at=timezone.now())

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        response = super().post_login(request, user, **kwargs)
        audit.record("sign-in", by=user, at=timezone.now())
        return response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        if isinstance(user, User):
            audit.record("sign-out", by=user, at=timezone.now())
        super().logout(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """No "successfully signed in" banners: the page itself says so. A changed password does not show, so say it."""
        if message_template == "account/messages/password_changed.txt":
            messages.success(request, "Password changed")


class SignInForm(LoginForm):
    """Username and password, in our words."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        for name, label, autocomplete in (
            ("login", "Username", "username"),
            ("password", "Password", "current-password"),
        ):
            field = self.fields[name]
            field.label = label
            field.help_text = ""
            field.error_messages["required"] = f"Enter your {label.lower()}"
            field.widget.attrs = {"autocomplete": autocomplete, "class": "form-control"}


class NewPasswordForm(ChangePasswordForm):
    """The old password and, twice, the new one, in our words."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, autocomplete, wanted in (
            ("oldpassword", "Current password", "current-password", "Enter your current password"),
            ("password1", "New password", "new-password", "Enter a new password"),
            ("password2", "New password again", "new-password", "Enter the new password again"),
        ):
            field = self.fields[name]
            field.label = label
            field.help_text = "At least 12 characters" if name == "password1" else ""
            field.error_messages["required"] = wanted
            field.widget.attrs = {"autocomplete": autocomplete, "class": "form-control"}

    def save(self) -> None:
        super().save()
        audit.record("password.changed", by=self.user, at=timezone.now())
