"""The sample commune: xã Yên Bình, which does not exist, with 24 past meetings and one about to begin."""

from hub.sample.holding import meeting_id
from hub.sample.load import InstallationHasPeople, SampleAccounts, make_sample, people

__all__ = ["InstallationHasPeople", "SampleAccounts", "make_sample", "meeting_id", "people"]
