"""A support desk: what its agents share about messages, cases, languages and updates."""
