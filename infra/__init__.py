"""What is deployed: CDK stacks built from the manifests under functions/."""
