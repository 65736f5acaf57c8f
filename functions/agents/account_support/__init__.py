"""The account specialist of the support desk."""
