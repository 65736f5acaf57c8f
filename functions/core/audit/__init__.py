"""The audit trail: records, chains, the recorder, checkpoints."""
