"""Serves the pages that review links lead to; decides nothing itself."""
