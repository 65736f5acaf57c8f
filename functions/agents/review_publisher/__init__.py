"""One review out of all reports."""
