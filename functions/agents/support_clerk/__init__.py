"""The clerk of the support desk."""
