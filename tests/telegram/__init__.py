"""Telegram without Telegram: a strict Bot API emulator and the citizens who write to the bot."""
