"""Programs that type checkers check for the benchmark: the same with amitypes, and with models of one's own."""
