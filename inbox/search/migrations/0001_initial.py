from django.db import migrations

from inbox.search.database import create_statements, drop_statements


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('chatrooms', '0006_attachments'),
        ('customers', '0002_reach_merges_profiles'),
        ('media', '0001_initial'),
        ('notes', '0001_initial'),
    ]

    operations = [migrations.RunSQL(create_statements(), drop_statements())]
