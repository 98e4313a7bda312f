"""Facts that langcov carries, as Parquet with their sources, and the scripts that made them."""
