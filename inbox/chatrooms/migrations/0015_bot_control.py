from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chatrooms", "0014_claims"),
    ]

    operations = [
        migrations.AddField(
            model_name="chatroom",
            name="bot_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="chatroom",
            name="control_told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="chatroom",
            index=models.Index(
                fields=["workspace", "status", "-last_message_at", "-id"],
                condition=models.Q(("bot_since__isnull", False)),
                name="rooms_of_bot",
            ),
        ),
    ]
