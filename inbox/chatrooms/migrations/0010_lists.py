import datetime

import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from inbox.workspaces.tenancy import TenantTables, platform_scope

# The customer's first message after our last one.
WAITING = """
UPDATE chatrooms_chatroom AS room SET waiting_since = waiting.since
FROM (
    SELECT inbound.chatroom_id, min(inbound.sent_at) AS since
    FROM chatrooms_message AS inbound
    LEFT JOIN (
        SELECT chatroom_id, max(sent_at) AS sent_at FROM chatrooms_message WHERE direction = 'outbound' GROUP BY 1
    ) AS answer ON answer.chatroom_id = inbound.chatroom_id
    WHERE inbound.direction = 'inbound' AND (answer.sent_at IS NULL OR inbound.sent_at > answer.sent_at)
    GROUP BY 1
) AS waiting
WHERE room.id = waiting.chatroom_id
"""


def note_who_waits(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with platform_scope("which chats wait for an answer"):
        schema_editor.execute(WAITING)


class Migration(migrations.Migration):

    dependencies = [
        ('chatrooms', '0009_held_files'),
        ('workspaces', '0003_file_days'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(blank=True, max_length=2000)),
                ('is_shared', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.membership')),
                ('workspace', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspaces.workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('workspace', 'owner', 'name'), name='one_view_per_name')],
            },
        ),
        TenantTables("SavedView"),
        migrations.AlterField(
            model_name='chatroom',
            name='status',
            field=models.CharField(choices=[('open', 'Open'), ('closed', 'Closed'), ('archived', 'Archived')], default='open', max_length=10),
        ),
        migrations.AddField(
            model_name='chatroom',
            name='waiting_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='chatroom',
            index=models.Index(fields=['workspace', 'status', '-created_at', '-id'], name='rooms_created'),
        ),
        migrations.AddIndex(
            model_name='chatroom',
            index=models.Index(models.F('workspace'), models.F('status'), models.Case(models.When(then=models.Value(datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), output_field=models.DateTimeField()), waiting_since__isnull=True), default=models.F('waiting_since')), models.F('id'), name='rooms_waiting'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('direction', 'outbound'), ('state', 'failed')), fields=['workspace', 'chatroom', 'sent_at'], name='messages_failed'),
        ),
        migrations.RunPython(note_who_waits, migrations.RunPython.noop, elidable=True),
    ]
