"""Suites that cut across packages: faults of networks, proxies and servers, and the client's behaviour then."""
