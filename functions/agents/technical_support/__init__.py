"""The technical specialist of the support desk."""
