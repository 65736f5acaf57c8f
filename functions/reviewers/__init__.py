"""The code review: a folder for what each reviewer looks for, and one for the review that is published. Pure."""
