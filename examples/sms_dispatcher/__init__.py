"""The SMS dispatcher: works on one run of an SMS campaign."""
