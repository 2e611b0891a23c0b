import django.db.models.deletion
from django.db import migrations, models

from inbox.workspaces.tenancy import TenantReferences


class Migration(migrations.Migration):
    dependencies = [
        ("chatrooms", "0012_drafts_and_undo"),
    ]

    operations = [
        migrations.AddField(
            model_name="heldanswer",
            name="options",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="heldanswer",
            name="reply_to",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="chatrooms.message",
            ),
        ),
        migrations.AddIndex(
            model_name="heldanswer",
            index=models.Index(
                condition=models.Q(("reply_to__isnull", False)), fields=["reply_to"], name="held_answering"
            ),
        ),
        TenantReferences("HeldAnswer", "reply_to"),
    ]
