"""The guidance app: what the evidence says."""

from django.apps import AppConfig


class GuidanceConfig(AppConfig):
    name = "guidance"
