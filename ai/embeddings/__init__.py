"""Sentence embeddings: the weights (rebuilt from a package, or the site's own), their manifest, and the model.

Nothing here is imported by the hub's event loop: the model lives in the inference process (`ai.inference`), because
onnxruntime and the weights cost memory the hub should not pay, and CPU it must not wait for.
"""

from ai.embeddings.manifest import Manifest, WeightsBroken, WeightsMissing
from ai.embeddings.store import Store

__all__ = ["Manifest", "Store", "WeightsBroken", "WeightsMissing"]
