"""Any server with OpenAI's Chat Completions API: OpenAI itself, a gateway, or a model of your own."""
