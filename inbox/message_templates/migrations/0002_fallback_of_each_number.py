import django.db.models.deletion
from django.db import migrations, models

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind
from inbox.message_templates.components import is_supported
from inbox.message_templates.searching import searched_text
from inbox.workspaces.tenancy import TenantTables, platform_scope

# Rows that wait for their references to be checked keep their table from being altered.
CHECK_REFERENCES = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


def give_each_number_its_fallback(apps, schema_editor):
    """Until now an account had one, which all its numbers sent."""
    MessageTemplate = apps.get_model("message_templates", "MessageTemplate")
    FallbackTemplate = apps.get_model("message_templates", "FallbackTemplate")
    Connection = apps.get_model("connections", "Connection")
    with platform_scope("every number gets the fallback of its account"), schema_editor.connection.cursor() as cursor:
        for template in MessageTemplate.objects.filter(is_fallback=True).iterator():
            own = Connection.objects.filter(workspace_id=template.workspace_id, business_id=template.business_id)
            FallbackTemplate.objects.bulk_create(
                FallbackTemplate(workspace_id=template.workspace_id, connection_id=pk, template=template)
                for pk, channel in own.order_by("pk").values_list("pk", "channel")
                if adapter_for(ChannelKind(channel)).capabilities.has_templates
            )
        cursor.execute(CHECK_REFERENCES)


def fill_in(apps, schema_editor):
    MessageTemplate = apps.get_model("message_templates", "MessageTemplate")
    with platform_scope("every template's words become searchable"):
        rows = MessageTemplate.objects.only("name", "language", "components").order_by("pk")
        changed = []
        for row in rows.iterator():
            row.search_text = searched_text(row.name, row.language, row.components)
            row.is_fillable = is_supported(row.components)
            changed.append(row)
        MessageTemplate.objects.bulk_update(changed, ["search_text", "is_fillable"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0003_reply_windows"),
        ("message_templates", "0001_initial"),
        ("workspaces", "0002_customer_courtesies"),
    ]

    operations = [
        migrations.CreateModel(
            name="FallbackTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="connections.connection",
                        verbose_name="connection",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fallback_for",
                        to="message_templates.messagetemplate",
                        verbose_name="message template",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="workspaces.workspace",
                    ),
                ),
            ],
            options={
                "verbose_name": "fallback template",
                "verbose_name_plural": "fallback templates",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "connection"), name="one_fallback_per_connection")
                ],
            },
        ),
        TenantTables("FallbackTemplate"),
        migrations.AddField(
            model_name="messagetemplate",
            name="is_fillable",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="messagetemplate",
            name="search_text",
            field=models.TextField(blank=True, default="", editable=False),
            preserve_default=False,
        ),
        migrations.RunPython(give_each_number_its_fallback, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(fill_in, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(model_name="messagetemplate", name="one_fallback_per_business_account"),
        migrations.RemoveField(model_name="messagetemplate", name="is_fallback"),
    ]
