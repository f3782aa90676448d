"""A listener in the manner of the first chat program: it turns what you say around and asks on."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

from providers.catalogue.records import ModelInfo
from providers.demo.models.rates import usd
from providers.demo.script import Ask, DemoModel, Say, Step

_REFLECTIONS = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "am": "are",
    "i'm": "you are",
    "i've": "you have",
    "i'd": "you would",
    "i'll": "you will",
    "you": "I",
    "your": "my",
    "yours": "mine",
    "yourself": "myself",
    "you're": "I am",
    "we": "you",
    "our": "your",
    "us": "you",
}
_VERBS_AFTER = {("you", "are"): "am", ("you", "were"): "was", ("i", "was"): "were"}
"""What becomes of a verb behind a word that is turned around."""

_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\bi need (.+)", ("What would it change for you to have {0}?", "Why {0}, and why now?")),
    (r"\bi want (.+)", ("Suppose you had {0}. What would you do first?", "What keeps you from {0}?")),
    (
        r"\bi(?:'m| am) (?:so |very |really |a bit )?(sad|tired|lonely|afraid|angry|worried|stressed|bored)\b.*",
        (
            "I am sorry that you are {0}. When did it begin?",
            "What do you usually do when you are {0}?",
        ),
    ),
    (
        r"\bi(?:'m| am) (?:so |very |really )?(happy|glad|excited|proud|relieved)\b.*",
        (
            "That is good to hear. What made you {0}?",
            "{Capital}! Who else knows about it?",
        ),
    ),
    (r"\bi feel (.+)", ("When do you feel {0} most?", "Where do you think feeling {0} comes from?")),
    (r"\bi think (.+)", ("What makes you think {0}?", "How sure are you that {0}?")),
    (r"\bi (?:can't|cannot|can not) (.+)", ("What would you need in order to {0}?", "Have you ever managed to {0}?")),
    (r"\bi (?:like|love|enjoy) (.+)", ("What do you like best about {0}?", "How did you come to {0}?")),
    (r"\bi (?:hate|dislike) (.+)", ("What is the worst thing about {0}?", "Was there a time when you liked {0}?")),
    (r"\bi(?:'m| am) (.+)", ("How long have you been {0}?", "Do you like being {0}?")),
    (
        r"\bmy (mother|father|sister|brother|son|daughter|wife|husband|friend|boss|colleague|cat|dog)\b.*",
        (
            "Tell me more about your {0}.",
            "What comes to mind first when you think of your {0}?",
        ),
    ),
    (r"\bbecause (.+)", ("Is that the only reason?", "And if it were not that {0}, what then?")),
    (r"\bare you (.+?)\??$", ("Would it matter to you whether I am {0}?", "Sometimes I wonder whether I am {0}.")),
    (r"\bcan you (.+?)\??$", ("I mostly listen, but tell me why you would like me to {0}.",)),
    (r"\bwhy (.+?)\??$", ("What do you think: why {0}?", "A good question. What would a friend of yours answer?")),
    (
        r"\b(?:what|how|who|when|where) .+\?$",
        (
            "What would be the best answer you could get?",
            "Before I say anything: what is your own guess?",
        ),
    ),
    (r"^(?:yes|yeah|sure|of course)\b.*", ("You sound certain. Go on.", "Good. And what follows from that?")),
    (r"^(?:no|nope|never)\b.*", ("Not at all? Or not yet?", "What makes you say no?")),
    (r".*\?$", ("What made you ask?", "Suppose the answer were yes. What would change?")),
)

_ON = (
    "Go on.",
    "I see. What happened then?",
    "Tell me more about that.",
    "And how does that sit with you?",
    "Let us stay with that for a moment. What matters most in it?",
)

_NAME = re.compile(r"\b(?:my name is|call me|i am called)\s+([^\W\d_][\w'-]{0,30})", re.IGNORECASE)
_GREETING = re.compile(r"^\W*(?:hi|hello|hey|good (?:morning|evening|day|afternoon)|greetings)\b", re.IGNORECASE)
_THANKS = re.compile(r"\b(?:thanks|thank you|cheers)\b", re.IGNORECASE)
_GOODBYE = re.compile(r"\b(?:bye|goodbye|good night|see you)\b", re.IGNORECASE)
_ASKS_NAME = re.compile(r"\bwhat(?:'s| is) my name\b|\bdo you (?:know|remember) my name\b", re.IGNORECASE)
_ASKS_WHO = re.compile(r"\bwho are you\b|\bwhat(?:'s| is) your name\b|\bwhat are you\b", re.IGNORECASE)


def _behave(ask: Ask) -> Iterator[Step]:
    yield Say(_reply(ask.prompt.strip(), ask.prompts[:-1]))


def _reply(said: str, before: Sequence[str]) -> str:
    name = _name([*before, said])
    given_now = _NAME.search(said)
    if not said:
        return "I am listening."
    if _ASKS_NAME.search(said):
        return f"You are {name}; you told me yourself." if name else "You have not told me yet. What is it?"
    if given_now:
        return f"It is good to meet you, {name}. What is on your mind?"
    if _ASKS_WHO.search(said):
        return "I am Eliza, a very small program with a very old idea: I listen and ask. What brings you here?"
    if _GREETING.match(said) and len(said.split()) <= 4:
        if any(_GREETING.match(earlier) for earlier in before):
            return f"Hello again{_comma(name)}. Where were we?"
        return f"Hello{_comma(name)}. How are you today?"
    if _THANKS.search(said):
        return f"You are welcome{_comma(name)}. Is there more?"
    if _GOODBYE.search(said):
        return f"Goodbye{_comma(name)}. You said {_amount(len(before) + 1)} to me, and I was glad to hear them."
    return _turned_around(said, before)


def _turned_around(said: str, before: Sequence[str]) -> str:
    sentences = [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", said) if part.strip()]
    for sentence in reversed(sentences):
        for pattern, answers in _RULES:
            match = re.search(pattern, sentence.rstrip(".!"), re.IGNORECASE)
            if match:
                about = reflect(match[1]) if match.groups() else ""
                return _choose(answers, said, before).format(about, Capital=about.capitalize())
    topic = next((earlier for earlier in reversed(before) if re.search(r"\bmy \w+", earlier, re.IGNORECASE)), "")
    if topic and len(before) % 3 == 2:
        thing = re.search(r"\bmy (\w+)", topic, re.IGNORECASE)
        if thing:
            return f"Earlier you spoke of your {thing[1]}. Does this have to do with it?"
    return _choose(_ON, said, before)


def reflect(text: str) -> str:
    """Turn first and second person around: `my own` becomes `your own`."""
    words = text.strip(" .!?,;").split()
    turned: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        pair = (before.lower(), word.lower())
        turned.append(_VERBS_AFTER.get(pair) or _REFLECTIONS.get(pair[1], word))
    if turned and turned[-1] == "I":
        turned[-1] = "me"
    return " ".join(turned)


def _name(said: Sequence[str]) -> str:
    for text in reversed(said):
        if match := _NAME.search(text):
            return match[1][0].upper() + match[1][1:]
    return ""


def _comma(name: str) -> str:
    return f", {name}" if name else ""


def _amount(turns: int) -> str:
    return "a few words" if turns < 4 else f"{turns} things"


def _choose(answers: Sequence[str], said: str, before: Sequence[str]) -> str:
    """The same words at the same point of a talk get the same answer; said again, they get another one."""
    return answers[(zlib.crc32(said.encode("utf-8", "replace")) + len(before)) % len(answers)]


MODEL = DemoModel(
    ModelInfo(
        id="eliza",
        name="Eliza",
        rates=usd("0", "0"),
        context_window=8_192,
        max_output_tokens=1_024,
        can_reason=False,
        supports_vision=False,
        supports_function_calling=False,
        note="free",
    ),
    "Listens, remembers your name and asks on. Costs nothing.",
    _behave,
    tokens_per_second=40,
)
