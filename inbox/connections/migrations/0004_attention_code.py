from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0003_reply_windows'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='attention_code',
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
    ]
