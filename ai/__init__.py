"""Models that serve a meeting: captions, embeddings, the pure parts of search. Imports nothing of the other rooms."""
