"""The CDK stacks, built from the manifests under functions/."""
