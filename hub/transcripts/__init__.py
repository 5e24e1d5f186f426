"""Live captions of a meeting and its transcript (phụ đề, bản ghi lời)."""
