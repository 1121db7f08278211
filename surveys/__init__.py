"""The core of Hørt: instruments, interviews, fieldwork and storage. Knows no channel and no statistics."""
