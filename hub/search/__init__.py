"""Search of past meetings: indexing what they left, and finding it by meaning, word or number, within one's rights."""

from hub.search.index import forget_item, index_meeting
from hub.search.routes import handlers
from hub.search.service import Search

__all__ = ["Search", "forget_item", "handlers", "index_meeting"]
