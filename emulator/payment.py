"""The payment application behind the wire: which commands it takes, and the response each of them ends in.

Field names are those of the sheet's response table; every value is a string (ECD-008). The card is a published test
number of which only the first six and the last four digits are ever told (ECD-089).
"""

from __future__ import annotations

import re
from typing import Final

from harness.wire.econduit import TRANSACTIONS, Command

CHARGES: Final = ("Sale", "Refund", "Auth", "GiftActivate", "GiftSale", "GiftRefund", "GiftAddValue")
"""Commands that move money or hold it, each under a RefID of its own (ECD-120)."""

_NEED_AMOUNT: Final = ("Sale", "Refund", "Auth", "TipAdjust", "GiftSale", "GiftRefund", "GiftAddValue")
_AMOUNT: Final = re.compile(r"[0-9]{1,10}\.[0-9]{2}")  # the decimal point is mandatory (P3)

_MESSAGES: Final = {"Approved": "APPROVAL", "Declined": "DECLINED", "Cancelled": "CANCELLED", "Error": "ERROR"}
_CARD: Final = {
    "CardType": "Visa", "Last4": "0119", "Name": "TEST CARD", "CardToken": "", "ExpDate": "1230", "CardBin": "476173",
    "EntryMethod": "Chip",
}  # fmt: skip
_CHIP: Final = {
    "EMV_TC": "6F1C0A9B2D3E4F58", "EMV_TVR": "0000008000", "EMV_AID": "A0000000031010", "EMV_TSI": "E800",
    "EMV_ATC": "001F", "EMV_App_Label": "VISA CREDIT", "EMV_App_Name": "Visa Credit",
}  # fmt: skip


def _amount(command: Command) -> str:
    amount = command.fields.get("Amount", "")
    return amount if _AMOUNT.fullmatch(amount) else "0.00"


def objection(command: Command) -> str:
    """Why this command cannot be carried out, as the Message of an error response; "" if it can."""
    if command.name not in TRANSACTIONS:
        return "UNKNOWN COMMAND"
    amount = command.fields.get("Amount", "")
    if (amount or command.name in _NEED_AMOUNT) and not _AMOUNT.fullmatch(amount):
        return "INVALID AMOUNT"
    return ""


def refusal(command: Command, terminal_id: str, result: str, message: str) -> dict[str, str]:
    """The response to a command that was not carried out: `result` is `Error` or `Busy`."""
    return {
        "TerminalID": terminal_id,
        "ResultCode": result,
        "AuthCode": "",
        "TransType": command.name if command.name in TRANSACTIONS else "",
        "Amount": _amount(command),
        "AmountString": _amount(command),
        "Message": message,
        "RefID": command.ref_id,
    }


def outcome(command: Command, terminal_id: str, result: str, auth_code: str, part: str = "") -> dict[str, str]:
    """The response to a transaction that ran to its end; `auth_code` counts for an approved one only. `part`: what was
    approved, if that is not the whole amount."""
    amount = part or _amount(command)
    approved = auth_code if result == "Approved" else ""
    return {
        "TerminalID": terminal_id,
        "ResultCode": result,
        "AuthCode": approved,
        "TransType": command.name,
        "Amount": amount,
        "AmountString": amount,
        **_CARD,
        "CashBack": "0.00",
        "CashBackString": "0.00",
        "Message": _MESSAGES.get(result, result.upper()),
        "RefID": command.ref_id,
        "GiftCardBalance": "0.00",
        "GiftCardBalanceString": "0.00",
        "ProcessorExtraData1": "",
        "ProcessorExtraData2": "",
        "ProcessorExtraData3": "",
        "SignatureData": "",
        **_CHIP,
        "receiptTerminal": f"{command.name.upper()} {amount} {result.upper()} {approved}".rstrip(),
    }
