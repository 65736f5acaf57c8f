"""Amazon Bedrock: models behind the gate."""
