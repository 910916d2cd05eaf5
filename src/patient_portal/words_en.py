"""English. Our own words throughout: the standard's descriptions of reasons and services are licensed and stay out."""

from __future__ import annotations

from patient_portal.words import (
    BillWords,
    CallWords,
    CommonWords,
    ErrorPageWords,
    OpenWords,
    Outcome,
    OutcomeWords,
    PayWords,
    ReasonKind,
    ReasonWords,
    Words,
)
from ui.formatting import long_date

_COMMON = CommonWords(
    skip="Skip to main content",
    larger_text="Larger text",
    standard_text="Standard text",
    back_to_bill="Back to your bill",
    error_prefix="Error: ",
    problem="There is a problem",
    help_title="Need help?",
    call="Call {phone}.",
    call_hours="Call {phone}, {hours}.",
    interpreter="You can ask for an interpreter. It is free.",
    billed_by="{company} handles bills for {practice}.",
    bill_number="Bill number",
)

_OPEN = OpenWords(
    title="Open your bill",
    lead_link="To keep your bill private, tell us your date of birth.",
    lead_code="Have your paper bill or our text message with you.",
    bill_code="Bill code",
    bill_code_hint="It is near the top of your bill. It looks like K7QM-42XD-9HTR.",
    bill_code_missing="Enter your bill code",
    bill_code_wrong="Check your bill code. It has letters and numbers only.",
    birth_date="Date of birth of the patient",
    birth_date_hint="For example: 3 14 1958",
    month="Month",
    day="Day",
    year="Year",
    month_missing="Enter the month of birth",
    month_wrong="The month must be a number from 1 to 12",
    day_missing="Enter the day of birth",
    day_wrong="The day must be a number from 1 to 31",
    year_missing="Enter the year of birth",
    year_wrong="The year must have 4 numbers, like 1958",
    birth_date_wrong="That date does not exist. Check the month and day.",
    no_match="We did not find a bill that fits. Check what you typed and try again.",
    open="Open my bill",
    why_ask_title="Why we ask",
    why_ask="We check that the bill is yours. We do not ask for your card here.",
)

_BILL = BillWords(
    title="Your bill",
    you_owe="You owe",
    you_have_credit="You have a credit of",
    nothing_yet="Nothing to pay yet",
    paid_up="All paid",
    no_bill="Nothing to pay",
    for_visit="for your visit on {date}",
    for_visit_with="for your visit with {provider} on {date}",
    for_visits_one_day="for {count} visits on {date}",
    for_visits="for {count} visits from {first} to {last}",
    pay_by="Please pay by {date}",
    pay="Pay {amount}",
    pay_part="You can choose to pay less on the next page.",
    waiting="We are waiting for {insurer}.",
    waiting_next="We will send you a bill if a part is left for you.",
    paid_thanks="We got your last payment on {date}. Thank you.",
    paid_thanks_undated="There is nothing left to pay.",
    credit_next="You paid more than your share. Call us and we will send it back.",
    how="How we got to {amount}",
    how_so_far="Where your bill is now",
    bar="The full price of {price}, split by who takes care of it",
    price="Price of your visit",
    prices="Price of your visits",
    price_hint="The full price, before any plan",
    insurer_paid="{insurer} paid us",
    insurer_paid_on="On {date}",
    with_insurer="{insurer} is still deciding",
    with_insurer_hint="Please do not pay this part now",
    share="Your share",
    forgiven="We took this off for you",
    forgiven_hint="You do not need to pay it",
    already_paid="You paid already",
    total_owed="You owe now",
    total_credit="Your credit",
    total_so_far="You owe today",
    why="Why is my share {amount}?",
    why_lead="Your plan sets your share. It has {count} parts.",
    why_lead_one="Your plan sets your share.",
    no_plan_title="Do you have health insurance?",
    no_plan="We did not send this bill to a plan. If you have one, call us before you pay.",
    what="What you had done",
    full_price="The full price",
    visit_with="{date} with {provider}",
    your_share_of="Your share. The full price was {amount}.",
    codes="Show billing codes",
    code_service="Service",
    code="Code",
    wrong_title="Does something look wrong?",
    wrong="Is your plan wrong or missing? Did you pay this already? Call us, and we will check it with you.",
    hard_title="Is this hard to pay?",
    hard="Call us and ask about help or more time. It is free to ask, and it does not change your care.",
    account_number="Account number",
    slip_title="Pay by mail",
    slip_lead="Send a check with this part of the page.",
    slip_amount="Amount you are sending: $",
)

_PAY = PayWords(
    title="Pay your bill",
    choose="How much do you want to pay?",
    choose_missing="Choose how much you want to pay",
    all="All of it",
    all_hint="Nothing is left after this",
    part="A part of it",
    part_hint="You can pay the rest later",
    amount="Amount in dollars",
    amount_hint="From {least} to {most}",
    amount_missing="Enter how much you want to pay",
    amount_wrong="Enter an amount from {least} to {most}",
    next="Go to secure payment",
    safe_title="Your card stays private",
    safe="You pay on a secure page run by {processor}. We never see or keep your card number.",
)

