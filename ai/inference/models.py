"""The one model of the process: built when it is missing, loaded when first asked for."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import msgspec

from ai.embeddings.manifest import WeightsBroken, WeightsMissing
from ai.embeddings.store import Store
from ai.inference.messages import ModelState
from ai.inference.process import yield_to_others

if TYPE_CHECKING:
    from ai.embeddings.model import EmbeddingModel

BUILD_SECONDS = 300.0
RETRY_SECONDS = 60.0  # a model that failed is tried again by a request after this, not by each request


Kind = Literal["query", "passage"]
KINDS: tuple[Kind, ...] = ("query", "passage")


class _Step(msgspec.Struct, frozen=True):
    part: float = 0.0
    what: str = ""
    failed: str = ""


class Models:
    """`tell` hears every change of state. One call of each kind at a time; the two kinds have a thread each."""

    def __init__(self, store: Store, tell: Callable[[ModelState], None], *, threads: int) -> None:
        self._store, self._tell, self._threads = store, tell, threads
        self._model: EmbeddingModel | None = None
        self._failed_at: float | None = None
        self._loading = asyncio.Lock()
        self._threads_of: dict[Kind, ThreadPoolExecutor] = {
            "query": ThreadPoolExecutor(1, "query"),
            "passage": ThreadPoolExecutor(1, "passage", initializer=yield_to_others),
        }
        self.state = self._at_rest()

    def _at_rest(self) -> ModelState:
        try:
            return ModelState("idle", model=self._store.glance())
        except (WeightsMissing, WeightsBroken) as error:
            return ModelState("missing", detail=str(error))

    def _is(self, state: ModelState) -> None:
        self.state = state
        self._tell(state)

    @property
    def loaded(self) -> bool:
        return self._model is not None

    async def embed(self, texts: list[str], kind: Kind) -> tuple[str, int, bytes]:
        """Model id, dimensions, raw vectors. WeightsMissing and WeightsBroken say why there is no model."""
        async with self._loading:
            model = self._model or await self._load()
        loop = asyncio.get_running_loop()
        vectors = await loop.run_in_executor(self._threads_of[kind], model.embed, texts, kind)
        return model.manifest.model_id, model.manifest.dimensions, vectors.tobytes()

    async def _load(self) -> EmbeddingModel:
        now = asyncio.get_running_loop().time()
        if self._failed_at is not None and now - self._failed_at < RETRY_SECONDS:
            raise WeightsMissing(self.state.detail)
        try:
            if not self._store.ready():
                await self._build()
            self._is(ModelState("loading", 1.0))
            try:
                self._model = await asyncio.to_thread(self._open)
            except WeightsBroken:
                if self._store.named is not None:
                    raise
                await self._build()  # our own folder is damaged or of an older format: the package still has it
                self._model = await asyncio.to_thread(self._open)
        except (WeightsMissing, WeightsBroken, OSError, TimeoutError) as error:
            self._failed_at = now
            standing: Literal["missing", "failed"] = "missing" if isinstance(error, WeightsMissing) else "failed"
            self._is(ModelState(standing, detail=str(error) or type(error).__name__))
            raise
        self._failed_at = None
        self._is(ModelState("ready", 1.0, model=self._model.manifest))
        return self._model

    def _open(self) -> EmbeddingModel:
        described = self._store.describe()
        from ai.embeddings.model import EmbeddingModel  # numpy and onnxruntime cost 45 MB: not before they are needed

        return EmbeddingModel(self._store.folder, described, threads=self._threads)

    async def _build(self) -> None:
        """In a process of its own, so that its 400 MB are gone when it ends."""
        self._is(ModelState("building"))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ai.embeddings", str(self._store.models), stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        try:
            async with asyncio.timeout(BUILD_SECONDS):
                async for line in child.stdout:
                    step = msgspec.json.decode(line, type=_Step)
                    if step.failed:
                        raise WeightsMissing(step.failed)
                    self._is(ModelState("building", step.part, step.what))
                code = await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if code:
            raise WeightsMissing(f"rebuilding the weights ended with {code}")
