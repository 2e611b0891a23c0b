from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chatrooms", "0008_outbox_not_after"),
    ]

    operations = [
        migrations.AddField(
            model_name="heldanswer",
            name="files",
            field=models.JSONField(default=list),
        ),
    ]
