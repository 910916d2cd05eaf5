"""A device in a few words, so that people recognize their own sessions; pure."""

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)  # fmt: skip
_LONGEST = 40


def device_words(user_agent: str) -> str:
    """`Firefox on Windows`; for a program its own first word; `Unknown device` for nothing."""
    browser = next((words for mark, words in _BROWSERS if mark in user_agent), "")
    system = next((words for mark, words in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    first = "".join(letter for letter in user_agent.split(" ")[0] if letter.isprintable())[:_LONGEST]
    return browser or system or first or "Unknown device"
