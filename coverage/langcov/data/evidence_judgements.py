"""What the evidence tables do not say themselves: citations, and which tokenizer and pretraining data a model had.

Each line was decided by a person and names the source that it was read in. `make_evidence` writes them beside the
results, one row a model.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Tokenizer(NamedTuple):
    """Which tokenizer models have.

    Attributes:
        models: Beginnings of model names; the longest that fits decides.
        tokenizer: langcov's name where langcov knows it, otherwise a name that says which it is.
        basis: ``stated`` in the source, or known only from the model's ``family``.
        source: Where it was read.
    """

    models: tuple[str, ...]
    tokenizer: str
    basis: str
    source: str


class Pretraining(NamedTuple):
    """Which table of data sizes stands for what models were trained on."""

    models: tuple[str, ...]
    corpus: str
    unit: str
    own: str
    source: str


_TIKTOKEN: Final = "openai/tiktoken, tiktoken/model.py"

TOKENIZERS: Final = (
    Tokenizer(
        ("mBERT",), "mbert", "stated", "Devlin et al. 2019, google-research/bert, multilingual.md (cased)"
    ),
    Tokenizer(("mBERT-base-uncased",), "mbert-uncased", "stated", "google-research/bert, multilingual.md"),
    Tokenizer(
        ("XLM-R", "xlm-roberta", "FacebookAI/xlm-roberta", "xlmr.large", "MAD-X (XLM-R"),
        "xlm-r",
        "stated",
        "Conneau et al. 2020, arXiv 1911.02116",
    ),
    Tokenizer(("InfoXLM",), "xlm-r", "stated", "Chi et al. 2021, arXiv 2007.07834 (initialised from XLM-R)"),
    Tokenizer(
        ("ERNIE-M",), "xlm-r", "stated", "Ouyang et al. 2021, arXiv 2012.15674 (initialised from XLM-R)"
    ),
    Tokenizer(("mMiniLM",), "xlm-r", "stated", "Wang et al. 2020, arXiv 2002.10957 (distilled from XLM-R)"),
    Tokenizer(
        ("intfloat/multilingual-e5",),
        "xlm-r",
        "stated",
        "Wang et al. 2024, arXiv 2402.05672 (XLM-R and MiniLM)",
    ),
    Tokenizer(("BAAI/bge-m3",), "xlm-r", "stated", "Chen et al. 2024, arXiv 2402.03216 (XLM-R)"),
    Tokenizer(
        ("sentence-transformers/paraphrase-multilingual",),
        "xlm-r",
        "stated",
        "Reimers & Gurevych 2020, arXiv 2004.09813 (students from XLM-R)",
    ),
    Tokenizer(
        ("ibm-granite/granite-embedding",),
        "xlm-r",
        "stated",
        "Awasthy et al. 2025, arXiv 2502.20204 (XLM-R's vocabulary)",
    ),
    Tokenizer(("Alibaba-NLP/gte-multilingual",), "xlm-r", "stated", "Zhang et al. 2024, arXiv 2407.19669"),
    Tokenizer(("gpt-4", "gpt-3.5-turbo", "openai/text-embedding"), "cl100k", "stated", _TIKTOKEN),
    Tokenizer(("gpt-4o",), "o200k", "stated", _TIKTOKEN),
    Tokenizer(
        ("gpt-4.1", "gpt-4.5", "o1", "o3", "o4"),
        "o200k",
        "stated",
        f"{_TIKTOKEN} (the results' source does not say)",
    ),
    Tokenizer(("Meta-Llama-3",), "llama-3", "family", "Llama Team 2024, arXiv 2407.21783"),
    Tokenizer(
        ("intfloat/e5-mistral",),
        "mistral",
        "stated",
        "Wang et al. 2024, arXiv 2401.00368 (from Mistral-7B-v0.1)",
    ),
    Tokenizer(
        ("Qwen/Qwen3-Embedding",), "qwen", "stated", "Zhang et al. 2025, arXiv 2506.05176 (from Qwen3)"
    ),
    Tokenizer(("bloom",), "bloom", "stated", "BigScience 2022, arXiv 2211.05100"),
    Tokenizer(("xglm",), "xglm", "stated", "Lin et al. 2022, arXiv 2112.10668"),
    Tokenizer(("Llama-2",), "llama-2", "stated", "Touvron et al. 2023, arXiv 2307.09288"),
    Tokenizer(
        ("llama-",), "llama-2", "stated", "Touvron et al. 2023, arXiv 2302.13971 (the same as Llama 2's)"
    ),
    Tokenizer(("gemma-1", "gemma-2", "Gemma 2"), "gemma-2", "family", "Gemma Team 2024, arXiv 2408.00118"),
    Tokenizer(("google/embeddinggemma",), "gemma-3", "stated", "Vera et al. 2025, arXiv 2509.20354"),
    Tokenizer(("falcon",), "falcon", "stated", "Almazrouei et al. 2023, arXiv 2311.16867"),
    Tokenizer(
        ("RedPajama-INCITE",), "gpt-neox", "stated", "Black et al. 2022, arXiv 2204.06745; Together 2023"
    ),
    Tokenizer(("open_llama",), "openllama-v1", "stated", "openlm-research/open_llama"),
    Tokenizer(
        ("open_llama_3b_v2", "open_llama_7b_v2"), "openllama-v2", "stated", "openlm-research/open_llama"
    ),
    Tokenizer(("xgen",), "gpt-2", "stated", "Nijkamp et al. 2023, arXiv 2309.03450"),
    Tokenizer(("polylm",), "polylm", "stated", "Wei et al. 2023, arXiv 2307.06018"),
    Tokenizer(("aya-101",), "mt5", "family", "Üstün et al. 2024, arXiv 2402.07827 (from mT5)"),
    Tokenizer(("sentence-transformers/LaBSE",), "labse", "stated", "Feng et al. 2022, arXiv 2007.01852"),
    Tokenizer(
        ("BERT-", "sentence-transformers/all-MiniLM", "BAAI/bge-small-en"),
        "bert-uncased",
        "stated",
        "Devlin et al. 2019, arXiv 1810.04805",
    ),
    Tokenizer(("sentence-transformers/all-mpnet",), "mpnet", "stated", "Song et al. 2020, arXiv 2004.09297"),
    Tokenizer(
        ("sentence-transformers/static-similarity",),
        "mbert-uncased",
        "stated",
        "sentence-transformers, model card",
    ),
    Tokenizer(("facebook/SONAR",), "nllb", "stated", "Duquenne et al. 2023, arXiv 2308.11466"),
    Tokenizer(("sentence-transformers/sentence-t5",), "t5", "stated", "Ni et al. 2022, arXiv 2108.08877"),
    Tokenizer(("roberta.",), "roberta", "stated", "Liu et al. 2019, arXiv 1907.11692"),
    Tokenizer(("XLM-100",), "xlm-100", "stated", "Lample & Conneau 2019, arXiv 1901.07291"),
    Tokenizer(("XLM (MLM", "Unicoder"), "xlm-15", "stated", "Lample & Conneau 2019, arXiv 1901.07291"),
    Tokenizer(("LASER",), "laser", "stated", "Artetxe & Schwenk 2019, arXiv 1812.10464"),
)

OWN: Final = "own"
BACKBONE: Final = "of the model that it was made from"
NEAR: Final = "a later edition of its own"
PROXY: Final = "proxy"

PROXY_CORPUS: Final = Pretraining(
    ("",), "FineWeb-2 v2", "bytes", PROXY, "its pretraining data by language are not published"
)
"""What stands for data that nobody published: how much of a language the web holds."""

PRETRAINING: Final = (
    Pretraining(
        ("XLM-R", "xlm-roberta", "FacebookAI/xlm-roberta", "xlmr.large", "MAD-X (XLM-R"),
        "CC-100",
        "GiB",
        OWN,
        "Conneau et al. 2020, table 6",
    ),
    Pretraining(
        (
            "InfoXLM",
            "ERNIE-M",
            "mMiniLM",
            "intfloat/multilingual-e5",
            "BAAI/bge-m3",
            "sentence-transformers/paraphrase-multilingual",
        ),
        "CC-100",
        "GiB",
        BACKBONE,
        "XLM-R's, which it was initialised or distilled from",
    ),
    Pretraining(
        ("mBERT", "mBERT-base-uncased"),
        "Wikipedia dump 20200701",
        "bytes (compressed/uncompressed not stated)",
        NEAR,
        "mBERT itself read the Wikipedias of 2018",
    ),
    Pretraining(("xglm",), "CC100-XL", "tokens", OWN, "Lin et al. 2022, model card"),
    Pretraining(
        ("Llama-2",), "Llama 2 pretraining", "percent of documents", OWN, "Touvron et al. 2023, table 10"
    ),
    Pretraining(("T-ULRv6",), "T-ULRv6 pretraining", "log10 bytes", OWN, "LITMUS, precomputed features"),
)
"""BLOOM's ROOTS is known in part only, so that a language missing from its table need not be unseen: it has the proxy."""

