"""What the answers say: themes, indicators, disclosure and reports."""
