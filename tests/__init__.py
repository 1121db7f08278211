"""What Hørt promises, proved."""
