"""langcov: what a tokenizer does to the world's languages."""
