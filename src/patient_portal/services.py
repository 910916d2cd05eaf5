"""What a procedure code is called on a bill, in our own plain words.

Descriptions of procedure codes are licensed, so a bill names the kind of service, from the code's chapter, and shows the code
beside it for anybody who wants to ask.
"""

_KINDS = {
    "A": "Medical supplies",
    "B": "Nutrition supplies",
    "C": "Hospital outpatient service",
    "D": "Dental service",
    "E": "Medical equipment",
    "G": "Visit or care service",
    "H": "Counseling service",
    "J": "Medicine given at your visit",
    "K": "Medical equipment",
    "L": "Brace or support",
    "M": "Medical service",
    "P": "Lab test",
    "Q": "Medicine or supplies",
    "R": "X-ray service",
    "S": "Medical service",
    "T": "Care service",
    "V": "Vision or hearing service",
}


def service_name(procedure_code: str) -> str:
    """The name of a service on a bill."""
    return _KINDS.get(procedure_code[:1], "Medical service")
