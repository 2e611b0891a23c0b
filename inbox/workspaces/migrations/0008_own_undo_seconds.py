from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workspaces', '0007_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='undo_seconds',
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
    ]
