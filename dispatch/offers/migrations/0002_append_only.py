"""Answers to offers are history: their event rows are never changed."""

from django.db import migrations

from people.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("offers", "0001_initial")]

    operations = [AppendOnly("OfferEvent")]
