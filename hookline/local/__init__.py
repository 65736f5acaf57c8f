"""The local stack: an emulated AWS on loopback, deployed to with the real `cdk deploy`."""
