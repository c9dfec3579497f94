"""Makes real Asterisks show as much of AMI as they can, and holds everything that arrives against the types."""
