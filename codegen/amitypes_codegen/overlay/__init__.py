"""Facts that the XML lacks, and their TOML files."""
