import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from inbox.workspaces.tenancy import TenantReferences, platform_scope

# What the queue was asked about its messages so far.
FACTS = """
UPDATE chatrooms_outboxentry AS entry
SET connection_id = message.connection_id,
    is_parked = message.state = 'unknown' OR message.failure_code = 'template_in_review'
FROM chatrooms_message AS message WHERE message.id = entry.message_id
"""


def fill_in(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with platform_scope("what the outbox knows of its messages"):
        schema_editor.execute(FACTS)


class Migration(migrations.Migration):

    dependencies = [
        ('chatrooms', '0013_whole_held_answers'),
        ('connections', '0004_attention_code'),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxentry',
            name='is_parked',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='outboxentry',
            name='connection',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connections.connection'),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name='outboxentry',
            name='connection',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connections.connection'),
        ),
        TenantReferences("OutboxEntry", "connection"),
    ]
