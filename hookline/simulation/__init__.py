"""An AWS account in virtual time, wired as the synthesized templates say, in which anything may fail at any call."""
