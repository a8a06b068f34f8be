"""Settings of the tests: the project's own, as on a developer's machine, without what only a server needs."""

import os

os.environ.setdefault("BACKDEP_DEBUG", "on")

from backdep_site.settings import *  # noqa: F403
from backdep_site.settings import MIDDLEWARE as _MIDDLEWARE

# fast and worthless, for invented passwords only
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# there is no collected folder to serve from; test_pages.py collects one and looks at it
MIDDLEWARE = [name for name in _MIDDLEWARE if not name.startswith("whitenoise.")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
