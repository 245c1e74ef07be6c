"""Sentences of the Wikipedia articles that gensim contains for its own tests, as lists of words."""

from __future__ import annotations

import bz2
import re

from benchmarks.power.real_lists import RealLists

_ARTICLES = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD_LENGTHS = 2, 15
_SHORTEST = 3


def sentences() -> RealLists:
    """Read the sentences of all articles."""
    from gensim.corpora.wikicorpus import extract_pages
    from gensim.test.utils import datapath

    with bz2.open(datapath(_ARTICLES)) as pages:
        articles = extract_pages(pages, filter_namespaces=("0",))
        found = [words for _, text, _ in articles for words in sentences_of(text)]
    return RealLists.of([f"sentence {number}" for number in range(len(found))], found)


def sentences_of(article: str) -> list[list[str]]:
    """Return the sentences of three words or more, without markup and in lower case."""
    from gensim.corpora.wikicorpus import filter_wiki, tokenize

    split = (tokenize(each, *_WORD_LENGTHS, lower=True) for each in _END_OF_SENTENCE.split(filter_wiki(article)))
    return [words for words in split if len(words) >= _SHORTEST]
