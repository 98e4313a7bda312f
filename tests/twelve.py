"""The twelve tokenizers that must be there by name."""

SHIPPED = (
    "mbert",
    "xlm-r",
    "cl100k",
    "o200k",
    "qwen",
    "qwen3",
    "deepseek",
    "mistral",
    "tekken",
    "j2",
    "llama-3",
    "llama-4",
)
