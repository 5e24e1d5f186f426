"""A loaded embedding model: texts in, unit vectors out. Slow: only the inference process has one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]
from onnxruntime.capi import onnxruntime_pybind11_state as failures  # type: ignore[import-untyped]

from ai.embeddings import manifest
from ai.embeddings.manifest import Manifest, WeightsBroken
from ai.embeddings.store import VOCABULARY, graph_file
from ai.embeddings.tokens import LibraryTokens, Tokens, UnigramTokens

Kind = Literal["query", "passage"]
LONGEST = 512  # tokens, the positions this model was trained with
LOAD_FAILURES = (
    failures.Fail,
    failures.InvalidProtobuf,
    failures.InvalidGraph,
    failures.NoSuchFile,
    failures.NotImplemented,
)
TOKENS_AT_ONCE = 512  # of one run: more saves no time on a CPU and costs memory in proportion


class EmbeddingModel:
    def __init__(self, folder: Path, described: Manifest, *, threads: int = 1) -> None:
        manifest.check(folder, described)
        self.manifest = described
        vocabulary = folder / VOCABULARY
        self._tokens: Tokens = (
            UnigramTokens(vocabulary) if vocabulary.is_file() else LibraryTokens(folder / "tokenizer.json")
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # the arena never gives back what the longest passage once needed
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle thread frees its core
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(graph_file(folder)), options, providers=["CPUExecutionProvider"]
            )
        except LOAD_FAILURES as error:
            raise WeightsBroken(f"{folder}: {error}") from error
        self._inputs = {each.name for each in self._session.get_inputs()}
        self._output = self._session.get_outputs()[0].name

    def embed(self, texts: list[str], kind: Kind) -> npt.NDArray[np.float32]:
        """Rows in the order of `texts`. Prefix, mean over the words, length 1, as this family of models was trained."""
        ids = [self._tokens.encode(f"{kind}: {text.strip()}", LONGEST) for text in texts]
        vectors = np.zeros((len(texts), self.manifest.dimensions), np.float32)
        waiting = sorted(range(len(ids)), key=lambda number: len(ids[number]))  # equal lengths together: little padding
        while waiting:
            longest = len(ids[waiting[-1]])
            fitting = max(1, TOKENS_AT_ONCE // longest)
            batch, waiting = waiting[-fitting:], waiting[:-fitting]
            vectors[batch] = self._run([ids[number] for number in batch])
        return vectors

    def _run(self, ids: list[list[int]]) -> npt.NDArray[np.float32]:
        width = max(map(len, ids))
        words = np.full((len(ids), width), self._tokens.pad, np.int64)
        mask = np.zeros((len(ids), width), np.int64)
        for row, found in enumerate(ids):
            words[row, : len(found)] = found
            mask[row, : len(found)] = 1
        given = {"input_ids": words, "attention_mask": mask, "token_type_ids": np.zeros_like(words)}
        (hidden,) = self._session.run([self._output], {name: given[name] for name in given if name in self._inputs})
        seen = mask[:, :, None].astype(np.float32)
        mean = (hidden * seen).sum(axis=1) / seen.sum(axis=1)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)
