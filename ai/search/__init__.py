"""The parts of search that need no database: words, document numbers, chunking, restoring diacritics, fusing, marking.

All functions of this package are pure; `hub.search` gives them rows and makes queries of what they say.
"""

from ai.search.chunks import Chunk, chunk
from ai.search.fuse import Candidate, Fused, fuse
from ai.search.mark import Piece, mark
from ai.search.numbers import document_numbers
from ai.search.question import Question, read_question
from ai.search.vocabulary import Vocabulary
from ai.search.words import lexemes, plain, syllables

__all__ = [
    "Candidate",
    "Chunk",
    "Fused",
    "Piece",
    "Question",
    "Vocabulary",
    "chunk",
    "document_numbers",
    "fuse",
    "lexemes",
    "mark",
    "plain",
    "read_question",
    "syllables",
]
