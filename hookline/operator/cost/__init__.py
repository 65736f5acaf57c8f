"""What a deployment costs on AWS: counted, not looked up in a bill."""
