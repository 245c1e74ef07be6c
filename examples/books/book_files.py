"""Factorize a matrix of readers and books with implicit, and write the factors of the books as files for the gate.

python book_files.py      # writes books.npy, transposed.npy, the keys of both, loans.csv and books.csv

The loans of a library are simulated: a reader likes a few subjects and authors, and borrows other books now and then.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

SUBJECTS = ("History", "Gardening", "Crime", "Poetry", "Travel", "Science", "Cooking", "Fantasy")
FIRST = ["Ada", "Ben", "Cleo", "Dev", "Eva", "Finn", "Gia", "Hugo"]
LAST = ["Abbott", "Brandt", "Castel", "Dorsey", "Egede", "Fontaine", "Grieg", "Hallam", "Ivanov"]
BOOKS_OF_AUTHOR = 8
READERS = 3_000
LOANS = 24  # of each reader
HELD_OUT_FROM = pd.Timestamp("2026-07-01")  # as hold_out in quality_checks.toml


def catalogue(rng: np.random.Generator) -> pd.DataFrame:
    """Return the books: `isbn`, `title`, `author` and `subject`. An author writes on one subject."""
    names = [f"{first} {last}" for last in LAST for first in FIRST]
    rows = [
        (f"{SUBJECTS[number % len(SUBJECTS)]}, volume {volume}", name, SUBJECTS[number % len(SUBJECTS)])
        for number, name in enumerate(names)
        for volume in range(1, BOOKS_OF_AUTHOR + 1)
    ]
    frame = pd.DataFrame(rows, columns=["title", "author", "subject"])
    frame.insert(0, "isbn", [f"978-{number:06}" for number in rng.choice(10**6, size=len(frame), replace=False)])
    return frame


def lend(books: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Simulate loans: one row per reader and book, with the date."""
    subject, author = (books[name].astype("category").cat.codes.to_numpy() for name in ("subject", "author"))
    likes = np.zeros((READERS, len(SUBJECTS)))
    for reader in likes:
        reader[rng.choice(len(SUBJECTS), size=2, replace=False)] = 2.5
    of_author = rng.normal(0, 1, size=(READERS, author.max() + 1))
    popularity = -0.7 * np.log(rng.permutation(len(books)) + 5)
    appeal = likes[:, subject] + of_author[:, author] + popularity + rng.gumbel(size=(READERS, len(books)))
    borrowed = np.argsort(-appeal, axis=1)[:, :LOANS]  # the largest are a draw without replacement
    days = np.sort(rng.integers(365, size=borrowed.shape), axis=1)
    for row in borrowed:
        rng.shuffle(row)
    return pd.DataFrame(
        {
            "reader": np.repeat(np.arange(READERS), LOANS),
            "isbn": books["isbn"].to_numpy()[borrowed.ravel()],
            "date": (pd.Timestamp("2026-01-01") + pd.to_timedelta(days.ravel(), unit="D")).strftime("%Y-%m-%d"),
        }
    )


def save(path: Path, isbns: pd.Index, factors: np.ndarray) -> None:
    """Save factors, and beside them the keys of their rows."""
    pairs = list(zip(isbns, factors, strict=False))
    np.save(path, np.stack([row for _, row in pairs]))
    path.with_suffix(".keys.txt").write_text("\n".join(isbn for isbn, _ in pairs) + "\n", encoding="utf-8")
    print(f"{path}: {len(pairs)} books, {factors.shape[1]} factors")


def main() -> None:
    """Write the loans, the catalogue, and the factors of the books, in a sound and in a broken way."""
    rng = np.random.default_rng(5)
    books = catalogue(rng)
    loans = lend(books, rng)
    books.to_csv("books.csv", index=False)
    loans.to_csv("loans.csv", index=False)

    seen = loans[pd.to_datetime(loans["date"]) < HELD_OUT_FROM]
    reader, book = seen["reader"].astype("category").cat, seen["isbn"].astype("category").cat
    matrix = csr_matrix((np.ones(len(seen), dtype=np.float32), (reader.codes, book.codes)))
    with threadpool_limits(1):
        for path, user_items in ((Path("books.npy"), matrix), (Path("transposed.npy"), matrix.T.tocsr())):
            # the accident: before implicit 0.5, fit() took the matrix of items and users
            model = AlternatingLeastSquares(factors=24, iterations=15, num_threads=1, random_state=1)
            model.fit(user_items, show_progress=False)
            save(path, book.categories, model.item_factors)


if __name__ == "__main__":
    main()
