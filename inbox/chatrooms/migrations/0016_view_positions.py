from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chatrooms", "0015_bot_control"),
    ]

    operations = [
        migrations.AddField(
            model_name="savedview",
            name="position",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
