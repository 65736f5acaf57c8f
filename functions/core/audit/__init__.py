"""The audit trail: records, chains, the recorder and checkpoints."""
