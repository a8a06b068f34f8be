"""The patients app: the journey of one patient."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
