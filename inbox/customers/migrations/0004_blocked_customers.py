from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0003_fields_and_contact"),
        ("workspaces", "0006_visibility"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("is_blocked", True)), fields=["workspace", "id"], name="blocked_customers"
            ),
        ),
    ]
