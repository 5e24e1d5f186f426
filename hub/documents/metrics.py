"""What a collector may know of live documents: how many, how many people, and what waits for the log."""

from collections.abc import Iterator
from weakref import WeakSet

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from realtime import Registry

watched: WeakSet[Registry] = WeakSet()
"""The registries of this process; tests have several."""


class DocumentsCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        known = list(watched)
        yield _gauge("open", "Documents open in this hub.", sum(each.open_documents for each in known))
        yield _gauge("editors", "Connections to documents, readers included.", sum(each.editors for each in known))
        yield _gauge("waiting_bytes", "Edits that wait for the log.", sum(each.backlog_bytes for each in known))
        yield _gauge("damaged", "Open documents whose log is damaged.", sum(each.damaged_documents for each in known))
        yield _gauge("storing", "0 while the log cannot be reached.", int(all(each.storing for each in known)))


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"phien_documents_{name}", says, value=value)


REGISTRY.register(DocumentsCollector())
