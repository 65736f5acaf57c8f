"""The manager of an inquiry: it plans, looks at the progress, and plans anew."""
