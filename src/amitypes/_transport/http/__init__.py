"""AMI over HTTP."""
