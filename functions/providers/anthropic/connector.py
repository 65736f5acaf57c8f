"""Anthropic as a connector: the Messages API (https://docs.claude.com/en/api/messages)."""

from functions.api.connector import ConnectorManifest, Header, Json, Models, Number, Operation, Price

PRICES = "https://claude.com/pricing#api"
CHECKED = "2026-11-28"  # as genai-prices 0.2.3 has them, which a test compares

MANIFEST = ConnectorManifest(
    name="anthropic",
    owner="platform",
    hosts=["api.anthropic.com"],
    base="https://api.anthropic.com/",
    credential=Header("x-api-key"),
    headers={"anthropic-version": "2023-06-01"},  # https://docs.claude.com/en/api/versioning
    seconds=120,
    operations=[
        # Left out is what costs more than the tokens of its model (service tiers, containers, MCP servers), and
        # streaming, whose answer is not JSON.
        Operation(
            "messages.create",
            kind="read",
            entity="anthropic:model/{model}",
            method="POST",
            path="/v1/messages",
            encoding="json",
            takes={
                "max_tokens": Number(lowest=1, highest=1_000_000),
                "messages": Json(4_000_000),
                "system": Json(500_000),
                "tools": Json(500_000),
                "tool_choice": Json(10_000),
                "thinking": Json(1_000),
                "output_config": Json(200_000),
                "metadata": Json(1_000),
                "stop_sequences": Json(10_000),
                "temperature": Json(30),
                "top_p": Json(30),
                "top_k": Number(lowest=0),
            },
            needs=["max_tokens", "messages"],
            metered=True,
            model="model",
        ),
    ],
    models=[Models("the id of a model, like 'claude-haiku-4-5'", r"claude-[a-z0-9.-]+")],
    prices=[
        Price(
            ["claude-haiku-4-5", "claude-haiku-4-5-20251001"],
            input="1",
            output="5",
            cache_read="0.10",
            cache_write="1.25",
            cache_write_long="2",
            checked=CHECKED,
            source=PRICES,
        ),
        Price(
            ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929"],
            input="3",
            output="15",
            cache_read="0.30",
            cache_write="3.75",
            cache_write_long="6",
            most_input=200_000,  # a longer prompt costs more
            checked=CHECKED,
            source=PRICES,
        ),
    ],
)
