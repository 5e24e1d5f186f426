"""The state of a meeting from its line alone. What is stored in rows beside it must be the same: tests compare them."""

from hub.replay.facts import COURSE, Fact, facts, facts_of_record
from hub.replay.fold import course_of, replay, step
from hub.replay.models import Course, State

__all__ = ["COURSE", "Course", "Fact", "State", "course_of", "facts", "facts_of_record", "replay", "step"]
