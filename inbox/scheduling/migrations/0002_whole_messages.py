from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0001_initial'),
    ]

    operations = [
        migrations.RenameField(
            model_name='scheduledmessage',
            old_name='fallback',
            new_name='template',
        ),
        migrations.AddField(
            model_name='scheduledmessage',
            name='files',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='scheduledmessage',
            name='is_template',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='scheduledmessage',
            name='options',
            field=models.JSONField(default=list),
        ),
    ]
