from django.db import migrations

from inbox.search.database import knowledge_statements, unlearning_statements


class Migration(migrations.Migration):

    dependencies = [
        ('chatrooms', '0011_teams_and_assignment'),
        ('customers', '0003_fields_and_contact'),
        ('notes', '0001_initial'),
        ('search', '0002_visibility'),
    ]

    operations = [migrations.RunSQL(knowledge_statements(), unlearning_statements())]
