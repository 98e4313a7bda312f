"""What a tokenizer's treatment of languages has to do with the results that models got: associations, with controls."""
