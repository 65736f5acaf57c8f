"""The local stack: an emulator of AWS on loopback, to which the real `cdk deploy` deploys."""
