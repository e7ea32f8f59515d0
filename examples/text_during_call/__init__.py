"""Sends the text that a hybrid campaign asks for during a call."""
