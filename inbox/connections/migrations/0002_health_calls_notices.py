import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind
from inbox.workspaces.tenancy import TenantTables, platform_scope

CHANNELS = [
    ("whatsapp", "WhatsApp"),
    ("messenger", "Messenger"),
    ("instagram", "Instagram"),
    ("wechat", "WeChat"),
]


def copy_business_ids(apps, schema_editor):
    """Until now the business account was in the encrypted credentials only."""
    Connection = apps.get_model("connections", "Connection")
    with platform_scope("every connection learns its business account"):
        for connection in Connection.objects.only("channel", "credentials"):
            name = adapter_for(ChannelKind(connection.channel)).capabilities.business_id_field
            connection.business_id = connection.credentials.get(name, "")
            connection.save(update_fields=["business_id"])


class Migration(migrations.Migration):

    dependencies = [
        ("connections", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            "vendorapp", "channel", models.CharField(choices=CHANNELS, max_length=20, verbose_name="channel")
        ),
        migrations.AddField(
            "vendorapp",
            "verified_at",
            models.DateTimeField(editable=False, null=True, verbose_name="address verified"),
        ),
        migrations.AlterField(
            "connection",
            "channel",
            models.CharField(choices=CHANNELS, editable=False, max_length=20, verbose_name="channel"),
        ),
        migrations.AlterField(
            "connection",
            "address",
            models.CharField(
                help_text="What customers see: the phone number or the account's name.",
                max_length=80,
                verbose_name="address",
            ),
        ),
        migrations.AddField(
            "connection",
            "business_id",
            models.CharField(
                blank=True, default="", editable=False, max_length=80, verbose_name="business account id"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "connection",
            "portfolio_id",
            models.CharField(
                blank=True,
                default="",
                help_text="Connections of one portfolio recognise the same customers. Empty: the business account.",
                max_length=80,
                verbose_name="business portfolio",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "connection", "credentials_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)
        ),
        migrations.AddField(
            "connection",
            "token_expires_at",
            models.DateTimeField(editable=False, null=True, verbose_name="token expires"),
        ),
        migrations.AddField(
            "connection",
            "attention_check",
            models.CharField(blank=True, default="", editable=False, max_length=40),
            preserve_default=False,
        ),
        migrations.AddField("connection", "facts", models.JSONField(default=dict, editable=False)),
        migrations.AddField("connection", "findings", models.JSONField(default=list, editable=False)),
        migrations.AddField("connection", "way_in", models.JSONField(default=dict, editable=False)),
        migrations.AddField(
            "connection", "checked_at", models.DateTimeField(editable=False, null=True, verbose_name="checked")
        ),
        migrations.AddField("connection", "examination_asked_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunPython(copy_business_ids, migrations.RunPython.noop),
        migrations.AddIndex(
            "connection", models.Index(fields=["app", "business_id"], name="connections_of_business")
        ),
        migrations.AddIndex(
            "connection",
            models.Index(models.OrderBy(models.F("checked_at"), nulls_first=True), name="connections_by_check"),
        ),
        migrations.CreateModel(
            name="ApiCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("method", models.CharField(max_length=10, verbose_name="method")),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                ("status", models.PositiveSmallIntegerField(null=True, verbose_name="status")),
                ("error", models.CharField(blank=True, max_length=40, verbose_name="error")),
                ("code", models.CharField(blank=True, max_length=40, verbose_name="code")),
                ("milliseconds", models.PositiveIntegerField(verbose_name="milliseconds")),
                ("request_body", models.TextField(blank=True, verbose_name="request")),
                ("response_body", models.TextField(blank=True, verbose_name="answer")),
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
                (
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_calls",
                        to="connections.connection",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["connection", "-at"], name="calls_of_connection"),
                    models.Index(fields=["at"], name="calls_by_age"),
                ],
                "verbose_name": "API call",
                "verbose_name_plural": "API calls",
            },
        ),
        migrations.CreateModel(
            name="ConnectionNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                ("topic", models.CharField(max_length=80, verbose_name="topic")),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="what it means")),
                ("stops_sending", models.BooleanField(default=False, verbose_name="stops sending")),
                ("raw", models.JSONField(default=dict)),
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
                (
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="connections.connection",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["connection", "-at"], name="notices_of_connection"),
                    models.Index(fields=["at"], name="notices_by_age"),
                ],
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
            },
        ),
        TenantTables("ApiCall", "ConnectionNotice"),
    ]