_OUTCOME = OutcomeWords(
    receipt_name="Your receipt",
    receipt_title="Thank you. You paid {amount}.",
    thanks="Your payment went to {practice}.",
    paid_amount="You paid",
    paid_on="Date",
    paid_with="Paid with",
    confirmation="Receipt number",
    still_owed="Left to pay",
    sent_to="We sent a copy to {email}.",
    keep="Print this page or write down the receipt number.",
    nothing_left="You have nothing left to pay on this bill.",
    pay_rest="You can pay the rest any time before {date}.",
    pending_title="Your payment is on its way",
    pending_lead="We are waiting to hear that {amount} went through. It can take a few minutes.",
    pending_bank="Your bank is sending {amount}. It can take up to 5 days.",
    pending_once="Please do not pay again. We will show it on your bill when it is done.",
    check_again="Check again",
    declined_title="Your payment did not go through",
    declined_nothing="No money was taken. You still owe {amount}.",
    declined_card="Your bank said no to this card. Try another card, or call your bank.",
    declined_expired="This card is out of date. Try another card.",
    declined_left="You left the payment page before you were done.",
    try_again="Try again",
)

_CALL = CallWords(
    link_expired_title="This link is too old",
    link_expired="Links stop working after some time. This keeps your bill private.",
    locked_title="Please call us",
    locked="We could not match your date of birth. Wait one hour and try again, or call us now.",
    not_found_title="We cannot find that bill",
    not_found="The link may be old, or the bill may be closed.",
    have_ready="Have your bill with you. We can help you open it or pay by phone.",
    call_number="Call {phone}",
    open_with_code="Use the code on your bill",
)

_ERROR = ErrorPageWords(
    go_to_bill="Go to your bill",
    request_number="If you call us, give this number:",
)

_REASONS = {
    ReasonKind.DEDUCTIBLE: ReasonWords(
        "Your deductible", "Each year you pay this much first. After that, your plan starts to help."
    ),
    ReasonKind.COINSURANCE: ReasonWords(
        "Your coinsurance", "You and your plan each pay a part of the cost. This is your part."
    ),
    ReasonKind.COPAY: ReasonWords("Your copay", "Your plan has a set price that you pay for this kind of visit."),
    ReasonKind.LOWER_PRICE: ReasonWords("Lower price", "Your plan has a lower price for this care."),
    ReasonKind.PART_OF_ANOTHER: ReasonWords(
        "Part of another service", "Your plan counts this as a part of another service on the same day."
    ),
    ReasonKind.NOT_COVERED: ReasonWords("Not in your plan", "Your plan does not pay for this service."),
    ReasonKind.NO_APPROVAL: ReasonWords("No approval first", "Your plan wanted to say yes before this visit."),
    ReasonKind.NO_REFERRAL: ReasonWords("No referral", "Your plan wanted your main doctor to send you to us first."),
    ReasonKind.NOT_NEEDED: ReasonWords(
        "Your plan said no", "Your plan says you did not need this care. You can ask them to look again."
    ),
    ReasonKind.NEW_TREATMENT: ReasonWords(
        "Too new for your plan", "Your plan says this care is too new. You can ask them to look again."
    ),
    ReasonKind.LIMIT_REACHED: ReasonWords("Plan limit reached", "Your plan has a limit, and you have used it up."),
    ReasonKind.NOT_ACTIVE: ReasonWords(
        "Plan not active", "Your plan says it did not cover you on this day. Call us if you had a plan."
    ),
    ReasonKind.NOT_FOUND: ReasonWords(
        "Plan did not find you", "Your plan could not find you in its list. Call us with your plan card."
    ),
    ReasonKind.WRONG_PLAN: ReasonWords(
        "Other plan", "This plan says another plan should pay. Call us with your plan card."
    ),
    ReasonKind.OTHER_PLAN_FIRST: ReasonWords(
        "Other plan pays first", "Your plan says you have another plan that pays first. Call us about it."
    ),
    ReasonKind.OTHER_PLAN_PAID: ReasonWords("Other plan paid", "Your other plan took care of this part."),
    ReasonKind.OUT_OF_NETWORK: ReasonWords(
        "Not in network", "Your plan pays less here, because we are not in its network."
    ),
    ReasonKind.SENT_LATE: ReasonWords("Sent too late", "Your plan got this bill from us too late."),
    ReasonKind.SENT_TWICE: ReasonWords("Sent twice", "Your plan says it got this bill two times."),
    ReasonKind.NEED_FACTS: ReasonWords("More facts needed", "Your plan needs more facts from us."),
    ReasonKind.NEED_YOUR_ANSWER: ReasonWords(
        "Your plan needs you", "Your plan asked you a question and is waiting. Call your plan to answer it."
    ),
    ReasonKind.PAID_TO_YOU: ReasonWords("Paid to you", "Your plan says it sent this money to you."),
    ReasonKind.CODES_UNCLEAR: ReasonWords("Code was not clear", "Your plan did not accept a code on this bill."),
    ReasonKind.UNKNOWN: ReasonWords(
        "Other reason", "Your plan gave the code {code}. Call us and we will tell you more."
    ),
    ReasonKind.OUR_DISCOUNT: ReasonWords("Our discount", "We lowered the price for you."),
    ReasonKind.REMAINDER: ReasonWords("Other changes", "This changed after your plan answered. Call us to learn more."),
}

_OUTCOMES = {
    Outcome.YOU_PAY: "This part is yours to pay.",
    Outcome.YOU_DO_NOT_PAY: "You do not pay this.",
    Outcome.ASK_US: "We are still checking this part.",
}

ENGLISH = Words(
    language="en",
    date=long_date,
    common=_COMMON,
    open=_OPEN,
    bill=_BILL,
    pay=_PAY,
    outcome=_OUTCOME,
    call=_CALL,
    error=_ERROR,
    reasons=_REASONS,
    outcomes=_OUTCOMES,
)
