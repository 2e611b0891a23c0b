import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from channels_adapters.phones import canonical_phone
from inbox.workspaces.tenancy import TenantReferences, TenantTables, platform_scope

CHANNELS = [
    ("whatsapp", "WhatsApp"),
    ("messenger", "Messenger"),
    ("instagram", "Instagram"),
    ("wechat", "WeChat"),
]
KINDS = ["phone", "bsuid", "parent_bsuid", "psid", "igsid", "openid", "unionid", "username"]
DECIDING = ["bsuid", "igsid", "openid", "parent_bsuid", "phone", "psid"]

# A user id was stored without the account on which it holds: the customer's chats tell.
FILL_IN = [
    "UPDATE customers_customer SET profile_name = name",
    "UPDATE customers_customeridentity SET key = value",
    """
    UPDATE customers_customeridentity AS identity SET scope = connection.account_id
    FROM chatrooms_chatroom AS room JOIN connections_connection AS connection ON connection.id = room.connection_id
    WHERE room.customer_id = identity.customer_id AND connection.channel = identity.channel
        AND identity.kind IN ('bsuid', 'parent_bsuid')
    """,
    """
    UPDATE customers_customer AS customer SET label = '+' || identity.value
    FROM customers_customeridentity AS identity
    WHERE identity.customer_id = customer.id AND identity.kind = 'phone'
    """,
    """
    UPDATE customers_customer AS customer SET label = 'WhatsApp ' || right(identity.value, 4)
    FROM customers_customeridentity AS identity
    WHERE identity.customer_id = customer.id AND identity.kind = 'bsuid' AND customer.label = ''
    """,
]
# Rows that were changed twice wait for their references to be checked, and then no table can be altered.
CHECK_REFERENCES = ["SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"]


def fill_in(apps, schema_editor):
    with platform_scope("every customer's identities learn where they hold"), schema_editor.connection.cursor() as cursor:
        for statement in FILL_IN:
            cursor.execute(statement)
        spell_phones(apps)
        for statement in CHECK_REFERENCES:
            cursor.execute(statement)


def spell_phones(apps):
    """Give numbers that come in two spellings their one key; where a workspace has both, the two stay two customers."""
    phones = apps.get_model("customers", "CustomerIdentity").objects.filter(kind="phone", value__regex="^5[245]")
    taken = set(phones.values_list("workspace_id", "channel", "key"))
    respelled = []
    for row in phones.only("workspace_id", "channel", "key", "value").iterator():
        key = canonical_phone(row.value)
        if key != row.key and (row.workspace_id, row.channel, key) not in taken:
            row.key = key
            respelled.append(row)
    phones.bulk_update(respelled, ["key"], batch_size=1000)


def workspace():
    return models.ForeignKey(
        db_index=False,
        editable=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="workspaces.workspace",
    )


def text(max_length):
    return models.CharField(blank=True, default="", max_length=max_length)


class Migration(migrations.Migration):

    dependencies = [
        ("chatrooms", "0001_initial"),
        ("connections", "0002_health_calls_notices"),
        ("customers", "0001_initial"),
        ("workspaces", "0001_initial"),
    ]

    operations = [
        migrations.AddField("customer", "given_name", text(200), preserve_default=False),
        migrations.AddField("customer", "profile_name", text(200), preserve_default=False),
        migrations.AddField("customer", "label", text(255), preserve_default=False),
        migrations.AddField("customer", "profile_checked_at", models.DateTimeField(null=True)),
        migrations.AddField("customer", "profile_error", text(300), preserve_default=False),
        migrations.AddField("customer", "picture_version", text(16), preserve_default=False),
        migrations.AddField(
            "customer",
            "merged_into",
            models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="merged_customers",
                to="customers.customer",
            ),
        ),
        TenantReferences("Customer", "merged_into"),
        migrations.AlterField("customeridentity", "channel", models.CharField(choices=CHANNELS, max_length=20)),
        migrations.AlterField(
            "customeridentity", "kind", models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=20)
        ),
        migrations.AddField("customeridentity", "scope", text(80), preserve_default=False),
        migrations.AddField(
            "customeridentity", "key", models.CharField(default="", max_length=255), preserve_default=False
        ),
        migrations.AddField("customeridentity", "retired_at", models.DateTimeField(null=True)),
        migrations.RunPython(fill_in, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("customeridentity", "identity_names_one_customer"),
        migrations.RemoveIndex("customeridentity", "identities_of_customer"),
        migrations.AddConstraint(
            "customeridentity",
            models.UniqueConstraint(
                condition=models.Q(("kind__in", DECIDING), ("retired_at__isnull", True)),
                fields=("workspace", "channel", "scope", "kind", "key"),
                name="identity_names_one_customer",
            ),
        ),
        migrations.AddConstraint(
            "customeridentity",
            models.UniqueConstraint(
                fields=("customer", "channel", "scope", "kind", "key"), name="identity_once_per_customer"
            ),
        ),
        migrations.AddIndex("customeridentity", models.Index(fields=["workspace", "key"], name="identities_by_key")),
        migrations.CreateModel(
            name="CustomerMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workspaces.membership",
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "merged",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("workspace", workspace()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("merged",),
                        name="merged_into_one_customer",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.BinaryField()),
                ("mime_type", models.CharField(max_length=20)),
                ("fetched_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("workspace", workspace()),
            ],
            options={"abstract": False},
        ),
        TenantTables("CustomerMerge", "CustomerPicture"),
    ]
