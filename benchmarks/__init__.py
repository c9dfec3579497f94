"""Benchmarks of amitypes beside other libraries: see `README.md`."""
