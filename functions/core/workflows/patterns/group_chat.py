"""Group chat and maker-checker: members speak in turn about one proposal, until enough of them approve it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from functions.core.workflows.contents import LONGEST_NOTE_OF_PERSON, Unfit, text_in, word_in
from functions.core.workflows.declaration import PERSON, Declaration, one_of, twice, whole
from functions.core.workflows.ends import EndState
from functions.core.workflows.messages import Decision
from functions.core.workflows.pattern import Bound, Ending, Moves, Pattern, Question, Run, Seen, Work
from functions.core.workflows.similarity import Sketch, period, sketch
from functions.core.workflows.state import Task

MOST_ROUNDS = 10
MOST_REPEATS = 5

Turns = Literal["maker_checker", "round_robin"]
Approval = Literal["all", "majority", "any"]
Says = Literal["proposal", "approve", "object"]


@dataclass(frozen=True, kw_only=True)
class GroupChat(Declaration):
    """Who speaks, by which rule, and when they are done.

    In a `maker_checker`, the first speaker proposes and the others approve or object, in turn, until it is decided;
    then the maker proposes again. In a `round_robin`, everybody in turn proposes something else, approves or objects;
    the author of what is discussed proposes again. A round is a proposal of the maker, or each speaker once.

    A proposal is agreed when `approval` of the others approve it, and, with `person`, a person too. `repeats` is how
    often somebody may repeat a proposal or an objection before the chat ends. `otherwise` is how a chat ends that does
    not agree.
    """

    speakers: Sequence[str]
    turns: Turns = "maker_checker"
    approval: Approval = "all"
    person: bool = False
    rounds: int = 3
    repeats: int = 1
    otherwise: Literal["handed_to_person", "best_so_far"] = "handed_to_person"

    @property
    def members(self) -> Sequence[str]:
        return self.speakers

    @property
    def needed(self) -> int:
        """How many others must approve."""
        others = len(self.speakers) - 1
        return {"all": others, "majority": others // 2 + 1, "any": 1}[self.approval]

    def own_findings(self) -> Iterator[str]:
        if len(self.speakers) < 2:
            yield f"{len(self.speakers)} speakers: nobody could approve what another proposes; name at least two"
        yield from twice("speaker", self.speakers)
        yield from one_of("turns", self.turns, get_args(Turns))
        yield from one_of("approval", self.approval, get_args(Approval))
        yield from one_of("otherwise", self.otherwise, ("handed_to_person", "best_so_far"))
        yield from whole("rounds", self.rounds, 1, MOST_ROUNDS)
        yield from whole("repeats", self.repeats, 0, MOST_REPEATS)
        if type(self.person) is not bool:
            yield f"person {self.person!r}: True or False"


@dataclass(frozen=True)
class Proposal:
    """A proposal, who made it, and what the others say of it."""

    text: str
    author: str
    approved: tuple[str, ...] = ()
    objections: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> Mapping[str, Any]:
        """For members, people and the result."""
        objections = [{"member": member, "text": text} for member, text in self.objections]
        return {"text": self.text, "author": self.author, "approved": list(self.approved), "objections": objections}


@dataclass(frozen=True)
class Said:
    """A proposal or an objection of the past, to compare later ones with."""

    member: str
    says: Says
    sketch: Sketch


@dataclass(frozen=True)
class Chat:
    """Where the chat stands. `turn` is an index of the speakers. `warning` is of the last repetition."""

    round: int = 1
    turn: int = 0
    current: Proposal | None = None
    best: Proposal | None = None
    said: tuple[Said, ...] = ()
    repeated: int = 0
    warning: str = ""


class GroupChatPattern(Pattern[GroupChat, Chat]):
    """`about` is the round."""

    declaration = GroupChat
    memory = Chat
    guards = {
        "repetition": "the same proposal or objection again, also reworded, and cycles of any length",
        "rounds": "a chat that does not agree",
        "approval": "an approval of one's own proposal",
        "attempts": "a speaker that does not answer, or speaks out of turn",
    }

    def bound(self, declared: GroupChat) -> Bound:
        turns = declared.rounds * len(declared.speakers)
        # A proposal and another's approval come before each question to a person.
        approved = declared.rounds if declared.turns == "maker_checker" else turns // 2
        return Bound(turns * declared.tries, approved if declared.person else 0)

    def begin(self, run: Run[GroupChat, None]) -> Moves[Chat]:
        return Moves(Chat(), (Work(run.declared.speakers[0], "1"),))

    def payload(self, run: Run[GroupChat, Chat], work: Work) -> Mapping[str, Any]:
        chat = run.memory
        return {
            "round": chat.round,
            "of": run.declared.rounds,
            "say": list(_may_say(run.declared, chat, work.member)),
            "proposal": chat.current.shown if chat.current else None,
            "warning": chat.warning,
        }

    def replied(self, run: Run[GroupChat, Chat], task: Task, content: Mapping[str, Any]) -> Moves[Chat]:
        may_say = _may_say(run.declared, run.memory, task.member)
        if content.get("says") == "approve" and not may_approve(run.memory, task.member):
            raise Unfit(f"there is nothing to approve for you; says: write one of {', '.join(may_say)}", "approval")
        says = word_in(content, "says", may_say)
        if says == "approve":
            return self._went_on(run, approved_by(run.memory, task.member), ())
        chat, seen = heard(run.memory, task.member, says, text_in(content, "text"))  # type: ignore[arg-type]  # one of them
        return self._went_on(run, chat, seen)

    def gave_up(self, run: Run[GroupChat, Chat], task: Task, reason: str) -> Moves[Chat]:
        return _not_agreed(run, run.memory, f"no answer of {task.member}: {reason}", ())

    def decided(self, run: Run[GroupChat, Chat], task: Task, decision: Decision) -> Moves[Chat]:
        """A person who denies objects: the chat goes on with their note, as long as there are rounds."""
        chat = run.memory
        if decision.result == "approved":
            return Moves(chat, end=Ending("agreed", "a person approved too", self.so_far(run)))
        if decision.result == "expired":
            end = Ending("handed_to_person", "nobody decided on what the members agree on", self.so_far(run))
            return Moves(chat, end=end)
        objected = _with_objection(chat, PERSON, decision.note[:LONGEST_NOTE_OF_PERSON] or "denied")
        return self._next_turn(run, objected, ())

    def joined(self, run: Run[GroupChat, Chat]) -> Moves[Chat]:
        """Whose turn it is speaks again, also instead of a person. Approvals without the news do not count."""
        chat = run.memory
        best, current = (replace(one, approved=()) if one else None for one in (chat.best, chat.current))
        speaker = run.declared.speakers[chat.turn]
        return Moves(replace(chat, best=best, current=current), (Work(speaker, str(chat.round)),))

    def so_far(self, run: Run[GroupChat, Chat]) -> Mapping[str, Any]:
        return _result(run.memory)

    def _went_on(self, run: Run[GroupChat, Chat], chat: Chat, seen: tuple[Seen, ...]) -> Moves[Chat]:
        """After something was said: agreed, too much repeated, or the next turn."""
        declared, current = run.declared, chat.current
        if current and len(current.approved) >= declared.needed:
            if not declared.person:
                return Moves(chat, end=Ending("agreed", _count(declared, current), _result(chat)), seen=seen)
            question = Question(str(chat.round), "The members agree. Do you approve?", _result(chat))
            return Moves(chat, question=question, seen=seen)
        if too_much_repeated(chat.repeated, declared.repeats):
            return _not_agreed(run, chat, chat.warning, seen)
        return self._next_turn(run, chat, seen)

    def _next_turn(self, run: Run[GroupChat, Chat], chat: Chat, seen: tuple[Seen, ...]) -> Moves[Chat]:
        turn = TURNS[run.declared.turns](run.declared, chat)
        number = chat.round + (turn <= chat.turn)
        if no_round_left(number, run.declared.rounds):
            limit = Seen("rounds", f"not agreed after {run.declared.rounds} rounds")
            return _not_agreed(run, chat, limit.note, (*seen, limit))
        after = replace(chat, round=number, turn=turn)
        return Moves(after, (Work(run.declared.speakers[turn], str(number)),), seen=seen)


def no_round_left(number: int, rounds: int) -> bool:
    """Whether the round `number` is more than there are."""
    return number > rounds


def too_much_repeated(repeated: int, allowed: int) -> bool:
    """Whether the members are in a loop."""
    return repeated > allowed


def heard(chat: Chat, member: str, says: Says, text: str) -> tuple[Chat, tuple[Seen, ...]]:
    """The chat after a proposal or an objection, and what the guard says of it.

    A proposal repeats one of anybody, an objection one of the same member; how long ago it was is the cycle's length.
    """
    now = sketch(text)
    earlier = [one.sketch for one in chat.said if one.says == says and (says == "proposal" or one.member == member)]
    said = replace(chat, said=(*chat.said, Said(member, says, now)))
    if says == "proposal":
        current = Proposal(text, member)
        said = replace(said, current=current, best=_better(said.best, current))
    else:
        said = _with_objection(said, member, text)
    if ago := period(earlier, now):
        cycle = f"a cycle of {ago}" if ago > 1 else "the same again"
        warning = f"{member} repeats {'a proposal' if says == 'proposal' else 'an objection'}: {cycle}"
        return replace(said, repeated=said.repeated + 1, warning=warning), (Seen("repetition", warning),)
    return said, ()


def approved_by(chat: Chat, member: str) -> Chat:
    """The chat after an approval. Nobody speaks twice about a proposal: its author proposes again before that."""
    assert chat.current  # noqa: S101 - nobody may approve before there is a proposal
    current = replace(chat.current, approved=(*chat.current.approved, member))
    return replace(chat, current=current, best=_better(chat.best, current))


def maker_checker(declared: GroupChat, chat: Chat) -> int:
    """The next checker; the maker, once no checker is left or too few of them can still approve."""
    left = len(declared.speakers) - 1 - chat.turn
    assert chat.current  # noqa: S101 - the maker speaks first, and proposes
    possible = len(chat.current.approved) + left >= declared.needed
    return chat.turn + 1 if left and possible and not _denied(chat) else 0


def round_robin(declared: GroupChat, chat: Chat) -> int:
    """The next in the order of the declaration."""
    return (chat.turn + 1) % len(declared.speakers)


TURNS: Mapping[Turns, Callable[[GroupChat, Chat], int]] = {
    "maker_checker": maker_checker,
    "round_robin": round_robin,
}


def may_approve(chat: Chat, member: str) -> bool:
    """Whether there is a proposal of another, which no person has denied."""
    return chat.current is not None and chat.current.author != member and not _denied(chat)


def _may_say(declared: GroupChat, chat: Chat, member: str) -> tuple[Says, ...]:
    approving: tuple[Says, ...] = ("approve", "object") if may_approve(chat, member) else ()
    if declared.turns == "maker_checker":
        return ("proposal",) if member == declared.speakers[0] else approving
    return ("proposal", *approving)


def _denied(chat: Chat) -> bool:
    """Whether a person denied the proposal."""
    return chat.current is not None and any(member == PERSON for member, _ in chat.current.objections)


def _with_objection(chat: Chat, member: str, text: str) -> Chat:
    assert chat.current  # noqa: S101 - nobody may object before there is a proposal
    current = replace(chat.current, objections=(*chat.current.objections, (member, text)))
    return replace(chat, current=current, best=current if chat.best == chat.current else chat.best)


def _better(best: Proposal | None, current: Proposal) -> Proposal:
    """The proposal that more approve; of two, the later one."""
    return best if best and len(best.approved) > len(current.approved) else current


def _not_agreed(run: Run[GroupChat, Chat], chat: Chat, reason: str, seen: tuple[Seen, ...]) -> Moves[Chat]:
    state: EndState = run.declared.otherwise if chat.best else "handed_to_person"
    return Moves(chat, end=Ending(state, reason, _result(chat)), seen=seen)


def _result(chat: Chat) -> Mapping[str, Any]:
    return {
        "proposal": chat.current.shown if chat.current else None,
        "best": chat.best.shown if chat.best else None,
        "rounds": chat.round,
    }


def _count(declared: GroupChat, proposal: Proposal) -> str:
    return f"{len(proposal.approved)} of {len(declared.speakers) - 1} others approve"
