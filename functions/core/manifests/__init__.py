"""What an agent, a source or a connector is, declared once and read by both CDK and the runtime."""
