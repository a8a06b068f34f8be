"""manage.py due_report: how many reminders are open and overdue, in counts only."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from backdep_site.models import Clinic
from patients.models import Reminder, ReminderStatus


class Command(BaseCommand):
    help = "Print, for each clinic, how many reminders are open and how many are overdue. No names."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        for clinic in Clinic.objects.order_by("pk"):
            open_ones = Reminder.objects.filter(patient__clinic=clinic, status=ReminderStatus.OPEN)
            overdue = open_ones.filter(due_date__lt=clinic.today(at)).count()
            self.stdout.write(f"clinic {clinic.pk}: {open_ones.count()} open, {overdue} overdue")
