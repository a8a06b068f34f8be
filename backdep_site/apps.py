"""The site app and the admin that stands on it."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SiteConfig(AppConfig):
    name = "backdep_site"
    verbose_name = "Site"


class BackdepAdminConfig(AdminConfig):
    default_site = "backdep_site.admin_site.BackdepAdminSite"
