"""The long runs: what promises are worth when processes die and everybody presses at once."""
