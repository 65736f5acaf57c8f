"""The types of the fields of domain events."""

from typing import Annotated

from pydantic import Field

from functions.core.events.limits import CURRENCY, LONGEST_LINE, LONGEST_TEXT, LONGEST_WORD

Identifier = Annotated[str, Field(min_length=1, max_length=255)]
Word = Annotated[str, Field(max_length=LONGEST_WORD)]
Line = Annotated[str, Field(max_length=LONGEST_LINE)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Count = Annotated[int, Field(ge=0)]

# Money is three fields: an amount in minor units, its currency, and how many of the amount's digits are decimals there.
Amount = Annotated[int, Field(ge=0, description="in minor units of the currency")]
Currency = Annotated[str, Field(pattern=f"^{CURRENCY}$")]
Exponent = Annotated[int, Field(ge=0, le=4, description="how many digits of the amount are decimals")]
