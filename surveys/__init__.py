"""The core of Hørt: instruments, interviews, fieldwork, storage. Knows no channel, no figures."""
