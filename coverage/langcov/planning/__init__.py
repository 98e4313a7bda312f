"""Before pretraining: candidate tokenizers, extensions, sources to transfer from, and what a language costs."""
