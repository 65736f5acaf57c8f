"""Signs where the audit chains end, every hour."""
