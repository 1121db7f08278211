"""The benchmarks: Hørt beside a bare floor, in the same run and on the same machine."""
