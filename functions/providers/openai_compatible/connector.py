"""Any address with OpenAI's Chat Completions API (https://platform.openai.com/docs/api-reference/chat/create).

The host and the path before `/chat/completions` are in the settings, as "tenants": {"openai_compatible": {…}}.
"""

from functions.api.connector import Bearer, ConnectorManifest, Flag, Json, Models, Number, Operation

MANIFEST = ConnectorManifest(
    name="openai_compatible",
    owner="platform",
    hosts=["{host}"],
    base="https://{host}/{path}/",
    credential=Bearer(),
    seconds=120,
    operations=[
        # Left out is what multiplies the answer or costs more than tokens (n, service tiers, web search, audio), and
        # streaming, whose answer is not JSON.
        Operation(
            "chat.completions.create",
            kind="read",
            entity="openai_compatible:model/{model}",
            method="POST",
            path="/chat/completions",
            encoding="json",
            takes={
                "messages": Json(4_000_000),
                "max_completion_tokens": Number(lowest=1, highest=1_000_000),
                "max_tokens": Number(lowest=1, highest=1_000_000),  # servers that do not know the newer name
                "tools": Json(500_000),
                "tool_choice": Json(10_000),
                "parallel_tool_calls": Flag(),
                "response_format": Json(200_000),
                "reasoning_effort": Json(30),
                "temperature": Json(30),
                "top_p": Json(30),
                "stop": Json(10_000),
                "seed": Number(),
            },
            needs=["messages"],
            metered=True,
            model="model",
        ),
    ],
    models=[Models("the id of a model at that address", r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")],
    prices=[],  # each address has its own: the settings name them
)
