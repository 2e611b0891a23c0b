from django.db import migrations

from inbox.search.database import renewal_statements


class Migration(migrations.Migration):

    dependencies = [('search', '0003_known_facts')]

    operations = [migrations.RunSQL(renewal_statements(), migrations.RunSQL.noop)]
