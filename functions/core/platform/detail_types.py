"""Parts of detail types that several rooms need."""

# The last part of the detail type of a raw event without a translation, `<source>.unmapped`.
UNMAPPED = "unmapped"
