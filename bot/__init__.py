"""Hørt on Telegram: what arrives is kept till handled, and what is said is kept till sent."""
