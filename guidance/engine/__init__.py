"""The engine: facts in, assessment out. Plain Python; no clock, no database, no settings."""
