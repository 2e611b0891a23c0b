from django.db import migrations

from inbox.search.database import visibility_statements


class Migration(migrations.Migration):

    dependencies = [
        ('chatrooms', '0011_teams_and_assignment'),
        ('search', '0001_initial'),
    ]

    operations = [migrations.RunSQL(visibility_statements(), migrations.RunSQL.noop)]
