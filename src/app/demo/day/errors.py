"""Why a demonstration could not go on; every message names what is missing."""


class DayFailed(Exception):
    """The day stopped before its end."""


class DayStuck(DayFailed):
    """Jobs or partners did not finish; the message names them."""


class PaymentNotMade(DayFailed):
    """The patient's payment did not go through; the message says where it stopped."""


class Refused(DayFailed):
    """The API answered with a problem; the message is the problem's own."""


class DayInterrupted(DayFailed):
    """The database or a service went away; running the day again completes it."""
