"""The types of the fields of domain events."""

from typing import Annotated

from pydantic import Field

from functions.core.events.limits import LONGEST_LINE, LONGEST_TEXT, LONGEST_WORD

Identifier = Annotated[str, Field(min_length=1, max_length=255)]
Word = Annotated[str, Field(max_length=LONGEST_WORD)]
Line = Annotated[str, Field(max_length=LONGEST_LINE)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Count = Annotated[int, Field(ge=0)]
