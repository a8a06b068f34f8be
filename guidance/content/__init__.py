"""The packaged first edition, as YAML: one file per recommendation or table."""
