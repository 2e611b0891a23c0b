from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0002_one_conversation_at_a_time"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="charge",
            index=models.Index(
                condition=models.Q(("is_priced", False)), fields=["workspace", "message"], name="charges_without_price"
            ),
        ),
    ]
