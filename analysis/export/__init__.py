"""Files of figures: a report as a table in several formats, and rows that name nobody.

Everything here reads a `Report`, in which the few are hidden already, or rows that `rows` has
protected. Nothing computes a figure of its own.
"""
