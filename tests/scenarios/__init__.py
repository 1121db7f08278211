"""The acceptance suite: what a respondent does, unchanged through every channel."""
