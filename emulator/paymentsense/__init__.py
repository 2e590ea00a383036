"""An EPoS in software that speaks to Paymentsense Connect, `pac` and `pat`, and the same with one bad habit each.

What its user may do (`Told("user", Pressed(key, fields))`; amounts as `12.40`, everything a string):

| key | fields | what it does |
|---|---|---|
| `sale`, `refund` | amount, terminal?, reference?, cashback? | a transaction; the same reference tries again |
| `cancel` | reference? | asks to cancel what runs, the newest if none is named |
| `signature` | accepted: `true` / `false` | answers the oldest signature question |
| `report` | name?, terminal? | `end of day`, `banking`, `x balance` or `z balance`; a copy is kept |
| `terminal` | tid | the card machine of this till from now on |
| `terminals` | | which card machines are connected |
| `table` | name, amount?, unlock? | looks at a table, sets its bill, or takes a lost lock away (`unlock`: `true`) |
| `configure` | address?, host?, token?, installer_id?, integration?, tid? | the installer's values; connects anew |
| `connect` | | connects at once, also after a displacement |
| `quit` | | parts in order, and stays away until `connect` |

The display's first line says how it stands with Connect, the rest is what the user must know. In the book a sale is
under its reference, a table under its name, with what was settled in all.
"""

from __future__ import annotations

from emulator.paymentsense.build import build
from emulator.paymentsense.defects import DEFECTS

__all__ = ["DEFECTS", "build"]
