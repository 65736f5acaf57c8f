"""How long what comes from outside may be; a translation cuts it to fit, so that length alone refuses nothing."""

from typing import Annotated

from pydantic import Field

LONGEST_WORD = 100
LONGEST_LINE = 500
LONGEST_TEXT = 8000
MOST_ITEMS = 50

Identifier = Annotated[str, Field(min_length=1, max_length=255)]
Word = Annotated[str, Field(max_length=LONGEST_WORD)]
Line = Annotated[str, Field(max_length=LONGEST_LINE)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Count = Annotated[int, Field(ge=0)]
