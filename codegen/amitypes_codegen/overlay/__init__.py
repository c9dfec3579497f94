"""Facts about AMI that the XML lacks, and their TOML files."""
