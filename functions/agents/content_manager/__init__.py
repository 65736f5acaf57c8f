"""The manager of mails to leads: one agent writes, another checks."""
