"""Comments (bình luận) beside a text: threads anchored to a passage, in a shared document that only the hub writes."""
