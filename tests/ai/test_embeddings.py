"""The weights are rebuilt whole or not at all, say what they are, and give the vectors of the engine they came from."""

from __future__ import annotations

import itertools
import random
import shutil
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest

from ai.embeddings import Store, WeightsBroken, WeightsMissing, manifest
from ai.embeddings.bundle import Bundle
from ai.embeddings.model import EmbeddingModel
from ai.embeddings.outline import dimensions
from ai.embeddings.package import package_file
from ai.embeddings.store import VOCABULARY
from ai.embeddings.tokens import UnigramTokens
from tests.ai.weights import models_folder

DECIDED = "Hội đồng nhân dân xã quyết nghị mức thu phí vệ sinh môi trường 30.000 đồng mỗi hộ một tháng."
OTHERS = [
    "Ủy ban nhân dân xã báo cáo tiến độ giải phóng mặt bằng tuyến đường liên thôn.",
    "Ban Văn hóa - Xã hội thẩm tra kế hoạch tuyển sinh lớp một năm học tới.",
    "Đại biểu đề nghị bổ sung máy bơm cho trạm thủy lợi trước mùa mưa bão.",
]


@pytest.fixture(scope="module")
def store() -> Store:
    return Store(models_folder())


@pytest.fixture(scope="module")
def model(store: Store) -> EmbeddingModel:
    return EmbeddingModel(store.folder, store.describe())


def test_a_question_finds_the_passage_that_says_it_in_other_words(model: EmbeddingModel) -> None:
    passages = model.embed([*OTHERS, DECIDED], "passage")

    query = model.embed(["người dân phải đóng bao nhiêu tiền rác"], "query")[0]

    assert int(np.argmax(passages @ query)) == 3


def test_vectors_have_length_one_and_do_not_depend_on_who_shares_the_batch(model: EmbeddingModel) -> None:
    together = model.embed([DECIDED, "ngắn", *OTHERS, DECIDED * 8], "passage")

    alone = np.stack([model.embed([text], "passage")[0] for text in [DECIDED, "ngắn", *OTHERS, DECIDED * 8]])

    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert (together * alone).sum(axis=1).min() > 0.999


def test_composed_and_decomposed_letters_are_the_same_text(model: EmbeddingModel) -> None:
    import unicodedata

    both = model.embed([DECIDED, unicodedata.normalize("NFD", DECIDED)], "passage")

    assert np.array_equal(both[0], both[1])


@pytest.mark.parametrize(
    "text", ["", " \n\t", "🎉" * 400, "'; DROP TABLE passage; --", "x" * 10_000, "ấ " * 5_000, "\x00"]
)
def test_any_text_has_a_vector(model: EmbeddingModel, text: str) -> None:
    vector = model.embed([text], "query")[0]

    assert np.isfinite(vector).all()
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-4


def test_our_tokens_are_the_librarys(store: Store) -> None:
    """The library reads the same pieces; ours reads them from a map, in a hundredth of the memory."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    pieces = Bundle(package_file()).pieces
    offsets = pieces.offsets.tolist()
    words = [pieces.blob[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(offsets)]
    unigram = models.Unigram(
        list(zip(words, pieces.scores.tolist(), strict=True)), unk_id=pieces.unknown, byte_fallback=False
    )
    library = Tokenizer(unigram)
    library.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    library.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    ours = UnigramTokens(store.folder / VOCABULARY)
    syllables = [
        *" ".join([DECIDED, *OTHERS]).split(),
        "28/2024/QĐ-UBND",
        "ﬁ",
        "½",
        "ＡＢ",
        "你好",
        "🎉🎉",
        "straße",
        "…",
    ]
    chance = random.Random(7)

    for _ in range(300):
        text = " ".join(chance.choices(syllables, k=chance.randint(1, 30)))
        assert ours.encode(text, 512)[1:-1] == library.encode(text).ids, text


def test_a_long_text_is_cut_and_keeps_its_end_mark(store: Store) -> None:
    tokens = UnigramTokens(store.folder / VOCABULARY)

    ids = tokens.encode("quyết định " * 2_000, 512)

    assert len(ids) == 512
    assert (ids[0], ids[-1]) == (0, 2)


def test_the_manifest_says_what_is_not_known(store: Store) -> None:
    described = store.describe()

    assert described.licence == "MIT"
    assert described.dimensions == 384
    assert len(described.unknown) >= 2
    assert set(described.files) == {"model.onnx", "model.onnx.data", VOCABULARY}


def test_a_changed_byte_is_found_before_the_model_is_used(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / store.folder.name
    shutil.copytree(store.folder, folder)
    with (folder / "model.onnx.data").open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([byte[0] ^ 1]))

    with pytest.raises(WeightsBroken, match=r"model\.onnx\.data"):
        EmbeddingModel(folder, Store(tmp_path).describe())


def test_a_build_that_fails_leaves_nothing_that_looks_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(Exception):
        pass

    def disk_is_full(part: float, what: str) -> None:
        if what == "checksums":
            raise Full

    with pytest.raises(Full):
        Store(tmp_path).build(disk_is_full)

    assert not Store(tmp_path).ready()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_build_left_is_swept_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "building-abc").mkdir()
    (tmp_path / "building-abc" / "model.onnx").write_bytes(b"half")

    store = Store(tmp_path)
    store.build()

    assert [path.name for path in tmp_path.iterdir()] == [store.folder.name]


def test_a_site_names_its_own_folder_without_a_manifest(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "our-model"
    folder.mkdir()
    for name in ("model.onnx", "model.onnx.data", VOCABULARY):
        shutil.copy(store.folder / name, folder)

    described = Store(tmp_path / "unused", folder).describe()

    assert described.model_id.startswith("site/our-model/")
    assert described.dimensions == 384
    assert described.licence == "unknown"
    vector = EmbeddingModel(folder, described).embed([DECIDED], "passage")[0]
    assert vector.shape == (384,)


def test_how_wide_a_graph_is_can_be_read_without_its_weights(store: Store) -> None:
    graph = store.folder / "model.onnx"
    said = onnx.load(str(graph), load_external_data=False).graph.output[0].type.tensor_type.shape.dim[-1].dim_value

    assert dimensions(graph) == said == 384


def test_a_folder_without_a_model_is_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"no model\.onnx"):
        Store(tmp_path / "unused", tmp_path).describe()


def test_a_damaged_manifest_is_told_apart_from_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        manifest.read(tmp_path)
    (tmp_path / manifest.MANIFEST).write_bytes(msgspec.json.encode({"name": "x"}))

    with pytest.raises(WeightsBroken):
        manifest.read(tmp_path)