CITATIONS: Final = {
    "Artetxe & Schwenk 2019": "Artetxe & Schwenk 2019, Massively Multilingual Sentence Embeddings, arXiv 1812.10464",
    "Devlin et al.": "Devlin et al. 2019, BERT, arXiv 1810.04805",
    "Ponti et al. 2020": "Ponti et al. 2020, XCOPA, arXiv 2005.00333",
    "Wu & Dredze 2019": "Wu & Dredze 2019, Beto, Bentz, Becas, arXiv 1904.09077 (from lecture notes that copy its tables)",
    "SumEval-2022": "Ahuja et al. 2022, SumEval shared task (LITMUS), microsoft/Litmus",
    "Conneau et al. 2020": "Conneau et al. 2020, XLM-R, arXiv 1911.02116",
    "Artetxe et al. 2020": "Artetxe et al. 2020, XQuAD, arXiv 1910.11856",
    "microsoft/unilm": "Wang et al. 2020, MiniLM, arXiv 2002.10957",
    "de Vries et al. 2022": "de Vries et al. 2022, Make the Best of Cross-lingual Transfer, ACL 2022",
    "PaddleNLP": "Ouyang et al. 2021, ERNIE-M, arXiv 2012.15674",
    "OpenAI simple-evals": "OpenAI, simple-evals, MMMLU results",
    "Adelani et al. 2024": "Adelani et al. 2024, SIB-200, arXiv 2309.07445",
    "Ojo et al. 2025": "Ojo et al. 2025, AfroBench, arXiv 2311.07978",
    "Etxaniz et al. 2023": "Etxaniz et al. 2023, Do Multilingual Language Models Think Better in English?, arXiv 2308.01223",
    "MTEB results": "Muennighoff et al. 2023, MTEB, arXiv 2210.07316; Enevoldsen et al. 2025, MMTEB, arXiv 2502.13595",
    # of data sizes
    "GPT-3 dataset": "Brown et al. 2020, Language Models are Few-Shot Learners, arXiv 2005.14165",
    "LITMUS": "Srinivasan et al. 2021, Predicting the Performance of Multilingual NLP Models, arXiv 2110.08875",
    "Microsoft LITMUS": "Srinivasan et al. 2021, Predicting the Performance of Multilingual NLP Models, arXiv 2110.08875",
    "BLOOM model card": "BigScience 2022, BLOOM, arXiv 2211.05100",
    "FineWeb-2": "Penedo et al. 2025, FineWeb2, arXiv 2506.20920",
    "CC-100 sizes": "Conneau et al. 2020, XLM-R, arXiv 1911.02116 (from de Vries et al. 2022)",
    "ImaniGooghari": "ImaniGooghari et al. 2023, Glot500, arXiv 2305.12182",
    "XGLM README": "Lin et al. 2022, XGLM, arXiv 2112.10668",
    "Touvron et al. 2023": "Touvron et al. 2023, Llama 2, arXiv 2307.09288",
}
"""How the source of a row begins -> what to cite."""

PIVOTS: Final = (
    "learned by langcov from the accuracies of de Vries et al. 2022 ACL, main results; "
    "github:wietsedv/xpos@29e83f205e8c:results/udpos-ft-10000.csv, which is no part of langcov"
)
"""What the weights that rank sources of transfer come from; `make_pivots` takes the file from whoever has it."""

SIZE_LICENCES: Final = {
    "openai/gpt-3": "none stated",
    "microsoft/Litmus": "MIT",
    "huggingface/fineweb-2": "Apache-2.0",
    "wietsedv/xpos": "none stated",
    "cisnlp/Glot500": "none stated",
}
"""Repository that a data size was read in -> its licence; figures of papers and model cards: ``see source``."""
