from django.db import migrations

from inbox.search.database import renewal_statements


class Migration(migrations.Migration):

    dependencies = [('search', '0004_people_by_channel')]

    operations = [migrations.RunSQL(renewal_statements(), migrations.RunSQL.noop)]
