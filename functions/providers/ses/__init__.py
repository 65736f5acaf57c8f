"""Amazon SES: e-mail behind the gate."""
