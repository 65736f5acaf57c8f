"""The billing specialist of the support desk."""
