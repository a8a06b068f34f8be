"""The database itself refuses to change or delete history."""

from django.db import migrations

from backdep_site import triggers


def put_up(apps, schema_editor):
    triggers.create(schema_editor.connection)


def take_down(apps, schema_editor):
    triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("backdep_site", "0001_initial")]
    operations = [migrations.RunPython(put_up, take_down)]
