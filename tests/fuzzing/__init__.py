"""A fuzz target: odd files and words for langcov's readers and loaders, and what came of each.

An input is a `Case`, made from a seed and a number alone. Children with limits on memory and time run the cases; whatever
is no clean result and no `LangcovError` is a finding.
"""
