"""Writes the encoder as an ONNX graph with the inputs and outputs of the public `multilingual-e5-small` export.

The tensors go to a second file, which onnxruntime maps: the word table (60 MB) then costs only the pages that are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ai.embeddings.bundle import BLOCK, Bundle

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "last_hidden_state"
ORT_DOMAIN = "com.microsoft"
INT8_ACTIVATIONS = 4  # MatMulNBits accuracy level; the engine these weights were made for computes so too


def write_graph(bundle: Bundle, folder: Path) -> list[str]:
    """Writes `model.onnx` and `model.onnx.data`; returns their names."""
    model = _Encoder(bundle).model()
    onnx.save(
        model,
        str(folder / "model.onnx"),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location="model.onnx.data",
        size_threshold=4096,
    )
    return ["model.onnx", "model.onnx.data"]


def _packed(codes: Any) -> Any:
    """Two codes of 4 bits in a byte, the earlier one low."""
    return (codes[..., 0::2] | (codes[..., 1::2] << 4)).astype(np.uint8)


class _Encoder:
    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []

    def tensor(self, name: str, values: Any) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, inputs: list[str], out: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [out], domain=domain, name=out, **attributes))
        return out

    def linear(self, x: str, name: str, rows: int, columns: int) -> str:
        codes, scales = self.bundle.quantised(f"{name}.w", rows, columns)
        product = self.node(
            "MatMulNBits",
            [x, self.tensor(f"{name}.q", _packed(codes)), self.tensor(f"{name}.s", scales.reshape(-1))],
            f"{name}.product",
            domain=ORT_DOMAIN,
            K=columns,
            N=rows,
            bits=4,
            block_size=BLOCK,
            accuracy_level=INT8_ACTIVATIONS,
        )
        return self.node("Add", [product, self.tensor(f"{name}.b", self.bundle.floats(f"{name}.b"))], f"{name}.out")

    def layer_norm(self, x: str, name: str, out: str) -> str:
        weight = self.tensor(f"{name}.w", self.bundle.floats(f"{name}.w"))
        bias = self.tensor(f"{name}.b", self.bundle.floats(f"{name}.b"))
        return self.node("LayerNormalization", [x, weight, bias], out, axis=-1, epsilon=float(self.bundle.epsilon))

    def words(self) -> str:
        """Word + position + type, normalised."""
        hidden = self.bundle.shape.hidden
        codes, scales = self.bundle.quantised("emb.word", self.bundle.shape.vocabulary, hidden)
        signed = (codes.reshape(-1, hidden) ^ 8) & 15  # 0–15 with 8 as zero, to two's complement of 4 bits
        table = TensorProto()
        table.name, table.data_type, table.raw_data = "emb.q", TensorProto.INT4, _packed(signed).tobytes()
        table.dims.extend([self.bundle.shape.vocabulary, hidden])
        self.tensors.append(table)
        word = self.node(
            "GatherBlockQuantized",
            ["emb.q", "input_ids", self.tensor("emb.s", scales)],
            "word",
            domain=ORT_DOMAIN,
            gather_axis=0,
            quantize_axis=1,
            block_size=BLOCK,
        )
        zero, one = self.tensor("i0", np.array([0], np.int64)), self.tensor("i1", np.array([1], np.int64))
        length = self.node("Gather", [self.node("Shape", ["input_ids"], "shape"), one], "length", axis=0)
        positions = self.tensor("emb.pos", self.bundle.floats("emb.pos").reshape(-1, hidden))
        place = self.node("Slice", [positions, zero, length, zero], "place")
        types = self.tensor("emb.type", self.bundle.floats("emb.type").reshape(-1, hidden))
        kind = self.node("Gather", [types, "token_type_ids"], "kind", axis=0)
        placed = self.node("Add", [word, place], "placed")
        return self.layer_norm(self.node("Add", [placed, kind], "summed"), "emb.ln", "x0")

    def mask(self) -> str:
        """0 for a word, -1e9 for padding, shaped to be added to the attention scores."""
        seen = self.node("Cast", ["attention_mask"], "seen", to=TensorProto.FLOAT)
        padded = self.node("Sub", [self.tensor("one", np.array(1, np.float32)), seen], "padded")
        far = self.node("Mul", [padded, self.tensor("far", np.array(-1e9, np.float32))], "pushed")
        return self.node("Unsqueeze", [far, self.tensor("i12", np.array([1, 2], np.int64))], "mask")

    def attention(self, x: str, layer: str) -> str:
        hidden = self.bundle.shape.hidden

        def heads(name: str, order: list[int]) -> str:
            projected = self.linear(x, f"{layer}{name}", hidden, hidden)
            split = self.node("Reshape", [projected, "split"], f"{layer}{name}.split")
            return self.node("Transpose", [split], f"{layer}{name}.heads", perm=order)

        q, k, v = heads("q", [0, 2, 1, 3]), heads("k", [0, 2, 3, 1]), heads("v", [0, 2, 1, 3])
        scores = self.node("Mul", [self.node("MatMul", [q, k], f"{layer}qk"), "scale"], f"{layer}scaled")
        masked = self.node("Add", [scores, "mask"], f"{layer}masked")
        weights = self.node("Softmax", [masked], f"{layer}weights", axis=-1)
        seen = self.node("MatMul", [weights, v], f"{layer}seen")
        back = self.node("Transpose", [seen], f"{layer}back", perm=[0, 2, 1, 3])
        joined = self.node("Reshape", [back, "join"], f"{layer}joined")
        return self.linear(joined, f"{layer}ao", hidden, hidden)

    def gelu(self, x: str, layer: str) -> str:
        erf = self.node("Erf", [self.node("Mul", [x, "root_half"], f"{layer}g1")], f"{layer}g2")
        grown = self.node("Mul", [x, self.node("Add", [erf, "one"], f"{layer}g3")], f"{layer}g4")
        return self.node("Mul", [grown, "half"], f"{layer}g5")

    def model(self) -> Any:
        shape = self.bundle.shape
        each = shape.hidden // shape.heads
        self.tensor("split", np.array([0, 0, shape.heads, each], np.int64))
        self.tensor("join", np.array([0, 0, shape.hidden], np.int64))
        self.tensor("scale", np.array(each**-0.5, np.float32))
        self.tensor("half", np.array(0.5, np.float32))
        self.tensor("root_half", np.array(2**-0.5, np.float32))
        x = self.words()
        self.mask()
        for number in range(shape.layers):
            layer = f"l{number}."
            mixed = self.node("Add", [self.attention(x, layer), x], f"{layer}mixed")
            x = self.layer_norm(mixed, f"{layer}aln", f"{layer}x1")
            wide = self.gelu(self.linear(x, f"{layer}fi", shape.inner, shape.hidden), layer)
            narrow = self.linear(wide, f"{layer}fo", shape.hidden, shape.inner)
            last = number == shape.layers - 1
            fed = self.node("Add", [narrow, x], f"{layer}fed")
            x = self.layer_norm(fed, f"{layer}oln", OUTPUT if last else f"{layer}x2")
        graph = helper.make_graph(
            self.nodes,
            "multilingual-e5-small",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in INPUTS],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", "length", shape.hidden])],
            self.tensors,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(ORT_DOMAIN, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)
