"""Why something about a vote is not done, each with the word the page has a sentence for."""

from hub.errors import BadRequest, Conflict, Forbidden, Refusal, TooMany


class NoQuorum(Conflict):
    """Too few members are present, and no reason was given to vote all the same."""

    code = "no-quorum"


class VoteNotOpen(Conflict):
    """It is paused, closed, annulled or not opened yet."""

    code = "vote-not-open"


class AnotherVoteOpen(Conflict):
    """A meeting answers one question at a time."""

    code = "another-vote-open"


class AlreadyVoted(Conflict):
    """One person, one ballot, on whatever device; this vote does not allow a change."""

    code = "already-voted"


class NotAVoter(Forbidden):
    """Guests, secretaries and substitutes speak; they have no vote."""

    code = "not-a-voter"


class NotPresent(Conflict):
    """The voter has not been checked in, and the rule counts those who are present."""

    code = "not-present"


class UnknownChoice(BadRequest):
    """Not one of the answers this vote has."""

    code = "unknown-choice"


class UnknownRule(BadRequest):
    """No rule in force has this id, or it does not allow what was asked."""

    code = "unknown-rule"


class SilenceNeeded(BadRequest):
    """The rule leaves it to the body what no answer means; it must be said before."""

    code = "silence-needed"


class MembersTooFew(Conflict):
    """The body cannot have fewer members than voters at the meeting."""

    code = "members-too-few"


class RuleDoesNotApply(Conflict):
    """The rule is for a council with fewer than two thirds of its seats filled."""

    code = "rule-does-not-apply"


class VoteStillOpen(Conflict):
    """A vote is open or paused: it is closed or annulled first."""

    code = "vote-still-open"


class SecretVote(Conflict):
    """Nobody's answer is known."""

    code = "secret-vote"


class BadPaper(BadRequest):
    """Not a paper this vote's key has signed, or not something it can sign."""

    code = "bad-paper"


class PaperDiffers(Conflict):
    """The second person read the paper otherwise. The first entry waits on: the paper is looked at again."""

    code = "paper-differs"


class BadCount(BadRequest):
    """Figures that cannot be of one vote."""

    code = "bad-count"


class PaperCountMissing(Conflict):
    """Two people count the papers and must have entered the same."""

    code = "paper-count-missing"


class TooManyVotes(Conflict):
    code = "too-many-votes"


class BallotUnsure(Refusal):
    """The database did not answer in time: nobody knows yet whether it was counted. Sending the same again is safe."""

    status, code = 503, "ballot-unsure"


class BallotsCrowded(TooMany):
    """More ballots wait than this hub can hold; this one was not taken."""

    code = "ballots-crowded"
